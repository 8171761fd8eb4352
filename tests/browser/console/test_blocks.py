"""The block list on the screens: an agent blocks who writes, a supervisor looks after the list."""

from __future__ import annotations

import os

import pytest
from playwright.async_api import Page, expect

from hub.accounts.model import SYSTEM
from hub.contacts.blocks.model import BlockKind
from hub.contacts.blocks.service import Block, block
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_looks import PHONE, faults


async def shown(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it."""
    if folder := os.environ.get("HUB_PICTURES"):
        await page.wait_for_timeout(300)
        await page.screenshot(path=f"{folder}/blocks-{name}.png")


async def test_an_agent_blocks_a_visitor_with_a_reason_by_keyboard(
    stage: Stage, consoles: Consoles
) -> None:
    li = await consoles.enter("Li")
    async with stage.chat() as page:
        await page.hello(name="Rude", language="en")
        await page.write("@!#?")
        await li.get_by_role("button", name="Accept").first.click()
        more = li.get_by_role("banner").get_by_role("button", name="More", exact=True)
        await expect(li.get_by_role("heading", name="Rude")).to_be_visible()
        await more.or_(li.get_by_label("More", exact=True)).first.press("Enter")
        await li.get_by_role("menuitem", name="Block…").press("Enter")
        dialog = li.get_by_role("dialog", name="Block Rude")
        await expect(dialog.get_by_label("Why")).to_be_focused()
        assert await faults(li) == []
        await shown(li, "dialog")
        await li.keyboard.type("Insults")
        await dialog.get_by_role("button", name="Block", exact=True).press("Enter")
        await expect(li.get_by_text("Blocked. The request is closed as spam.")).to_be_visible()
        await expect(dialog).to_be_hidden()
    [contact] = await stage.contacts()
    assert (contact.state, contact.ended_as) == ("closed", "spam")


@pytest.mark.parametrize(("language", "theme"), [("zh-CN", "dark")])
async def test_the_list_is_reached_and_without_barriers_wide_and_narrow(
    stage: Stage, consoles: Consoles, language: str, theme: str
) -> None:
    for kind, value, reason in (
        (BlockKind.DOMAIN, "spam.example", "Offers of loans, every day"),
        (BlockKind.NETWORK, "203.0.113.0/24", "Flood of the chat on Friday"),
    ):
        asked = Block(SYSTEM, kind, value, reason, "CN")
        await stage.hub.store.write(block, asked)
    boss = await consoles.enter("Boss", role="supervisor", language=language, theme=theme)
    await boss.goto(f"{stage.hub.base_url}/quarantine")
    await boss.get_by_role("link", name="Block list" if language == "en" else "黑名单").click()
    await expect(boss.get_by_role("main").get_by_role("listitem")).to_have_count(2)
    found = await faults(boss)
    await shown(boss, f"{language}-{theme}-1440")
    await boss.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await shown(boss, f"{language}-{theme}-390")
    assert await boss.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found += await faults(boss)
    assert found == []
