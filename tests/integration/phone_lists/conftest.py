"""A house that calls from a list, on both databases: Tuesday, 14:00 in Shanghai."""

from __future__ import annotations

import pytest

from hub.storage import Store
from hub.testing.clock import ManualClock

from .build import Room, open_room


@pytest.fixture
async def room(store: Store, clock: ManualClock) -> Room:
    return await open_room(store, clock)
