"""At the desk: a chat that goes on by mail, and a customer who says nothing."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

from playwright.async_api import expect
from sqlalchemy import select

from hub.contacts.service import amend
from hub.contacts.tables import contacts
from hub.storage import Tx
from tests.scenarios.stage import Stage
from tests.scenarios.test_chat_by_mail import set_chat

from .conftest import Consoles
from .test_closing import picture
from .test_desk import accept_by_keys
from .test_looks import faults


async def test_the_conversation_is_mailed_from_the_desk(stage: Stage, consoles: Consoles) -> None:
    await stage.hub.store.write(set_chat, {"mail": "mail"})
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen", email="chen@example.test")
        await customer.write("How often is the filter changed?")
        await accept_by_keys(page)
        await page.get_by_role("button", name="More", exact=True).last.click()
        await page.get_by_role("menuitem", name="Send by e-mail").click()
        dialog = page.get_by_role("dialog")
        field = dialog.get_by_role("textbox", name="To")
        await expect(field).to_have_value("chen@example.test")
        await picture(page, "transcript")
        assert await faults(page) == []
        await field.fill("nobody")
        await field.press("Enter")
        await expect(dialog.get_by_role("alert")).to_contain_text("e-mail address")
        await field.fill("chen@example.test")
        await field.press("Enter")
        await expect(dialog).to_be_hidden()
        await expect(page.get_by_text("The conversation was sent by e-mail")).to_be_visible()
    [sunk] = await stage.mails.wait_for(1)
    mail = message_from_bytes(sunk.raw, policy=default)
    assert mail["To"] == "chen@example.test"


async def test_a_silent_customer_takes_no_capacity_which_the_row_says(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.hub.store.write(set_chat, {"remind_after_s": 1, "end_after_s": 0})
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("How often is the filter changed?")
        await accept_by_keys(page)
        await page.get_by_role("textbox", name="Reply").fill("Which one is it?")
        await page.keyboard.press("Enter")
        silent = page.get_by_role("img", name="The customer is silent")
        await expect(silent).to_be_visible()
        await picture(page, "silent")
        await customer.write("The large one.")
        await expect(silent).to_have_count(0)


async def test_the_desk_says_what_a_code_proved_and_when_that_has_ended(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("How often is the filter changed?")
        await accept_by_keys(page)
        await stage.hub.store.write(_proved, timedelta(hours=23))
        await expect(page.get_by_text("Proved by a code from their mailbox")).to_be_visible()
        await picture(page, "proven")
        await stage.hub.store.write(_proved, timedelta(hours=24))
        await expect(page.get_by_text("that counts no more")).to_be_visible()
        await picture(page, "proof-ended")
        assert await faults(page) == []


def _proved(tx: Tx, ago: timedelta) -> None:
    """The customer has proved by a code who they are, so long ago."""
    at = tx.now - ago
    for contact_id in tx.execute(select(contacts.c.id)).scalars().all():
        amend(tx, contact_id, {"proven_at": at, "proven_until": at + timedelta(days=1)})
