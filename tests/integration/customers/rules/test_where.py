"""A rule finds in SQL whom it holds for in memory."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from hub.core.ids import new_id
from hub.customers.rules.features import RECORD, FeaturePart, load_features, sql_of
from hub.customers.rules.model import ASKS, FIELDS, Features, Kind, Rule, Value, check_rule, matches
from hub.customers.rules.where import Column, to_where
from hub.customers.tables import customer_sources, customers, identities
from hub.storage import Store, Tx

WORDS = {
    "kind": ["person", "organisation"],
    "tier": ["gold", "standard", "low"],
    "language": ["zh-CN", "en", "de"],
    "branch": ["north", "south", "nowhere"],
    "owner": ["li", "sun"],
    "first_source": ["email", "import", "fair"],
    "sources": ["email", "import", "fair", "campaign"],
    "reached_by": ["email", "phone", "fax", "record"],
}


def _lengths(tx: Tx, ids: Sequence[str]) -> Mapping[str, Mapping[str, Value]]:
    rows = tx.execute(select(customers.c.id, customers.c.name).where(customers.c.id.in_(ids)))
    return {row.id: {"orders": None if row.name is None else len(row.name)} for row in rows}


# Stands for a feature above: a number of which nothing is known for some.
COUNTED = FeaturePart(
    "counted", frozenset({"orders"}), _lengths, {"orders": Column(func.length(customers.c.name))}
)
PARTS = (RECORD, COUNTED)


def fill(tx: Tx, dice: random.Random) -> list[str]:
    ids = [new_id() for _ in range(40)]
    for number, customer_id in enumerate(ids):
        tx.execute(
            insert(customers).values(
                id=customer_id,
                kind=dice.choice(WORDS["kind"]),
                name=dice.choice([None, "陈", "Ann", "Chen Xiaomei"]),
                language=dice.choice([None, "zh-CN", "en"]),
                tier=dice.choice(WORDS["tier"]),
                tier_source="default",
                tier_set_at=tx.now,
                branch_id=dice.choice([None, "north", "south"]),
                owner_id=dice.choice([None, "li", "sun"]),
                source=dice.choice(WORDS["first_source"]),
                merged_into_id=ids[number - 30] if number >= 30 else None,
                created_at=tx.now - timedelta(days=dice.randrange(5), seconds=dice.randrange(2)),
                updated_at=tx.now,
                version=1,
            )
        )
        for later in dice.sample(WORDS["sources"], dice.randrange(3)):
            tx.execute(
                insert(customer_sources).values(
                    id=new_id(), customer_id=customer_id, source=later, at=tx.now
                )
            )
        for kind in dice.sample(WORDS["reached_by"], dice.randrange(3)):
            tx.execute(
                insert(identities).values(
                    id=new_id(),
                    customer_id=customer_id,
                    kind=kind,
                    value_norm=new_id(),
                    value_raw="",
                    status=dice.choice(["active", "shared", "invalid", "removed"]),
                    source="test",
                    valid_from=tx.now,
                )
            )
    return ids


def any_rule(dice: random.Random, depth: int = 0) -> dict[str, object]:
    shape = dice.choice(["all", "any", "not", "field", "field"]) if depth < 3 else "field"
    if shape == "not":
        return {"not": any_rule(dice, depth + 1)}
    if shape != "field":
        return {shape: [any_rule(dice, depth + 1) for _ in range(dice.randrange(1, 4))]}
    # The last of these nobody loads here: it is known of nobody.
    field = dice.choice([*sorted(RECORD.fields), "orders", "revenue", "products"])
    asks = dice.choice(sorted(ASKS[FIELDS[field]]))
    if asks == "known" or FIELDS[field] is Kind.FLAG:
        return {"field": field, asks: dice.random() < 0.5}
    if FIELDS[field] in (Kind.CHOICE, Kind.CHOICES):
        words = WORDS.get(field, ["lamp"])
        return {"field": field, asks: dice.sample(words, dice.randrange(1, len(words) + 1))}
    return {"field": field, asks: dice.choice([0, 1, 2, 3, 4.5])}


def found_by(tx: Tx, rule: Rule) -> tuple[set[str], set[str]]:
    """Whom the rule finds in SQL, and in memory."""
    where = to_where(rule, tx.now, sql_of(PARTS))
    everybody = select(customers.c.id).where(customers.c.merged_into_id.is_(None))
    known = load_features(tx, list(tx.execute(everybody).scalars()), PARTS)
    return (
        set(tx.execute(everybody.where(where)).scalars()),
        {id_ for id_, features in known.items() if matches(rule, features, tx.now)},
    )


@pytest.mark.parametrize("seed", range(4))
async def test_a_rule_finds_the_same_customers_in_sql_and_in_memory(
    store: Store, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    await store.write(fill, dice)
    sizes = set()
    for _ in range(60):
        raw = any_rule(dice)
        rule = check_rule(raw)
        assert not isinstance(rule, list)
        in_sql, in_memory = await store.read(found_by, rule)
        assert in_sql == in_memory, raw
        sizes.add(len(in_sql))
    assert len(sizes) > 5  # they are not all empty, nor all everybody


async def test_what_a_merged_record_came_from_counts_for_the_one_it_became(store: Store) -> None:
    dice = random.Random(1)  # noqa: S311 - not for secrets
    ids = await store.write(fill, dice)

    def add(tx: Tx, _: None) -> None:
        tx.execute(
            insert(customer_sources).values(
                id=new_id(), customer_id=ids[30], source="letter", at=tx.now
            )
        )

    await store.write(add, None)
    known = await store.read(lambda tx, _: load_features(tx, ids, PARTS), None)
    assert "letter" in (known[ids[0]].sources or ())
    assert ids[30] not in known


async def test_many_cost_the_statements_of_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(2)  # noqa: S311 - not for secrets
    ids = await store.write(fill, dice)
    statements: list[str] = []
    fetch = Tx.fetch

    def counted(tx: Tx, sql: str, parameters: Any) -> list[Any]:
        statements.append(sql)
        return fetch(tx, sql, parameters)

    monkeypatch.setattr(Tx, "fetch", counted)
    await store.read(lambda tx, _: load_features(tx, ids[:1], [RECORD]), None)
    of_one = len(statements)
    statements.clear()
    await store.read(lambda tx, _: load_features(tx, ids, [RECORD]), None)
    assert 1 <= of_one <= 4
    assert len(statements) == of_one


async def test_a_field_is_loaded_by_one_part_only() -> None:
    with pytest.raises(ValueError, match="orders"):
        sql_of([COUNTED, COUNTED])
    with pytest.raises(ValueError, match="shoe_size"):
        FeaturePart("wrong", frozenset({"shoe_size"}), _lengths, {"shoe_size": Column(func.now())})


async def test_nobody_is_asked_of_without_ids(sqlite_store: Store) -> None:
    assert await sqlite_store.read(lambda tx, _: load_features(tx, [], PARTS), None) == {}
    assert Features() == Features(tier=None)
