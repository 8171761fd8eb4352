"""A filled store, and supervisors who ask of it: of the head office, and of one branch."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert

from hub.accounts.tables import teams
from hub.reporting.api import ReportRoutes
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock
from tests.integration.customers.branches import make_branches
from tests.integration.customers.house import Client, House, open_house, serve

from .build import at, fill


@pytest.fixture
async def house(store: Store, clock: ManualClock) -> House:
    opened = await open_house(store)
    clock.advance((at(30) - clock.now()).total_seconds())
    await store.write(fill, None)
    return opened


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    """The supervisor sees everybody: there are no branches yet."""
    async with serve(house, ReportRoutes(house.store)) as opened:
        yield opened


@pytest.fixture
async def branch(house: House, client: Client) -> Client:
    """The supervisor is of the branch `team`; `south` is another."""
    await house.store.write(make_branches, None)
    return client


def see_all(tx: Tx, _: None) -> None:
    """A head office, of nobody yet."""
    tx.execute(insert(teams).values(id="head", zh="总部", en="Head", retired=False, sees_all=True))
