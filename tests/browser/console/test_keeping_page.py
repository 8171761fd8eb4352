"""How long what was said is kept, as pages: what it means, what would go, a queue's own days."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect
from sqlalchemy import update

from hub.contacts.tables import contacts
from hub.customers.settings import QueueKeep, load_customer_settings
from hub.storage import Tx
from tests.integration.agent_console.conftest import Place
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .setup_stage import a_stage_with_setup, bar, open_setup, save
from .test_deadline_pages import looked_at
from .test_looks import faults


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage_with_setup(tmp_path) as opened:
        yield opened


async def test_an_admin_sees_what_would_go_and_switches_it_on(
    stage: Stage, consoles: Consoles
) -> None:
    place = Place(stage.hub)
    for who in ("chen@example.test", "liu@example.test"):
        await place.write_in("Hello", "mail", who)
    await place.write_in("Hello")
    await stage.hub.store.write(_over, None)
    page = await open_setup(consoles, "privacy")
    await expect(going(page, "E-mails")).to_have_text("2")
    await expect(going(page, "Anonymous chats")).to_have_text("1")
    await expect(going(page, "Chats")).to_have_text("0")
    await expect(page.get_by_role("status").filter(has_text="Nothing is deleted")).to_contain_text(
        "Chats, E-mails, Faxes, Text messages, Calls: 1,095 days after the end"
    )
    assert await faults(page) == []

    log = page.get_by_label("Access log, days")
    await log.fill("90")
    await expect(page.get_by_text("It cannot be below 180.")).to_be_visible()
    await expect(page.get_by_text("Correct the days first")).to_be_visible()
    await expect(going(page, "E-mails")).to_have_text("–")
    await log.fill("180")
    await page.get_by_label("E-mails, days").fill("0")
    await expect(going(page, "E-mails")).to_have_text("0")
    await expect(going(page, "Anonymous chats")).to_have_text("1")
    await page.get_by_label("Delete what was kept long enough").click()
    await expect(page.get_by_role("alert").filter(has_text="Saving this starts it")).to_be_visible()
    means = page.get_by_role("status").filter(has_text="What was said, with its subjects")
    await expect(means).to_contain_text("E-mails: never")
    await expect(bar(page)).to_contain_text("Checked, no problem")
    await looked_at(page, "keeping")

    await page.goto(f"{stage.hub.base_url}/setup/privacy")  # the draft of a left page is gone
    await expect(going(page, "E-mails")).to_have_text("2")
    await page.get_by_label("Faxes, days").fill("730")
    await page.get_by_label("Delete what was kept long enough").click()
    await expect(bar(page)).to_contain_text("Checked, no problem")
    await save(page, "two years for faxes")
    await expect(page.get_by_role("alert").filter(has_text="Saving this starts it")).to_have_count(
        0
    )
    found = await stage.hub.store.read(lambda tx, _: load_customer_settings(tx), None)
    assert (found.privacy.keep.deletes, found.privacy.keep.faxes_days) == (True, 730)


async def test_a_queue_has_days_of_its_own(stage: Stage, consoles: Consoles) -> None:
    await Place(stage.hub).write_in("Hello", "mail", "chen@example.test")
    await stage.hub.store.write(_over, None)
    page = await open_setup(consoles, "queues/support")
    days = page.get_by_label("E-mails", exact=True)
    await expect(days).to_have_attribute("placeholder", "1095")
    await days.fill("36501")
    await expect(page.get_by_text("It cannot be above 36500.")).to_be_visible()
    await days.fill("36500")
    await expect(page.get_by_text("days, about 100 years")).to_be_visible()
    await expect(bar(page)).to_contain_text("Checked, no problem")
    await looked_at(page, "queue-keeping")
    await page.get_by_role("link", name="Privacy").click()
    await expect(going(page, "E-mails")).to_have_text("0")
    own = page.get_by_text("Queues with days of their own:").get_by_role("link", name="Support")
    await expect(own).to_have_attribute("href", "/setup/queues/support")
    await save(page)
    found = await stage.hub.store.read(lambda tx, _: load_customer_settings(tx), None)
    assert found.queue_keep == {"support": QueueKeep(mails_days=36_500)}


def going(page: Page, kind: str) -> Locator:
    """What is due of a kind; a row begins with its name, a hint may follow."""
    row = page.get_by_role("row", name=re.compile(f"^{kind}"))
    return row.get_by_role("cell").last


def _over(tx: Tx, _: None) -> None:
    ended = datetime(2020, 1, 1, tzinfo=UTC)
    tx.execute(update(contacts).values(state="closed", state_since=ended))
