"""Rules on orders find the same customers in SQL and in memory."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hub.customers.business.features import ORDERS
from hub.customers.business.model import OrderState
from hub.customers.business.orders import PutOrders, put_orders
from hub.customers.rules.features import RECORD, load_features, sql_of
from hub.customers.rules.model import check_rule, matches
from hub.customers.rules.where import to_where
from hub.customers.tables import customers
from hub.storage import Tx

from .conftest import Shop, a_line, an_order, usual_tier

PARTS = (RECORD, ORDERS)
RULES = [
    *({"field": "orders", asks: limit} for asks in ("at_least", "below") for limit in range(5)),
    *(
        {"field": "last_order", asks: days}
        for asks in ("at_least", "below")
        for days in (5, 15, 25)
    ),
    *({"field": field, "known": known} for field in ORDERS.fields for known in (True, False)),
    {"field": "products", "has": ["kettle"]},
    {"not": {"field": "products", "has": ["cup", "pan"]}},
    {"all": [{"field": "products", "has": ["cup"]}, {"field": "orders", "at_least": 2}]},
]


def fill(tx: Tx, dice: random.Random) -> None:
    rows = []
    for number in range(120):
        state = dice.choice(list(OrderState))
        returned = state is OrderState.RETURNED and dice.random() < 0.5
        lines = tuple(
            a_line(name) for name in dice.sample(["kettle", "cup", "pan"], dice.randrange(3))
        )
        rows.append(
            an_order(
                f"A-{number}",
                f"C-{dice.randrange(40)}",
                ordered_at=tx.now - timedelta(days=dice.randrange(30)),
                amount_minor=-dice.randrange(1, 9) if returned else dice.randrange(9),
                state=state,
                lines=lines,
            )
        )
    put_orders(tx, PutOrders("shop", rows, usual_tier))
    ids = list(tx.execute(select(customers.c.id).order_by(customers.c.id)).scalars())
    for merged, into in zip(ids[:8], ids[20:28], strict=True):
        tx.execute(update(customers).where(customers.c.id == merged).values(merged_into_id=into))


@pytest.mark.parametrize("seed", range(2))
async def test_rules_on_orders_mean_the_same_in_both(shop: Shop, seed: int) -> None:
    await shop.store.write(fill, random.Random(seed))  # noqa: S311 - not for secrets

    def compare(tx: Tx, _: None) -> set[int]:
        everybody = select(customers.c.id).where(customers.c.merged_into_id.is_(None))
        known = load_features(tx, list(tx.execute(everybody).scalars()), PARTS)
        sizes = set()
        for raw in RULES:
            rule = check_rule(raw)
            assert not isinstance(rule, list), rule
            found = set(
                tx.execute(everybody.where(to_where(rule, tx.now, sql_of(PARTS)))).scalars()
            )
            in_memory = {key for key, one in known.items() if matches(rule, one, tx.now)}
            assert found == in_memory, raw
            sizes.add(len(found))
        return sizes

    assert len(await shop.store.read(compare, None)) > 5
