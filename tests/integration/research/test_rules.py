"""What rules may ask of satisfaction is the same in memory and in SQL."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from hub.contacts.research.features import SATISFACTION_PART
from hub.customers.rules.features import RECORD, load_features, sql_of
from hub.customers.rules.model import Rule, check_rule, matches
from hub.customers.rules.where import to_where
from hub.customers.tables import customers
from hub.storage import Tx

from .build import Shop

PARTS = (RECORD, SATISFACTION_PART)


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        ({"field": "satisfaction", "at_least": 3.5}, {"a"}),
        ({"field": "satisfaction", "below": 3}, {"b"}),
        ({"field": "satisfaction", "known": True}, {"a", "b"}),
        ({"field": "satisfaction", "known": False}, {"c"}),
    ],
)
async def test_the_mean_of_all_answers_counts(
    shop: Shop, asked: dict[str, Any], who: set[str]
) -> None:
    names: dict[str, str] = {}
    for name, scores in (("a", (5, 3)), ("b", (1, 3)), ("c", ())):
        contact_id = await shop.house.receive("hello", f"{name}@example.test")
        names[await shop.house.customer_of(contact_id)] = name
        for number, score in enumerate(scores):
            if number:
                contact_id = await shop.house.receive("again", f"{name}@example.test")
            await shop.says(contact_id, score)
    rule: Rule = check_rule(asked)  # type: ignore[assignment] # it is right

    def find(tx: Tx, _: None) -> tuple[set[str], set[str]]:
        where = to_where(rule, tx.now, sql_of(PARTS))
        by_sql = set(tx.execute(select(customers.c.id).where(where)).scalars())
        known = load_features(tx, sorted(names), PARTS)
        by_memory = {id_ for id_, one in known.items() if matches(rule, one, tx.now)}
        return by_sql, by_memory

    by_sql, by_memory = await shop.store.read(find, None)
    assert by_sql == by_memory
    assert {names[id_] for id_ in by_sql} == who
