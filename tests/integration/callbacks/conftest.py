"""A centre on both databases, with a clock that stands still: Tuesday, 14:00 in Shanghai."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.storage import Store
from hub.testing.clock import ManualClock

from .build import Centre

TUESDAY = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)


@pytest.fixture
async def centre(store: Store, clock: ManualClock) -> Centre:
    clock.set(TUESDAY)
    made = Centre(store, clock)
    await made.open()
    return made
