"""A customer in Chromium: the reminder, the transcript, and the way back by the link in a mail."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.async_api import BrowserContext, Page, expect

from hub.contacts.effects import AskSurvey

from .conftest import Site
from .test_widget import AGENT, composer, log, open_chat, window, write

HERS = "chen@example.test"
TOKEN = "A" * 32


@pytest.fixture
def widget_settings() -> dict[str, object]:
    return {"pre_chat": {"name": "off"}, "mail": "support-mail"}


async def test_a_silent_customer_is_asked_whether_they_are_there_and_told_how_it_goes_on(
    page: Page, site: Site
) -> None:
    await open_chat(page)
    await write(page, "My washing machine leaks")
    await expect(log(page)).to_contain_text("Sent")
    site.door.stand(site.conversation, AGENT)
    await expect(window(page).get_by_role("heading", name="Li Na")).to_be_visible()
    site.door.stand(site.conversation, replace(AGENT, reminded=True))
    await expect(log(page)).to_contain_text("Are you still there?")
    await page.reload()
    await page.get_by_role("button", name="Open chat").click()
    await expect(log(page)).to_contain_text("Are you still there?")
    site.door.stand(site.conversation, replace(AGENT, state="wrap_up", reminded=True))
    await expect(log(page)).to_contain_text("We have not heard from you")
    await expect(composer(page)).to_be_enabled()


async def test_the_conversation_is_mailed_at_their_wish_by_keyboard(page: Page, site: Site) -> None:
    await open_chat(page)
    await write(page, "My washing machine leaks")
    await expect(log(page)).to_contain_text("Sent")
    await window(page).get_by_role("button", name="More").press("Enter")
    item = window(page).get_by_role("menuitem", name="Send this chat by e-mail")
    await item.press("Enter")
    field = window(page).get_by_role("textbox", name="To which address?")
    await expect(field).to_be_focused()
    await field.press("Enter")
    await expect(log(page).get_by_role("alert")).to_have_text(
        "Please give a complete e-mail address."
    )
    await field.fill(HERS)
    await field.press("Enter")
    await expect(log(page)).to_contain_text(f"It is on its way to {HERS}.")
    assert site.door.transcripts == [(site.conversation, HERS, "en")]
    await window(page).get_by_role("button", name="Close", exact=True).click()
    for number in range(3):  # the first three of an hour go out
        await window(page).get_by_role("button", name="More").click()
        await item.click()
        await field.fill(f"{number}@example.test")
        await field.press("Enter")
        if number < 2:
            await expect(log(page)).to_contain_text(f"{number}@example.test")
            await window(page).get_by_role("button", name="Close", exact=True).click()
    await expect(log(page).get_by_role("alert")).to_contain_text("often enough")


async def test_nothing_is_offered_before_something_was_said(page: Page) -> None:
    await open_chat(page)
    await window(page).get_by_role("button", name="More").click()
    await expect(window(page).get_by_role("menuitem").first).to_be_visible()
    await expect(window(page).get_by_role("menuitem", name="by e-mail")).to_have_count(0)


async def test_the_link_of_a_mail_opens_the_conversation_on_another_device(
    page: Page, site: Site, context: BrowserContext
) -> None:
    await open_chat(page)
    await write(page, "My washing machine leaks")
    await expect(log(page)).to_contain_text("Sent")
    site.door.reply(site.conversation, "Please close the tap.")
    conversation = site.conversation
    site.door.links["shop-chat", TOKEN] = conversation
    browser = context.browser
    assert browser is not None
    phone = await browser.new_context(locale="en-GB", viewport={"width": 390, "height": 800})
    there = await phone.new_page()
    base = site.url.partition("/shop/")[0]
    complaints: list[str] = []
    there.on("console", lambda message: complaints.append(message.text))
    await there.goto(f"{base}/channels/shop-chat/return/{TOKEN}")
    await expect(log(there)).to_contain_text("Please close the tap.")
    assert there.url == f"{base}/channels/shop-chat/return"  # the token is gone from the address
    await write(there, "It still leaks")
    await expect(log(page)).to_contain_text("It still leaks")
    assert site.conversation == conversation
    await there.reload()
    await there.get_by_role("button", name="Open chat").click()
    await expect(log(there)).to_contain_text("It still leaks")
    assert complaints == []
    await phone.close()


async def test_a_link_that_expired_is_told_in_the_chat(page: Page, site: Site) -> None:
    await page.goto("about:blank")
    await page.goto(f"{site.url}#contact-hub-return={TOKEN}")
    await expect(window(page).get_by_text("The link you opened has expired")).to_be_visible()
    await write(page, "hello")
    await expect(log(page)).to_contain_text("Sent")


async def test_how_it_was_is_still_asked(page: Page, site: Site) -> None:
    await open_chat(page)
    await write(page, "hello")
    await expect(log(page)).to_contain_text("Sent")
    ask = AskSurvey(contact_id=site.door.end(site.conversation), conversation_id=site.conversation)
    await site.chat.perform("shop-chat", ask)
    await window(page).get_by_role("radio", name="Very good").check()
    await window(page).get_by_role("button", name="Send rating").click()
    await expect(log(page)).to_contain_text("Thank you for your rating!")
