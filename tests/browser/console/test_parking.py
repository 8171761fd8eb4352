"""A contact that waits for its customer: by button and key, undone, and back at its time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import expect
from sqlalchemy import update

from hub.contacts.tables import contacts
from hub.storage import Tx
from tests.scenarios.stage import Stage, settled

from .conftest import Consoles, kept_undo
from .test_desk import accept_by_keys
from .test_looks import PHONE, faults


def four_hours_pass(tx: Tx, _: None) -> None:
    """What was to come back within them is due."""
    tx.execute(update(contacts).values(parked_until=tx.now - timedelta(seconds=1)))


async def until_state(stage: Stage, state: str) -> None:
    async def reached() -> bool:
        [contact] = await stage.contacts()
        return str(contact.state) == state

    await settled(reached)


async def test_a_mail_is_snoozed_by_keys_and_offered_again_at_its_time(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await stage.mail("When does it come?", subject="Order 4711")
    await accept_by_keys(page)
    await expect(page.get_by_role("log")).to_contain_text("When does it come?")
    await page.keyboard.press("Shift+S")
    dialog = page.get_by_role("dialog", name="Snooze until…")
    await dialog.get_by_role("button", name="In 4 hours").click()
    assert await faults(page) == []
    await dialog.get_by_role("button", name="Snooze", exact=True).click()
    await expect(dialog).to_be_hidden()
    said = re.compile(r"Waiting for the customer until (\w+ )?\d\d:\d\d")
    await expect(page.get_by_text(said)).to_be_visible()
    [contact] = await stage.contacts()
    assert contact.state == "parked"
    in_s = (contact.parked_until - datetime.now(UTC)).total_seconds()
    assert 4 * 3600 - 120 < in_s <= 4 * 3600
    row = page.locator(f"[data-contact='{contact.id}']")
    await expect(row.get_by_role("img", name="Comes back at")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("until")
    assert await faults(page) == []

    await stage.hub.store.write(four_hours_pass, None)
    await accept_by_keys(page)
    assert page.url.split("?")[0].endswith(contact.id)
    await expect(page.get_by_role("log")).to_contain_text("When does it come?")
    await expect(page.get_by_role("img", name="Comes back at")).to_have_count(0)
    await until_state(stage, "active")


async def test_parked_by_its_button_on_a_phone_undone_and_ended_by_the_customer(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li", language="zh-CN", theme="dark")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("订单到哪儿了?")
        await accept_by_keys(page)
        main = page.get_by_role("main")
        await main.get_by_role("button", name="待客户回复").click()
        undo = await kept_undo(page, "撤销")
        await until_state(stage, "parked")
        await expect(main.get_by_role("button", name="继续处理")).to_be_visible()
        assert await faults(page) == []
        await undo.click()
        await expect(main.get_by_role("button", name="待客户回复")).to_be_visible()
        await until_state(stage, "active")

        await main.get_by_role("button", name="更多", exact=True).click()
        await page.get_by_role("menuitem", name="稍后处理…").click()
        dialog = page.get_by_role("dialog", name="稍后处理")
        await dialog.get_by_role("button", name="明天 9:00").click()
        assert await faults(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await dialog.get_by_role("button", name="稍后处理", exact=True).click()
        await until_state(stage, "parked")
        await customer.write("找到了，谢谢")
        await accept_by_keys(page)
        await expect(page.get_by_role("log")).to_contain_text("找到了，谢谢")
        [contact] = await stage.contacts()
        assert (contact.state, contact.parked_until) == ("active", None)


async def test_a_time_that_is_past_is_refused_and_nothing_is_lost(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await stage.mail("When does it come?", subject="Order 4711")
    await accept_by_keys(page)
    await page.keyboard.press("Shift+S")
    dialog = page.get_by_role("dialog", name="Snooze until…")
    field = dialog.get_by_label("Until", exact=True)
    await field.fill("2020-01-01T09:00")
    await dialog.get_by_role("button", name="Snooze", exact=True).click()
    assert await field.evaluate("field => field.validity.rangeUnderflow")
    await expect(dialog).to_be_visible()
    await dialog.get_by_role("button", name="Until they write").click()
    await expect(dialog).to_be_hidden()
    await until_state(stage, "parked")
    [contact] = await stage.contacts()
    assert contact.parked_until is None
