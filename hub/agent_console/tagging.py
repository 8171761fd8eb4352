"""Routes that put tags on contacts and take them off."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.accounts.model import actor_of
from hub.contacts.access import access_contact
from hub.contacts.tags.model import MOST
from hub.contacts.tags.service import SetTags, set_tags
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, View, route

from .readers import sight_of

Keys = Annotated[list[Key], msgspec.Meta(max_length=MOST)]


class TagsBody(Body, frozen=True):
    """Keys of tags; what is there already, or not there, changes nothing."""

    add: Keys = msgspec.field(default_factory=list)
    remove: Keys = msgspec.field(default_factory=list)


class TagsView(View, frozen=True):
    tags: list[str]


class TaggingRoutes:
    """Whoever sees a contact may tag it, also when it is over or with somebody else."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/tags",
        access=Access.AGENT,
        summary="Put tags on a contact, take others off",
    )
    async def tag(self, principal: Principal, contact_id: Key, body: TagsBody) -> TagsView:
        return await self._store.write(_tag, (principal, contact_id, body))


def _tag(tx: Tx, asked: tuple[Principal, str, TagsBody]) -> TagsView:
    principal, contact_id, body = asked
    access_contact(tx, sight_of(tx, principal), contact_id)
    command = SetTags(contact_id, actor_of(principal), tuple(body.add), tuple(body.remove))
    return TagsView(tags=list(set_tags(tx, command).after))
