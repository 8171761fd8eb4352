"""An agent calls from the console: a typed number, a customer's own by click, and the end of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from hub.testing.twilio_simulator import RINGS, Phone
from tests.scenarios.stage import Stage, a_stage

from .conftest import Consoles
from .test_looks import faults

CHEN = "+8613800138000"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, pace=2.0) as opened:  # slow enough to see it ring
        yield opened
    assert opened.phones.alerts == []


async def dial(page: Page, number: str) -> None:
    """Open the dialog by keyboard, type a number and call it."""
    await expect(page.get_by_role("button", name="Call somebody")).to_be_visible()
    await page.keyboard.press("g")
    await page.keyboard.press("p")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Number").fill(number)
    await page.keyboard.press("Enter")


async def test_a_call_from_the_typed_number_to_the_timeline_and_by_click_again(
    stage: Stage, consoles: Consoles
) -> None:
    stage.phones.set_phone(CHEN, Phone(after_s=4))
    page = await consoles.enter("Li")
    await dial(page, "12")
    problem = page.get_by_role("dialog").get_by_role("alert")
    await expect(problem).to_contain_text("cannot be called")
    assert await faults(page) == []
    await page.get_by_role("dialog").get_by_label("Number").fill("138 0013 8000")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk/*-*")
    bar = page.get_by_role("region", name="Call", exact=True)
    await expect(bar).to_contain_text("It rings")
    await expect(bar).to_contain_text("Talking")
    customer = await stage.phones.agent_leg(CHEN)
    await bar.get_by_role("button", name="Hang up").click()
    await customer.until("ended")
    log = page.get_by_role("log")
    await expect(log).to_contain_text("Outgoing call")
    await expect(log).to_contain_text("Answered")
    assert await faults(page) == []
    await page.get_by_role("radio", name="Repair").check(force=True)
    await page.get_by_role("combobox", name="Outcome").select_option("solved")
    await page.get_by_role("button", name="Done").click()
    await page.wait_for_url("**/desk")

    stage.phones.set_phone(CHEN, Phone("busy"))
    [contact] = await stage.contacts()
    await page.goto(f"{stage.hub.base_url}/desk/{contact.id}")
    await page.get_by_role("button", name=re.compile("^Call 138")).click()
    await page.get_by_role("dialog").get_by_role("button", name="Call", exact=True).click()
    result = page.get_by_role("status").filter(has_text="Busy or declined")
    await expect(result).to_be_visible(timeout=10_000)
    assert len(await stage.contacts()) == 2


async def test_a_call_that_rings_is_given_up_by_hanging_up(
    stage: Stage, consoles: Consoles
) -> None:
    stage.phones.set_phone(CHEN, RINGS)
    page = await consoles.enter("Li", language="zh-CN", theme="dark")
    await page.get_by_role("button", name="外呼").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("号码", exact=True).fill(CHEN)
    await dialog.get_by_role("button", name="呼叫", exact=True).dblclick()
    bar = page.get_by_role("region", name="通话", exact=True)
    await expect(bar).to_contain_text("对方响铃中")
    assert await faults(page) == []
    customer = await stage.phones.agent_leg(CHEN)
    await bar.get_by_role("button", name="挂断").click()
    await expect(page.get_by_role("status").filter(has_text="已取消")).to_be_visible()
    await customer.until("ended")
    assert len(await stage.contacts()) == 1
