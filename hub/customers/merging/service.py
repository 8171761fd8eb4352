"""Two records, one person: merge, and undo it exactly, in any order (knowledge.md, Identity)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, or_, select, update

from hub.accounts.model import Actor
from hub.core.errors import Conflict, Invalid
from hub.customers.allocation.following import give_back
from hub.customers.changes import check_text, mark_dirty, note_change, update_customer
from hub.customers.model import IdentityStatus
from hub.customers.tables import customers, identities
from hub.storage import Tx

from .links import join_records, live_edges, lock_roots, log_moves, records_of
from .model import MAX_RECORDS, Edge, MoveKind, tree_of
from .owners import TAKEN, give_owner_back, take_owner
from .tables import customer_conflicts, customer_merges

_UNDONE = "the merge was undone"


@dataclass(frozen=True, slots=True)
class MergeCustomers:
    """`from_id` turns out to be the same person or organisation as `into_id`, which stays.

    Both stand for what they are today, where they were merged before.
    """

    actor: Actor
    from_id: str
    into_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnmergeCustomer:
    """Undo the merge of `customer_id`: it gets back what it had, and who had become it."""

    actor: Actor
    customer_id: str
    reason: str = ""


def merge_customers(tx: Tx, cmd: MergeCustomers) -> Edge:
    """Make one of two customers; return who was merged into whom.

    Raises NotFound, Invalid, and Conflict where they are one already.
    """
    if cmd.from_id == cmd.into_id:
        raise Invalid(
            "A customer cannot be merged into itself: choose the other record.",
            code="merging.itself",
        )
    reason = check_text(cmd.reason, "reason", 500)
    roots = lock_roots(tx, [cmd.from_id, cmd.into_id])
    edge = Edge(roots[cmd.from_id], roots[cmd.into_id])
    if edge.from_id == edge.into_id:
        raise Conflict(
            "The two are merged already: open the record they became.", code="merging.merged"
        )
    both = records_of(tx, edge.from_id), records_of(tx, edge.into_id)
    if len(both[0]) + len(both[1]) > MAX_RECORDS:
        raise Invalid(
            f"More than {MAX_RECORDS} records would be one customer: that is rather an address "
            "which many share. Mark it as shared.",
            code="merging.many",
            most=MAX_RECORDS,
        )
    before = {
        "conflicts": _close_conflicts(tx, *both, cmd.actor.id),
        TAKEN: take_owner(tx, edge, cmd.actor.id),
    }
    join_records(tx, edge, cmd.actor.id, reason, before)
    note_change(tx, cmd.actor, "customer.merge", edge)
    return edge


def unmerge_customer(tx: Tx, cmd: UnmergeCustomer) -> str:
    """Give a merged customer back what it had and return who had it meanwhile.

    Raises NotFound, and Conflict if it is not merged.
    """
    root_id = lock_roots(tx, [cmd.customer_id])[cmd.customer_id]
    edges = live_edges(tx, root_id)
    edge = edges.pop(cmd.customer_id, None)
    if edge is None:
        raise Conflict(
            "This customer is not merged: there is nothing to undo.", code="merging.not_merged"
        )
    reason = check_text(cmd.reason or _UNDONE, "reason", 500)
    back = tree_of({row.from_id: row.into_id for row in edges.values()}, cmd.customer_id)
    _move_back(tx, edge.id, Edge(root_id, cmd.customer_id), back, reason, cmd.actor.id)
    tx.execute(
        update(customer_merges)
        .where(customer_merges.c.id == edge.id)
        .values(undone_at=tx.now, undone_by=cmd.actor.id, undo_reason=reason)
    )
    _bring_back(tx, edge.before)
    give_back(tx, root_id, cmd.customer_id, back)
    give_owner_back(tx, edge, edges, cmd.actor.id)
    mark_dirty(tx, [cmd.customer_id, root_id], "merge")
    note_change(tx, cmd.actor, "customer.unmerge", [cmd.customer_id, root_id])
    return root_id


def _move_back(
    tx: Tx, operation_id: str, back: Edge, records: Collection[str], reason: str, by: str | None
) -> None:
    """Give `back.into_id` what is at home there, or in the `records` that had become it."""
    moved = tx.execute(
        update(identities)
        .where(identities.c.customer_id == back.from_id, identities.c.home_id.in_(sorted(records)))
        .values(
            customer_id=back.into_id,
            home_id=case((identities.c.home_id == back.into_id, None), else_=identities.c.home_id),
        )
        .returning(identities.c.id)
    ).scalars()
    log_moves(tx, MoveKind.UNMERGE, operation_id, back, list(moved), reason, by)
    tx.execute(
        update(customers)
        .where(customers.c.id.in_(sorted({*records} - {back.into_id})))
        .values(merged_into_id=back.into_id)
    )
    update_customer(tx, back.into_id, {"merged_into_id": None})


def _close_conflicts(
    tx: Tx, some: Sequence[str], others: Sequence[str], by: str | None
) -> list[str]:
    """The question whether these are the same is answered; return the ids of who asked it."""
    table = customer_conflicts.c
    closed = tx.execute(
        update(customer_conflicts)
        .where(
            table.decided_at.is_(None),
            or_(
                and_(table.customer_id.in_(some), table.other_id.in_(others)),
                and_(table.customer_id.in_(others), table.other_id.in_(some)),
            ),
        )
        .values(decided_at=tx.now, decided_by=by, decision="merged")
        .returning(table.id)
    )
    return sorted(closed.scalars())


def _bring_back(tx: Tx, before: Mapping[str, Any]) -> None:
    """Ask again what the merge had answered; an address it took out of use is one again."""
    again, asked = customer_conflicts.alias("again"), customer_conflicts.c
    if before.get("conflicts"):
        other = select(again.c.id).where(
            again.c.customer_id == asked.customer_id,
            again.c.other_id == asked.other_id,
            again.c.kind == asked.kind,
            again.c.decided_at.is_(None),
        )
        tx.execute(
            update(customer_conflicts)
            .where(asked.id.in_(before["conflicts"]), ~other.exists())
            .values(decided_at=None, decided_by=None, decision=None)
        )
    if before.get("removed"):
        tx.execute(
            update(identities)
            .where(
                identities.c.id.in_(before["removed"]),
                identities.c.status == IdentityStatus.REMOVED,
            )
            .values(status=IdentityStatus.ACTIVE, valid_to=None)
        )
