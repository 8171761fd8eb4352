"""Contacts that go back to the queue, and what they leave behind: load, offers, assignments.

Set-based: each function costs a fixed number of statements. Callers hold the contacts' lock or take
it here first; then the agents' (the order of design section 4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, tuple_, update

from hub.contacts import service as contacts_service
from hub.contacts.model import ContactState, SegmentKind
from hub.contacts.service import Move
from hub.contacts.tables import segments
from hub.core.errors import HubError
from hub.storage import Tx

from .agent_loads import Loads
from .interrupts import resume
from .model import OfferState
from .settings import RoutingSettings, clock_us, load_settings
from .sla.service import follow_contacts
from .tables import assignments, exclusions, offers


@dataclass(frozen=True, slots=True)
class Hold:
    """What an agent holds of a contact: a pending offer or an open assignment.

    `aside`: it counts in no load.
    """

    id: str
    contact_id: str
    agent_id: str
    channel: str
    cost: int
    accepted: bool
    aside: bool = False


def find_holds(tx: Tx, contact_ids: Sequence[str]) -> list[Hold]:
    """Return the pending offers and open assignments of these contacts."""
    offered = tx.execute(
        select(offers).where(
            offers.c.contact_id.in_(contact_ids), offers.c.state == OfferState.PENDING
        )
    )
    held = tx.execute(
        select(assignments).where(
            assignments.c.contact_id.in_(contact_ids), assignments.c.ended_at.is_(None)
        )
    )
    return [_hold(row, accepted=False) for row in offered] + [
        _hold(row, accepted=True) for row in held
    ]


def _hold(row: Row[Any], *, accepted: bool) -> Hold:
    aside = accepted and bool(row.aside)
    return Hold(row.id, row.contact_id, row.agent_id, row.channel, row.cost, accepted, aside)


def release(tx: Tx, contact_ids: Sequence[str], why: str) -> None:
    """Take contacts off the agents who hold them or are offered them, and give the load back.

    Called when a contact ends, closes, parks, is transferred or is abandoned; the caller has locked
    and moved the contacts. `why` stands on withdrawn offers. Contacts nobody holds change nothing.
    Their deadlines follow (routing.md 3.15).
    """
    holds = find_holds(tx, contact_ids) if contact_ids else []
    if holds:
        loads = Loads(tx, load_settings(tx), (hold.agent_id for hold in holds))
        give_back(tx, loads, holds, OfferState.WITHDRAWN, why)
        loads.save()
    follow_contacts(tx, contact_ids)


def give_back(
    tx: Tx, loads: Loads, holds: Sequence[Hold], as_state: OfferState, why: str | None
) -> None:
    """End these offers (as `as_state`) and assignments and take them off their agents' loads."""
    resolve_offers(tx, [hold.id for hold in holds if not hold.accepted], as_state, why)
    end_assignments(tx, [hold.id for hold in holds if hold.accepted], why)
    for hold in holds:
        loads.give(hold.agent_id, hold.channel, hold.cost, worked=hold.accepted, aside=hold.aside)
        tx.hint("offer.changed", hold.agent_id)
    rules = loads.settings.channels
    live = {h.agent_id for h in holds if h.accepted and not rules[h.channel].interruptible}
    resume(tx, loads.settings, live)


def resolve_offers(tx: Tx, ids: Sequence[str], to: OfferState, why: str | None) -> None:
    """Move pending offers to a final state; a final one never changes."""
    if ids:
        tx.execute(
            update(offers)
            .where(offers.c.id.in_(ids), offers.c.state == OfferState.PENDING)
            .values(state=to, resolved_at=tx.now, reason=why)
        )


def end_assignments(tx: Tx, ids: Sequence[str], why: str | None) -> None:
    if ids:
        tx.execute(
            update(assignments)
            .where(assignments.c.id.in_(ids), assignments.c.ended_at.is_(None))
            .values(ended_at=tx.now, ended_why=why, connect_by=None)
        )


def take_back(
    tx: Tx,
    settings: RoutingSettings,
    rows: Collection[Row[Any]],
    why: str,
    changes: dict[str, Any] | None = None,
) -> None:
    """Return active contacts (`rows`, locked) to the queue without their agents' doing.

    With their waited time and their draft; nobody is preferred any more. Who held them is told by
    `assignment.returned`.
    """
    if not rows:
        return
    holds = find_holds(tx, [row.id for row in rows])
    loads = Loads(tx, settings, (hold.agent_id for hold in holds))
    give_back(tx, loads, holds, OfferState.WITHDRAWN, why)
    loads.save()
    back_to_queue(
        tx,
        settings,
        rows,
        expected=frozenset({ContactState.ACTIVE}),
        changes={
            "preferred_agent_id": None,
            "interrupted_until": None,
            "untouched_until": None,
            **(changes or {}),
        },
    )
    for hold in holds:
        tx.hint("assignment.returned", hold.id)


def back_to_queue(
    tx: Tx,
    settings: RoutingSettings,
    rows: Iterable[Row[Any]],
    *,
    expected: frozenset[ContactState],
    changes: dict[str, Any] | None = None,
) -> list[Row[Any] | HubError]:
    """Move contacts to the queue with their waited time kept: waiting goes on where it stood.

    From offered and connecting the clock never stopped; from a later state it is set back by what
    had been waited (routing.md 3.2). A skill step goes on with the rest of its time: its
    clock stands from the moment the contact is offered (3.3).
    """
    rows = list(rows)
    offered_at = _offered_at(tx, [row.id for row in rows if row.step_until is not None])
    orders = []
    for row in rows:
        columns: dict[str, Any] = {"agent_id": None, **(changes or {})}
        if row.state not in (ContactState.OFFERED, ContactState.CONNECTING):
            clock = clock_us(settings, row.calendar_id, tx.now)
            columns["virtual_start_us"] = clock - row.waited_us
        if row.step_until is not None:
            stood_since = offered_at.get(row.id, row.state_since)
            columns["step_until"] = row.step_until + (tx.now - stood_since)
        orders.append(Move(row.id, ContactState.QUEUED, expected=expected, changes=columns))
    results = contacts_service.move_many(tx, orders)
    for order, result in zip(orders, results, strict=True):
        if not isinstance(result, HubError):
            tx.hint("contact.queued", order.contact_id)
    return results


def _offered_at(tx: Tx, contact_ids: Sequence[str]) -> dict[str, datetime]:
    """Return when each of these contacts last ceased to wait in the queue: it was offered then."""
    if not contact_ids:
        return {}
    found = (
        select(segments.c.contact_id, func.max(segments.c.ended_at).label("at"))
        .where(segments.c.contact_id.in_(contact_ids), segments.c.kind == SegmentKind.WAITING)
        .group_by(segments.c.contact_id)
    )
    return {row.contact_id: row.at for row in tx.execute(found) if row.at is not None}


def exclude(tx: Tx, settings: RoutingSettings, pairs: Sequence[tuple[str, str]]) -> None:
    """Keep (contact, agent) pairs apart for a growing time: never an endless loop to the only
    agent.
    """
    if not pairs:
        return
    contact_ids = [contact_id for contact_id, _ in pairs]
    known = tx.execute(select(exclusions).where(exclusions.c.contact_id.in_(contact_ids)))
    times = {(row.contact_id, row.agent_id): row.times for row in known}
    rows = []
    for contact_id, agent_id in dict.fromkeys(pairs):
        count = times.get((contact_id, agent_id), 0)
        pause = settings.backoff_s[min(count, len(settings.backoff_s) - 1)]
        rows.append(
            {
                "contact_id": contact_id,
                "agent_id": agent_id,
                "until": tx.now + timedelta(seconds=pause),
                "times": count + 1,
            }
        )
    pair = tuple_(exclusions.c.contact_id, exclusions.c.agent_id)
    tx.execute(delete(exclusions).where(pair.in_(sorted(set(pairs)))))
    tx.execute(insert(exclusions), rows)
