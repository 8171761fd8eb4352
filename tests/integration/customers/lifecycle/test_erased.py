"""Who was erased is in no group any more, and nobody looks at them again: neither for time nor for
new rules.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from hub.accounts.model import SYSTEM
from hub.care.erasing import Erase, erase_customer
from hub.care.lifecycle import sweep_customers
from hub.core.ids import new_id
from hub.customers.changes import mark_dirty
from hub.customers.groups.tables import customer_groups, group_members
from hub.customers.lifecycle.tables import customer_stages, stage_moves
from hub.customers.merging.service import MergeCustomers, merge_customers
from hub.customers.rules.features import load_features
from hub.customers.tables import dirty_customers
from hub.storage import Store, Tx
from hub.testing.clock import NOON, ManualClock
from hub.wiring.customers import FEATURES
from tests.integration.customers.house import House, open_house

from .test_groups import RULES, counted, inside, made
from .test_lifecycle import by_external, look, order_of, ordered

YEAR_S = 400 * 86_400.0


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def erased(store: Store, house: House, clock: ManualClock) -> tuple[str, str]:
    """Someone in two groups, and the record that became them, a minute after they were erased."""
    await made(house, "buyers", RULES["buyers"])
    await made(house, "silent", RULES["silent"])
    await ordered(store, *(order_of(n, f"C-{n}", NOON - timedelta(days=30)) for n in range(3)))
    await look(store)
    await counted(store)
    ids = await by_external(store, "C-0"), await by_external(store, "C-1")
    await store.write(merge_customers, MergeCustomers(house.supervisor, ids[1], ids[0], "same"))
    await look(store)
    assert {key: len(of) for key, of in (await inside(store)).items()} == {"buyers": 2, "silent": 2}

    def erase(tx: Tx, _: None) -> None:
        erase_customer(tx, Erase(SYSTEM, ids[0]))

    await store.write(erase, None)
    clock.advance(60)
    return ids


async def rows_of(store: Store, table: Any, ids: tuple[str, str]) -> list[Any]:
    def read(tx: Tx, _: None) -> list[Any]:
        found = select(table).where(table.c.customer_id.in_(ids))
        return list(tx.execute(found).all())

    return await store.read(read, None)


async def ends(store: Store, ids: tuple[str, str]) -> set[datetime | None]:
    return {row.left_at for row in await rows_of(store, group_members, ids)}


async def test_they_left_their_groups_at_that_moment(store: Store, erased: tuple[str, str]) -> None:
    assert await ends(store, erased) == {NOON}
    stages = await rows_of(store, customer_stages, erased)
    assert stages
    assert {row.next_check_at for row in stages} == {None}  # where they stood stays, as a count
    other = await by_external(store, "C-2")
    assert await inside(store) == {"buyers": {other}, "silent": {other}}


async def test_nothing_brings_them_back(
    store: Store, erased: tuple[str, str], clock: ManualClock
) -> None:
    moves = len(await rows_of(store, stage_moves, erased))

    def shake(tx: Tx, _: None) -> None:
        mark_dirty(tx, erased, "order")
        tx.execute(update(customer_groups).values(counted_to=""))

    await store.write(shake, None)
    clock.advance(YEAR_S)
    while await store.write(lambda tx, _: sweep_customers(tx, tx.now, 200), None):
        pass
    await look(store)
    await counted(store)
    assert await ends(store, erased) == {NOON}
    assert len(await rows_of(store, stage_moves, erased)) == moves
    stages = await rows_of(store, customer_stages, erased)
    assert {row.next_check_at for row in stages} == {None}
    assert await rows_of(store, dirty_customers, erased) == []
    assert await store.read(lambda tx, _: load_features(tx, erased, FEATURES), None) == {}


async def test_a_sweep_leaves_them_out(store: Store, erased: tuple[str, str]) -> None:
    await look(store)
    await store.write(lambda tx, _: sweep_customers(tx, tx.now, 200), None)
    assert await rows_of(store, dirty_customers, erased) == []


async def test_who_was_looked_at_at_that_moment_leaves_again(
    store: Store, erased: tuple[str, str], clock: ManualClock
) -> None:
    """On PostgreSQL a look and an erasure may cross: the look comes to its end after it."""

    def late(tx: Tx, _: None) -> None:
        group_id = tx.execute(select(customer_groups.c.id).limit(1)).scalar_one()
        values = {"id": new_id(), "group_id": group_id, "customer_id": erased[0]}
        tx.execute(insert(group_members).values(**values, entered_at=tx.now))

    await store.write(late, None)
    await look(store)
    assert await ends(store, erased) == {NOON, clock.now()}
