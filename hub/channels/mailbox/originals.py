"""Mails as they came, the oldest first: they are kept by a rule of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, func, literal_column, or_, select

from hub.storage import Tx

from .tables import raw_mails

# As in the index: SQLite uses it only where the question says the same.
_THERE = raw_mails.c.blob_id != literal_column("''")


class After(NamedTuple):
    """At most `limit` that came until `before`, after the one of `last_id` that came `at`."""

    at: datetime
    last_id: str
    before: datetime
    limit: int


def list_originals(tx: Tx, after: After) -> Sequence[Row[Any]]:
    """Return id, blob_id, state and received_at of originals that are there."""
    r = raw_mails.c
    return tx.execute(_next(after, r.id, r.blob_id, r.state, r.received_at)).all()


def count_next(tx: Tx, after: After) -> tuple[int, int]:
    """Return how many of these are there, and their size in bytes."""
    these = _next(after, raw_mails.c.size_bytes).subquery()
    size = func.coalesce(func.sum(these.c.size_bytes), 0)
    row = tx.execute(
        select(func.count().label("mails"), size.label("size_bytes")).select_from(these)
    ).one()
    return int(row.mails), int(row.size_bytes)


def _next(after: After, *columns: ColumnElement[Any]) -> Select[Any]:
    r = raw_mails.c
    return (
        select(*columns)
        .where(
            _THERE,
            r.received_at >= after.at,
            or_(r.received_at > after.at, r.id > after.last_id),
            r.received_at <= after.before,
        )
        .order_by(r.received_at, r.id)
        .limit(after.limit)
    )


def get_originals(tx: Tx, ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Return id, blob_id, state and received_at of those of these that are still there."""
    r = raw_mails.c
    wanted = select(r.id, r.blob_id, r.state, r.received_at).where(r.id.in_(ids), _THERE)
    return tx.execute(wanted.order_by(r.received_at, r.id)).all()


def count_originals(tx: Tx, before: datetime) -> tuple[int, int]:
    """Return how many that came until `before` are there, and their size in bytes."""
    size = func.coalesce(func.sum(raw_mails.c.size_bytes), 0)
    wanted = select(func.count().label("mails"), size.label("size_bytes"))
    row = tx.execute(wanted.where(_THERE, raw_mails.c.received_at <= before)).one()
    return int(row.mails), int(row.size_bytes)
