"""A house that can run campaigns, on both databases."""

from __future__ import annotations

import pytest

from hub.storage import Store
from hub.testing.clock import ManualClock

from .build import Shop, open_shop


@pytest.fixture
async def shop(store: Store, clock: ManualClock) -> Shop:
    return await open_shop(store, clock)
