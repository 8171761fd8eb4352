"""A house on both databases, on a Tuesday afternoon."""

from __future__ import annotations

import pytest

from hub.storage import Store
from hub.testing.clock import ManualClock

from .build import House, open_house


@pytest.fixture
async def house(store: Store, clock: ManualClock) -> House:
    return await open_house(store, clock)
