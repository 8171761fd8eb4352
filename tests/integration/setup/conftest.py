"""A running hub whose set-up is the sample, on both databases, with people in its teams."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hub.setup import ApplySetup, apply_setup, check_setup
from hub.storage import Tx
from hub.testing.hub import hub_settings, running_hub
from hub.web import Role
from tests.integration.agent_console.conftest import Person, Place

from .build import edited


def sample(tx: Tx, _: None) -> None:
    apply_setup(tx, ApplySetup(check_setup(edited())))


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[Place]:
    """The sample set-up in force as version 1."""
    async with running_hub(hub_settings(tmp_path, database_url), sample) as hub:
        made = Place(hub)
        yield made
        for session in made.sessions:
            await session.close()


@pytest.fixture
async def admin(house: Place) -> Person:
    return await house.hire("admin", Role.ADMIN)


async def shown(admin: Person) -> dict[str, Any]:
    """What the page begins with: version and set-up in force."""
    status, body = await admin.ask("GET", "/setup/document")
    assert status == 200, body
    document: dict[str, Any] = body
    return document
