"""What becomes due by itself: half of the time is used, or all of it (timekeeper)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Row,
    and_,
    bindparam,
    case,
    func,
    select,
    update,
)

from hub.storage import LIMIT, NOW, Look, Tx
from hub.storage.aside import aside

from .hints import Changed, tell
from .model import CommitmentState, OwnerKind, TellCustomer
from .tables import commitments
from .telling import News, ZoneOf, tell_customers, utc


def fire_due(tx: Tx, now: datetime, limit: int, zone: ZoneOf = utc) -> int:
    """Remind owners at half time, mark what is past due as broken; return how many.

    A visit is due at the end of its window: missed, it is broken, which supervisors hear, and its
    customer where that was agreed. What a team has not taken at half time supervisors hear, too.
    A fixed number of statements whatever the number, each guarded by what it changes, so that each
    moment fires exactly once.
    """
    reminded = _remind(tx, now, limit)
    broken = _break(tx, now, limit)
    if not reminded and not broken:
        return 0
    for row in reminded:
        if row.due_at > now:  # one that is broken in the same moment needs no reminder
            tx.hint("commitment.reminder", row.id)
    for row in broken:
        tx.hint("commitment.broken", row.id)
    tell(
        tx,
        [
            Changed(row.owner_kind, row.owner_id, row.identity_id, row.asked_by)
            for row in (*reminded, *broken)
        ],
    )
    late = [row.id for row in broken if row.tell_customer == TellCustomer.LATE]
    tell_customers(tx, late, News.LATE, zone)
    return len(reminded) + len(broken)


_HALF_TIME = Look(
    select(commitments.c.id)
    .where(
        commitments.c.state == CommitmentState.OPEN,
        commitments.c.reminded_at.is_(None),
        commitments.c.remind_at <= NOW,
    )
    .order_by(commitments.c.remind_at)
    .limit(LIMIT)
)
_OVERDUE = Look(
    select(commitments.c.id)
    .where(commitments.c.state == CommitmentState.OPEN, commitments.c.due_at <= NOW)
    .order_by(commitments.c.due_at)
    .limit(LIMIT)
)


def _remind(tx: Tx, now: datetime, limit: int) -> list[Row[Any]]:
    table = commitments.c
    due = _HALF_TIME.ids(tx, now, limit)
    if not due:
        return []
    untaken = (table.owner_kind == OwnerKind.TEAM) & table.taken_by.is_(None)
    return _fired(
        tx,
        _still(due, table.remind_at, now) & table.reminded_at.is_(None),
        {
            "reminded_at": now,
            "escalated_at": case((untaken, _moment(now)), else_=table.escalated_at),
        },
    )


def _break(tx: Tx, now: datetime, limit: int) -> list[Row[Any]]:
    table = commitments.c
    due = _OVERDUE.ids(tx, now, limit)
    if not due:
        return []
    return _fired(
        tx,
        _still(due, table.due_at, now),
        {
            "state": CommitmentState.BROKEN,
            "broken_at": now,
            "first_broken_at": func.coalesce(table.first_broken_at, _moment(now)),
            "escalated_at": func.coalesce(table.escalated_at, _moment(now)),
        },
    )


def _still(ids: Sequence[str], at: Column[datetime], now: datetime) -> ColumnElement[bool]:
    """Those of `ids` that are open and due now, too: they may have been put off since the look."""
    table = commitments.c
    return and_(table.id.in_(ids), table.state == CommitmentState.OPEN, aside(at) <= now)


def _moment(now: datetime) -> BindParameter[datetime]:
    """The time in the type of its column: an expression does not know it."""
    return bindparam(None, now, type_=commitments.c.escalated_at.type)


def _fired(tx: Tx, which: ColumnElement[bool], changes: dict[str, Any]) -> list[Row[Any]]:
    table = commitments.c
    return list(
        tx.execute(
            update(commitments)
            .where(which)
            .values({**changes, "version": table.version + 1})
            .returning(
                table.id,
                table.owner_kind,
                table.owner_id,
                table.identity_id,
                table.asked_by,
                table.due_at,
                table.tell_customer,
            )
        ).all()
    )
