"""Customer first: called once their turn is near, then on the line at the place that was kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Row,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    update,
)

from hub.contacts import outgoing_calls
from hub.contacts import service as contact_service
from hub.contacts.effects import CallFirst
from hub.contacts.model import CallOutcome, CallStage, Channel, ContactState, Direction
from hub.contacts.outages.service import find_outage
from hub.contacts.outgoing_calls import Begun
from hub.contacts.outreach.model import Permit
from hub.contacts.outreach.sending import to_person
from hub.contacts.tables import contacts, entry_points
from hub.contacts.threads import lock_threads
from hub.routing.estimates import Kind
from hub.routing.model import WALL
from hub.routing.queue_states import paused_queues
from hub.routing.reads import floor_of
from hub.routing.settings import RoutingSettings, clocks_us, load_settings
from hub.routing.standing import likely_wait, taken_lately
from hub.storage import Look, Tx
from hub.storage.aside import aside
from hub.storage.outbox import NewEffect, add_effects

from . import model
from .attempts import CONNECT_S, not_reached
from .model import CallbackState
from .near import InLine, near
from .permits import permits_of
from .rows import Callback, find_of_contacts, list_dialling_due, save
from .stopping import hang_up, stop_refused
from .tables import callbacks

_SOON = 10  # of one queue, looked at beyond those whom free agents take
_COLUMNS = ("id", "queue_id", "priority", "tier", "target_s", "to_call_since")
LEAD_S = 45  # an agent who is free sooner than this finds the customer on the line


def fire_due_turns(tx: Tx, now: datetime, limit: int) -> int:
    """Call those whose turn is near, and give up on those who are not on the line in time.

    Return how many. For the timekeeper; nothing is read where nobody is to be called first.
    """
    return _overdue(tx, now, limit) + _turns(tx, now, limit)


def on_the_line(tx: Tx, contact: Row[Any]) -> None:
    """The customer has answered: a live caller from here on, at the place that was kept."""
    callback = find_of_contacts(tx, [contact.id]).get(contact.id)
    if callback is None or contact.to_call_since is None:
        return
    save(tx, [callback.moved(model.on_the_line(callback.progress))])
    changes = {"direction": Direction.INBOUND, "to_call_since": None}
    contact_service.amend(tx, contact.id, changes)
    tx.hint("contact.queued", contact.id)


def _overdue(tx: Tx, now: datetime, limit: int) -> int:
    due = list_dialling_due(tx, now, limit)
    if not due:
        return 0
    ids = [one.contact_id for one in due if one.contact_id is not None]
    rows = contact_service.lock_contacts(tx, ids)
    for row in rows.values():
        outgoing_calls.settle(tx, row, CallOutcome.FAILED, now, "timeout")
        not_reached(tx, row, CallOutcome.FAILED, "timeout", now)
    add_effects(tx, [hang_up(row) for row in rows.values()])
    return len(due)


# Its own index; the rest is looked at where somebody is to be called.
_QUEUES_TO_CALL = Look(
    select(contacts.c.queue_id).where(contacts.c.to_call_since.is_not(None)).distinct()
)


def _turns(tx: Tx, now: datetime, limit: int) -> int:
    queue_ids = sorted(_QUEUES_TO_CALL.ids(tx, now, limit))
    if not queue_ids:
        return 0
    if find_outage(tx, Channel.PHONE) is not None:
        return 0  # their attempts would be used up, and nobody rung
    floor = floor_of(tx, sorted({*queue_ids} - paused_queues(tx)))
    if not floor.ready_at:
        return 0
    line = _line(tx, load_settings(tx), floor.ready_at, now, len(floor.idle) + _SOON)
    found = near(line, floor.idle.values())[:limit]
    return _call(tx, found, now) if found else 0


def _line(
    tx: Tx, settings: RoutingSettings, queue_ids: Collection[str], now: datetime, most: int
) -> list[InLine]:
    """Return who stands first in these queues, at most so many of each; the most urgent first, as
    the engine takes them.
    """
    clocks = clocks_us(settings, now)
    wall = literal(clocks.pop(WALL), BigInteger)
    at_calendar = [
        (contacts.c.calendar_id == key, literal(shown, BigInteger)) for key, shown in clocks.items()
    ]
    clock = case(*at_calendar, else_=wall) if at_calendar else wall
    target_s = case((contacts.c.target_s > 1, contacts.c.target_s), else_=1)
    urgency = cast(clock - contacts.c.virtual_start_us, Float) / target_s
    rank = _rank(settings, queue_ids)
    order = contacts.c.priority.desc(), rank, urgency.desc(), contacts.c.id
    place = func.row_number().over(partition_by=contacts.c.queue_id, order_by=order)
    waiting = (
        select(
            *(contacts.c[name] for name in _COLUMNS),
            rank.label("rank"),
            urgency.label("urgency"),
            place.label("place"),
        )
        .where(contacts.c.queue_id.in_(sorted(queue_ids)), contacts.c.state == ContactState.QUEUED)
        .subquery()
    )
    # Those who are rung already are only in the way of the others.
    is_queued = aside(callbacks.c.state) == CallbackState.QUEUED
    waits = and_(callbacks.c.contact_id == waiting.c.id, is_queued)
    to_call = and_(waiting.c.to_call_since.is_not(None), callbacks.c.id.is_not(None))
    rows = tx.execute(
        select(waiting, to_call.label("to_call"))
        .outerjoin(callbacks, waits)
        .where(waiting.c.place <= most)
        .order_by(waiting.c.priority.desc(), waiting.c.rank, waiting.c.urgency.desc(), waiting.c.id)
    )
    taken = taken_lately(tx, queue_ids)
    ahead: dict[str, Counter[Kind]] = {queue_id: Counter() for queue_id in queue_ids}
    line = []
    for row in rows:
        own, before = Kind(row.tier, row.target_s, row.priority), ahead[row.queue_id]
        likely = likely_wait(settings, row.queue_id, own, before, taken[row.queue_id])
        soon = likely is not None and likely.high_s <= LEAD_S
        line.append(InLine(row.id, row.queue_id, bool(row.to_call), soon))
        before[own] += 1
    return line


def _rank(settings: RoutingSettings, queue_ids: Collection[str]) -> ColumnElement[int]:
    """Return the place of the tier where the queue is strict, for those of no priority."""
    strict = [queue_id for queue_id in sorted(queue_ids) if settings.queues[queue_id].strict]
    if not strict:
        return literal(0)
    tiers = {tier: place for place, tier in enumerate(settings.tiers)}
    is_strict = and_(contacts.c.queue_id.in_(strict), contacts.c.priority == 0)
    by_tier = case(tiers, value=contacts.c.tier, else_=len(tiers))
    return case((is_strict, by_tier), else_=0)


def _call(tx: Tx, contact_ids: Sequence[str], now: datetime) -> int:
    """Call those of these who still wait to be called; return how many."""
    locked = contact_service.lock_contacts(tx, contact_ids)
    pending = find_of_contacts(tx, contact_ids)
    called = [
        row
        for row in (locked[id_] for id_ in contact_ids if id_ in locked)
        if row.state == ContactState.QUEUED
        and row.id in pending
        and pending[row.id].state is CallbackState.QUEUED
    ]
    if not called:
        return 0
    until = now + timedelta(seconds=CONNECT_S)
    threads = lock_threads(tx, [row.conversation_id for row in called])
    points = tx.execute(
        select(entry_points.c.id, entry_points.c.address).where(
            entry_points.c.id.in_(sorted({row.entry_point_id for row in called}))
        )
    )
    lines = {row.id: row.address for row in points}
    outgoing_calls.begin(tx, [Begun(row._asdict(), threads[row.conversation_id]) for row in called])
    _mark(tx, called)
    dialled = [pending[row.id].moved(model.dial(pending[row.id].progress, until)) for row in called]
    save(tx, dialled)
    permits = permits_of(tx, dialled)
    orders = [
        _order(permits[one.id], row, one, lines[row.entry_point_id], until)
        for row, one in zip(called, dialled, strict=True)
        if one.id in permits
    ]
    add_effects(tx, orders)
    stop_refused(tx, load_settings(tx), dialled, permits)
    return len(called)


def _mark(tx: Tx, called: Sequence[Row[Any]]) -> None:
    """Show on these contacts that their customers are called."""
    stage = {"stage": CallStage.DIALLING}
    tx.execute(
        update(contacts)
        .where(contacts.c.id == bindparam("b_id"))
        .values(
            meta=bindparam("b_meta", type_=contacts.c.meta.type), version=contacts.c.version + 1
        ),
        [{"b_id": row.id, "b_meta": {**row.meta, "call": stage}} for row in called],
    )
    for row in called:
        tx.hint("contact.changed", row.id)


def _order(
    permit: Permit, row: Row[Any], callback: Callback, line: str, until: datetime
) -> NewEffect:
    effect = CallFirst(
        contact_id=row.id,
        conversation_id=row.conversation_id,
        from_address=line,
        to_address=callback.number,
        language=row.language or "en",
        until=until,
    )
    return to_person(
        permit,
        effect,
        channel=row.channel,
        entry_point_id=row.entry_point_id,
        contact_id=row.id,
        dedupe_key=f"first:{row.id}",
        at_most_once=True,
    )
