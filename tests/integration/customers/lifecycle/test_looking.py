"""Everybody of an import is looked at, one piece after the other, without waiting for ticks."""

from __future__ import annotations

import asyncio
from time import process_time

import pytest
from sqlalchemy import func, insert, select

from hub.core.ids import new_id
from hub.customers.changes import mark_dirty
from hub.customers.groups.tables import group_members
from hub.customers.lifecycle.tables import customer_stages
from hub.customers.tables import customers, dirty_customers
from hub.storage import Store, Tx
from hub.storage.pieces import PieceWork
from hub.wiring import looking
from tests.integration.customers.house import House, open_house

from .test_groups import RULES, made

MANY = 3_000
IDLE_S = 9_999.0


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


def _import(tx: Tx, number: int) -> None:
    ids = [new_id() for _ in range(number)]
    tx.execute(
        insert(customers),
        [
            {
                "id": id_, "kind": "person", "name": f"Customer {n}", "tier": "standard",
                "tier_source": "default", "tier_set_at": tx.now, "source": "file",
                "created_at": tx.now, "updated_at": tx.now, "version": 1,
            }
            for n, id_ in enumerate(ids)
        ],
    )  # fmt: skip
    mark_dirty(tx, ids, "import")


def _counts(tx: Tx, _: None) -> tuple[int, int, int]:
    stages = tx.execute(select(func.count()).select_from(customer_stages)).scalar_one()
    dirty = tx.execute(select(func.count()).select_from(dirty_customers)).scalar_one()
    inside = tx.execute(select(func.count()).select_from(group_members)).scalar_one()
    return stages, dirty, inside


async def test_an_import_is_looked_at_in_minutes_and_nothing_waits_for_a_tick(
    store: Store, house: House
) -> None:
    """Ticks of half a second for 50 each would be 17 minutes for 100,000."""
    await made(house, "gold", RULES["gold"])
    await made(house, "named", {"field": "named", "is": True})
    await store.write(_import, MANY)
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)
        if seconds == IDLE_S:
            raise asyncio.CancelledError

    began = process_time()
    with pytest.raises(asyncio.CancelledError):
        await PieceWork(store, "customers", looking(), IDLE_S, wait).run()
    worked_s = process_time() - began
    stages, dirty, inside = await store.read(_counts, None)
    assert (stages, dirty, inside) == (MANY, 0, MANY)
    looked = 2 * MANY  # by their mark, and by the sweep of a hub that has just begun
    assert 10 < len(waited) <= looked / 50 + 20  # in pieces, none of them tiny
    assert worked_s / looked * 100_000 < 300  # seconds of this process for 100,000


async def test_live_work_is_served_between_two_pieces(store: Store, house: House) -> None:
    await made(house, "named", {"field": "named", "is": True})
    await store.write(_import, MANY)
    work = asyncio.create_task(PieceWork(store, "customers", looking()).run())
    served = 0
    while (await store.read(_counts, None))[1]:
        await store.write(lambda tx, _: tx.now, None)
        served += 1
    work.cancel()
    assert served > 10
