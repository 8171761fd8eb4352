"""An agent's work in the console, by keyboard, with the customer at the other end."""

from __future__ import annotations

import re
from email.message import EmailMessage

import aiosmtplib
from playwright.async_api import Page, expect

from hub.channels.webchat import protocol as chat
from tests.scenarios.stage import Stage, settled

from .conftest import Consoles, is_live

COMPOSER = re.compile("Composer|撰写")
GUARD_MS = 650  # longer than the time in which Enter does not accept (console.md 10)


async def begin_reply(page: Page) -> None:
    """Press `r` once there is a field that it leads to."""
    await expect(page.get_by_role("textbox", name=re.compile("^(Reply|回复)"))).to_be_visible()
    await page.keyboard.press("r")


async def accept_by_keys(page: Page) -> None:
    """Accept the offer as a practised agent does."""
    offer = page.locator("[data-offer]")
    await expect(offer).to_be_visible(timeout=15_000)
    contact_id = await offer.get_attribute("data-offer")
    await page.wait_for_timeout(GUARD_MS)
    await page.keyboard.press("o")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/desk/{contact_id}*")
    await expect(page.locator(f"[data-offer='{contact_id}']")).to_be_hidden()
    await expect(page.get_by_role("region", name=COMPOSER)).to_be_visible()


async def finish(page: Page) -> None:
    """Close the open contact with a reason and an outcome."""
    await page.get_by_role("button", name="Finish", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("radio", name="Repair").check(force=True)
    await dialog.get_by_role("combobox", name="Outcome").select_option("solved")
    await dialog.locator("button[type=submit]").click()
    await expect(dialog).to_be_hidden()


async def test_a_chat_is_accepted_answered_and_closed_by_keyboard(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("My kettle is broken.")
        await accept_by_keys(page)
        log = page.get_by_role("log")
        await expect(log).to_contain_text("My kettle is broken.")
        assert (await customer.expect(chat.AgentJoined)).name == "Li"
        await begin_reply(page)
        await page.keyboard.type("Please send a photo.")
        await page.keyboard.press("Enter")
        answer = await customer.expect(chat.Message)
        assert (answer.text, answer.sender) == ("Please send a photo.", "agent")
        await customer.write("Here it is.")
        await expect(log).to_contain_text("Here it is.")
        await finish(page)
        await customer.expect(chat.AskSurvey)
    [contact] = await stage.contacts()
    assert (contact.state, contact.ended_as, contact.reason_id) == ("closed", "handled", "repair")


async def test_a_mail_is_answered_and_arrives_at_the_customer(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await stage.mail("It does not start.", subject="Washing machine")
    await accept_by_keys(page)
    await expect(page.get_by_role("log")).to_contain_text("It does not start.")
    await begin_reply(page)
    await page.keyboard.type("Please check the plug.")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()

    async def arrived() -> bool:
        return any(b"Please check the plug." in mail.raw for mail in stage.mails.mails)

    await settled(arrived, 20.0)


async def test_an_offer_takes_no_focus_and_a_key_meant_for_a_text_does_not_accept_it(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await page.goto(f"{stage.hub.base_url}/customers")
    await is_live(page)
    box = page.get_by_role("searchbox", name="Find a customer")
    await box.fill("che")
    async with stage.chat() as customer:
        await customer.hello(name="Chen")
        await customer.write("Hello?")
        await expect(page.locator("[data-offer]")).to_be_visible()
        await page.wait_for_timeout(GUARD_MS)
        await page.keyboard.type("o")
        await page.keyboard.press("Enter")
        await expect(box).to_be_focused()
        await expect(box).to_have_value("cheo")
        await expect(page.locator("[data-offer]")).to_be_visible()
        # The one key that accepts while typing.
        await page.keyboard.press("Control+Shift+Enter")
        await page.wait_for_url("**/desk/*-*")


async def test_a_key_that_an_input_method_composes_is_no_shortcut(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello()
        await customer.write("你好")
        offer = page.locator("[data-offer]")
        await expect(offer).to_be_visible()
        await page.evaluate(
            "dispatchEvent(new KeyboardEvent('keydown', {key: 'o', isComposing: true}))"
        )
        await expect(offer).not_to_be_focused()
        await page.keyboard.press("o")
        await expect(offer).to_be_focused()


async def test_a_draft_is_there_again_after_a_reload(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello()
        await customer.write("Hello?")
        await accept_by_keys(page)
        await begin_reply(page)
        await page.keyboard.type("I am looking")
        await expect(page.get_by_text("Draft saved")).to_be_visible()
        await page.wait_for_timeout(400)
        await page.reload()
        await expect(page.get_by_role("textbox", name="Reply")).to_have_value("I am looking")


async def test_what_is_sent_while_offline_arrives_once(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello()
        await customer.write("Hello?")
        await accept_by_keys(page)
        await expect(page.get_by_role("log")).to_contain_text("Hello?")
        await begin_reply(page)
        await page.route("**/reply", lambda route: route.abort())
        await page.keyboard.type("Still here")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Undo")).to_be_visible()
        await page.unroute("**/reply")
        assert (await customer.expect(chat.Message, within_s=40.0)).text == "Still here"
        await expect(page.get_by_role("log").get_by_text("Still here")).to_have_count(1)
    assert [row.text for row in await stage.said() if row.direction == "out"] == ["Still here"]


async def test_a_note_stays_inside(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello()
        await customer.write("Hello?")
        await accept_by_keys(page)
        await expect(page.get_by_role("tab", name="Note")).to_be_visible()
        await page.keyboard.press("n")
        await expect(page.get_by_role("tab", name="Note", selected=True)).to_be_visible()
        await page.keyboard.type("A difficult one")
        await page.keyboard.press("Control+Enter")
        note = page.get_by_role("log").locator("article", has_text="A difficult one")
        await expect(note).to_contain_text("Internal")
        await page.get_by_role("tab", name="Reply").click()
        await page.keyboard.type("Hello Chen")
        await page.keyboard.press("Enter")
        assert (await customer.expect(chat.Message)).text == "Hello Chen"


async def _html_mail(stage: Stage, html: str) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "chen@example.test", "support@example.test"
    message["Subject"], message["Message-ID"] = "Hello", "<evil@example.test>"
    message.set_content("Good day")
    message.add_alternative(html, subtype="html")
    port = stage.hub.settings.server.mail_port
    await aiosmtplib.send(message, hostname="127.0.0.1", port=port, start_tls=False)


async def test_nothing_in_a_mail_runs(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    evil = "<p>Good day</p><script>top.pwned=1</script><img src=x onerror='top.pwned=1'>"
    await _html_mail(stage, evil)
    await accept_by_keys(page)
    frame = page.locator("iframe")
    await expect(page.frame_locator("iframe").get_by_text("Good day")).to_be_visible()
    assert "allow-scripts" not in (await frame.get_attribute("sandbox") or "")
    assert "script" not in (await frame.get_attribute("srcdoc") or "").split("<body>")[1]
    assert await page.evaluate("'pwned' in window") is False


async def test_a_contact_is_transferred_to_a_queue(stage: Stage, consoles: Consoles) -> None:
    page = await consoles.enter("Li")
    async with stage.chat() as customer:
        await customer.hello()
        await customer.write("An invoice, please")
        await accept_by_keys(page)
        await page.keyboard.press("t")
        dialog = page.get_by_role("dialog")
        await dialog.get_by_text("finance").click()
        await dialog.locator("button[type=submit]").click()
        await expect(page.get_by_text("Transferred").first).to_be_visible()
    [contact] = await stage.contacts()
    assert contact.queue_id == "finance"
