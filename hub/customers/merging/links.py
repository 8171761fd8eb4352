"""Edges in the database: who is who today, locking a tree, and making one of two.

Whoever changes a tree locks its root first; so rows below a root need no lock of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, insert, or_, select, update

from hub.core.errors import Conflict, NotFound
from hub.core.ids import new_id
from hub.customers.changes import mark_dirty, update_customer
from hub.customers.tables import customers, identities, identity_moves
from hub.storage import Tx

from .model import Edge, MoveKind
from .tables import customer_merges

_TRIES = 3


def today_of(tx: Tx, ids: Collection[str]) -> dict[str, str]:
    """Return for each of these records, where it exists, the one it is today."""
    rows = tx.execute(
        select(
            customers.c.id, func.coalesce(customers.c.merged_into_id, customers.c.id).label("root")
        ).where(customers.c.id.in_(sorted(ids)))
    )
    return {row.id: row.root for row in rows}


def lock_roots(tx: Tx, ids: Collection[str]) -> dict[str, str]:
    """Lock what these records are today, in the order of ids, and return it by record.

    Raises NotFound, and Conflict where others merge them all the time.
    """
    for _ in range(_TRIES):
        roots = today_of(tx, ids)
        if roots.keys() != set(ids):
            raise NotFound("There is no such customer.")
        locked = tx.execute(
            select(customers.c.merged_into_id)
            .where(customers.c.id.in_(sorted(set(roots.values()))))
            .order_by(customers.c.id)
            .with_for_update()
        ).scalars()
        if all(into_id is None for into_id in locked) and today_of(tx, ids) == roots:
            return roots
    raise Conflict(
        "Somebody else merges these customers at this moment: open them again.", code="merging.busy"
    )


def records_of(tx: Tx, root_id: str) -> list[str]:
    """List the ids of a customer and of all records that became it."""
    found = select(customers.c.id).where(
        or_(customers.c.id == root_id, customers.c.merged_into_id == root_id)
    )
    return list(tx.execute(found).scalars())


def live_edges(tx: Tx, root_id: str) -> dict[str, Row[Any]]:
    """Return the merges that made this customer, by the record that was merged."""
    rows = tx.execute(
        select(customer_merges)
        .join(customers, customers.c.id == customer_merges.c.from_id)
        .where(customers.c.merged_into_id == root_id, customer_merges.c.undone_at.is_(None))
    )
    return {row.from_id: row for row in rows}


def join_records(tx: Tx, edge: Edge, by: str | None, reason: str, before: Mapping[str, Any]) -> str:
    """Make one of two locked roots and return the id of the merge. `before`: what an undo needs."""
    operation_id = new_id()
    moved = tx.execute(
        update(identities)
        .where(identities.c.customer_id == edge.from_id)
        .values(
            customer_id=edge.into_id,
            home_id=func.coalesce(identities.c.home_id, identities.c.customer_id),
        )
        .returning(identities.c.id)
    ).scalars()
    log_moves(tx, MoveKind.MERGE, operation_id, edge, list(moved), reason, by)
    tx.execute(
        insert(customer_merges).values(
            id=operation_id,
            from_id=edge.from_id,
            into_id=edge.into_id,
            merged_at=tx.now,
            merged_by=by,
            reason=reason,
            before=dict(before),
        )
    )
    tx.execute(
        update(customers)
        .where(customers.c.merged_into_id == edge.from_id)
        .values(merged_into_id=edge.into_id)
    )
    update_customer(tx, edge.from_id, {"merged_into_id": edge.into_id})
    mark_dirty(tx, edge, "merge")
    return operation_id


def log_moves(
    tx: Tx,
    kind: MoveKind,
    operation_id: str,
    edge: Edge,
    identity_ids: Sequence[str],
    reason: str,
    by: str | None,
) -> None:
    """Write down that these identities went from one customer to another."""
    if not identity_ids:
        return
    rows = [
        {
            "id": new_id(),
            "identity_id": identity_id,
            "from_customer_id": edge.from_id,
            "to_customer_id": edge.into_id,
            "moved_at": tx.now,
            "moved_by": by,
            "reason": reason,
            "kind": kind,
            "operation_id": operation_id,
        }
        for identity_id in sorted(identity_ids)
    ]
    tx.execute(insert(identity_moves), rows)
