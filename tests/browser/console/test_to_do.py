"""What is to do, in the console: callbacks, what was missed, by keys; the bar reads operators."""

from __future__ import annotations

import os
from datetime import timedelta

import msgspec
from playwright.async_api import Page, expect
from sqlalchemy import select

from hub.callbacks.entries import By
from hub.contacts.tables import entry_points
from hub.core.ids import new_id
from hub.desk.callbacks import ScheduleCallback, schedule_callback
from hub.routing.settings import CallbackRules, load_settings, save_settings
from hub.storage import Tx
from tests.scenarios.stage import HOTLINE, Stage

from .conftest import Consoles
from .test_looks import faults

CHEN, ZHOU = "+8613800138000", "+8613900139000"


async def shown(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it."""
    folder = os.environ.get("HUB_PICTURES")
    if folder:
        await page.screenshot(path=f"{folder}/{name}.png")


def _call_back(tx: Tx, _: None) -> None:
    rules = load_settings(tx)
    back = CallbackRules(attempts=3, window="00:00-24:00")
    support = msgspec.structs.replace(rules.queues["support"], callback=back, calendar_id="always")
    save_settings(tx, msgspec.structs.replace(rules, queues={**rules.queues, "support": support}))


def _agreed(tx: Tx, _: None) -> None:
    point = tx.execute(select(entry_points).where(entry_points.c.channel == "phone")).first()
    assert point is not None
    at = tx.now + timedelta(hours=2)
    by = By(new_id(), "Ann")
    schedule_callback(tx, ScheduleCallback(by, point, ZHOU, at, note="after the delivery"))


async def test_callbacks_and_missed_calls_are_called_by_one_key(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.hub.store.write(_call_back, None)
    await stage.hub.store.write(_agreed, None)
    page = await consoles.enter("Li", ready=False)
    caller = await stage.phones.call(CHEN, HOTLINE)
    await caller.until("queue")
    await caller.hang_up()
    await caller.until("ended")
    await page.keyboard.press("g")
    await page.keyboard.press("t")
    missed = page.get_by_role("region", name="Missed")
    await expect(missed.locator("[data-to-do]")).to_contain_text("gave up after", timeout=15_000)
    back = page.get_by_role("region", name="Callbacks")
    await expect(back.locator("[data-to-do]")).to_contain_text("attempt 1 of 3")
    await expect(page.get_by_role("link", name="To do (2)")).to_have_attribute(
        "aria-current", "page"
    )
    assert await faults(page) == []
    await shown(page, "todo-wide-light-en")
    await page.locator("[data-to-do]").first.focus()
    await page.keyboard.press("j")
    await expect(missed.locator("[data-to-do]")).to_be_focused()
    await page.keyboard.press("c")
    dialog = page.get_by_role("dialog", name="Call somebody")
    await expect(dialog).to_contain_text("138")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/desk/*view=to_do*")
