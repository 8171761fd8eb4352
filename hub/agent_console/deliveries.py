"""Routes of messages of ours that did not arrive, or of which nobody knows."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from sqlalchemy import Row

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.contacts.access import access_contact, access_interaction
from hub.core.errors import Forbidden, NotFound
from hub.desk.resending import Resend, resend, say_arrived
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, route

from .readers import sight_of


class ResendBody(Body, frozen=True):
    """`to`: some of those it did not reach; []: all of them."""

    to: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=320)]], msgspec.Meta(max_length=50)
    ] = msgspec.field(default_factory=list)


class DeliveryRoutes:
    """For who wrote the message, holds its contact, or steers. Each is audited."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "POST",
        "/api/v1/interactions/{interaction_id}/resend",
        access=Access.AGENT,
        summary="Send a message again to those whom it did not reach",
    )
    async def resend(self, principal: Principal, interaction_id: Key, body: ResendBody) -> None:
        await self._store.write(_resend, (principal, interaction_id, body))

    @route(
        "POST",
        "/api/v1/interactions/{interaction_id}/arrived",
        access=Access.AGENT,
        summary="Say that a message arrived whose outcome is unknown",
    )
    async def arrived(self, principal: Principal, interaction_id: Key) -> None:
        await self._store.write(_arrived, (principal, interaction_id))


def _resend(tx: Tx, asked: tuple[Principal, str, ResendBody]) -> None:
    principal, interaction_id, body = asked
    entry = _access(tx, principal, interaction_id)
    resend(tx, Resend(entry.id, tuple(body.to)))
    audit(
        tx,
        actor_of(principal),
        "message.resend",
        "interaction",
        entry.id,
        {"recipients": len(body.to)},
    )


def _arrived(tx: Tx, asked: tuple[Principal, str]) -> None:
    principal, interaction_id = asked
    entry = _access(tx, principal, interaction_id)
    say_arrived(tx, entry.id)
    audit(tx, actor_of(principal), "message.arrived", "interaction", entry.id, {})


def _access(tx: Tx, principal: Principal, interaction_id: str) -> Row[Any]:
    """Return the entry. Raises NotFound; Forbidden where it is somebody else's to look after."""
    sight = sight_of(tx, principal)
    entry = access_interaction(tx, sight, interaction_id)
    if entry.contact_id is None:
        raise NotFound("There is no such message of ours.")
    contact = access_contact(tx, sight, entry.contact_id)
    if principal.user_id not in (entry.author_id, contact.agent_id) and not sight.steers:
        raise Forbidden("This message is for who wrote it to send again.", code="contact.not_yours")
    return entry
