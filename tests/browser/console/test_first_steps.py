"""A hub in which nothing is set up yet: the list of first steps leads through, and then is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from hub.setup import ApplySetup, apply_setup
from hub.storage import Tx
from tests.scenarios.stage import HOTLINE, Stage, a_stage

from .conftest import Consoles, is_live
from .setup_stage import a_setup, save, shown
from .test_looks import PHONE, faults


def nothing_yet(tx: Tx, _: None) -> None:
    apply_setup(tx, ApplySetup(a_setup([])))


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, public=True) as opened:
        await opened.hub.store.write(nothing_yet, None)
        yield opened


async def add_point(page: Page, channel: str, name: str, address: str = "") -> None:
    await page.get_by_role("button", name="Entry point", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Channel").select_option(label=channel)
    await dialog.get_by_label("Name", exact=True).fill(name)
    if address:
        await dialog.get_by_role("textbox").nth(1).fill(address)
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(dialog).to_be_hidden()
    await save(page)


def steps(page: Page) -> Locator:
    return page.get_by_role("region", name="First steps")


async def test_what_is_missing_is_listed_led_to_and_ticked_off(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="admin", ready=False)
    await page.goto(f"{stage.hub.base_url}/desk")
    await expect(steps(page)).to_contain_text("0 of 4 done")
    assert await faults(page) == []
    await shown(page, "first-steps")

    await steps(page).get_by_role("link", name="A chat for your site – still to do").click()
    await page.wait_for_url("**/setup/points")
    await add_point(page, "Web chat", "Shop chat")
    await expect(steps(page)).to_contain_text("1 of 4 done")  # without a reload
    await expect(
        steps(page).get_by_role("link", name="A chat for your site – done")
    ).to_be_visible()

    await steps(page).get_by_role("link", name="A mailbox – still to do").click()
    await add_point(page, "E-mail", "Mail", "support@example.test")
    await expect(steps(page)).to_contain_text("2 of 4 done")
    await steps(page).get_by_role("link", name="A phone line – still to do").click()
    await add_point(page, "Phone", "Hotline", HOTLINE)
    await expect(steps(page)).to_contain_text("3 of 4 done")
    await shown(page, "first-steps-3")
    assert await faults(page) == []

    await steps(page).get_by_role("link", name="Your colleagues – still to do").click()
    await page.wait_for_url("**/people")
    await page.get_by_role("button", name="Add somebody").first.click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("Li Na")
    await dialog.get_by_label("E-mail address").fill("li.na@hub.test")
    await dialog.locator("button[type=submit]").click()
    invitation = page.get_by_role("dialog", name="Invitation for Li Na")
    await invitation.get_by_role("button", name="Done").click()  # the page is hidden behind it
    await expect(page.get_by_role("list", name="People")).to_contain_text("Li Na")
    await page.goto(f"{stage.hub.base_url}/desk")
    await is_live(page)
    await expect(page.get_by_role("heading", name="No contact is open")).to_be_visible()
    await expect(steps(page)).to_have_count(0)


async def test_it_can_be_put_away_on_a_phone_and_agents_are_not_told(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="admin", ready=False, language="zh-CN", theme="dark")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await page.goto(f"{stage.hub.base_url}/setup/points")
    first = page.get_by_role("region", name="开始使用")
    await expect(first).to_contain_text("已完成 0/4")
    assert await faults(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await first.get_by_role("button", name="不再显示").click()
    await expect(first).to_have_count(0)
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(first).to_have_count(0)
    agent = await consoles.enter("Li")
    await expect(agent.get_by_role("heading", name="No contact is open")).to_be_visible()
    await expect(steps(agent)).to_have_count(0)
