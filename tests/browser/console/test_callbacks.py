"""Callbacks in the console: the offer, the bar above the conversation, the list, an agreed time."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from hub.callbacks.entries import NOBODY
from hub.callbacks.service import Cancel, cancel_callback
from hub.callbacks.tables import callbacks
from hub.routing.settings import CallbackRules, load_settings, save_settings
from hub.storage import Tx
from hub.testing.twilio_simulator import Phone
from tests.scenarios.stage import HOTLINE, Stage, a_stage

from .conftest import Consoles
from .test_looks import faults

CHEN = "+8613800138000"
RULES = CallbackRules(offer_over_s=0, attempts=3, gap_s=2.0, window="00:00-24:00")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, pace=20.0) as opened:
        await opened.hub.store.write(_call_back, None)
        yield opened
    assert opened.phones.alerts == []


def _call_back(tx: Tx, _: None) -> None:
    rules = load_settings(tx)
    support = msgspec.structs.replace(rules.queues["support"], callback=RULES)
    save_settings(tx, msgspec.structs.replace(rules, queues={**rules.queues, "support": support}))


async def wish(stage: Stage) -> None:
    """Somebody calls, and wishes to be called back."""
    caller = await stage.phones.call(CHEN, HOTLINE)
    await caller.until("queue")
    await caller.hears("请按1")
    await caller.press("1")
    await caller.hears("我们将回拨")
    await caller.press("1#")
    await caller.until("ended")


async def shown(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it."""
    folder = os.environ.get("HUB_PICTURES")
    if folder:
        await page.screenshot(path=f"{folder}/{name}.png")


async def test_the_offer_says_which_attempt_it_is_and_what_came_of_the_last(
    stage: Stage, consoles: Consoles
) -> None:
    stage.phones.set_phone(CHEN, Phone("busy"))
    page = await consoles.enter("Li")
    await wish(stage)
    offer = page.locator("[data-offer]")
    await expect(offer).to_contain_text("Callback, attempt 1 of 3")
    await expect(offer).to_contain_text("waited")
    await shown(page, "offer_first")
    assert await faults(page) == []
    await offer.get_by_role("button", name="Accept and call").click()
    await expect(offer).to_contain_text("Callback, attempt 2 of 3", timeout=30_000)
    await expect(offer).to_contain_text("Busy or declined")
    await shown(page, "offer_second")
    stage.phones.set_phone(CHEN, Phone(after_s=2))
    await offer.get_by_role("button", name="Accept and call").click()
    bar = page.get_by_role("region", name="Call", exact=True)
    await expect(bar).to_contain_text("Talking")
    log = page.get_by_role("log")
    await expect(log).to_contain_text("To be called back (keeps the place)")
    await expect(log).to_contain_text("Callback, attempt 1 of 3: Busy or declined.")
    await shown(page, "talking")


async def test_the_supervisor_sees_what_is_pending_puts_it_off_and_cancels_it(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False, language="zh-CN")
    await page.get_by_role("link", name="回拨").click()
    await expect(page.get_by_text("没有待回拨的客户")).to_be_visible()
    await shown(page, "list_empty_zh")
    await wish(stage)
    item = page.get_by_role("list", name="回拨").get_by_role("listitem")
    await expect(item).to_contain_text("第 1 次（共 3 次）")
    await expect(item).to_contain_text("排队中")
    assert await faults(page) == []
    await shown(page, "list_zh")
    await item.get_by_role("button", name="改时间").click()
    await shown(page, "reschedule_zh")
    await item.get_by_role("button", name="改期").click()
    await expect(item).to_contain_text("未到时间")
    await item.get_by_role("link").first.click()
    bar = page.get_by_role("region", name="回拨", exact=True)
    await expect(bar).to_contain_text("第 1 次（共 3 次）")
    await expect(bar).to_contain_text("138 0013 8000")
    assert await faults(page) == []
    await shown(page, "bar_zh")
    await page.get_by_role("link", name="回拨").click()
    await item.get_by_role("button", name="取消回拨").click()
    await item.get_by_role("group").get_by_role("button", name="取消回拨").click()
    await expect(page.get_by_text("没有待回拨的客户")).to_be_visible()
    await page.get_by_role("combobox", name="状态").select_option("cancelled")
    await expect(item).to_contain_text("已取消")
    await item.get_by_role("link").first.click()
    await expect(page.get_by_role("log")).to_contain_text("Wang 取消了回拨")
    await shown(page, "timeline_zh")


async def test_an_agent_agrees_on_a_time_and_sees_the_bar(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li", theme="dark")
    await page.get_by_role("button", name="Call somebody").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Number").fill("138 0013 8000")
    await dialog.get_by_role("button", name="At a time").click()
    await shown(page, "agree_dark")
    assert await faults(page) == []
    await dialog.get_by_role("button", name="Agree on it").click()
    await expect(page.get_by_text("The queue will call back at that time")).to_be_visible()


async def test_the_bar_above_a_contact_goes_with_its_callback(
    stage: Stage, consoles: Consoles
) -> None:
    """Somebody else cancels it; the desk hears of it without asking."""
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await page.get_by_role("link", name="Callbacks").click()
    await wish(stage)
    item = page.get_by_role("list", name="Callbacks").get_by_role("listitem")
    await item.get_by_role("link").first.click()
    bar = page.get_by_role("region", name="Callback", exact=True)
    await expect(bar).to_contain_text("attempt 1 of 3")
    await stage.hub.store.write(_cancel, None)
    await expect(bar).to_be_hidden()


async def test_a_list_that_cannot_be_read_again_stays(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await page.get_by_role("link", name="Callbacks").click()
    await wish(stage)
    item = page.get_by_role("list", name="Callbacks").get_by_role("listitem")
    await expect(item).to_contain_text("in the queue")
    await page.route("**/api/v1/callbacks?*", lambda route: route.abort())
    async with page.expect_event("requestfailed"):
        await stage.hub.store.write(_cancel, None)
    await expect(item).to_contain_text("in the queue")
    await expect(page.get_by_role("alert")).to_have_count(0)
    await page.unroute("**/api/v1/callbacks?*")
    await wish(stage)
    await expect(item).to_have_count(1)
    await expect(page.get_by_text("Nobody is to be called back")).to_be_hidden()


def _cancel(tx: Tx, _: None) -> None:
    [callback_id] = tx.execute(
        select(callbacks.c.id).where(callbacks.c.state == "queued")
    ).scalars()
    cancel_callback(tx, Cancel(callback_id, NOBODY))
