"""Groups keep themselves: what the changes bring is what counting everybody anew would."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from hub import care
from hub.accounts.model import SYSTEM
from hub.core.errors import Invalid
from hub.customers.changes import mark_dirty
from hub.customers.groups.model import Group, changes_of, moves_with_time
from hub.customers.groups.service import (
    PutGroup,
    RetireGroup,
    StaleGroup,
    count_next,
    put_group,
    read_rule,
    retire_group,
)
from hub.customers.groups.tables import customer_groups, group_members
from hub.customers.merging.service import MergeCustomers, merge_customers
from hub.customers.rules.features import sql_of
from hub.customers.rules.model import Features
from hub.customers.rules.where import to_where
from hub.customers.service import ChangeCustomer, change_customer
from hub.customers.tables import customers
from hub.storage import Store, Tx
from hub.testing.clock import NOON, ManualClock
from hub.wiring.customers import FEATURES, fire_due_counts
from tests.integration.customers.branches import make_branches
from tests.integration.customers.house import Client, House, open_house, serve

from .test_lifecycle import by_external, look, order_of, ordered

DAY = timedelta(days=1)
RULES: dict[str, Any] = {
    "gold": {"field": "tier", "is": ["gold"]},
    "buyers": {"field": "orders", "at_least": 1},
    "regulars": {"any": [{"field": "orders", "at_least": 2}, {"field": "stage", "is": ["user"]}]},
    "nameless": {"not": {"field": "named", "is": True}},
    "silent": {"field": "last_order", "at_least": 20},
    "nobody": {"field": "contacts", "at_least": 1},  # no part knows it
}


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


async def made(house: House, key: str, rule: Any, version: int = 0) -> str:
    assert house.supervisor.id is not None
    command = PutGroup(SYSTEM, key, key, key, rule, house.supervisor.id, version)
    return await house.store.write(put_group, command)


async def counted(store: Store, limit: int = 200) -> int:
    """The timekeeper counts until nothing is left to count."""
    total = 0
    while True:
        found = await store.write(lambda tx, _: count_next(tx, tx.now, limit, FEATURES), None)
        total += found
        if not await store.read(_is_counting, None):
            return total


def _is_counting(tx: Tx, _: None) -> bool:
    found = select(customer_groups.c.id).where(customer_groups.c.counted_to.is_not(None))
    return tx.execute(found).first() is not None


async def inside(store: Store) -> dict[str, set[str]]:
    def read(tx: Tx, _: None) -> dict[str, set[str]]:
        groups: dict[str, set[str]] = {}
        rows = tx.execute(
            select(customer_groups.c.key, group_members.c.customer_id)
            .join(group_members, group_members.c.group_id == customer_groups.c.id)
            .where(group_members.c.left_at.is_(None))
        )
        for row in rows:
            groups.setdefault(row.key, set()).add(row.customer_id)
        return groups

    return await store.read(read, None)


async def by_sql(store: Store) -> dict[str, set[str]]:
    """Who is in each group by asking for everybody at once."""

    def read(tx: Tx, _: None) -> dict[str, set[str]]:
        sql = sql_of(FEATURES)
        return {
            key: found
            for key, rule in RULES.items()
            if (
                found := set(
                    tx.execute(
                        select(customers.c.id).where(
                            customers.c.merged_into_id.is_(None),
                            to_where(read_rule(rule), tx.now, sql),
                        )
                    ).scalars()
                )
            )
        }

    return await store.read(read, None)


@pytest.mark.parametrize("seed", range(3))
async def test_what_changes_bring_is_what_counting_anew_brings(
    store: Store, house: House, clock: ManualClock, seed: int
) -> None:
    """A walk of orders, names, tiers, merges and days; after each step both ways agree."""
    dice = random.Random(seed)  # noqa: S311 - a test's dice
    for key, rule in RULES.items():
        await made(house, key, rule)
    await counted(store)
    for step in range(12):
        await _something(store, house, dice, step)
        if dice.random() < 0.2:
            clock.advance(DAY.total_seconds() * dice.choice([1, 25, 40]))
        await look(store)
        await counted(store, limit=5)
        assert await inside(store) == await by_sql(store)


async def _something(store: Store, house: House, dice: random.Random, step: int) -> None:
    ids = await store.read(_living, None)
    kind = dice.choice(["order", "order", "name", "tier", "merge"]) if ids else "order"
    one = dice.choice(ids) if ids else ""
    if kind == "order":
        now = await house.now()
        await ordered(store, order_of(step, f"C-{dice.randrange(6)}", now))
    elif kind == "merge" and len(ids) > 1:
        into = dice.choice([id_ for id_ in ids if id_ != one])
        await store.write(merge_customers, MergeCustomers(house.supervisor, one, into, "same"))
    elif kind == "name":
        await store.write(change_customer, ChangeCustomer(SYSTEM, one, name=f"Name {step}"))
    else:
        await store.write(_tier, (one, dice.choice(["gold", "standard"])))


def _living(tx: Tx, _: None) -> list[str]:
    found = select(customers.c.id).where(customers.c.merged_into_id.is_(None))
    return list(tx.execute(found.order_by(customers.c.id)).scalars())


def _tier(tx: Tx, asked: tuple[str, str]) -> None:
    customer_id, tier = asked
    tx.execute(update(customers).where(customers.c.id == customer_id).values(tier=tier))
    mark_dirty(tx, [customer_id], "tier")


async def test_coming_and_going_are_kept(store: Store, house: House, clock: ManualClock) -> None:
    await made(house, "gold", RULES["gold"])
    await ordered(store, order_of(1, "C-1", NOON))
    customer_id = await by_external(store, "C-1")
    for tier in ("gold", "gold", "standard", "gold"):
        await store.write(_tier, (customer_id, tier))
        await look(store)
        clock.advance(60)

    def read(tx: Tx, _: None) -> list[tuple[Any, Any]]:
        rows = tx.execute(select(group_members).order_by(group_members.c.entered_at))
        return [(row.entered_at, row.left_at) for row in rows]

    minute = timedelta(minutes=1)
    assert await store.read(read, None) == [
        (NOON, NOON + 2 * minute),
        (NOON + 3 * minute, None),
    ]


async def test_a_new_rule_counts_everybody_page_by_page(store: Store, house: House) -> None:
    await ordered(store, *(order_of(n, f"C-{n}", NOON) for n in range(7)))
    group_id = await made(house, "buyers", RULES["buyers"])
    assert await counted(store, limit=3) == 7
    assert len((await inside(store))["buyers"]) == 7
    await made(house, "buyers", RULES["gold"], version=1)
    await counted(store, limit=3)
    assert await inside(store) == {}
    with pytest.raises(StaleGroup):
        await made(house, "buyers", RULES["gold"], version=1)
    await store.write(retire_group, RetireGroup(SYSTEM, group_id))
    assert await counted(store) == 0
    assert not await store.read(_is_counting, None)


async def test_a_rule_that_asks_for_times_is_counted_again_each_day(
    store: Store, house: House, clock: ManualClock
) -> None:
    await ordered(store, order_of(1, "C-1", NOON))
    customer_id = await by_external(store, "C-1")
    await look(store)
    await made(house, "silent", RULES["silent"])
    await counted(store)
    assert await inside(store) == {}
    clock.set(NOON + 20 * DAY)
    await store.write(lambda tx, _: fire_due_counts(tx, tx.now, 200), None)
    assert await inside(store) == {"silent": {customer_id}}
    assert await store.write(lambda tx, _: fire_due_counts(tx, tx.now, 200), None) == 0


async def test_a_rule_that_cannot_be_read_is_refused_with_its_places(house: House) -> None:
    with pytest.raises(Invalid) as refused:
        await made(house, "odd", {"all": [{"field": "shoe_size", "at_least": 40}]})
    assert [fault.path for fault in refused.value.faults] == ["rule.all[0].field"]


async def test_supervisors_make_groups_and_see_the_members_they_may_see(
    store: Store, house: House, client: Client
) -> None:
    await ordered(store, order_of(1, "C-1", NOON), order_of(2, "C-2", NOON))
    one = await by_external(store, "C-1")
    body = {"zh": "客户", "en": "Buyers", "rule": RULES["buyers"]}
    assert (await client.ask("PUT", "/groups/buyers", body))[0] == 403
    status, group = await client.ask("PUT", "/groups/buyers", body, who="supervisor")
    assert (status, group["counting"], group["members"], group["owner_name"]) == (
        200,
        True,
        0,
        "Sun",
    )
    status, number = await client.ask(
        "POST", "/groups/count", {"rule": RULES["buyers"]}, who="supervisor"
    )
    assert (status, number) == (200, {"customers": 2, "more": False})
    await counted(store)
    await house.store.write(make_branches, None)
    south = update(customers).where(customers.c.id == one).values(branch_id="south")
    await store.write(lambda tx, _: tx.execute(south) and None, None)
    _, listed = await client.ask("GET", "/groups", who="supervisor")
    assert [(each["key"], each["counting"], each["members"]) for each in listed] == [
        ("buyers", False, 1)
    ]
    _, page = await client.ask("GET", "/groups/buyers/members", who="supervisor")
    assert one not in [member["customer_id"] for member in page["items"]]
    assert len(page["items"]) == 1
    # a rule over everybody's customers is the head office's
    status, _ = await client.ask("PUT", "/groups/buyers", body | {"version": 1}, who="supervisor")
    assert status == 403


async def test_the_form_names_what_rules_may_ask_and_who_may_make_them(
    house: House, client: Client
) -> None:
    assert (await client.ask("GET", "/groups/form"))[0] == 403
    _, form = await client.ask("GET", "/groups/form", who="supervisor")
    assert form["may_change"]
    assert (form["fields"]["last_order"], form["fields"]["tier"]) == ("moment", "choice")
    assert "contacts" not in form["fields"]  # no part loads it: such a rule holds for nobody
    assert form["loyalty"][0] == {"id": "unaware", "zh": "未知", "en": "Unaware"}
    assert (form["currency"], form["max_conditions"]) == ("CNY", 50)
    await house.store.write(make_branches, None)
    _, form = await client.ask("GET", "/groups/form", who="supervisor")
    assert not form["may_change"]


async def test_who_came_and_went_is_paged_and_complete(
    store: Store, house: House, client: Client, clock: ManualClock
) -> None:
    await made(house, "gold", RULES["gold"])
    await ordered(store, *[order_of(n, f"C-{n}", NOON) for n in range(5)])
    ids = [await by_external(store, f"C-{n}") for n in range(5)]
    expected: list[tuple[str, str]] = []
    for tier, move in (("gold", "entered"), ("standard", "left"), ("gold", "entered")):
        for one in ids[:4]:
            clock.advance(60)
            await store.write(_give_tier, (one, tier))
            await look(store)
            await counted(store)
            expected.insert(0, (move, one))
    clock.advance(60)
    await store.write(_give_tier, (ids[4], "gold"))  # two at one moment
    await store.write(_give_tier, (ids[0], "standard"))
    await look(store)
    found: list[tuple[str, str]] = []
    after = ""
    while after is not None:
        path = f"/groups/gold/moves?limit=3&after={after}"
        _, page = await client.ask("GET", path, who="supervisor")
        found += [(one["move"], one["customer_id"]) for one in page["items"]]
        after = page["after"]
    assert sorted(found[:2]) == [("entered", ids[4]), ("left", ids[0])]
    assert found[2:] == expected
    assert (await client.ask("GET", "/groups/none/moves", who="supervisor"))[0] == 404


def _give_tier(tx: Tx, asked: tuple[str, str]) -> None:
    customer_id, tier = asked
    tx.execute(update(customers).where(customers.c.id == customer_id).values(tier=tier))
    mark_dirty(tx, [customer_id], "tier")


async def test_whose_group_it_is_hands_it_over_when_they_leave(store: Store, house: House) -> None:
    await made(house, "gold", RULES["gold"])
    assert house.supervisor.id is not None
    held = await store.read(care.holdings_of, house.supervisor.id)
    assert held.groups == 1
    await store.write(care.leave_user, care.LeaveUser(SYSTEM, house.supervisor.id, house.agent.id))

    def owner(tx: Tx, _: None) -> Any:
        return tx.execute(select(customer_groups.c.owner_id)).scalar_one()

    assert await store.read(owner, None) == house.agent.id


def test_who_is_gone_leaves_every_group() -> None:
    groups = [Group("g", read_rule(RULES["gold"])), Group("h", read_rule(RULES["buyers"]))]
    features = {"a": Features(tier="gold"), "b": Features(orders=2)}
    was = {("g", "gone"), ("h", "a"), ("other", "a")}
    changes = changes_of(groups, features, {"gone"}, was, NOON)
    assert changes.entered == [("g", "a"), ("h", "b")]
    assert changes.left == [("g", "gone"), ("h", "a")]
    assert moves_with_time(read_rule(RULES["silent"]))
    assert not moves_with_time(groups[0].rule)
