"""A hub with a whole set-up, and its admin."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from hub.web import Role
from tests.browser.console.setup_stage import a_stage_with_setup
from tests.scenarios.stage import Stage

from .asker import Asker, sign_in


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage_with_setup(tmp_path) as opened:
        yield opened


@pytest.fixture
async def admin(stage: Stage) -> AsyncIterator[Asker]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield await sign_in(stage, session, Role.ADMIN)
