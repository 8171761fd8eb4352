"""Two records become one: who looks after either looks after both, and no longer once it is undone.

The owner of the record that stays counts; where it has none, the other one's comes along. That is
noted on the merge (`before["owner_taken"]`), so that an undo knows whose it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select, update

from hub.customers.changes import update_customer
from hub.customers.ownership.service import OwnerMove, note_owners
from hub.customers.tables import customers
from hub.storage import Tx

from .model import Edge
from .tables import customer_merges

TAKEN = "owner_taken"
_MERGED = "merged"
_UNMERGED = "unmerged"


def take_owner(tx: Tx, edge: Edge, by: str | None) -> bool:
    """Let an ownerless customer have the owner of who becomes it; return whether it did."""
    owners = _owners(tx, [edge.from_id, edge.into_id])
    if owners[edge.into_id] is not None or owners[edge.from_id] is None:
        return False
    _give(tx, edge.into_id, None, owners[edge.from_id], by, _MERGED)
    return True


def give_owner_back(tx: Tx, undone: Row[Any], rest: Mapping[str, Row[Any]], by: str | None) -> None:
    """Take back what came along with `undone`, up to the root; `rest`: the other merges by record.

    Where the owner is somebody else by now, they stay. Who is without one then has the owner of
    another record that became it, where there is one.
    """
    ids = {undone.from_id, undone.into_id, *rest, *(one.into_id for one in rest.values())}
    owners = _owners(tx, sorted(ids))
    was, owner = owners[undone.from_id], None
    edge: Row[Any] | None = undone
    while was and edge is not None and edge.before.get(TAKEN) and owners[edge.into_id] == was:
        owner = owner or _next_owner(tx, edge.into_id, rest, owners)
        _give(tx, edge.into_id, was, owner, by, _UNMERGED)
        owners[edge.into_id] = owner
        edge = rest.get(edge.into_id)


def _next_owner(
    tx: Tx, into_id: str, rest: Mapping[str, Row[Any]], owners: Mapping[str, str | None]
) -> str | None:
    into = [one for one in rest.values() if one.into_id == into_id and owners[one.from_id]]
    for one in sorted(into, key=lambda row: (row.merged_at, row.id)):
        tx.execute(
            update(customer_merges)
            .where(customer_merges.c.id == one.id)
            .values(before={**one.before, TAKEN: True})
        )
        return owners[one.from_id]
    return None


def _owners(tx: Tx, ids: list[str]) -> dict[str, str | None]:
    rows = tx.execute(select(customers.c.id, customers.c.owner_id).where(customers.c.id.in_(ids)))
    return {row.id: row.owner_id for row in rows}


def _give(
    tx: Tx, customer_id: str, before: str | None, after: str | None, by: str | None, why: str
) -> None:
    update_customer(tx, customer_id, {"owner_id": after})
    note_owners(tx, [OwnerMove(customer_id, before, after)], by, why)
