"""What rules may ask of a customer's orders: how many, the last one, of which products."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select

from hub.customers.rules.features import FeaturePart
from hub.customers.rules.model import Value
from hub.customers.rules.where import Column, Sql
from hub.customers.tables import customers
from hub.storage import Tx
from hub.storage.bulk import Statement, read_time

from .tables import counts_as_revenue, order_lines, orders, products

# The same condition as `counts_as_revenue`.
_REVENUE = "o.state <> 'cancelled' AND (o.state <> 'returned' OR o.amount_minor < 0)"
_ORDERS = Statement(f"""
SELECT COALESCE(k.merged_into_id, k.id) AS customer_id,
       SUM(CASE WHEN o.amount_minor >= 0 THEN 1 ELSE 0 END) AS orders,
       MAX(CASE WHEN o.amount_minor >= 0 THEN o.ordered_at END) AS last_order
FROM {{rows}} JOIN customers k ON k.id = {{text 0}} OR k.merged_into_id = {{text 0}}
JOIN orders o ON o.customer_id = k.id
WHERE {_REVENUE}
GROUP BY COALESCE(k.merged_into_id, k.id)
""")  # noqa: S608 - our own text
_PRODUCTS = Statement(f"""
SELECT DISTINCT COALESCE(k.merged_into_id, k.id) AS customer_id, p.external_id
FROM {{rows}} JOIN customers k ON k.id = {{text 0}} OR k.merged_into_id = {{text 0}}
JOIN orders o ON o.customer_id = k.id
JOIN order_lines l ON l.order_id = o.id JOIN products p ON p.id = l.product_id
WHERE {_REVENUE}
""")  # noqa: S608 - our own text


def _load(tx: Tx, ids: Sequence[str]) -> Mapping[str, Mapping[str, Value]]:
    rows = [[customer_id] for customer_id in ids]
    bought: defaultdict[str, set[str]] = defaultdict(set)
    for row in _PRODUCTS(tx, rows):
        bought[row.customer_id].add(row.external_id)
    return {
        row.customer_id: {
            "orders": int(row.orders),
            "last_order": read_time(row.last_order),
            "products": frozenset(bought[row.customer_id]) or None,
        }
        for row in _ORDERS(tx, rows)
    }


def _of_customer(found: Select[Any]) -> Select[Any]:
    """Keep the orders that count, of the customer and of what was merged into them."""
    same = customers.alias("same")
    return (
        found.join(same, orders.c.customer_id == same.c.id)
        .where(
            or_(same.c.id == customers.c.id, same.c.merged_into_id == customers.c.id),
            counts_as_revenue(),
        )
        .correlate(customers)
    )


def _has_product(words: frozenset[str] | None) -> ColumnElement[bool]:
    found = _of_customer(
        select(orders.c.id)
        .join(order_lines, order_lines.c.order_id == orders.c.id)
        .join(products, products.c.id == order_lines.c.product_id)
    )
    if words is not None:
        found = found.where(products.c.external_id.in_(sorted(words)))
    return found.exists()


# NULL of who has no orders, as `_load` knows nothing of them.
_count = func.sum(case((orders.c.amount_minor >= 0, 1), else_=0))
_last = func.max(case((orders.c.amount_minor >= 0, orders.c.ordered_at)))
_SQL: Sql = {
    "orders": Column(_of_customer(select(_count)).scalar_subquery()),
    "last_order": Column(_of_customer(select(_last)).scalar_subquery()),
    "products": _has_product,
}
ORDERS = FeaturePart("orders", frozenset(_SQL), _load, _SQL)
"""Returned goods are no order of their own; whole orders that came back are none at all."""
