"""A real Chromium for every browser test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.conftest import skip_missing

# A page has this long on a busy machine; what is there passes at once.
expect.set_options(timeout=30_000)
# Nobody has a graphics card here; imitating one costs a sixth of what a browser does.
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        skip_missing("Chromium (apt-get install chromium)")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield opened
        finally:
            await opened.close()
