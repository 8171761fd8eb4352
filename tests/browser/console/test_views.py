"""Views of the list, many rows acted on at once, and the page of all results."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from pathlib import Path

from playwright.async_api import Page, expect

from tests.scenarios.stage import Stage, settled

from .conftest import Consoles, is_live, kept_undo
from .test_looks import PHONE, faults
from .test_supervisor import three_wait

SHOTS = os.environ.get("HUB_SHOTS")


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.wait_for_timeout(300)
        await page.screenshot(path=Path(SHOTS) / f"{name}.png")


async def test_a_filter_is_in_the_address_saved_shared_and_counted(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    async with AsyncExitStack() as stack:
        await three_wait(stage, stack)
        await page.goto(f"{stage.hub.base_url}/desk?view=all")
        listed = page.get_by_role("list", name="Everything I may see").get_by_role("listitem")
        await expect(listed).to_have_count(3)
        await page.get_by_role("button", name="Filter", exact=True).click()
        dialog = page.get_by_role("dialog", name="Filter")
        await dialog.get_by_role("button", name="Email").click()
        assert await faults(page) == []
        await shot(page, "filter")
        await dialog.get_by_role("button", name="Show", exact=True).click()
        await expect(page.get_by_text("Nothing here")).to_be_visible()
        assert "filter=" in page.url
        await page.get_by_role("button", name="Without Channel: Email").click()
        await expect(listed).to_have_count(3)

        await page.get_by_role("button", name="Filter", exact=True).click()
        await dialog.get_by_role("button", name="Web chat").click()
        await dialog.get_by_role("button", name="Show", exact=True).click()
        await page.reload()  # the address alone says what is shown
        await page.get_by_role("button", name="Save as a view").click()
        form = page.get_by_role("dialog", name="Save as a view")
        await form.get_by_label("Name").fill("Chats of today")
        assert await faults(page) == []
        await form.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("button", name="View: Chats of today")).to_be_visible()
        assert "view=" in page.url
        await page.get_by_role("button", name="View: Chats of today").click()
        menu = page.get_by_role("list", name="Views")
        saved = menu.get_by_role("listitem").filter(has_text="Chats of today")
        await expect(saved).to_contain_text("3")
        assert await faults(page) == []
        await shot(page, "menu")
        await saved.get_by_role("button", name="Change Chats of today").click()
        await page.get_by_role("button", name="Delete", exact=True).click()
        await expect(page.get_by_text("Chats of today is deleted")).to_be_visible()


async def test_what_somebody_else_took_is_told_by_name(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    async with AsyncExitStack() as stack:
        await three_wait(stage, stack)
        await page.goto(f"{stage.hub.base_url}/desk?view=all")
        await expect(page.locator("[data-contact]")).to_have_count(3)
        await page.locator("[data-contact]").first.focus()
        await page.keyboard.press("x")
        await page.get_by_role("button", name="More acts").click()
        await page.get_by_role("menuitem", name="Choose all 3").click()
        await expect(page.get_by_text("3 chosen")).to_be_visible()
        await shot(page, "bulk")
        # Li Na takes one of them while Wang is still thinking.
        agent = await stack.enter_async_context(stage.console("Li Na"))
        await agent.until(lambda: bool(agent.offers))
        await agent.accept(next(iter(agent.offers)))
        await page.get_by_role("button", name="More acts").click()
        await page.get_by_role("menuitem", name="Raise priority").click()
        told = page.get_by_role("dialog")
        await expect(told).to_contain_text("already taken by Li Na")
        assert await faults(page) == []
        await shot(page, "refused")
        assert sorted(row.priority for row in await stage.contacts())[0] == 0
        assert max(row.priority for row in await stage.contacts()) == 1


async def test_all_is_searched_with_operators(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    async with AsyncExitStack() as stack:
        await three_wait(stage, stack)
        await page.goto(f"{stage.hub.base_url}/desk")
        await is_live(page)
        await page.keyboard.press("Control+k")
        await page.get_by_role("dialog").locator("input").fill("hello")
        await page.get_by_role("option", name="Search everything").click()
        await page.wait_for_url("**/search?q=hello")
        found = page.get_by_role("list", name="Contacts").get_by_role("listitem")
        await expect(found).to_have_count(3)
        await expect(found.first.locator("mark")).to_have_text("Hello")
        await shot(page, "search")
        assert await faults(page) == []
        field = page.get_by_role("searchbox")
        await field.fill("hello channel:fax tier:unheard")
        await expect(page.get_by_text("Not understood, and not looked for")).to_be_visible()
        await shot(page, "search-nothing")


async def test_on_a_phone_in_chinese_and_dark(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter(
        "Wang", role="supervisor", ready=False, language="zh-CN", theme="dark"
    )
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    async with AsyncExitStack() as stack:
        await three_wait(stage, stack)
        await page.goto(f"{stage.hub.base_url}/desk?view=team")
        await expect(page.locator("[data-contact]")).to_have_count(3)
        await shot(page, "phone-list")
        assert await faults(page) == []
        await page.get_by_role("button", name="筛选", exact=True).click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await shot(page, "phone-filter")
        assert await faults(page) == []
        await page.goto(f"{stage.hub.base_url}/search?q=你好 渠道:网聊")
        await expect(page.get_by_role("searchbox")).to_be_visible()
        await shot(page, "phone-search")
        assert await faults(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_view_is_shared_with_the_team_and_its_rows_wait_and_come_back(
    stage: Stage, consoles: Consoles
) -> None:
    agent = await consoles.enter("Li", language="zh-CN")
    async with AsyncExitStack() as stack:
        await three_wait(stage, stack)
        await accept_all(agent, stage)
        page = await consoles.enter("Wang", role="supervisor", ready=False)
        await page.goto(f"{stage.hub.base_url}/desk?view=all")
        await expect(page.locator("[data-contact]")).to_have_count(3)
        await page.get_by_role("button", name="Filter", exact=True).click()
        dialog = page.get_by_role("dialog", name="Filter")
        await dialog.get_by_role("button", name="Web chat").click()
        await dialog.get_by_role("button", name="Show", exact=True).click()
        await page.get_by_role("button", name="Save as a view").click()
        form = page.get_by_role("dialog", name="Save as a view")
        await form.get_by_label("Name").fill("All chats")
        await form.get_by_label("For", exact=True).select_option(label="Team Team")
        await expect(form.get_by_text("Everybody in the team sees it")).to_be_visible()
        await form.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("button", name="View: All chats")).to_be_visible()

        await agent.reload()
        await agent.get_by_role("button", name="视图：").click()
        shared = agent.get_by_role("list", name="视图").get_by_role("button", name="All chats")
        await shared.first.click()
        mine = agent.locator("[data-contact]")
        await expect(mine.first).to_be_visible()
        assert await faults(agent) == []

        # All at once wait for their customers, and are taken up again by one undo.
        await agent.get_by_role("button", name="视图：").click()
        await agent.get_by_role("list", name="视图").get_by_role("button", name="我的").click()
        await expect(mine).to_have_count(3)
        await mine.first.focus()
        await agent.keyboard.press("x")
        await agent.get_by_role("button", name="更多操作").click()
        await agent.get_by_role("menuitem", name="全选 3 个").click()
        await agent.get_by_role("button", name="更多操作").click()
        await agent.get_by_role("menuitem", name="待客户回复…").click()
        waits = agent.get_by_role("dialog", name="让 3 个服务请求等待客户")
        await waits.get_by_role("button", name="1 小时后").click()
        assert await faults(agent) == []
        await waits.get_by_role("button", name="待客户回复…").click()
        undo = await kept_undo(agent, "撤销")
        await until_states(stage, *["parked"] * 3)
        await undo.click()
        await until_states(stage, *["active"] * 3)


async def accept_all(agent: Page, stage: Stage) -> None:
    """Take the three that are offered, one after the other."""
    for left in (2, 1, 0):
        offers = agent.locator("[data-offer]")
        await offers.first.get_by_role("button", name="接入").click()
        await expect(offers).to_have_count(left)
    await until_states(stage, *["active"] * 3)


async def until_states(stage: Stage, *wanted: str) -> None:
    async def reached() -> bool:
        return sorted(row.state for row in await stage.contacts()) == list(wanted)

    await settled(reached)
