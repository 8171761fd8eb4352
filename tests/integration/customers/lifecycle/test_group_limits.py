"""Groups of any size: retired in pieces, counted up to a number, never by one long statement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.accounts.model import SYSTEM
from hub.core.errors import Conflict
from hub.customers.changes import mark_dirty
from hub.customers.groups import counting, members, service
from hub.customers.groups.counting import RuleCounter
from hub.customers.groups.service import (
    RetireGroup,
    StaleGroup,
    count_next,
    read_rule,
    retire_group,
)
from hub.customers.groups.tables import customer_groups, group_members
from hub.customers.lifecycle.dirty import sweep, take_changed
from hub.customers.rules.features import sql_of
from hub.customers.tables import customers, dirty_customers
from hub.storage import Store, Tx
from hub.testing.clock import NOON, ManualClock
from hub.web import Principal, Role, Via
from hub.wiring.customers import FEATURES
from tests.integration.customers.branches import make_branches
from tests.integration.customers.house import Client, House, open_house, serve

from .test_groups import RULES, counted, inside, made
from .test_lifecycle import by_external, look, order_of, ordered

BOSS = Principal("boss", "Boss", Role.ADMIN, frozenset(), Via.API_KEY, "key", "en")


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


async def buyers(store: Store, house: House, number: int) -> str:
    """A group of so many customers who bought something; return its id."""
    await ordered(store, *(order_of(n, f"C-{n}", NOON) for n in range(number)))
    group_id = await made(house, "buyers", RULES["buyers"])
    await counted(store)
    return group_id


async def count(store: Store, limit: int) -> int:
    return await store.write(lambda tx, _: count_next(tx, tx.now, limit, FEATURES), None)


async def erased(store: Store, customer_id: str) -> None:
    def erase(tx: Tx, _: None) -> None:
        row = update(customers).where(customers.c.id == customer_id)
        tx.execute(row.values(archived_at=tx.now, name=None))

    await store.write(erase, None)


async def test_a_retired_group_is_emptied_piece_by_piece(
    store: Store, house: House, clock: ManualClock
) -> None:
    group_id = await buyers(store, house, 5)
    await store.write(retire_group, RetireGroup(SYSTEM, group_id))
    assert len((await inside(store))["buyers"]) == 5  # nothing of it in the live lane
    left: list[int] = []
    for _ in range(3):
        clock.advance(60)
        assert await count(store, 2) == [2, 2, 1][len(left)]
        left.append(len((await inside(store)).get("buyers", ())))
    assert left == [3, 1, 0]
    assert await count(store, 2) == 0

    def read(tx: Tx, _: None) -> tuple[Any, set[Any]]:
        group = tx.execute(select(customer_groups)).one()
        ends = tx.execute(select(group_members.c.left_at)).scalars()
        return group.counted_to, set(ends)

    assert await store.read(read, None) == (None, {NOON})  # when it was retired


async def test_who_is_looked_at_meanwhile_comes_into_no_retired_group(
    store: Store, house: House
) -> None:
    group_id = await buyers(store, house, 3)
    await store.write(retire_group, RetireGroup(SYSTEM, group_id))
    await ordered(store, order_of(9, "C-9", NOON))
    await look(store)
    await counted(store, limit=2)
    assert await inside(store) == {}


async def test_the_key_of_a_retired_group_is_free_once_it_is_empty(
    store: Store, house: House
) -> None:
    group_id = await buyers(store, house, 3)
    await store.write(retire_group, RetireGroup(SYSTEM, group_id))
    with pytest.raises(Conflict) as refused:
        await made(house, "buyers", RULES["buyers"])
    assert refused.value.reason == "group.ending"
    await counted(store)
    with pytest.raises(StaleGroup):  # the version of what is no longer there
        await made(house, "buyers", RULES["buyers"], version=1)
    assert await made(house, "buyers", RULES["buyers"]) == group_id
    with pytest.raises(StaleGroup):
        await made(house, "buyers", RULES["buyers"])
    await counted(store)
    assert len((await inside(store))["buyers"]) == 3


async def test_a_group_too_many_is_one_whether_its_key_is_new_or_was_used(
    store: Store, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_GROUPS", 1)
    group_id = await made(house, "old", RULES["gold"])
    await store.write(retire_group, RetireGroup(SYSTEM, group_id))
    await counted(store)
    await made(house, "one", RULES["gold"])
    for key in ("two", "old"):
        with pytest.raises(Conflict, match="1 groups already"):
            await made(house, key, RULES["gold"])


async def test_members_are_counted_up_to_a_number(
    store: Store, house: House, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    await buyers(store, house, 4)
    assert await shown(client) == (4, False)
    monkeypatch.setattr(members, "MOST_COUNTED", 4)
    assert await shown(client) == (4, False)
    monkeypatch.setattr(members, "MOST_COUNTED", 3)
    assert await shown(client) == (3, True)
    await store.write(make_branches, None)
    one = await by_external(store, "C-0")
    south = update(customers).where(customers.c.id == one).values(branch_id="south")
    await store.write(lambda tx, _: tx.execute(south) and None, None)
    monkeypatch.setattr(members, "MOST_COUNTED", 4)
    assert await shown(client) == (3, False)


async def shown(client: Client) -> tuple[int, bool]:
    _, [group] = await client.ask("GET", "/groups", who="supervisor")
    return group["members"], group["more"]


async def test_a_rule_is_counted_page_by_page(
    store: Store, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await buyers(store, house, 7)
    rule, sql = read_rule(RULES["buyers"]), sql_of(FEATURES)

    async def found(page: int) -> tuple[int, bool]:
        counter = RuleCounter(store, sql, lambda _tx, _who: customers.c.id.is_(None), page)
        answer = await counter.count(BOSS, rule)
        return answer.customers, answer.more

    for page in (1, 2, 7, 8, 100):
        assert await found(page) == (7, False)
    await erased(store, await by_external(store, "C-3"))
    assert await found(2) == (6, False)
    monkeypatch.setattr(counting, "MOST_COUNTED", 5)
    for page in (1, 2, 100):
        assert await found(page) == (5, True)


async def test_a_count_ends_with_whoever_asked(store: Store, house: House) -> None:
    await buyers(store, house, 4)
    asked = []

    def gone() -> bool:
        asked.append(1)
        return len(asked) > 2

    counter = RuleCounter(
        store, sql_of(FEATURES), lambda _tx, _who: customers.c.id.is_(None), page=1
    )
    answer = await counter.count(BOSS, read_rule(RULES["buyers"]), gone)
    assert (answer.customers, answer.more, len(asked)) == (2, True, 3)


async def test_whoever_was_erased_is_in_no_group(
    store: Store, house: House, client: Client
) -> None:
    await buyers(store, house, 3)
    gone, other = await by_external(store, "C-0"), await by_external(store, "C-1")
    await erased(store, gone)
    _, page = await client.ask("GET", "/groups/buyers/members", who="supervisor")
    assert gone not in [one["customer_id"] for one in page["items"]]
    await made(house, "buyers", RULES["buyers"], version=1)
    await counted(store, limit=1)
    assert gone not in (await inside(store))["buyers"]
    await erased(store, other)
    await store.write(lambda tx, _: mark_dirty(tx, [other], "order"), None)
    await look(store)
    assert other not in (await inside(store))["buyers"]


async def test_whoever_was_erased_is_swept_no_more(store: Store, house: House) -> None:
    await ordered(store, order_of(1, "C-1", NOON), order_of(2, "C-2", NOON))
    gone = await by_external(store, "C-1")
    await look(store)
    await erased(store, gone)
    await store.write(lambda tx, _: take_changed(tx, 100) and None, None)

    def swept(tx: Tx, _: None) -> set[str]:
        sweep(tx, "other rules", 100)
        return set(tx.execute(select(dirty_customers.c.customer_id)).scalars())

    assert await store.write(swept, None) == {await by_external(store, "C-2")}
