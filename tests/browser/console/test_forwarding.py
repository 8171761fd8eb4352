"""A picture is pasted into an answer; the mail is forwarded, and the answer to that comes back."""

from __future__ import annotations

import email
from email.message import EmailMessage, Message
from typing import Any

import aiosmtplib
from playwright.async_api import Locator, Page, expect

from hub.testing.picture_server import a_picture
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_composer import field_of
from .test_desk import COMPOSER, accept_by_keys

PASTE = """numbers => {
    const data = new DataTransfer()
    data.items.add(new File([new Uint8Array(numbers)], 'plan.png', {type: 'image/png'}))
    document.activeElement.dispatchEvent(
        new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}))
}"""


DROP = """([into, name, numbers]) => {
    const data = new DataTransfer()
    data.items.add(new File([new Uint8Array(numbers)], name, {type: 'image/png'}))
    const place = document.querySelector(into).getBoundingClientRect()
    document.querySelector(into).dispatchEvent(new DragEvent('drop', {
        dataTransfer: data, bubbles: true, cancelable: true,
        clientX: place.x + 5, clientY: place.y + 5}))
}"""


async def post(stage: Stage, sender: str, answers: str = "", *, cc: str = "") -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "support@example.test", "Broken pump"
    mail["Message-ID"] = f"<{len(sender)}{len(answers)}@outside.test>"
    if cc:
        mail["Cc"] = cc
    if answers:
        mail["In-Reply-To"] = answers
    mail.set_content("It leaks." if not answers else "A new seal costs 40 euros.")
    if not answers:
        mail.add_attachment(b"%PDF-1.4 bill", "application", "pdf", filename="bill.pdf")
    port = stage.hub.settings.server.mail_port
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=port, start_tls=False)


async def sent_to(stage: Stage, recipient: str) -> Message:
    """Wait for the next mails until one is for this recipient."""
    count = 0
    while True:
        count += 1
        newest = (await stage.mails.wait_for(count))[count - 1]
        if recipient in newest.recipients:
            return email.message_from_bytes(newest.raw)


async def test_a_picture_in_the_words_a_forward_and_its_answer(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    await page.evaluate("localStorage.setItem('hub.console.undoSeconds', '0')")
    await page.reload()
    await post(stage, "chen@example.test", cc="wang@example.test")
    await accept_by_keys(page)
    field = field_of(page)
    await expect(field).to_have_attribute("contenteditable", "true")  # not the plain one before it
    await field.click()
    await page.keyboard.type("Is it this one? ")
    await page.evaluate(PASTE, list(a_picture(20, 10)))
    await expect(field.locator("img[alt='plan.png']")).to_have_js_property("naturalWidth", 20)
    await expect(files_of(page)).to_have_count(0)
    await page.get_by_role("button", name="Reply to all").click()
    await expect(page.get_by_label("Cc", exact=True)).to_have_value("wang@example.test")
    await field.click()
    await page.keyboard.press("Control+Enter")
    answer = await sent_to(stage, "wang@example.test")
    kinds = [part.get_content_type() for part in answer.walk()]
    assert kinds == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"
    ]  # fmt: skip
    await forward(page)
    forwarded = await sent_to(stage, "maker@factory.test")
    assert forwarded["Subject"] == "Fwd: Broken pump"
    assert forwarded["In-Reply-To"] is None
    names = [part.get_filename() for part in forwarded.walk() if part.get_filename()]
    assert names == ["bill.pdf"]
    await post(stage, "maker@factory.test", forwarded["Message-ID"])
    await expect(page.get_by_text("Answers what was forwarded")).to_be_visible()
    await page.get_by_role("button", name="Answer", exact=True).click()
    await expect(page.get_by_label("To", exact=True)).to_have_value("maker@factory.test")
    await page.get_by_role("button", name="Answer the customer instead").click()
    await expect(page.get_by_label("To", exact=True)).to_have_value("chen@example.test")
    await page.evaluate(DROP, ["[contenteditable=true]", "words.png", list(a_picture(20, 10))])
    await expect(field.locator("img[alt='words.png']")).to_have_js_property("naturalWidth", 20)
    await expect(files_of(page)).to_have_count(0)
    beside = "section:has([contenteditable=true]) [role=tablist]"
    await page.evaluate(DROP, [beside, "beside.png", list(a_picture(20, 10))])
    await expect(files_of(page).get_by_role("listitem")).to_have_count(1)
    await expect(field.locator("img[alt$='.png']")).to_have_count(1)


def files_of(page: Page) -> Locator:
    return page.get_by_role("region", name=COMPOSER).get_by_role("list", name="Files")


async def forward(page: Page) -> None:
    await page.get_by_role("button", name="Forward").first.click()
    to: Any = page.get_by_label("To", exact=True)
    await expect(to).to_be_focused()
    await expect(files_of(page)).to_contain_text("bill.pdf")
    await page.keyboard.type("maker@factory.test")
    await page.keyboard.press("Tab")
    await expect(page.get_by_text("Forwards the mail of")).to_be_visible()
    await field_of(page).click()
    await page.keyboard.type("What does a new seal cost?")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("The customer does not see this")).to_be_visible()
