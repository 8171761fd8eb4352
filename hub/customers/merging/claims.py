"""Claims on a record: who used an address of whom without proof, and nobody has decided."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from hub.customers.access import Scope
from hub.customers.tables import customers, identities
from hub.customers.views import ClaimView, Reader
from hub.storage import Tx

from .tables import customer_conflicts

_SHOWN = 20


def list_claims(tx: Tx, reader: Reader, scope: Scope, ids: Sequence[str]) -> list[ClaimView]:
    """Show both directions for a customer, given as the ids of all their records: addresses they
    used, and who used theirs. The newest first, each under what the other one is today, and only
    where the reader may see that one."""
    table = customer_conflicts.c
    claimant, owner = customers.alias("claimant"), customers.alias("owner")
    by = func.coalesce(claimant.c.merged_into_id, claimant.c.id)
    of = func.coalesce(owner.c.merged_into_id, owner.c.id)
    rows = tx.execute(
        select(
            identities,
            table.id.label("conflict_id"),
            table.found_at,
            by.label("by_id"),
            of.label("of_id"),
        )
        .select_from(customer_conflicts)
        .join(identities, identities.c.id == table.identity_id)
        .join(claimant, claimant.c.id == table.customer_id)
        .join(owner, owner.c.id == table.other_id)
        .where(
            table.decided_at.is_(None),
            or_(table.customer_id.in_(ids), table.other_id.in_(ids)),
            by != of,
        )
        .order_by(table.found_at.desc(), table.id.desc())
        .limit(_SHOWN)
    ).all()
    others = [row.of_id if row.by_id in ids else row.by_id for row in rows]
    found = tx.execute(
        select(customers.c.id, customers.c.name).where(
            customers.c.id.in_(sorted(set(others))), scope.customers()
        )
    )
    names = {row.id: row.name for row in found}
    return [
        ClaimView(
            id=row.conflict_id,
            customer_id=other,
            name=names[other],
            identity=reader.identity(row),
            claimed_at=row.found_at,
        )
        for row, other in zip(rows, others, strict=True)
        if other in names
    ]
