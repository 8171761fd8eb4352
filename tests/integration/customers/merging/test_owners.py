"""Who looks after either of two records looks after both; an undo takes that back, in any order."""

from __future__ import annotations

from itertools import permutations

import pytest
from sqlalchemy import select, update

from hub.accounts.model import SYSTEM
from hub.customers.ownership.service import list_owners
from hub.customers.service import ChangeCustomer, change_customer
from hub.customers.tables import customers
from hub.storage import Store, Tx
from tests.integration.customers.house import House, open_house

from .builders import Records, some_records


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
def li(house: House) -> str:
    assert house.agent.id is not None
    return house.agent.id


@pytest.fixture
def wang(house: House) -> str:
    assert house.supervisor.id is not None
    return house.supervisor.id


async def own(records: Records, name: str, user_id: str) -> None:
    command = ChangeCustomer(SYSTEM, records.ids[name], owner_id=user_id)
    await records.store.write(change_customer, command)


async def owners(records: Records) -> dict[str, str | None]:
    names = {customer_id: name for name, customer_id in records.ids.items()}

    def read(tx: Tx, _: None) -> dict[str, str | None]:
        rows = tx.execute(select(customers.c.id, customers.c.owner_id))
        return {names[row.id]: row.owner_id for row in rows}

    return await records.store.read(read, None)


async def test_the_owner_comes_along_and_goes_again(store: Store, li: str) -> None:
    records = await some_records(store, "a b")
    await own(records, "a", li)
    await records.merge("a", "b")
    assert (await owners(records))["b"] == li
    newest = (await store.read(list_owners, records.ids["b"]))[0]
    assert (newest.from_id, newest.to_id, newest.reason) == (None, li, "merged")
    await records.unmerge("a")
    assert await owners(records) == {"a": li, "b": None}
    newest = (await store.read(list_owners, records.ids["b"]))[0]
    assert (newest.from_id, newest.to_id, newest.reason) == (li, None, "unmerged")


async def test_who_has_an_owner_keeps_them(store: Store, li: str, wang: str) -> None:
    records = await some_records(store, "a b")
    await own(records, "a", li)
    await own(records, "b", wang)
    await records.merge("a", "b")
    assert (await owners(records))["b"] == wang
    await records.unmerge("a")
    assert await owners(records) == {"a": li, "b": wang}


async def test_an_owner_given_since_stays(store: Store, li: str, wang: str) -> None:
    records = await some_records(store, "a b")
    await own(records, "a", li)
    await records.merge("a", "b")
    await own(records, "b", wang)
    await records.unmerge("a")
    assert await owners(records) == {"a": li, "b": wang}


async def test_a_successor_of_both_is_no_owner_of_one(store: Store, li: str, wang: str) -> None:
    """Who left meanwhile handed over both records: the undo still knows whose it was."""
    records = await some_records(store, "a b")
    await own(records, "a", li)
    await records.merge("a", "b")
    given = update(customers).values(owner_id=wang)
    await store.write(lambda tx, _: tx.execute(given) and None, None)
    await records.unmerge("a")
    assert await owners(records) == {"a": wang, "b": None}


@pytest.mark.parametrize("order", list(permutations("ab")))
async def test_a_chain_comes_apart_without_strange_owners(
    store: Store, li: str, order: tuple[str, ...]
) -> None:
    records = await some_records(store, "a b c")
    await own(records, "a", li)
    await records.merge("a", "b")
    await records.merge("b", "c")
    assert (await owners(records))["c"] == li
    for name in order:
        await records.unmerge(name)
    assert await owners(records) == {"a": li, "b": None, "c": None}


async def test_what_is_left_is_not_without_an_owner(store: Store, li: str, wang: str) -> None:
    records = await some_records(store, "a b c")
    await own(records, "a", li)
    await own(records, "b", wang)
    await records.merge("a", "c")
    await records.merge("b", "c")
    await records.unmerge("a")
    assert (await owners(records))["c"] == wang
    await records.unmerge("b")
    assert await owners(records) == {"a": li, "b": wang, "c": None}
