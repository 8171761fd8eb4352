"""Customer first: called once their turn is near, then on the line at the place that was kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, select

from hub.contacts import outgoing_calls
from hub.contacts import service as contact_service
from hub.contacts.effects import CallFirst
from hub.contacts.model import CallOutcome, CallStage, ContactState, Direction
from hub.contacts.tables import contacts, entry_points
from hub.contacts.threads import lock_threads
from hub.routing.reads import staff
from hub.routing.service import waited_now_us
from hub.routing.settings import RoutingSettings, load_settings
from hub.routing.standing import place_and_wait
from hub.storage import Tx
from hub.storage.outbox import NewEffect, add_effects

from . import model
from .attempts import CONNECT_S, not_reached
from .model import CallbackState
from .rows import Callback, find_of_contacts, list_dialling_due, save
from .stopping import hang_up

LEAD_S = 45  # an agent who is free sooner than this finds the customer on the line
_HEADS = 10  # of one queue, looked at in one round


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
    ids = [one.contact_id for one in due if one.contact_id is not None]
    rows = contact_service.lock_contacts(tx, ids)
    for row in rows.values():
        outgoing_calls.settle(tx, row, CallOutcome.FAILED, now, "timeout")
        not_reached(tx, row, CallOutcome.FAILED, "timeout", now)
    add_effects(tx, [hang_up(row) for row in rows.values()])
    return len(due)


def _turns(tx: Tx, now: datetime, limit: int) -> int:
    rows = tx.execute(
        select(contacts)
        .where(contacts.c.to_call_since.is_not(None))  # its own index; the state is looked at below
        .order_by(contacts.c.queue_id, contacts.c.priority.desc(), contacts.c.id)
        .limit(limit)
    ).all()
    if not rows:
        return 0
    settings = load_settings(tx)
    pending = find_of_contacts(tx, [row.id for row in rows])
    lines: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        called = row.id not in pending or pending[row.id].state is not CallbackState.QUEUED
        if row.state == ContactState.QUEUED and not called:
            lines[row.queue_id].append(row)
    near = [
        row for queue_id, line in lines.items() for row in _near(tx, settings, queue_id, line, now)
    ]
    _call(tx, near, pending, now)
    return len(near)


def _near(
    tx: Tx, settings: RoutingSettings, queue_id: str, line: list[Row[Any]], now: datetime
) -> list[Row[Any]]:
    """Return those of a queue whom a free agent takes next, or one who is free very soon."""

    def urgency(row: Row[Any]) -> tuple[int, float]:
        return row.priority, waited_now_us(settings, row, now) / max(row.target_s, 1)

    idle = staff(tx, [queue_id])[queue_id].get("idle", 0)
    near = []
    for row in sorted(line, key=urgency, reverse=True)[:_HEADS]:
        position, likely = place_and_wait(tx, settings, row)
        if position > idle and (likely is None or likely.high_s > LEAD_S):
            break
        near.append(row)
    return near


def _call(tx: Tx, called: list[Row[Any]], pending: Mapping[str, Callback], now: datetime) -> None:
    if not called:
        return
    until = now + timedelta(seconds=CONNECT_S)
    threads = lock_threads(tx, [row.conversation_id for row in called])
    points = tx.execute(
        select(entry_points.c.id, entry_points.c.address).where(
            entry_points.c.id.in_(sorted({row.entry_point_id for row in called}))
        )
    )
    lines = {row.id: row.address for row in points}
    for row in called:
        outgoing_calls.begin(tx, row._asdict(), threads[row.conversation_id], None, None)
        meta = {**row.meta, "call": {"stage": CallStage.DIALLING}}
        contact_service.amend(tx, row.id, {"meta": meta})
    save(tx, [pending[row.id].moved(model.dial(pending[row.id].progress, until)) for row in called])
    orders = [_order(row, pending[row.id], lines[row.entry_point_id], until) for row in called]
    add_effects(tx, orders)


def _order(row: Row[Any], callback: Callback, line: str, until: datetime) -> NewEffect:
    effect = CallFirst(
        contact_id=row.id,
        conversation_id=row.conversation_id,
        from_address=line,
        to_address=callback.number,
        language=row.language or "en",
        until=until,
    )
    return NewEffect(
        channel=row.channel,
        entry_point_id=row.entry_point_id,
        effect=msgspec.json.encode(effect).decode(),
        contact_id=row.id,
        dedupe_key=f"first:{row.id}",
        at_most_once=True,
    )
