"""What the hub says by itself: changed, looked at, tried, and then said to a customer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect
from sqlalchemy import Row

from tests.scenarios.stage import Stage, settled

from .conftest import Consoles, kept_undo
from .setup_stage import a_stage_with_setup, bar, open_setup, save, shown
from .test_looks import PHONE, faults


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage_with_setup(tmp_path) as opened:
        yield opened


async def sent_with(stage: Stage, subject: str) -> EmailMessage:
    """The mail that has this in its subject, once it is there."""
    found: list[EmailMessage] = []

    async def there() -> bool:
        mails = [message_from_bytes(one.raw, policy=policy.default) for one in stage.mails.mails]
        found[:] = [one for one in mails if subject in str(one["Subject"])]
        return bool(found)

    await settled(there)
    return found[0]


async def test_an_acknowledgement_is_written_tried_by_mail_and_sent_to_a_customer(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "points/mail")
    await page.get_by_role("switch", name="Answers the first message with a receipt").click()
    await page.get_by_role("link", name="Templates", exact=True).click()
    await (
        page.get_by_role("navigation", name="Templates")
        .get_by_role("link", name="Acknowledgement", exact=True)
        .click()
    )
    words = page.get_by_role("region", name="English")
    subject, text = words.get_by_label("Subject"), words.get_by_role("textbox", name="Text")
    await subject.fill("We have it: ")
    await words.get_by_role("button", name="Reference").click()  # at the cursor
    await expect(subject).to_have_value("We have it: {reference}")
    await text.fill("Dear customer,\n\nyour {nmae} is in good hands.")
    await expect(words.get_by_text("nmae", exact=False).last).to_be_visible()
    await expect(bar(page)).to_contain_text("problem")
    await text.fill("Dear customer,\n\nyour message {reference} is in good hands. {promise}")
    await expect(bar(page)).to_contain_text("Checked, no problem")
    seen = words.get_by_role("figure")
    await expect(seen).to_contain_text("We have it: C-2048")
    await expect(seen).to_contain_text("C-2048 is in good hands. We will answer by Tue 14:00.")
    await shown(page, "templates")
    assert await faults(page) == []
    await words.get_by_role("button", name="Send me a test").click()
    await expect(words.get_by_text("On its way to wang@hub.test")).to_be_visible()
    tried = await sent_with(stage, "We have it: C-2048")
    assert tried["To"] == "wang@hub.test"
    await save(page)

    await stage.mail("Where is it?", subject="Order 4711", Content_Language="en")
    [contact] = await until_contacts(stage)
    answer = await sent_with(stage, f"We have it: {contact.reference}")
    assert "chen@example.test" in str(answer["To"])
    body = answer.get_body(("plain",))
    assert body is not None
    assert f"your message {contact.reference} is in good hands." in body.get_content()

    await words.get_by_role("button", name="Use the default again").click()
    undo = await kept_undo(page)
    await expect(subject).to_have_value("Received: {reference}")
    await undo.click()
    await expect(subject).to_have_value("We have it: {reference}")


async def until_contacts(stage: Stage) -> list[Row[Any]]:
    async def there() -> bool:
        return len(await stage.contacts()) == 1

    await settled(there)
    return await stage.contacts()


async def test_on_a_phone_a_widget_says_it_in_words_of_its_own(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "templates", language="zh-CN", theme="dark")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await page.goto(f"{stage.hub.base_url}/setup/templates")
    await page.get_by_role("link", name="沉默提醒").click()
    await page.get_by_label("用于").select_option(label="shop-chat")
    words = page.get_by_role("region", name="中文")
    await words.get_by_role("textbox", name="正文").fill("您还在吗?")
    await expect(words.get_by_role("figure", name="聊天窗口预览")).to_contain_text("您还在吗?")
    assert await faults(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("link", name="全部模板").click()
    row = page.get_by_role("link", name="沉默提醒")
    await expect(row).to_contain_text("自定义")
    await expect(row).to_contain_text("未保存")
