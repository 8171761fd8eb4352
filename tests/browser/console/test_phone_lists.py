"""Phone lists on the screens: a supervisor makes one, agents call it, and what came of it."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect
from sqlalchemy import update

from hub.accounts.model import SYSTEM
from hub.campaigns.model import Arm
from hub.core.ids import new_id
from hub.customers.tables import customers
from hub.phone_lists.flight import add
from hub.phone_lists.reads import get_list
from hub.phone_lists.service import PutList, StartList, put_list, start_list
from hub.storage import Tx
from hub.testing.twilio_simulator import Phone
from tests.integration.phone_lists.build import record_calls
from tests.scenarios.stage import Stage, a_stage
from tests.scenarios.test_campaigns import EVERYTHING
from tests.scenarios.test_consent import never_quiet

from .conftest import Consoles
from .test_looks import faults

CHEN = "+8613800138000"
SCRIPT = "Ask whether the filter was changed."


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage(tmp_path, pace=5.0) as opened:
        await opened.hub.store.write(never_quiet, None)
        yield opened
    assert opened.phones.alerts == []


async def shown(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it."""
    folder = os.environ.get("HUB_PICTURES")
    if folder:
        await page.screenshot(path=f"{folder}/lists_{name}.png")


def _start(tx: Tx, asked: tuple[str, str, int]) -> None:
    """Start a list of one customer, in which so many calls were answered before."""
    customer_id, mode, answered = asked
    columns: dict[str, Any] = {
        "zh": "秋季检修", "en": "Autumn check-up", "purpose": "service", "mode": mode,
        "entry_point_id": "hotline", "queue_id": "support", "material": None,
        "window_from": "00:00", "window_until": "23:59", "attempts": 3, "preview_s": 120,
        "abandon_permille": 30, "detects_machines": True,
        "script_zh": "询问滤芯是否已更换。", "script_en": SCRIPT,
    }  # fmt: skip
    draft = PutList(
        SYSTEM, EVERYTHING, "autumn", None, (customer_id,), None, tx.now + timedelta(days=1),
        {"no_answer": 60}, (1, 2, 3, 4, 5, 6, 7), (Arm("all", 100, False, {}),), columns,
    )  # fmt: skip
    put_list(tx, draft)
    row = get_list(tx, "autumn", for_change=True)
    before = [
        {
            "contact_id": new_id(), "list_id": row.id, "customer_id": customer_id,
            "identity_id": new_id(), "arm": "all", "by_itself": True, "dialled_at": tx.now,
            "answered_at": tx.now, "joined_at": tx.now, "ended_at": tx.now, "result": "reached",
            "answered_by": "human", "abandoned": False,
        }
        for _ in range(answered)
    ]  # fmt: skip
    if before:
        add(tx, before)
    start_list(tx, StartList(SYSTEM, row, row.version))


def _read(path: Path) -> str:
    return path.read_text("utf-8-sig")


def _move_far_away(tx: Tx, customer_id: str) -> None:
    """Their clock is another than that of this machine, wherever it is."""
    there = update(customers).where(customers.c.id == customer_id)
    tx.execute(there.values(zone="Pacific/Chatham"))


async def taken(page: Page) -> tuple[Locator, Locator]:
    """Take the offered one of the list; return the bar of the list and that of the call."""
    offer = page.locator("[data-offer]")
    await expect(offer).to_contain_text("List: Autumn check-up · attempt 1 of 3")
    await expect(offer).to_contain_text("You read first")
    await shown(page, "offer")
    assert await faults(page) == []
    await offer.get_by_role("button", name="Take and read").click()
    await page.wait_for_url("**/desk/*-*")
    bar = page.get_by_role("region", name="Phone list", exact=True)
    await expect(bar).to_contain_text(SCRIPT)
    return bar, page.get_by_role("region", name="Call", exact=True)


async def test_a_list_is_made_and_started_and_its_agent_reads_calls_and_says_what_came_of_it(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.known("Chen Gui", "gold", phone=CHEN)
    stage.phones.set_phone(CHEN, Phone(after_s=1))
    boss = await consoles.enter("Wang", role="supervisor", ready=False)
    await boss.goto(f"{stage.hub.base_url}/customers")
    await boss.get_by_role("button", name="Phone lists").click()
    await boss.get_by_role("button", name="New phone list").click()
    await boss.get_by_label("Name in English").fill("Autumn check-up")
    await boss.get_by_label("Name in Chinese").fill("秋季检修")
    await boss.get_by_label("What for").select_option("service")
    await boss.get_by_role("button", name="Chosen customers").click()
    await boss.get_by_label("Add a customer").fill("Chen")
    await boss.get_by_role("button", name="Chen Gui").click()
    await boss.get_by_label("Calls from").fill("20:00")
    await boss.get_by_label("Calls until").fill("09:00")
    await boss.get_by_role("button", name="Sun").click()
    await boss.get_by_label("In English", exact=False).last.fill(SCRIPT)
    await boss.get_by_role("button", name="Save draft").click()
    await expect(boss.get_by_role("alert")).to_contain_text("begin before they end")
    await boss.get_by_label("Calls from").fill("00:00")
    await boss.get_by_label("Calls until").fill("23:59")
    await boss.get_by_role("button", name="Save draft").click()
    await boss.get_by_role("button", name="Count whom it reaches").click()
    await expect(boss.get_by_text("1 person is meant")).to_be_visible()
    await boss.get_by_role("button", name="Start", exact=True).click()
    dialog = boss.get_by_role("dialog")
    await expect(dialog).to_contain_text("agents are offered its people")
    assert await faults(boss) == []
    await dialog.get_by_role("button", name="Start", exact=True).click()
    await expect(boss.get_by_text("0 of 1 person is finished")).to_be_visible()

    page = await consoles.enter("Li")
    bar, call = await taken(page)
    row = page.locator("[data-contact]")
    await expect(row).to_contain_text("List: Autumn check-up · attempt 1 of 3")
    await expect(page.get_by_text("Nobody is called yet")).to_be_visible()
    await expect(call).to_be_hidden()
    await shown(page, "preview")
    assert await faults(page) == []
    await page.keyboard.press("d")
    await expect(call).to_contain_text("Talking")
    await page.keyboard.press("2")
    interested = bar.get_by_role("button", name="Interested", exact=True)
    await expect(interested).to_have_attribute("aria-pressed", "true")
    await shown(page, "talking")
    assert await faults(page) == []
    await call.get_by_role("button", name="Hang up").click()
    wrap_up = page.get_by_role("region", name="wrap-up")
    await expect(wrap_up).to_be_visible()
    await page.keyboard.press("1")  # a result is there: the digits choose the reason
    await expect(wrap_up.get_by_role("radio", name="Repair")).to_be_checked()
    await expect(bar.get_by_text("Interested", exact=True)).to_be_visible()
    await page.get_by_role("combobox", name="Outcome").select_option("solved")
    await page.get_by_role("button", name="Done").click()
    await page.wait_for_url("**/desk")

    await boss.get_by_role("button", name=re.compile("^People")).click()
    person = boss.get_by_role("list", name="People").get_by_role("listitem")
    await expect(person).to_contain_text("Finished", timeout=20_000)
    await expect(person).to_contain_text("Interested")
    await boss.get_by_role("button", name="Results").click()
    results = boss.get_by_role("region", name="What came of the calls")
    await expect(results).to_contain_text("Interested")
    async with boss.expect_download() as file:
        await boss.get_by_role("link", name="Export CSV").click()
    assert "interested" in _read(await (await file.value).path())


async def test_an_agent_skips_and_the_next_attempt_comes_later(
    stage: Stage, consoles: Consoles
) -> None:
    customer_id = await stage.known("Chen Gui", "gold", phone=CHEN)
    page = await consoles.enter("Li")
    await stage.hub.store.write(_start, (customer_id, "preview", 0))
    await taken(page)
    await page.keyboard.press("Shift+D")
    await page.get_by_role("menuitem", name="Not now: it comes again").click()
    await page.wait_for_url("**/desk")
    boss = await consoles.enter("Wang", role="supervisor", ready=False)
    await boss.goto(f"{stage.hub.base_url}/phone-lists/autumn")
    await boss.get_by_role("button", name=re.compile("^People")).click()
    person = boss.get_by_role("list", name="People").get_by_role("listitem")
    await expect(person).to_contain_text("To be called")
    await expect(person).to_contain_text("Skipped")


async def test_a_time_is_agreed_on_the_clock_of_the_customer(
    stage: Stage, consoles: Consoles
) -> None:
    customer_id = await stage.known("Chen Gui", "gold", phone=CHEN)
    await stage.hub.store.write(_move_far_away, customer_id)
    stage.phones.set_phone(CHEN, Phone(after_s=1))
    page = await consoles.enter("Li")
    await stage.hub.store.write(_start, (customer_id, "preview", 0))
    bar, call = await taken(page)
    await bar.get_by_role("button", name="Call", exact=True).click()
    await expect(call).to_contain_text("Talking")
    await page.keyboard.press("4")
    await expect(bar.get_by_label("When to call")).to_be_focused()
    await expect(bar).to_contain_text("(Pacific/Chatham)")
    await shown(page, "later")
    assert await faults(page) == []
    await page.keyboard.press("Enter")
    later = bar.get_by_role("button", name="Call later", exact=True)
    await expect(later).to_have_attribute("aria-pressed", "true")


async def test_the_hub_dials_and_the_call_opens_by_itself_and_a_machine_is_told(
    stage: Stage, consoles: Consoles
) -> None:
    customer_id = await stage.known("Chen Gui", "gold", phone=CHEN)
    stage.phones.set_phone(CHEN, Phone("voicemail", after_s=3))
    page = await consoles.enter("Li", language="zh-CN", theme="dark")
    await stage.hub.store.write(_start, (customer_id, "progressive", 40))
    bar = page.get_by_role("region", name="外呼名单", exact=True)
    await expect(bar).to_contain_text("系统正在为您拨打Chen Gui")
    await page.wait_for_url("**/desk/*-*")
    await shown(page, "dialling_zh")
    machine = bar.get_by_role("alert")
    await expect(machine).to_contain_text("语音信箱接听")
    await shown(page, "machine_zh")
    assert await faults(page) == []
    await machine.get_by_role("button", name="挂断").click()
    await expect(page.get_by_role("region", name="话后整理", exact=True)).to_be_visible()
    await expect(bar.get_by_text("语音信箱", exact=True)).to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 844})
    await shown(page, "wrap_up_narrow_zh")
    assert await faults(page) == []


async def test_numbers_that_no_list_calls(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Wang", role="supervisor", ready=False)
    await page.goto(f"{stage.hub.base_url}/phone-lists")
    await page.get_by_role("button", name="Never called").click()
    await page.get_by_label("Numbers").fill("138 0013 8000\nnonsense\n12")
    await page.get_by_label("Where they are from").fill("Register, November")
    await page.get_by_role("button", name="Add numbers").click()
    row = page.get_by_role("list", name="Never called").get_by_role("listitem")
    await expect(row).to_contain_text("+8613800138000")
    await expect(row).to_contain_text("Register, November")
    await expect(page.get_by_label("Numbers")).to_have_value("12\nnonsense")
    await shown(page, "never")
    assert await faults(page) == []
    await page.get_by_role("button", name="Take +8613800138000 off").click()
    await expect(page.get_by_text("No numbers yet")).to_be_visible()


async def test_who_makes_a_list_reads_what_customers_hear_before_the_agent(
    stage: Stage, consoles: Consoles
) -> None:
    customer_id = await stage.known("Chen Gui", "gold", phone=CHEN)
    await stage.hub.store.write(record_calls, "notice")
    boss = await consoles.enter("Wang", role="supervisor", ready=False)
    await boss.goto(f"{stage.hub.base_url}/phone-lists/new")
    first = boss.get_by_role("region", name="What customers hear before the agent")
    await expect(first).to_contain_text("This call is recorded.")
    await expect(first).to_contain_text("为保障服务质量，本次通话将被录音。")
    await expect(first).to_contain_text("presses a key for each call anyway")
    await boss.get_by_role("button", name="Progressive").click()
    await expect(first).to_contain_text("the hub dials nobody by itself")
    await shown(boss, "first_en")
    assert await faults(boss) == []
    await stage.hub.store.write(record_calls, "consent")
    chinese = await consoles.enter(
        "Zhao", role="supervisor", ready=False, language="zh-CN", theme="dark"
    )
    await chinese.set_viewport_size({"width": 390, "height": 844})
    await chinese.goto(f"{stage.hub.base_url}/phone-lists/new")
    heard = chinese.get_by_role("region", name="客户在坐席之前听到的内容")
    await expect(heard).to_contain_text("如果您同意本次通话录音，请按1")
    await heard.scroll_into_view_if_needed()
    await shown(chinese, "first_narrow_zh")
    assert await faults(chinese) == []
    await stage.hub.store.write(_start, (customer_id, "progressive", 200))
    await boss.goto(f"{stage.hub.base_url}/phone-lists/autumn")
    await expect(boss.get_by_text("first asked whether they agree")).to_be_visible()
    await shown(boss, "first_running")
