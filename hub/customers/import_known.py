"""Whom a piece of an import speaks of by name only: each found by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, func, select

from hub.storage import Tx

from .import_file import ImportRow
from .model import CustomerKind
from .tables import customers, identities


def organisations_by_name(tx: Tx, rows: Sequence[ImportRow]) -> dict[str, str]:
    """Return the ids of the organisations these rows name, by name; of several the oldest."""
    names = sorted({row.organisation[:200] for row in rows if row.organisation})
    if not names:
        return {}
    found = tx.execute(
        select(customers.c.name, customers.c.id)
        .where(
            customers.c.kind == CustomerKind.ORGANISATION,
            customers.c.name.in_(names),
            customers.c.merged_into_id.is_(None),
        )
        .order_by(customers.c.id.desc())
    )
    return {row.name: row.id for row in found}


def people_without_address(
    tx: Tx, source: str, rows: Sequence[ImportRow]
) -> dict[str, dict[str, Any]]:
    """Return, by name, who this source brought before without an address: the same file again
    makes nobody twice."""
    names = sorted({row.name for row in rows if row.name and not row.addresses})
    if not names:
        return {}
    has_address = exists().where(identities.c.customer_id == customers.c.id)
    found = tx.execute(
        select(
            customers.c.id.label("customer_id"),
            customers.c.name,
            customers.c.language,
            customers.c.tier_source,
            func.coalesce(customers.c.own_tier, customers.c.tier).label("tier"),
        )
        .where(
            customers.c.kind == CustomerKind.PERSON,
            customers.c.name.in_(names),
            customers.c.source == source,
            customers.c.merged_into_id.is_(None),
            ~has_address,
        )
        .order_by(customers.c.id.desc())
    ).mappings()
    return {str(row["name"]): dict(row) for row in found}
