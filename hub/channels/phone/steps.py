"""What is still to be done for calls, and what should have been heard of by now: durable to-dos.

A step is written with the change that asks for it and stays until it is done, so a process that
dies in between loses nothing. Steps of one call are done in their order, those of different calls
side by side. The sweeps find what the provider never told us.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, insert, not_, or_, select, update

from hub.storage import Tx

from .joining import Talk
from .model import Call, Connection, LegState, Todo
from .rows import find_connection, get_call, read_with_connection
from .tables import ON_THE_LINE, PENDING, calls, connections, messages, steps, webhooks

LEASE_S = 60
PATIENCE = timedelta(seconds=15)  # Twilio adds up to 5 s to a ring time; then news is overdue
_KEEP_STEPS = timedelta(days=7)  # long enough to see what happened to a call last week
_KEEP_WEBHOOKS = timedelta(days=1)
_UNCHECKED = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class OpenStep:
    id: str
    call_id: str
    connection_id: str | None
    todo: Todo
    at: datetime
    detail: str
    attempts: int


def is_any_due(tx: Tx, _: None) -> bool:
    """Say whether a step could be claimed now; reads only."""
    free = or_(steps.c.lease_until.is_(None), steps.c.lease_until <= tx.now)
    due = select(steps.c.id).where(steps.c.done_at.is_(None), steps.c.not_before <= tx.now, free)
    return tx.execute(due.limit(1)).first() is not None


def claim_steps(tx: Tx, limit: int) -> list[OpenStep]:
    """Lease the steps that are due; of one call in order, never past one that must wait."""
    earlier = steps.alias("earlier")
    blocked = (
        select(earlier.c.id)
        .where(
            earlier.c.call_id == steps.c.call_id,
            earlier.c.id < steps.c.id,
            earlier.c.done_at.is_(None),
            or_(earlier.c.not_before > tx.now, earlier.c.lease_until > tx.now),
        )
        .exists()
    )
    free = or_(steps.c.lease_until.is_(None), steps.c.lease_until <= tx.now)
    due = and_(steps.c.done_at.is_(None), steps.c.not_before <= tx.now, free)
    ids = list(
        tx.execute(
            select(steps.c.id)
            .where(due, ~blocked)
            .order_by(steps.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).scalars()
    )
    if not ids:
        return []
    rows = tx.execute(
        update(steps)
        .where(steps.c.id.in_(ids), due)
        .values(attempts=steps.c.attempts + 1, lease_until=tx.now + timedelta(seconds=LEASE_S))
        .returning(
            steps.c.id,
            steps.c.call_id,
            steps.c.connection_id,
            steps.c.todo,
            steps.c.at,
            steps.c.detail,
            steps.c.attempts,
        )
    ).all()
    return sorted((_open_step(row) for row in rows), key=lambda step: step.id)


class Work(NamedTuple):
    """Leased steps of one call, in order, and how it stood when they were: with the connection of
    the first, or its newest one. None: the call is gone.
    """

    steps: list[OpenStep]
    talk: Talk | None


def claim_work(tx: Tx, limit: int) -> list[Work]:
    """Lease the steps that are due (`claim_steps`), by call."""
    by_call: defaultdict[str, list[OpenStep]] = defaultdict(list)
    for step in claim_steps(tx, limit):
        by_call[step.call_id].append(step)
    named = [(call_id, of_call[0].connection_id) for call_id, of_call in by_call.items()]
    talks = read_with_connection(tx, named) if named else {}
    return [
        Work(of_call, Talk(*talks[call_id]) if call_id in talks else None)
        for call_id, of_call in by_call.items()
    ]


def _open_step(row: Any) -> OpenStep:
    values = dict(row._mapping)
    return OpenStep(**{**values, "todo": Todo(values["todo"])})


class Release(NamedTuple):
    """Give claimed steps back: not before `delay_s`. `error` is kept for people to see."""

    ids: tuple[str, ...]
    delay_s: float
    error: str = ""


def release_steps(tx: Tx, order: Release) -> None:
    tx.execute(
        update(steps)
        .where(steps.c.id.in_(order.ids), steps.c.done_at.is_(None))
        .values(
            lease_until=None,
            not_before=tx.now + timedelta(seconds=order.delay_s),
            error=order.error or None,
        )
    )


class FinishStep(NamedTuple):
    id: str
    call_id: str
    error: str = ""


def finish_step(tx: Tx, order: FinishStep) -> None:
    """A step is done, or given up with the reason; those that waited behind it may begin."""
    tx.execute(
        update(steps)
        .where(steps.c.id == order.id)
        .values(done_at=tx.now, lease_until=None, error=order.error or None)
    )
    behind = select(steps.c.id).where(steps.c.call_id == order.call_id, steps.c.done_at.is_(None))
    if tx.execute(behind.limit(1)).first() is not None:
        tx.hint("phone.steps", order.call_id)


class KeepMessage(NamedTuple):
    recording_sid: str
    call_id: str
    blob_id: str
    size_bytes: int
    media_type: str
    duration_s: int
    recording_id: str | None = None
    sha256: str | None = None


def keep_message(tx: Tx, kept: KeepMessage) -> None:
    """Remember where the copy of a message is, so that a repeated step does not copy it again."""
    if find_message(tx, kept.recording_sid) is None:
        tx.execute(insert(messages).values(**kept._asdict()))


def find_message(tx: Tx, recording_sid: str) -> KeepMessage | None:
    row = tx.execute(select(messages).where(messages.c.recording_sid == recording_sid)).first()
    if row is None:
        return None
    values = row._mapping
    return KeepMessage(*(values[name] for name in KeepMessage._fields))


class FileMessage(NamedTuple):
    recording_sid: str
    contact_id: str | None


def file_message(tx: Tx, filed: FileMessage) -> None:
    """The hub has the message as a contact of its own."""
    tx.execute(
        update(messages)
        .where(messages.c.recording_sid == filed.recording_sid)
        .values(contact_id=filed.contact_id)
    )


def is_message(tx: Tx, contact_id: str) -> bool:
    """Say whether a contact is a voicemail: nobody waits on the line."""
    found = select(messages.c.recording_sid).where(messages.c.contact_id == contact_id).limit(1)
    return tx.execute(found).first() is not None


class Unchecked(NamedTuple):
    """`call_ids`: asked about whatever was heard of them."""

    call_ids: Sequence[str]
    limit: int


def list_unchecked_calls(tx: Tx, ask: Unchecked) -> list[Call]:
    """Return the named calls, and live ones not heard of for a minute; longest first."""
    silent = calls.c.checked_at <= tx.now - _UNCHECKED
    found = _LIVE.where(or_(silent, calls.c.id.in_(ask.call_ids))).order_by(calls.c.checked_at)
    rows = tx.execute(found.limit(ask.limit + len(ask.call_ids))).scalars()
    return [get_call(tx, call_id) for call_id in rows]


def list_live_ids(tx: Tx, before: datetime) -> list[str]:
    """Return the calls that go on since before then, those longest not heard of first."""
    found = _LIVE.where(calls.c.started_at <= before).order_by(calls.c.checked_at)
    return list(tx.execute(found).scalars())


# Those without a name are looked up by their own step.
_LIVE = select(calls.c.id).where(ON_THE_LINE, calls.c.sid.is_not(None))


def mark_checked(tx: Tx, call_id: str) -> None:
    tx.execute(update(calls).where(calls.c.id == call_id).values(checked_at=tx.now))


class Overdue(NamedTuple):
    ring_s: int
    limit: int


def list_overdue(tx: Tx, ask: Overdue) -> list[tuple[Call, Connection]]:
    """Return agents' legs that should have answered or given up by now."""
    since = tx.now - timedelta(seconds=ask.ring_s) - PATIENCE
    rows = tx.execute(
        select(connections.c.id, connections.c.call_id)
        .where(
            PENDING,
            connections.c.released.is_(False),
            connections.c.leg_state != LegState.ENDED,
            # Who has answered and waits for the customer's phone is not overdue.
            not_(and_(connections.c.dials, connections.c.leg_state == LegState.ANSWERED)),
            connections.c.created_at <= since,
        )
        .order_by(connections.c.created_at)
        .limit(ask.limit)
    ).all()
    found = [(get_call(tx, row.call_id), find_connection(tx, row.id)) for row in rows]
    return [(call, connection) for call, connection in found if connection is not None]


def purge_webhooks(tx: Tx, limit: int) -> int:
    """Forget webhooks a day old: no provider repeats one after that. Return how many."""
    old = (
        select(webhooks.c.entry_point_id, webhooks.c.key)
        .where(webhooks.c.at <= tx.now - _KEEP_WEBHOOKS)
        .order_by(webhooks.c.at)
        .limit(limit)
    )
    rows = tx.execute(old).all()
    if not rows:
        return 0
    keys = [
        and_(webhooks.c.entry_point_id == row.entry_point_id, webhooks.c.key == row.key)
        for row in rows
    ]
    return tx.execute(delete(webhooks).where(or_(*keys))).rowcount


def purge_steps(tx: Tx, limit: int) -> int:
    """Forget what was done a week ago. Return how many."""
    old = select(steps.c.id).where(steps.c.done_at <= tx.now - _KEEP_STEPS).limit(limit)
    ids = list(tx.execute(old).scalars())
    return tx.execute(delete(steps).where(steps.c.id.in_(ids))).rowcount if ids else 0
