"""A shop on each kind of database."""

from __future__ import annotations

import pytest

from hub.storage import Store

from .build import Shop, open_shop


@pytest.fixture
async def shop(store: Store) -> Shop:
    return await open_shop(store)
