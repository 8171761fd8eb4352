"""Routes of those who steer: take from the list, raise a priority, look at what was quarantined."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.contacts.access import access_contact
from hub.desk.pulling import Pull, pull
from hub.desk.quarantine import Release, release_quarantined
from hub.routing.service import Accepted, SetPriority, set_priority
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, route

from .api import AcceptedView
from .readers import sight_of


class PriorityBody(Body, frozen=True):
    """0 is ordinary; a higher one goes before everything lower, whatever its urgency."""

    priority: Annotated[int, msgspec.Meta(ge=0, le=9)]


class ReleaseBody(Body, frozen=True):
    """`as_spam`: close it; else it goes to its queue and begins to wait now."""

    as_spam: bool = False


class SteeringRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/pull",
        access=Access.SUPERVISOR,
        summary="Take a waiting contact oneself",
    )
    async def pull(self, principal: Principal, contact_id: Key) -> AcceptedView:
        taken = await self._store.write(_pull, (principal, contact_id))
        return AcceptedView(contact_id=taken.contact_id, connects=taken.connects)

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/priority",
        access=Access.SUPERVISOR,
        summary="Raise or lower a waiting contact",
    )
    async def set_priority(self, principal: Principal, contact_id: Key, body: PriorityBody) -> None:
        await self._store.write(_set_priority, (principal, contact_id, body))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/release",
        access=Access.AGENT,
        summary="Let a quarantined contact into its queue, or close it as spam",
    )
    async def release(self, principal: Principal, contact_id: Key, body: ReleaseBody) -> None:
        await self._store.write(_release, (principal, contact_id, body))


def _pull(tx: Tx, asked: tuple[Principal, str]) -> Accepted:
    principal, contact_id = asked
    access_contact(tx, sight_of(tx, principal), contact_id)
    taken = pull(tx, Pull(contact_id, principal.user_id))
    audit(tx, actor_of(principal), "contact.pull", "contact", contact_id)
    return taken


def _set_priority(tx: Tx, asked: tuple[Principal, str, PriorityBody]) -> None:
    principal, contact_id, body = asked
    access_contact(tx, sight_of(tx, principal), contact_id)
    before = set_priority(tx, SetPriority(contact_id, body.priority))
    change = {"before": before, "after": body.priority}
    audit(tx, actor_of(principal), "contact.priority", "contact", contact_id, change)


def _release(tx: Tx, asked: tuple[Principal, str, ReleaseBody]) -> None:
    principal, contact_id, body = asked
    access_contact(tx, sight_of(tx, principal), contact_id)
    release_quarantined(tx, Release(contact_id, body.as_spam))
    act = {"as_spam": body.as_spam}
    audit(tx, actor_of(principal), "contact.release", "contact", contact_id, act)
