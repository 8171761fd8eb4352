"""What rules may ask of answers: the mean of a customer's satisfaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from hub.customers.rules.features import FeaturePart
from hub.customers.rules.model import Value
from hub.customers.rules.where import Column, Sql
from hub.customers.tables import customers, identities
from hub.storage import Tx
from hub.storage.bulk import Statement

from .tables import customer_satisfaction

_MEANS = Statement("""
SELECT i.customer_id, sum(s.total) AS total, sum(s.n) AS n
FROM {rows} JOIN customer_identities i ON i.customer_id = {text 0}
JOIN customer_satisfaction s ON s.identity_id = i.id
GROUP BY i.customer_id
""")


def _load(tx: Tx, ids: Sequence[str]) -> Mapping[str, Mapping[str, Value]]:
    rows = _MEANS(tx, [[customer_id] for customer_id in ids])
    return {row.customer_id: {"satisfaction": int(row.total) / int(row.n)} for row in rows}


_table = customer_satisfaction.c
_MEAN = (
    select(func.sum(_table.total) * 1.0 / func.sum(_table.n))
    .join(identities, identities.c.id == _table.identity_id)
    .where(identities.c.customer_id == customers.c.id)
    .correlate(customers)
    .scalar_subquery()
)
_SQL: Sql = {"satisfaction": Column(_MEAN)}
SATISFACTION_PART = FeaturePart("satisfaction", frozenset(_SQL), _load, _SQL)
"""All addresses of a customer together; of who never answered nothing is known."""
