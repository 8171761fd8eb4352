"""Who is to be looked at next: whom something changed about, whose time has come, everybody once.

`take_changed` and `take_due` hand out each customer once; `sweep` goes over all of them page by
page when the rules of the lifecycle are others, which they are before the first time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from hub.customers.changes import mark_dirty
from hub.customers.tables import customers, dirty_customers
from hub.storage import LIMIT, NOW, Look, Tx
from hub.storage.bulk import Statement

from .tables import customer_stages, lifecycle_sweeps

_SWEEP = "customers"
_BACKLOG = 400  # while so many are to be looked at, nobody else is added
_TODAY = Statement("""
SELECT c.id, COALESCE(c.merged_into_id, c.id) AS today
FROM {rows} JOIN customers c ON c.id = {text 0} WHERE c.archived_at IS NULL
""")


_CHANGED = Look(
    select(dirty_customers.c.customer_id)
    .order_by(dirty_customers.c.since, dirty_customers.c.customer_id)
    .limit(LIMIT)
    .with_for_update(skip_locked=True)
)
_DUE = Look(
    select(customer_stages.c.customer_id)
    .where(customer_stages.c.next_check_at.is_not(None), customer_stages.c.next_check_at <= NOW)
    .order_by(customer_stages.c.next_check_at)
    .limit(LIMIT)
)


def take_changed(tx: Tx, limit: int) -> list[str]:
    """Take customers about whom something changed, the longest first; they are marked no more."""
    ids = _CHANGED.ids(tx, tx.now, limit)
    if ids:
        tx.execute(delete(dirty_customers).where(dirty_customers.c.customer_id.in_(ids)))
    return ids


def list_due(tx: Tx, now: datetime, limit: int) -> list[str]:
    """Return whom time alone moves, the longest first."""
    return _DUE.ids(tx, now, limit) if limit > 0 else []


def drop_checks(tx: Tx, customer_ids: Sequence[str]) -> None:
    """Who became another customer is looked at no more: the other one is."""
    if customer_ids:
        tx.execute(
            update(customer_stages)
            .where(customer_stages.c.customer_id.in_(sorted(customer_ids)))
            .values(next_check_at=None)
        )


def today_of(tx: Tx, customer_ids: Sequence[str]) -> dict[str, str]:
    """Return who these customers are today; who was erased or taken back is left out."""
    rows = _TODAY(tx, [[customer_id] for customer_id in customer_ids])
    return {row.id: row.today for row in rows}


_STANDS = select(lifecycle_sweeps).where(lifecycle_sweeps.c.id == _SWEEP)


def sweep(tx: Tx, rules: str, limit: int) -> int:
    """Have the next customers looked at by rules of this digest; return how many.

    Begins anew where the rules are others than those of the last time.
    """
    table = lifecycle_sweeps.c
    row = tx.execute(_STANDS).first()
    if row is not None and row.rules == rules and row.counted_to is None:
        return 0
    if row is None:
        tx.execute(insert(lifecycle_sweeps).values(id=_SWEEP, rules=rules, counted_to=""))
    counted_to = row.counted_to if row is not None and row.rules == rules else ""
    waiting = select(dirty_customers.c.customer_id).offset(_BACKLOG).limit(1)
    if tx.execute(waiting).first() is not None:
        return 0
    found = (
        select(customers.c.id)
        .where(
            customers.c.id > counted_to,
            customers.c.merged_into_id.is_(None),
            customers.c.archived_at.is_(None),
        )
        .order_by(customers.c.id)
        .limit(limit)
    )
    ids = list(tx.execute(found).scalars())
    mark_dirty(tx, ids, "sweep")
    tx.execute(
        update(lifecycle_sweeps)
        .where(table.id == _SWEEP)
        .values(rules=rules, counted_to=ids[-1] if len(ids) == limit else None)
    )
    return len(ids)
