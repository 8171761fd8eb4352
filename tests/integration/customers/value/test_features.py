"""What rules ask of a customer's worth is the same in memory and in SQL."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hub.customers.rules.features import RECORD, load_features, sql_of
from hub.customers.rules.model import ASKS, FIELDS, Kind, Rule, check_rule, matches
from hub.customers.rules.where import to_where
from hub.customers.settings import Cost, CostRate
from hub.customers.tables import customers
from hub.customers.value.features import VALUE
from hub.customers.value.model import RfmName
from hub.storage import Store, Tx
from tests.integration.customers.house import House, open_house

from .builders import a_customer, an_effort, an_order, run, set_rules, shop

PARTS = (RECORD, VALUE)
NUMBERS = (-1, 0, 0.5, 0.8, 0.99, 1, 60, 2000, 6000)


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


def rules() -> list[Rule]:
    made = []
    for field in sorted(VALUE.fields):
        kind = FIELDS[field]
        for asks in sorted(ASKS[kind]):
            if asks == "known" or kind is Kind.FLAG:
                wanted: list[object] = [True, False]
            elif kind is Kind.CHOICE:
                wanted = [[name.value] for name in RfmName]
            else:
                wanted = list(NUMBERS)
            for one in wanted:
                rule = check_rule({"field": field, asks: one})
                assert not isinstance(rule, list)
                made.append(rule)
    return made


async def test_every_field_finds_in_sql_whom_it_holds_for_in_memory(house: House) -> None:
    def fill(tx: Tx, _: None) -> None:
        set_rules(tx, cost=Cost(rates=[CostRate(channel="phone", per_minute=100)]))
        shop(tx, [6000, 2000, 1000, 900, 60, 40])
        address = a_customer(tx, "dear")
        an_order(tx, "dear", 5, 300)
        an_effort(tx, address, 60)
        a_customer(tx, "lapsed")
        an_order(tx, "lapsed", 5, 600)
        a_customer(tx, "stranger")

    await house.store.write(fill, None)
    await run(house.store)

    def compare(tx: Tx, _: None) -> int:
        ids = list(tx.execute(select(customers.c.id)).scalars())
        known = load_features(tx, ids, PARTS)
        sql = sql_of(PARTS)
        for rule in rules():
            where = to_where(rule, tx.now, sql)
            found = set(tx.execute(select(customers.c.id).where(where)).scalars())
            assert found == {one for one in ids if matches(rule, known[one], tx.now)}, rule
        return len(ids)

    assert await house.store.read(compare, None) == 9
