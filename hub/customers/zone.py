"""A customer's clock: what quiet hours and the time of a promise are read by."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from hub.accounts.tables import teams
from hub.storage import Tx

from .tables import customers


def zones_of(tx: Tx, customer_ids: Collection[str], usual: str) -> dict[str, str]:
    """Return, by customer, the IANA zone of their clock: their own, else their branch's, else
    `usual`, the set-up's. One statement.
    """
    rows = tx.execute(
        select(customers.c.id, func.coalesce(customers.c.zone, teams.c.zone).label("zone"))
        .outerjoin(teams, teams.c.id == customers.c.branch_id)
        .where(customers.c.id.in_(sorted(set(customer_ids))))
    )
    known = {row.id: row.zone for row in rows}
    return {customer_id: known.get(customer_id) or usual for customer_id in customer_ids}
