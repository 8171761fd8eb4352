"""A supervisor pauses and closes a queue; everybody sees it at once."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from hub.channels.webchat import protocol as chat
from hub.routing.tables import queues
from tests.scenarios.stage import Stage

from .conftest import Consoles, kept_undo
from .test_looks import PHONE, faults


async def choose(page: Page, queue: str, item: str) -> None:
    """Choose from the menu of a queue, by keyboard."""
    await shown(page, f"Pause or close {queue}").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name=item).focus()
    await page.keyboard.press("Enter")


def shown(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name).locator("visible=true")


async def stop_of(stage: Stage, queue_id: str) -> tuple[str | None, str | None, bool]:
    [row] = [one for one in await stage._rows(queues) if one.id == queue_id]
    return row.state, row.state_reason, row.state_until is not None


async def test_a_queue_is_paused_by_keyboard_and_opened_again(
    stage: Stage, consoles: Consoles
) -> None:
    agent = await consoles.enter("Li")
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await choose(page, "support", "Pause…")
    dialog = page.get_by_role("dialog", name="Pause support")
    await expect(dialog).to_contain_text("Nobody is offered its contacts for now")
    await expect(dialog.get_by_label("Reason")).to_be_focused()
    await page.keyboard.type("Fire alarm")
    await dialog.get_by_role("radio", name="For 30 minutes").focus()
    await page.keyboard.press("Space")
    assert await faults(page) == []
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    row = page.get_by_role("row", name="support")
    await expect(row).to_contain_text("Paused")
    await expect(row).to_contain_text("by Wang")
    await expect(row).to_contain_text("Fire alarm")
    assert await stop_of(stage, "support") == ("paused", "Fire alarm", True)
    line = agent.get_by_text("support is paused: nobody is offered to you.")
    await expect(line).to_be_visible()
    await expect(agent.get_by_text("Fire alarm")).to_be_visible()
    await expect(agent.get_by_role("banner").get_by_text("support: Paused")).to_be_visible()
    assert await faults(page) == []
    assert await faults(agent) == []
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await expect(row).to_contain_text("1")
        await expect(agent.locator("[data-offer]")).to_have_count(0)
        await choose(page, "support", "Open again")
        await expect(agent.locator("[data-offer]")).to_be_visible()
    await expect(row).not_to_contain_text("Paused")
    await expect(line).to_be_hidden()


async def test_closing_is_undone_to_how_it_was(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await choose(page, "finance", "Close…")
    dialog = page.get_by_role("dialog", name="Close finance")
    await expect(dialog).to_contain_text("outside hours")
    await dialog.get_by_role("button", name="Close queue").click()
    undo = await kept_undo(page)
    row = page.get_by_role("row", name="finance")
    await expect(row).to_contain_text("Closed")
    await expect(row).to_contain_text("until opened")
    assert await stop_of(stage, "finance") == ("closed", "", False)
    await undo.click()
    await expect(row).not_to_contain_text("Closed")
    assert await stop_of(stage, "finance") == (None, None, False)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_on_a_phone_in_chinese_it_is_all_there(
    stage: Stage, consoles: Consoles, theme: str
) -> None:
    page = await consoles.enter(
        "Wang", role="supervisor", ready=False, language="zh-CN", theme=theme
    )
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await shown(page, "暂停或关闭“support”").click()
    await page.get_by_role("menuitem", name="暂停…").click()
    dialog = page.get_by_role("dialog", name="暂停“support”")
    await dialog.get_by_role("radio", name="到今天结束").check()
    await dialog.get_by_role("button", name="暂停技能组").click()
    await expect(page.get_by_text("已暂停").locator("visible=true").first).to_be_visible()
    assert (await stop_of(stage, "support"))[2]
    assert await faults(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_row_that_changes_its_place_takes_the_focus_along(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    first = page.locator("tr[data-row]").first
    await expect(first).to_contain_text("finance")
    button = shown(page, "Pause or close support")
    await button.focus()
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await expect(first).to_contain_text("support")
        await expect(button).to_be_focused()
        await button.hover()
        await customer.say(chat.End())
        most_urgent = page.get_by_role("region", name="Most urgent")
        await expect(most_urgent.get_by_text("Nobody waits")).to_be_visible()
        await expect(first).to_contain_text("support")  # it stays beneath the pointer
        await page.mouse.move(1, 1)
        await expect(first).to_contain_text("finance")
