"""The customer's page: the timeline is looked through, and what happened elsewhere is logged."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_looks import faults
from .test_merging import PICTURES

MAIL = "chen@example.test"


async def _picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"record-{name}.png")


async def _customer(stage: Stage) -> str:
    """Ms Chen, who wrote three mails."""
    customer_id = await stage.known("陈晓梅 Chen Xiaomei", "gold", email=MAIL)
    for text in ("My washing machine leaks.", "It is the pump.", "发票请寄到公司"):
        await stage.mail(text, subject=text[:20])
    await stage.waited(3)
    return customer_id


async def test_the_timeline_is_looked_through(stage: Stage, consoles: Consoles) -> None:
    customer_id = await _customer(stage)
    page = await consoles.enter("Li", ready=False)
    await page.goto(f"{stage.hub.base_url}/customers/{customer_id}")
    timeline = page.get_by_role("region", name="Timeline")
    await expect(timeline.get_by_text("My washing machine leaks.").first).to_be_visible()
    await timeline.get_by_role("searchbox", name="Search the timeline").fill("pump")
    await expect(timeline.get_by_text("My washing machine leaks.")).to_have_count(0)
    await expect(timeline.get_by_text("It is the pump.").first).to_be_visible()
    await _picture(page, "search")
    assert await faults(page) == []
    await timeline.get_by_role("searchbox", name="Search the timeline").fill("发票")
    await expect(timeline.get_by_text("发票请寄到公司").first).to_be_visible()
    await timeline.get_by_role("combobox", name="Filter by source or way").select_option("phone")
    await expect(timeline.get_by_text("Nothing found")).to_be_visible()
    await timeline.get_by_role("searchbox", name="Search the timeline").fill("")
    await timeline.get_by_role("combobox", name="Filter by source or way").select_option("all")
    await timeline.get_by_role("button", name="Choose days").click()
    await timeline.get_by_label("To").fill("2020-01-01")
    await expect(timeline.get_by_text("Nothing found")).to_be_visible()
    await timeline.get_by_role("button", name="Choose days").click()
    await expect(timeline.get_by_text("It is the pump.").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_visit_is_logged_from_a_phone(stage: Stage, consoles: Consoles, theme: str) -> None:
    customer_id = await _customer(stage)
    page = await consoles.enter("Li", language="zh-CN", theme=theme, ready=False)
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{stage.hub.base_url}/customers/{customer_id}")
    await page.get_by_role("button", name="记录拜访或信函").click()
    dialog = page.get_by_role("dialog", name="记录拜访或信函")
    assert await dialog.locator("select, input, textarea").count() == 3  # at most three fields
    await dialog.get_by_label("说了什么、约定了什么").fill("锅炉已检查，下周更换水泵。")
    await _picture(page, f"phone-{theme}")
    assert await faults(page) == []
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    await dialog.get_by_role("button", name="记录", exact=True).click()
    entry = page.get_by_role("article").filter(has_text="锅炉已检查")
    await expect(entry).to_be_visible()
    await expect(entry).to_contain_text("上门拜访")
    await expect(entry).to_contain_text("记录人：Li")
    await _picture(page, f"logged-{theme}")
