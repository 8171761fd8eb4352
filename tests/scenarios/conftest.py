"""One stage for a scenario, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.testing.laws import broken_laws

from .callback_house import House, a_house
from .stage import Stage, a_stage, settled


@pytest.fixture
async def stage(tmp_path: Path, database_url: str) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, database_url) as opened:
        yield opened
        assert opened.phones.alerts == []  # not of callers who hear the hub end
        await settled(lambda: _laws_hold(opened))


async def _laws_hold(opened: Stage) -> bool:
    return await broken_laws(opened.hub.store) == []


@pytest.fixture
async def callback_house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    async with a_house(tmp_path, database_url) as opened:
        yield opened
