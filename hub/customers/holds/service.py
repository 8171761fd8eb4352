"""Use cases of legal holds. A hold follows its customer over merges, and stays with each record
when a merge is undone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.core.errors import Conflict
from hub.customers.reads import get_customer_row, same_customer_ids
from hub.customers.tables import customers, identities
from hub.storage import Tx

from .tables import legal_holds


@dataclass(frozen=True, slots=True)
class HoldCustomer:
    actor: Actor
    customer_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseCustomer:
    actor: Actor
    customer_id: str


def hold_customer(tx: Tx, cmd: HoldCustomer) -> None:
    """Keep everything of a customer until it is released; held again, the reason is another one.

    Raises NotFound, Conflict for a merged record.
    """
    ids = _records(tx, cmd.customer_id)
    tx.execute(delete(legal_holds).where(legal_holds.c.customer_id.in_(ids)))
    held = {
        "reason": cmd.reason,
        "by_id": cmd.actor.id,
        "by_name": cmd.actor.name,
        "at": tx.now,
    }
    tx.execute(insert(legal_holds), [{"customer_id": one, **held} for one in ids])
    audit(tx, cmd.actor, "customer.hold", "customer", cmd.customer_id, {"reason": cmd.reason})
    tx.hint("customer.changed", cmd.customer_id)


def release_customer(tx: Tx, cmd: ReleaseCustomer) -> None:
    """The rules have them again, from now on. Raises NotFound, Conflict for a merged record."""
    ids = _records(tx, cmd.customer_id)
    gone = tx.execute(delete(legal_holds).where(legal_holds.c.customer_id.in_(ids)))
    if gone.rowcount:
        audit(tx, cmd.actor, "customer.release", "customer", cmd.customer_id)
        tx.hint("customer.changed", cmd.customer_id)


def find_hold(tx: Tx, customer_id: str) -> Row[Any] | None:
    """Return the oldest hold on a customer, or on a record that was merged into them."""
    ids = same_customer_ids(tx, customer_id)
    return tx.execute(
        select(legal_holds)
        .where(legal_holds.c.customer_id.in_(ids))
        .order_by(legal_holds.c.at, legal_holds.c.customer_id)
        .limit(1)
    ).first()


def held_identities() -> Select[Any]:
    """Return the question for the ids of all identities of customers who are held now."""
    return select(identities.c.id).where(identities.c.customer_id.in_(_held()))


def held_customers(tx: Tx, customer_ids: Collection[str]) -> set[str]:
    """Return which of these records are of customers who are held now."""
    c = customers.c
    of = select(c.id).where(
        c.id.in_(sorted(customer_ids)), func.coalesce(c.merged_into_id, c.id).in_(_held())
    )
    return set(tx.execute(of).scalars())


def _held() -> Select[Any]:
    """Return the question for the ids of customers who are held now, none of a merged record."""
    # Not a join: SQLite, without statistics, would go through all customers for a few holds.
    became = (
        select(customers.c.merged_into_id)
        .where(customers.c.id == legal_holds.c.customer_id)
        .scalar_subquery()
    )
    return select(func.coalesce(became, legal_holds.c.customer_id))


def _records(tx: Tx, customer_id: str) -> list[str]:
    row = get_customer_row(tx, customer_id, for_change=True)
    if row.merged_into_id is not None:
        raise Conflict("This record was merged: hold the one it became.", code="hold.merged")
    return same_customer_ids(tx, customer_id)
