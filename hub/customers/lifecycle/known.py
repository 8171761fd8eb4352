"""What is known of many customers that makes them move: a fixed number of statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from hub.customers.identify import ANONYMOUS
from hub.customers.rules.model import Features
from hub.storage import Tx
from hub.storage.bulk import Statement, read_time

from .model import Known, Stages

QuotesOf = Callable[[Tx, Sequence[str]], Mapping[str, int]]
"""How many quotes to these customers stand: the layer above knows."""

# Addresses that somebody is reached by again; a visitor's key and a shop's own id name nobody.
_REACHED = Statement(f"""
SELECT DISTINCT i.customer_id FROM {{rows}}
JOIN customer_identities i ON i.customer_id = {{text 0}}
WHERE i.status IN ('active', 'shared') AND i.kind IN ('email', 'phone', 'fax')
  AND i.value_norm NOT LIKE '{ANONYMOUS}%'
""")  # noqa: S608 - our own text
# The same orders as the fields `orders` and `last_order` of rules (business/features.py).
_ORDERS = Statement("""
SELECT COALESCE(k.merged_into_id, k.id) AS customer_id,
       SUM(CASE WHEN o.state = 'delivered' THEN 1 ELSE 0 END) AS delivered,
       MIN(o.ordered_at) AS first_at
FROM {rows} JOIN customers k ON k.id = {text 0} OR k.merged_into_id = {text 0}
JOIN orders o ON o.customer_id = k.id
WHERE o.state NOT IN ('cancelled', 'returned') AND o.amount_minor >= 0
GROUP BY COALESCE(k.merged_into_id, k.id)
""")
_REFERRALS = Statement("""
SELECT COALESCE(k.merged_into_id, k.id) AS customer_id,
       COUNT(DISTINCT COALESCE(c.merged_into_id, c.id)) AS referrals
FROM {rows} JOIN customers k ON k.id = {text 0} OR k.merged_into_id = {text 0}
JOIN referrals r ON r.referrer_id = k.id
JOIN customers c ON c.id = r.referred_id
WHERE COALESCE(c.merged_into_id, c.id) <> COALESCE(k.merged_into_id, k.id)
GROUP BY COALESCE(k.merged_into_id, k.id)
""")


def load_known(tx: Tx, features: Mapping[str, Features], quotes_of: QuotesOf) -> dict[str, Known]:
    """Return what is known of customers whose features are loaded, by their ids."""
    ids = sorted(features)
    if not ids:
        return {}
    rows = [[customer_id] for customer_id in ids]
    reached = {row.customer_id for row in _REACHED(tx, rows)}
    orders = {row.customer_id: row for row in _ORDERS(tx, rows)}
    referrals = {row.customer_id: int(row.referrals) for row in _REFERRALS(tx, rows)}
    quotes = quotes_of(tx, ids)
    known = {}
    for customer_id, one in features.items():
        bought = orders.get(customer_id)
        known[customer_id] = Known(
            identified=bool(one.named) or customer_id in reached,
            quotes=quotes.get(customer_id, 0),
            orders=one.orders or 0,
            delivered=int(bought.delivered) if bought else 0,
            first_order_at=read_time(bought.first_at) if bought else None,
            last_order_at=one.last_order,
            referrals=referrals.get(customer_id, 0),
            satisfaction=one.satisfaction,
        )
    return known


def with_stages(one: Features, stages: Stages) -> Features:
    """Return the features of somebody who stands there now."""
    return replace(one, stage=stages.stage, standing=stages.standing, loyalty=stages.loyalty)
