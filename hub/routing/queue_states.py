"""A queue that a supervisor has stopped: paused or closed, until it is opened again.

Paused: who waits is offered to nobody for now, and who comes waits too. Closed: who comes is told
so by their channel as outside hours (voicemail, a message), and who waits is still served.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, select, update

from hub.accounts.tables import users
from hub.core.errors import Invalid, NotFound
from hub.storage import LIMIT, NOW, Look, Tx
from hub.storage.bulk import Statement

from .tables import queues


class QueueState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """How a queue is stopped: by whom (their name), why, since when, and until when it stays so."""

    state: QueueState
    reason: str
    by_name: str | None
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class SetQueueState:
    """`until`: the queue opens by itself then; None: somebody opens it."""

    queue_id: str
    state: QueueState
    by: str
    reason: str = ""
    until: datetime | None = None


def set_queue_state(tx: Tx, cmd: SetQueueState) -> QueueState:
    """Pause, close or open a queue; return how it was before. Raises NotFound, Invalid."""
    if cmd.until is not None and cmd.until <= tx.now:
        raise Invalid(
            "The time until which the queue is stopped is over.", code="queue.until", field="until"
        )
    found = select(queues.c.state).where(queues.c.id == cmd.queue_id, ~queues.c.retired)
    row = tx.execute(found.with_for_update()).first()
    if row is None:
        raise NotFound("There is no such queue.")
    stopped = cmd.state is not QueueState.OPEN
    tx.execute(
        update(queues)
        .where(queues.c.id == cmd.queue_id)
        .values(
            state=cmd.state if stopped else None,
            state_reason=cmd.reason if stopped else None,
            state_by=cmd.by if stopped else None,
            state_since=tx.now if stopped else None,
            state_until=cmd.until if stopped else None,
        )
    )
    tx.hint("setup.changed", "")
    return QueueState(row.state or QueueState.OPEN)


_STOP_OVER = Look(
    select(queues.c.id).where(queues.c.state_until <= NOW).limit(LIMIT).with_for_update()
)


def fire_due_queue_states(tx: Tx, now: datetime, limit: int) -> int:
    """Open queues whose stop is over (timekeeper); return how many. Each once."""
    ids = _STOP_OVER.ids(tx, now, limit)
    if ids:
        opened = {"state": None, "state_reason": None, "state_by": None}
        times = {"state_since": None, "state_until": None}
        tx.execute(update(queues).where(queues.c.id.in_(ids)).values(**opened, **times))
        tx.hint("setup.changed", "")
    return len(ids)


_STOPPED = Statement("SELECT q.id, q.state FROM queues q WHERE q.state IS NOT NULL")


class Stopped(NamedTuple):
    """Queues that somebody has stopped: nothing is offered of those paused now, who comes to one
    that is closed is told so.
    """

    paused: frozenset[str]
    closed: frozenset[str]


def stopped_queues(tx: Tx) -> Stopped:
    found = _STOPPED(tx, ())
    return Stopped(
        frozenset(row.id for row in found if row.state == QueueState.PAUSED),
        frozenset(row.id for row in found if row.state == QueueState.CLOSED),
    )


def paused_queues(tx: Tx) -> frozenset[str]:
    """Return the queues of which nothing is offered now."""
    return stopped_queues(tx).paused


def closed_queues(tx: Tx) -> frozenset[str]:
    """Return the queues that somebody has closed for who comes now."""
    return stopped_queues(tx).closed


def stops_of_queues(tx: Tx) -> dict[str, Stop]:
    """Return how queues are stopped now, by queue; those that are open are not in it."""
    rows = tx.execute(
        select(queues, users.c.name.label("by_name"))
        .outerjoin(users, users.c.id == queues.c.state_by)
        .where(queues.c.state.is_not(None), ~queues.c.retired)
    )
    return {row.id: stop for row in rows if (stop := stop_of(row)) is not None}


def stop_of(row: Row[Any]) -> Stop | None:
    """Return how a queue is stopped: a row of `queues` with `by_name`, the name of `state_by`."""
    if row.state is None:
        return None
    return Stop(
        state=QueueState(row.state),
        reason=row.state_reason,
        by_name=row.by_name,
        since=row.state_since,
        until=row.state_until,
    )


def is_closed(tx: Tx, queue_id: str) -> bool:
    """Has somebody closed this queue for who comes now?"""
    state = select(queues.c.state).where(queues.c.id == queue_id)
    return tx.execute(state).scalar_one_or_none() == QueueState.CLOSED
