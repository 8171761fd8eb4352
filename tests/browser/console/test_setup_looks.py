"""The set-up on a phone: what test_every_screen.py, which sees each of its parts, cannot tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.scenarios.stage import Stage

from .conftest import Consoles
from .setup_stage import a_stage_with_setup, open_setup
from .test_looks import PHONE


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage_with_setup(tmp_path) as opened:
        yield opened


async def test_on_a_phone_the_part_that_is_shown_is_in_sight_and_helpers_are_told_in_sentences(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "queues")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    queues = page.get_by_role("navigation", name="Parts of the set-up").get_by_role("link").first
    await expect(queues).to_be_in_viewport(ratio=0.9)
    await expect(page.locator("[data-strip=back]")).to_have_count(0)
    await page.locator("[data-strip=on]").click()
    await expect(queues).not_to_be_in_viewport()
    await expect(page.locator("[data-strip=back]")).to_have_count(1)
    await page.goto(f"{stage.hub.base_url}/setup/changes")
    await expect(page.get_by_role("link", name="Changes")).to_be_in_viewport(ratio=0.9)
    await expect(page.get_by_role("link", name="Settings")).to_be_hidden()  # in the user's menu
    await page.goto(f"{stage.hub.base_url}/setup/overflow/support")
    sentence = page.get_by_role("list", name="Who helps whom").get_by_role("button")
    await expect(sentence).to_contain_text("after 15 min and at least 5 waiting")
    await expect(page.get_by_role("group", name="Drawing of the overflow")).to_be_hidden()
    await sentence.click()
    await page.wait_for_url("**/setup/overflow/finance")
    await expect(sentence).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Menu of Wang").click()
    await page.get_by_role("menuitem", name="Settings").click()
    await page.wait_for_url("**/settings")
