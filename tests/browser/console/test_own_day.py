"""What is an agent's own: their day in figures, password, language and theme, keys, looks."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from hub.web.principal import Role
from tests.scenarios.stage import Stage

from .conftest import Consoles, is_live
from .test_desk import accept_by_keys, begin_reply, finish
from .test_looks import PHONE, faults

OLD, NEW = "correct horse battery staple", "a brand new staple of batteries"


async def sign_in(page: Page, stage: Stage, password: str) -> None:
    await page.goto(f"{stage.hub.base_url}/sign-in")
    await page.get_by_label("Email").fill("li@hub.test")
    await page.get_by_label("Password").fill(password)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk*")
    await is_live(page)


async def test_ones_own_day_begins_empty_and_counts_what_was_done(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await page.keyboard.press("g")
    await page.keyboard.press("d")
    await page.wait_for_url("**/me")
    await expect(page.get_by_text("Nothing yet today")).to_be_visible()
    assert await faults(page) == []
    state = page.get_by_role("button", name=re.compile("^State"))
    for said in ("Break", "Ready"):
        await page.keyboard.press("b")
        await expect(state).to_contain_text(said)
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("My kettle is broken.")
        await accept_by_keys(page)
        await begin_reply(page)
        await page.keyboard.type("Please send a photo.")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("log")).to_contain_text("Please send a photo.")
        await finish(page)
    numbers = page.get_by_role("region", name="My day")
    await expect(numbers.locator("dd").first).to_have_text("1")
    await numbers.get_by_role("link", name="All of my day").click()
    await page.wait_for_url("**/me")
    row = page.get_by_role("row", name="Web chat")
    await expect(row.get_by_role("cell").first).to_have_text("1")
    await expect(row.get_by_role("cell").last).to_have_text(re.compile(r"^\d+(s|:\d\d)$"))
    await expect(page.get_by_role("heading", name="Time in states")).to_be_visible()
    times = page.get_by_role("main").get_by_role("listitem")
    await expect(times.filter(has_text="Ready")).to_be_visible()
    await expect(times.filter(has_text="Break")).to_be_visible()
    assert await faults(page) == []

    # The same by the menu, in the other language, on a phone and in the dark.
    await page.get_by_role("button", name="Menu of Li").click()
    await page.get_by_role("menuitem", name="切换到中文").click()
    await page.get_by_role("button", name="Li 的菜单").click()
    light = page.get_by_role("menuitem", name="浅色")
    await expect(light).to_have_attribute("aria-current", "true")  # the tick, as it is read aloud
    await page.get_by_role("menuitem", name="深色").click()
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await expect(page.get_by_role("heading", name="我的今天")).to_be_visible()
    await expect(page.get_by_role("row", name="网页聊天")).to_be_visible()
    assert await faults(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_what_was_set_is_there_in_another_browser_and_the_new_password_opens_it(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.hub.accounts.add_user(email="li@hub.test", name="Li", role=Role.AGENT, password=OLD)
    page = await consoles.page()
    await sign_in(page, stage, OLD)
    await page.goto(f"{stage.hub.base_url}/settings")
    await page.get_by_role("switch", name="Compact list").click()
    await page.get_by_role("switch", name="Single-key shortcuts").click()
    await page.get_by_role("button", name="Switch off: Transfer").click()
    await page.get_by_label("Current password").fill("not this one at all")
    await page.get_by_label("New password", exact=True).fill(NEW)
    await page.get_by_label("Repeat the new password").fill(NEW[:-1])
    change = page.get_by_role("button", name="Change password")
    await expect(page.get_by_text("The two differ")).to_be_visible()
    await expect(change).to_be_disabled()
    await page.get_by_label("Repeat the new password").fill(NEW)
    await change.click()
    await expect(page.get_by_role("alert")).to_be_visible()  # the old one is wrong
    await page.get_by_label("Current password").fill(OLD)
    await change.click()
    await expect(page.get_by_text("Password changed")).to_be_visible()

    other = await consoles.page(theme="dark")
    await sign_in(other, stage, NEW)
    state = other.get_by_role("button", name=re.compile("^State"))
    await expect(state).to_contain_text("Offline")
    await other.keyboard.press("b")  # no single key means anything
    await other.keyboard.press("Control+k")  # what has a name is still to be had by it
    await other.keyboard.type("Go to settings")
    await expect(other.get_by_role("option", name="Go to settings")).to_be_visible()
    await other.keyboard.press("Enter")
    await other.wait_for_url("**/settings")
    await expect(state).to_contain_text("Offline")
    await expect(other.get_by_role("switch", name="Compact list")).to_be_checked()
    keys = other.get_by_role("switch", name="Single-key shortcuts")
    await expect(keys).not_to_be_checked()
    transfer = other.get_by_role("listitem").filter(
        has=other.get_by_role("button", name="Change: Transfer", exact=True)
    )
    await expect(transfer).to_contain_text("off")
    assert await faults(other) == []
    await keys.click()
    await other.locator("h1").first.click()
    await other.keyboard.press("b")
    await expect(state).to_contain_text("Ready")
