"""Two records, one person: merge, and undo it exactly.

A merge moves identities and keeps each move; everything else is found through the identities or
through `merged_into_id`, so undoing it moves the same identities back (knowledge.md, Identity).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select, update

from hub.accounts.model import Actor
from hub.core.errors import Conflict, Invalid
from hub.core.ids import new_id
from hub.storage import Tx

from .changes import check_text, mark_dirty, note_change, update_customer
from .reads import get_customer_row
from .tables import customers, identities, identity_claims, identity_moves


@dataclass(frozen=True, slots=True)
class MergeCustomers:
    """`from_id` turns out to be the same person or organisation as `into_id`, which stays."""

    actor: Actor
    from_id: str
    into_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnmergeCustomer:
    """Undo the merge of `customer_id`: it gets back what it had."""

    actor: Actor
    customer_id: str


def merge_customers(tx: Tx, cmd: MergeCustomers) -> None:
    """Move all identities of one customer to another. Raises NotFound, Invalid, Conflict."""
    if cmd.from_id == cmd.into_id:
        raise Invalid("A customer cannot be merged into itself: choose the other record.")
    for customer_id in sorted((cmd.from_id, cmd.into_id)):
        row = get_customer_row(tx, customer_id, for_change=True)
        if row.merged_into_id is not None:
            raise Conflict("One of the two is merged already: open the record it became.")
    reason = check_text(cmd.reason, "reason", 500)
    owned = list(
        tx.execute(select(identities.c.id).where(identities.c.customer_id == cmd.from_id)).scalars()
    )
    _move(tx, owned, cmd.from_id, cmd.into_id, reason, cmd.actor.id)
    tx.execute(
        update(customers)
        .where(customers.c.merged_into_id == cmd.from_id)
        .values(merged_into_id=cmd.into_id)
    )
    update_customer(tx, cmd.from_id, {"merged_into_id": cmd.into_id})
    tx.execute(
        delete(identity_claims).where(
            identity_claims.c.customer_id.in_([cmd.from_id, cmd.into_id]),
            identity_claims.c.identity_id.in_(
                select(identities.c.id).where(identities.c.customer_id == cmd.into_id)
            ),
        )
    )
    mark_dirty(tx, [cmd.from_id, cmd.into_id], "merge")
    note_change(tx, cmd.actor, "customer.merge", [cmd.from_id, cmd.into_id])


def unmerge_customer(tx: Tx, cmd: UnmergeCustomer) -> str:
    """Give a merged customer its identities back and return whose they were meanwhile.

    Raises NotFound, and Conflict if it is not merged.
    """
    row = get_customer_row(tx, cmd.customer_id, for_change=True)
    into_id = row.merged_into_id
    if into_id is None:
        raise Conflict("This customer is not merged: there is nothing to undo.")
    moved = tx.execute(
        select(identities.c.id)
        .join(identity_moves, identity_moves.c.identity_id == identities.c.id)
        .where(
            identity_moves.c.from_customer_id == cmd.customer_id,
            identities.c.customer_id == into_id,
        )
        .distinct()
    ).scalars()
    _move(tx, list(moved), into_id, cmd.customer_id, "the merge was undone", cmd.actor.id)
    update_customer(tx, cmd.customer_id, {"merged_into_id": None})
    mark_dirty(tx, [cmd.customer_id, into_id], "merge")
    note_change(tx, cmd.actor, "customer.unmerge", [cmd.customer_id, into_id])
    return str(into_id)


def _move(
    tx: Tx, identity_ids: list[str], source: str, target: str, reason: str, by: str | None
) -> None:
    if not identity_ids:
        return
    tx.execute(
        update(identities)
        .where(identities.c.id == bindparam("b_id"))
        .values(customer_id=bindparam("b_customer")),
        [{"b_id": identity_id, "b_customer": target} for identity_id in identity_ids],
    )
    tx.execute(
        insert(identity_moves),
        [
            {
                "id": new_id(),
                "identity_id": identity_id,
                "from_customer_id": source,
                "to_customer_id": target,
                "moved_at": tx.now,
                "moved_by": by,
                "reason": reason,
            }
            for identity_id in identity_ids
        ],
    )
