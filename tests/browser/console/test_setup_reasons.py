"""The tree of reasons and what closing asks for, changed with the keyboard, and what agents see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import Page, expect

from hub.setup import ApplySetup, apply_setup
from hub.setup.parts import Outcome, Reason
from hub.setup.service import get_setup
from hub.storage import Tx
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .setup_stage import a_stage_with_setup, bar, open_setup, save, shown
from .test_desk import accept_by_keys
from .test_looks import PHONE, faults

TREE: list[dict[str, Any]] = [
    {
        "key": "repair",
        "zh": "维修",
        "en": "Repair",
        "children": [
            {"key": "request", "zh": "报修", "en": "Request"},
            {"key": "visit", "zh": "上门", "en": "Visit"},
        ],
    },
    {"key": "complaint", "zh": "投诉", "en": "Complaint", "complaint": True},
]


def _with_reasons(tx: Tx, _: None) -> None:
    setup = get_setup(tx, {})[1]
    wanted = msgspec.structs.replace(
        setup,
        reasons=msgspec.convert(TREE, list[Reason]),
        outcomes=[Outcome(key="solved", zh="已解决", en="Solved")],
    )
    apply_setup(tx, ApplySetup(wanted))


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage_with_setup(tmp_path) as opened:
        await opened.hub.store.write(_with_reasons, None)
        yield opened


async def named(page: Page, chinese: str, english: str, button: str = "Add") -> None:
    """Fill in the dialog that adds something."""
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name in Chinese").fill(chinese)
    await dialog.get_by_label("Name in English").fill(english)
    await dialog.get_by_label("Name in English").press("Enter")
    await expect(dialog).to_be_hidden()


def line(page: Page, name: str) -> Any:
    return page.get_by_role("treeitem").filter(has_text=name)


async def test_the_tree_is_changed_by_keys_and_closing_asks_for_what_it_says(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "reasons/closing_fields")
    await page.get_by_role("button", name="Add", exact=True).click()
    await named(page, "序列号", "Serial number")
    await page.get_by_role("link", name="Reasons 4").click()
    await line(page, "Repair").focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(line(page, "Visit")).to_be_focused()
    await page.keyboard.press("Alt+ArrowUp")
    await expect(page.get_by_role("treeitem")).to_contain_text(
        ["Repair", "Visit", "Request", "Complaint"]
    )
    await expect(line(page, "Visit")).to_be_focused()
    await page.keyboard.press("Alt+ArrowLeft")
    await expect(line(page, "Visit")).to_have_attribute("aria-level", "1")
    await page.keyboard.press("Shift+Insert")
    await named(page, "锅炉", "Boiler")
    await expect(line(page, "Boiler")).to_be_focused()
    await expect(line(page, "Boiler")).to_have_attribute("aria-level", "2")
    await page.get_by_label("Ask for…").select_option("Serial number")
    await page.get_by_role("button", name="Add Serial number").click()
    await line(page, "Complaint").focus()
    await page.keyboard.press("Delete")
    await expect(line(page, "Complaint")).to_have_count(0)
    await shown(page, "reasons-retired")
    await page.locator("[data-retired] summary").click()
    await page.get_by_role("button", name="Bring Complaint back").click()
    await expect(line(page, "Complaint")).to_be_focused()
    await expect(page.get_by_label("It is a complaint")).to_be_checked()  # as it was
    await line(page, "Boiler").focus()
    assert await faults(page) == []
    await shown(page, "reasons-en-light-1440")

    await page.get_by_role("button", name="Try the closing form").click()
    form = page.get_by_role("dialog", name="The closing form")
    await form.get_by_role("radio", name="Visit › Boiler").check()
    await expect(form.get_by_label("Serial number")).to_be_visible()
    await form.get_by_label("Outcome").select_option("Solved")
    await expect(form.get_by_text("Something is still missing.")).to_be_visible()
    await form.get_by_label("Serial number").fill("1234")
    await expect(form.get_by_text("The contact can be closed.")).to_be_visible()
    assert await faults(page) == []
    await shown(page, "reasons-preview")
    await form.get_by_role("button", name="Done").click()
    await expect(bar(page)).to_contain_text("Checked, no problem")
    await save(page)

    li = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("The boiler leaks")
        await accept_by_keys(li)
        await li.get_by_role("button", name="Finish", exact=True).click()
        dialog = li.get_by_role("dialog")
        await dialog.get_by_role("radio", name="Visit › Boiler").check(force=True)
        await dialog.get_by_label("Outcome").select_option("solved")
        await expect(dialog.locator("button[type=submit]")).to_be_disabled()
        await dialog.get_by_label("Serial number").fill("1234")
        await dialog.locator("button[type=submit]").click()
        await expect(dialog).to_be_hidden()
    [row] = await stage.contacts()
    assert row.reason_id == "repair/visit/boiler"  # it moved, and is what it was
    await li.goto(f"{stage.hub.base_url}/desk/{row.id}")
    end = li.locator("[data-closed-entry]")
    await expect(end).to_contain_text("Closed by Li: Visit › Boiler, Solved")
    await expect(end).to_contain_text("Serial number: 1234")
    await shown(li, "reasons-timeline")
    await page.reload()
    await expect(line(page, "Boiler")).to_contain_text("1")


async def test_on_a_phone_and_in_the_dark_a_reason_is_a_page_of_its_own(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "reasons", language="zh-CN", theme="dark")
    await shown(page, "reasons-zh-dark-1440")
    await page.set_viewport_size({"width": 768, "height": 1024})
    await shown(page, "reasons-zh-dark-768")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await shown(page, "reasons-zh-dark-390")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = await faults(page)
    await line(page, "上门").click()
    await expect(page.get_by_label("中文名称")).to_be_focused()
    await shown(page, "reasons-zh-dark-390-form")
    found += await faults(page)
    await page.get_by_role("button", name="移到其他分类下").click()
    await expect(page.get_by_role("dialog").get_by_text("当前位置")).to_be_visible()
    await shown(page, "reasons-zh-dark-390-move")
    found += await faults(page)
    await page.get_by_role("dialog").get_by_role("radio", name="最上层").check()
    await page.get_by_role("button", name="移动", exact=True).click()
    await page.get_by_role("button", name="全部分类").click()
    await expect(line(page, "上门")).to_be_focused()
    await page.get_by_role("link", name="处理结果").click()
    await page.get_by_role("button", name="修改已解决").click()
    await shown(page, "reasons-zh-dark-390-outcomes")
    found += await faults(page)
    assert found == []
