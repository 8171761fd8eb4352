"""Routes that serve a customer who waits on several channels at once (routing.md 3.8)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.accounts.audit import audit_many
from hub.accounts.model import actor_of
from hub.contacts.access import access_contact
from hub.desk import handling
from hub.desk.together import (
    MAX_ALONG,
    AcceptTogether,
    Along,
    CloseTogether,
    TakeAlong,
    Together,
    accept_together,
    close_together,
    take_along,
)
from hub.routing.service import ensure_agents
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, View, route

from .acts import Acts, disposition_of
from .bodies import DispositionBody
from .joining_views import Capabilities
from .readers import sight_of

Ids = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(max_length=MAX_ALONG)
]


class AlongBody(Body, frozen=True):
    """The same customer's other contacts to take along; None: all that wait and are in sight."""

    contact_ids: Ids | None = None


class CloseTogetherBody(Body, frozen=True):
    """A disposition as in close; the contacts to take up are named, none may be."""

    contact_ids: Ids
    disposition: DispositionBody | None = None


class TakenView(View, frozen=True):
    """`connects`: the phone rings first; the contact becomes active when audio has joined."""

    contact_id: str
    connects: bool


class LeftView(View, frozen=True):
    """A contact that stays where it is. `code`: no room (agent.full, agent.channel_full), it rings
    at a colleague (contact.rings_elsewhere), its queue is paused (queue.paused), it waits no more
    (contact.not_waiting), or its offer is over (offer.over).
    """

    contact_id: str
    reference: str
    channel: str
    code: str
    message: str


class TogetherView(View, frozen=True):
    taken: list[TakenView]
    left: list[LeftView]


class AcceptedTogetherView(TogetherView, frozen=True):
    contact_id: str
    connects: bool


class TogetherRoutes:
    def __init__(self, store: Store, capabilities: Capabilities) -> None:
        self._store = store
        self._acts = Acts(capabilities)

    @route(
        "POST",
        "/api/v1/offers/{offer_id}/accept-together",
        access=Access.AGENT,
        summary="Accept, and take along what else of the customer waits",
    )
    async def accept_together(self, principal: Principal, offer_id: Key) -> AcceptedTogetherView:
        return await self._store.write(_accept, (principal, offer_id))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/take-along",
        access=Access.AGENT,
        summary="Take up the same customer's other waiting contacts",
    )
    async def take_along(
        self, principal: Principal, contact_id: Key, body: AlongBody
    ) -> TogetherView:
        return await self._store.write(_take_along, (principal, contact_id, body))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/close-together",
        access=Access.AGENT,
        summary="Close, and take up others of the customer in the room this makes",
    )
    async def close_together(
        self, principal: Principal, contact_id: Key, body: CloseTogetherBody
    ) -> TogetherView:
        return await self._store.write(self._close, (principal, contact_id, body))

    def _close(self, tx: Tx, asked: tuple[Principal, str, CloseTogetherBody]) -> TogetherView:
        principal, contact_id, body = asked
        handle = self._acts.handle(tx, principal, contact_id, "close")
        closing = handling.Close(handle, disposition_of(body.disposition))
        along = _along(tx, principal, body.contact_ids)
        done = close_together(tx, CloseTogether(closing, along))
        return _told(tx, principal, contact_id, done)


def _accept(tx: Tx, asked: tuple[Principal, str]) -> AcceptedTogetherView:
    principal, offer_id = asked
    accepted, done = accept_together(tx, AcceptTogether(offer_id, _along(tx, principal, None)))
    told = _told(tx, principal, accepted.contact_id, done)
    return AcceptedTogetherView(
        contact_id=accepted.contact_id,
        connects=accepted.connects,
        taken=told.taken,
        left=told.left,
    )


def _take_along(tx: Tx, asked: tuple[Principal, str, AlongBody]) -> TogetherView:
    principal, contact_id, body = asked
    along = _along(tx, principal, body.contact_ids)
    access_contact(tx, along.sight, contact_id)
    return _told(tx, principal, contact_id, take_along(tx, TakeAlong(contact_id, along)))


def _along(tx: Tx, principal: Principal, contact_ids: list[str] | None) -> Along:
    ensure_agents(tx, [principal.user_id])  # who steers takes, too
    only = None if contact_ids is None else tuple(contact_ids)
    return Along(principal.user_id, principal.name, sight_of(tx, principal), only)


def _told(tx: Tx, principal: Principal, contact_id: str, done: Together) -> TogetherView:
    """Audit what was taken out of its turn, and show what was not."""
    lines = {one.contact_id: {"with": contact_id} for one in done.taken}
    audit_many(tx, actor_of(principal), "contact.take_along", "contact", lines)
    return TogetherView(
        taken=[TakenView(contact_id=one.contact_id, connects=one.connects) for one in done.taken],
        left=[
            LeftView(
                contact_id=one.contact.id,
                reference=one.contact.reference,
                channel=one.contact.channel,
                code=one.why.reason,
                message=one.why.message,
            )
            for one in done.left
        ],
    )
