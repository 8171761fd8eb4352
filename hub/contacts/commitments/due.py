"""What becomes due by itself: half of the time is used, or all of it (timekeeper)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, bindparam, case, func, select, update

from hub.storage import Tx

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


def _remind(tx: Tx, now: datetime, limit: int) -> list[Row[Any]]:
    table = commitments.c
    due = (
        select(table.id)
        .where(
            table.state == CommitmentState.OPEN, table.reminded_at.is_(None), table.remind_at <= now
        )
        .order_by(table.remind_at)
        .limit(limit)
    )
    untaken = (table.owner_kind == OwnerKind.TEAM) & table.taken_by.is_(None)
    return _fired(
        tx,
        table.id.in_(due) & table.reminded_at.is_(None),
        {
            "reminded_at": now,
            "escalated_at": case((untaken, _moment(now)), else_=table.escalated_at),
        },
    )


def _break(tx: Tx, now: datetime, limit: int) -> list[Row[Any]]:
    table = commitments.c
    due = (
        select(table.id)
        .where(table.state == CommitmentState.OPEN, table.due_at <= now)
        .order_by(table.due_at)
        .limit(limit)
    )
    return _fired(
        tx,
        table.id.in_(due) & (table.state == CommitmentState.OPEN),
        {
            "state": CommitmentState.BROKEN,
            "broken_at": now,
            "first_broken_at": func.coalesce(table.first_broken_at, _moment(now)),
            "escalated_at": func.coalesce(table.escalated_at, _moment(now)),
        },
    )


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
