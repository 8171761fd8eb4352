"""Tags of many contacts at once, by keyboard, and taken back; on a phone in Chinese too."""

from __future__ import annotations

from contextlib import AsyncExitStack

from playwright.async_api import Page, expect

from hub.accounts.model import SYSTEM
from hub.contacts.tags.service import SetTags, set_tags
from tests.scenarios.stage import Stage, settled

from .conftest import Consoles, kept_undo
from .test_looks import PHONE, faults
from .test_supervisor import three_wait
from .test_views import shot
from .test_words import furnish


async def tags_are(stage: Stage, *wanted: list[str]) -> None:
    """Wait until the contacts, the oldest first, have these tags."""

    async def reached() -> bool:
        rows = sorted(await stage.contacts(), key=lambda row: row.enqueued_at)
        return [row.tags or [] for row in rows] == list(wanted)

    await settled(reached)


async def tag_first(stage: Stage, key: str) -> None:
    """The contact that came first has this tag already."""
    first = min(await stage.contacts(), key=lambda row: row.enqueued_at)
    await stage.hub.store.write(set_tags, SetTags(first.id, SYSTEM, (key,)))


async def list_all(page: Page, stage: Stage) -> None:
    await page.goto(f"{stage.hub.base_url}/desk?view=all")
    await expect(page.locator("[data-contact]")).to_have_count(3)


async def test_many_are_tagged_by_keyboard_and_taken_back(stage: Stage, consoles: Consoles) -> None:
    await stage.hub.store.write(furnish, None)
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    async with AsyncExitStack() as stack:
        await three_wait(stage, stack)
        await tag_first(stage, "vip")
        await list_all(page, stage)
        rows = page.locator("[data-contact]")
        await expect(rows.get_by_text("Guest of honour")).to_have_count(1)
        await rows.first.focus()
        await page.keyboard.press("x")
        await rows.last.focus()
        await page.keyboard.press("Shift+X")
        await expect(page.get_by_text("3 chosen")).to_be_visible()
        await page.keyboard.press("Shift+L")
        dialog = page.get_by_role("dialog", name="Tags of 3 contacts")
        await expect(dialog.get_by_role("combobox")).to_be_focused()
        guest = dialog.get_by_role("option", name="Guest of honour")
        await expect(guest).to_have_attribute("aria-checked", "mixed")
        await expect(guest).to_contain_text("on 1 of 3")
        await expect(dialog.get_by_role("button", name="Apply")).to_be_disabled()
        await page.keyboard.press("Enter")  # Refund, on all
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")  # the other, first on all, then on none
        await expect(guest).to_contain_text("taken off")
        assert await faults(page) == []
        await shot(page, "tags-many-en")
        await page.keyboard.press("Control+Enter")
        await expect(dialog).to_have_count(0)
        undo = await kept_undo(page, "Undo")
        await tags_are(stage, ["refund"], ["refund"], ["refund"])
        await expect(rows.get_by_text("Refund")).to_have_count(3)
        await expect(page.get_by_text("3 chosen")).to_have_count(0)
        await undo.click()
        await tags_are(stage, ["vip"], [], [])
        await expect(page.get_by_text("The tags are as before")).to_be_visible()


async def test_on_a_phone_in_chinese_and_dark(stage: Stage, consoles: Consoles) -> None:
    await stage.hub.store.write(furnish, None)
    page = await consoles.enter(
        "Wang", role="supervisor", ready=False, language="zh-CN", theme="dark"
    )
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    async with AsyncExitStack() as stack:
        await three_wait(stage, stack)
        await tag_first(stage, "vip")
        await list_all(page, stage)
        await page.locator("[data-contact]").first.focus()
        await page.keyboard.press("x")
        await page.get_by_role("button", name="更多操作").click()
        await page.get_by_role("menuitem", name="全选 3 个").click()
        await page.get_by_role("button", name="更多操作").click()
        await shot(page, "tags-many-menu-zh")
        await page.get_by_role("menuitem", name="标签…").click()
        dialog = page.get_by_role("dialog", name="3 个服务请求的标签")
        await dialog.get_by_role("option", name="退款").click()
        await expect(dialog.get_by_text("加 1 个")).to_be_visible()
        assert await faults(page) == []
        await shot(page, "tags-many-zh-phone")
        await dialog.get_by_role("button", name="应用").click()
        await tags_are(stage, ["vip", "refund"], ["refund"], ["refund"])
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
