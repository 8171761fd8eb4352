"""What rules may ask of where a customer stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, select

from hub.customers.rules.features import FeaturePart
from hub.customers.rules.model import Value
from hub.customers.rules.where import Column, Sql
from hub.customers.tables import customers
from hub.storage import Tx
from hub.storage.bulk import Statement

from .tables import customer_stages

_READ = Statement("""
SELECT s.customer_id, s.stage, s.standing, s.loyalty
FROM {rows} JOIN customer_stages s ON s.customer_id = {text 0}
""")


def _load(tx: Tx, ids: Sequence[str]) -> Mapping[str, Mapping[str, Value]]:
    return {
        row.customer_id: {"stage": row.stage, "standing": row.standing, "loyalty": row.loyalty}
        for row in _READ(tx, [[customer_id] for customer_id in ids])
    }


def _of(value: ColumnElement[str]) -> Column:
    found = select(value).where(customer_stages.c.customer_id == customers.c.id)
    return Column(found.correlate(customers).scalar_subquery())


_SQL: Sql = {name: _of(customer_stages.c[name]) for name in ("stage", "standing", "loyalty")}
LIFECYCLE = FeaturePart("lifecycle", frozenset(_SQL), _load, _SQL)
"""Stage, standing and step of loyalty."""
