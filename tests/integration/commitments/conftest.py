"""An office on each kind of database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hub.storage import Store

from .office import Office, an_office


@pytest.fixture
async def office(store: Store) -> AsyncIterator[Office]:
    async with an_office(store) as opened:
        yield opened
