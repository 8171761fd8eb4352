"""A store with the small center in force, and deliveries to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from hub.customers.business.orders import PutDone, PutOrders, put_orders
from hub.customers.business.rows import NOW, Line, Order, Version
from hub.customers.business.versions import RowOutcome
from hub.storage import Store, Tx
from hub.testing.center import open_center

DAY = datetime.fromisoformat("2026-03-01T10:00:00+00:00")


def usual_tier(_tx: Tx) -> str:
    return "standard"


def an_order(external_id: str = "A-1", customer: str = "10023", **given: Any) -> Order:
    values: dict[str, Any] = {
        "ordered_at": DAY,
        "amount_minor": 12_900,
        "currency": "CNY",
        "version": NOW,
    } | given
    return Order(external_id, customer, **values)


def at(hour: int) -> Version:
    return Version(state_at=DAY.replace(hour=hour))


@dataclass
class Shop:
    """A system that delivers to the store."""

    store: Store
    source: str = "shop"

    async def orders(self, *rows: Order) -> list[str]:
        done: PutDone = await self.store.write(put_orders, PutOrders(self.source, rows, usual_tier))
        return [put.outcome.value for put in done.results]

    async def rows(self, table: Table, *columns: str) -> list[tuple[Any, ...]]:
        def read(tx: Tx, _: None) -> Sequence[Any]:
            wanted = [table.c[name] for name in columns] or list(table.c)
            return tx.execute(select(*wanted).order_by(*wanted)).all()

        return [tuple(row) for row in await self.store.read(read, None)]

    async def count(self, table: Table) -> int:
        def read(tx: Tx, _: None) -> int:
            found: int = tx.execute(select(func.count()).select_from(table)).scalar_one()
            return found

        return await self.store.read(read, None)


@pytest.fixture
async def shop(store: Store) -> Shop:
    await store.write(open_center, None)
    return Shop(store)


def a_line(product: str = "kettle", quantity: int = 1) -> Line:
    return Line(product, quantity)


CREATED, UPDATED, UNCHANGED, STALE = (
    outcome.value
    for outcome in (RowOutcome.CREATED, RowOutcome.UPDATED, RowOutcome.UNCHANGED, RowOutcome.STALE)
)
