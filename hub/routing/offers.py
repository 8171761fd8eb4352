"""Offers: leases on a contact for one agent. Made and accepted in batches, guarded on both
sides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, select, update

from hub.contacts import service as contacts_service
from hub.contacts.model import ContactState, is_dialling
from hub.contacts.service import Move
from hub.core.errors import Conflict, HubError, NotFound
from hub.core.ids import new_id
from hub.storage import Tx, batch
from hub.storage.bulk import Statement, insert_rows
from hub.storage.leases import leases

from .agent_loads import Loads
from .interrupts import interrupt
from .model import OfferState, Proposal
from .returns import resolve_offers
from .settings import RoutingSettings, clock_us, load_settings
from .tables import agents, assignments, offers

ROUTER_LEASE = "router"
_OFFERED = frozenset({ContactState.OFFERED})
_CONNECTING = frozenset({ContactState.CONNECTING})
Locked = Mapping[str, Row[Any]]
"""Contacts read under lock, by id."""


@dataclass(frozen=True, slots=True)
class MakeOffer:
    """A proposal of the engine. `epoch`: the router lease it was made under (None: no router)."""

    proposal: Proposal
    epoch: int | None = None


@dataclass(frozen=True, slots=True)
class OfferMade:
    offer_id: str
    contact_id: str
    agent_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AcceptOffer:
    offer_id: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """`connects`: audio has to be joined first; the contact is answered when `connected` is
    called.
    """

    offer_id: str
    contact_id: str
    assignment_id: str
    connects: bool


@batch
def make_offers(tx: Tx, items: Sequence[MakeOffer]) -> Sequence[OfferMade | HubError]:
    """Offer contacts to agents: compare-and-set on the contact and on the agent's load.

    Refused, without harm to neighbours: a contact that waits no more, an agent who is not ready or
    has no room, a proposal of a router that has lost its lease.
    """
    settings = load_settings(tx)
    epoch = _router_epoch(tx, items)
    rows = contacts_service.lock_contacts(tx, [item.proposal.contact_id for item in items])
    loads = Loads(tx, settings, (item.proposal.agent_id for item in items))
    taken: set[str] = set()
    results: list[OfferMade | HubError] = []
    made: list[tuple[OfferMade, Proposal]] = []
    for item in items:
        proposal = item.proposal
        refusal = _stale(item, rows.get(proposal.contact_id), taken, epoch)
        if refusal is None:
            refusal = loads.take(proposal.agent_id, proposal.channel, proposal.cost)
        if refusal is not None:
            results.append(refusal)
            continue
        taken.add(proposal.contact_id)
        offer_s = settings.offer_s(rows[proposal.contact_id])
        expires = tx.now + timedelta(seconds=offer_s)
        offer = OfferMade(new_id(), proposal.contact_id, proposal.agent_id, expires)
        made.append((offer, proposal))
        results.append(offer)
    _write_offers(tx, made, rows)
    loads.save()
    return results


def _router_epoch(tx: Tx, items: Sequence[MakeOffer]) -> int | None:
    if all(item.epoch is None for item in items):
        return None
    held = select(leases.c.epoch).where(leases.c.name == ROUTER_LEASE)
    return tx.execute(held).scalar_one_or_none()


def _stale(
    item: MakeOffer, row: Row[Any] | None, taken: set[str], epoch: int | None
) -> HubError | None:
    proposal = item.proposal
    if item.epoch is not None and item.epoch != epoch:
        return Conflict("Another router has taken over.", code="router.fenced")
    if row is None:
        return NotFound("There is no such contact.")
    moved = row.state != ContactState.QUEUED or row.queue_id != proposal.queue
    if moved or row.channel != proposal.channel or proposal.contact_id in taken:
        return Conflict("The contact does not wait there any more.", code="contact.not_waiting")
    return None


def _write_offers(tx: Tx, made: Sequence[tuple[OfferMade, Proposal]], locked: Locked) -> None:
    if not made:
        return
    contacts_service.move_many(
        tx,
        [
            Move(offer.contact_id, ContactState.OFFERED, changes={"agent_id": offer.agent_id})
            for offer, _ in made
        ],
        locked,
    )
    insert_rows(
        tx,
        offers,
        [
            {
                "id": offer.offer_id,
                "contact_id": offer.contact_id,
                "agent_id": offer.agent_id,
                "queue_id": proposal.queue,
                "channel": proposal.channel,
                "cost": proposal.cost,
                "state": OfferState.PENDING,
                "made_at": tx.now,
                "expires_at": offer.expires_at,
                "why": msgspec.to_builtins(proposal.why),
            }
            for offer, proposal in made
        ],
    )
    for offer, _ in made:
        tx.hint("offer.changed", offer.agent_id)


@batch
def accept_offers(tx: Tx, items: Sequence[AcceptOffer]) -> Sequence[Accepted | HubError]:
    """Turn pending offers into assignments. The same accept again gives the same answer."""
    settings = load_settings(tx)
    rows, locked = lock_offers(tx, [item.offer_id for item in items])
    again = _already_accepted(tx, [row.id for row in rows.values()])
    results: list[Accepted | HubError] = []
    accepted: dict[str, tuple[Accepted, Row[Any]]] = {}
    for item in items:
        row = rows.get(item.offer_id)
        refusal = _not_acceptable(tx, item, row, again)
        if refusal is not None or row is None:
            results.append(refusal or NotFound("There is no such offer."))
        elif item.offer_id in again:
            results.append(_accepted(settings, row, again[item.offer_id]))
        else:
            answer, _ = accepted.setdefault(row.id, (_accepted(settings, row, new_id()), row))
            results.append(answer)
    _write_accepts(tx, settings, list(accepted.values()), locked)
    return results


def _accepted(settings: RoutingSettings, row: Row[Any], assignment_id: str) -> Accepted:
    connects = settings.channels[row.channel].connect_s is not None
    return Accepted(row.id, row.contact_id, assignment_id, connects)


_BUT_WHY = [
    column for column in offers.c if column is not offers.c.why
]  # it is long, and for later


def lock_offers(tx: Tx, offer_ids: Sequence[str]) -> tuple[dict[str, Row[Any]], Locked]:
    """Lock contacts first, then their offers: the order every transaction keeps. Return both, by
    id.
    """
    if not offer_ids:
        return {}, {}
    contact_ids = tx.execute(select(offers.c.contact_id).where(offers.c.id.in_(offer_ids)))
    locked = contacts_service.lock_contacts(tx, list(contact_ids.scalars()))
    wanted = select(*_BUT_WHY).where(offers.c.id.in_(offer_ids)).order_by(offers.c.id)
    return {row.id: row for row in tx.execute(wanted.with_for_update())}, locked


def _already_accepted(tx: Tx, offer_ids: Sequence[str]) -> dict[str, str]:
    found = select(assignments.c.offer_id, assignments.c.id)
    rows = tx.execute(found.where(assignments.c.offer_id.in_(offer_ids)))
    return {row.offer_id: row.id for row in rows}


def _not_acceptable(
    tx: Tx, item: AcceptOffer, row: Row[Any] | None, again: dict[str, str]
) -> HubError | None:
    if row is None or row.agent_id != item.agent_id:
        return NotFound("There is no such offer for you.", code="offer.not_found")
    if row.id in again:
        return None
    if row.state != OfferState.PENDING or row.expires_at <= tx.now:
        return Conflict(
            "This offer is over; the contact waits for the next agent.",
            code="offer.over",
            state=row.state,
        )
    return None


def _write_accepts(
    tx: Tx,
    settings: RoutingSettings,
    accepted: Sequence[tuple[Accepted, Row[Any]]],
    locked: Locked,
) -> None:
    if not accepted:
        return
    resolve_offers(tx, [answer.offer_id for answer, _ in accepted], OfferState.ACCEPTED, None)
    insert_rows(
        tx,
        assignments,
        [
            {
                "id": answer.assignment_id,
                "contact_id": answer.contact_id,
                "agent_id": row.agent_id,
                "offer_id": row.id,
                "queue_id": row.queue_id,
                "channel": row.channel,
                "cost": row.cost,
                "made_at": tx.now,
                "connect_by": _connect_by(tx, settings, row),
            }
            for answer, row in accepted
        ],
    )
    contacts_service.move_many(
        tx,
        [
            Move(answer.contact_id, ContactState.CONNECTING, _OFFERED)
            if answer.connects
            else _activation(tx, settings, locked[answer.contact_id], _OFFERED)
            for answer, _ in accepted
        ],
        locked,
    )
    live = {row.agent_id for _, row in accepted if not settings.channels[row.channel].interruptible}
    interrupt(tx, settings, live)
    _forget_misses(tx, settings, accepted)


def _connect_by(tx: Tx, settings: RoutingSettings, row: Row[Any]) -> datetime | None:
    connect_s = settings.channels[row.channel].connect_s
    return None if connect_s is None else tx.now + timedelta(seconds=connect_s)


def _forget_misses(
    tx: Tx, settings: RoutingSettings, accepted: Sequence[tuple[Accepted, Row[Any]]]
) -> None:
    """Who accepts has missed nothing in a row, and nobody need rest of this contact any more."""
    agent_ids = sorted({row.agent_id for _, row in accepted})
    late = select(agents.c.id).where(agents.c.id.in_(agent_ids), agents.c.missed > 0)
    loads = Loads(tx, settings, tx.execute(late).scalars())
    for agent_id in agent_ids:
        load = loads.get(agent_id)
        if load is not None:
            load.missed, load.changed = 0, True
        tx.hint("offer.changed", agent_id)
        tx.hint("agent.changed", agent_id)
    loads.save()
    _FORGET_EXCLUSIONS(tx, [[answer.contact_id] for answer, _ in accepted])


_FORGET_EXCLUSIONS = Statement(
    "DELETE FROM exclusions WHERE contact_id IN (SELECT {text 0} FROM {rows})"
)


def activate(tx: Tx, settings: RoutingSettings, contact_ids: Sequence[str]) -> None:
    """Move connecting contacts to active; what they waited is kept on them from here."""
    rows = contacts_service.lock_contacts(tx, contact_ids)
    orders = [_activation(tx, settings, row, _CONNECTING) for row in rows.values()]
    contacts_service.move_many(tx, orders, rows)


def _activation(
    tx: Tx, settings: RoutingSettings, row: Row[Any], expected: frozenset[ContactState]
) -> Move:
    """From `expected`, by connecting, to active; what it waited is kept on it from here."""
    offered = expected is _OFFERED
    return Move(
        row.id,
        ContactState.ACTIVE,
        expected,
        changes={
            "waited_us": _waited_us(tx, settings, row),
            "interrupted_until": None,
            "untouched_until": None,
        },
        through=ContactState.CONNECTING if offered else None,
    )


def _waited_us(tx: Tx, settings: RoutingSettings, row: Row[Any]) -> int:
    """Return what the customer has waited for us: to the accept only, where we call them."""
    if is_dialling(row.direction, row.answered_at):
        return int(row.waited_us)
    return clock_us(settings, row.calendar_id, tx.now) - int(row.virtual_start_us)


def connected(tx: Tx, contact_id: str) -> None:
    """The agent's audio has joined: the contact is active. Late or repeated news changes
    nothing.
    """
    row = contacts_service.lock_contacts(tx, [contact_id]).get(contact_id)
    if row is None or row.state != ContactState.CONNECTING:
        return
    activate(tx, load_settings(tx), [contact_id])
    tx.execute(
        update(assignments)
        .where(assignments.c.contact_id == contact_id, assignments.c.ended_at.is_(None))
        .values(connect_by=None)
    )
