"""Who has to touch a new customer has to still after a merge, and again after its undoing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from hub.customers.tables import customers
from hub.storage import Tx
from hub.storage.bulk import read_json, update_values

from .giving import lock_owners
from .tables import lead_allocations

_HOME = "home"  # in the trace: the record that somebody was given, where it became another one


def follow(tx: Tx, open_: Sequence[Any], gone: Mapping[str, str]) -> set[str]:
    """Let open allocations follow records into whom they became; return which did.

    `open_`: rows (id, customer_id, to_id, trace); `gone`: who became which prospect or opportunity.
    Only where the owner came along and nobody has to touch them already: one for each, the first.
    """
    asked = [row for row in open_ if row.customer_id in gone and row.to_id is not None]
    if not asked:
        return set()
    taken = {row.customer_id for row in open_}
    owners = lock_owners(tx, {gone[row.customer_id] for row in asked})
    moved = []
    for row in sorted(asked, key=lambda row: row.id):
        today = gone[row.customer_id]
        if today in taken or owners.get(today) != row.to_id:
            continue
        taken.add(today)
        moved.append([row.id, today, {_HOME: row.customer_id, **read_json(row.trace)}])
    update_values(tx, lead_allocations, ("id", "customer_id", "trace"), moved)
    for _, today, _ in moved:
        tx.hint("customer.changed", today)
    return {row[0] for row in moved}


def give_back(tx: Tx, root_id: str, customer_id: str, records: Collection[str]) -> None:
    """Give `customer_id` back the open allocation that followed one of its `records` to `root_id`.

    To be called before the owner goes back: who has the open allocation is the owner.
    """
    table = lead_allocations.c
    row = tx.execute(
        select(table.id, table.to_id, table.trace)
        .where(table.customer_id == root_id, table.ended_as.is_(None))
        .with_for_update()
    ).first()
    if row is None or row.trace.get(_HOME) not in records:
        return
    owner = select(customers.c.owner_id).where(customers.c.id == customer_id)
    if tx.execute(owner).scalar_one() == row.to_id:
        tx.execute(
            update(lead_allocations).where(table.id == row.id).values(customer_id=customer_id)
        )
