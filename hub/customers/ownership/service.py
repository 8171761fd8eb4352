"""A customer gets another owner: the row, the history, and who is to look again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update

from hub.accounts.tables import users
from hub.core.ids import new_id
from hub.customers.allocation.model import EndedAs
from hub.customers.changes import mark_dirty, tell_changed
from hub.customers.reads import same_customer_ids
from hub.customers.tables import customers
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_values, tx_time
from hub.web.shapes import View

from .tables import ownership_moves

MAX_REASON = 200
_END = Statement("""
UPDATE lead_allocations SET ended_as = :how, ended_at = {time :now}
WHERE ended_as IS NULL AND customer_id IN (SELECT {text 0} FROM {rows})
""")
_COLUMNS = ("id", "customer_id", "from_id", "to_id", "at", "by", "reason")


class OwnerMove(NamedTuple):
    """`before`, `after`: users, None for nobody."""

    customer_id: str
    before: str | None
    after: str | None


class OwnerLine(View, frozen=True):
    """One change of owner. A name is None where there was nobody, or the hub did it."""

    at: datetime
    from_id: str | None
    from_name: str | None
    to_id: str | None
    to_name: str | None
    by_id: str | None
    by_name: str | None
    reason: str


def note_owners(tx: Tx, moves: Sequence[OwnerMove], by: str | None, reason: str = "") -> None:
    """Keep who had these customers and who has them now; rules look at them again.

    The caller changes the rows of `customers`. Who had to touch them as new ones has no longer to.
    A fixed number of statements, however many there are.
    """
    moved = [move for move in moves if move.before != move.after]
    insert_values(
        tx,
        ownership_moves,
        _COLUMNS,
        [(new_id(), *move, tx.now, by, reason[:MAX_REASON]) for move in moved],
    )
    _end_allocations(tx, moved)
    mark_dirty(tx, [move.customer_id for move in moved], "owner")


def _end_allocations(tx: Tx, moved: Sequence[OwnerMove]) -> None:
    """An open allocation has the owner of its customer: it ends where that is somebody else."""
    if moved:
        rows = [[move.customer_id] for move in moved]
        _END(tx, rows, how=EndedAs.MOVED.value, now=tx_time(tx, tx.now))


def hand_over_customers(tx: Tx, from_id: str, to_id: str, by: str | None, reason: str) -> list[str]:
    """Give everybody whom one user looks after to another one; return who they are.

    Also records that were merged into others: an unmerge brings back no owner who has left.
    """
    ids = list(
        tx.execute(
            select(customers.c.id)
            .where(customers.c.owner_id == from_id)
            .order_by(customers.c.id)
            .with_for_update()
        ).scalars()
    )
    if not ids:
        return []
    tx.execute(
        update(customers)
        .where(customers.c.owner_id == from_id)
        .values(owner_id=to_id, updated_at=tx.now, version=customers.c.version + 1)
    )
    note_owners(tx, [OwnerMove(id_, from_id, to_id) for id_ in ids], by, reason)
    tell_changed(tx, ids, "owner")
    return ids


def list_owners(tx: Tx, customer_id: str, limit: int = 100) -> list[OwnerLine]:
    """Return who looked after a customer, the newest first: also of what was merged into them."""
    before, after, by = users.alias("before"), users.alias("after"), users.alias("said")
    table = ownership_moves.c
    rows = tx.execute(
        select(
            table.at,
            table.from_id,
            before.c.name.label("from_name"),
            table.to_id,
            after.c.name.label("to_name"),
            table.by.label("by_id"),
            by.c.name.label("by_name"),
            table.reason,
        )
        .outerjoin(before, before.c.id == table.from_id)
        .outerjoin(after, after.c.id == table.to_id)
        .outerjoin(by, by.c.id == table.by)
        .where(table.customer_id.in_(same_customer_ids(tx, customer_id)))
        .order_by(table.at.desc(), table.id.desc())
        .limit(limit)
    )
    return [OwnerLine(**row._mapping) for row in rows]
