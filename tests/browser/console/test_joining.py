"""Contacts merged and taken apart at the desk; a colleague who is asked, and takes over."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.scenarios.stage import Stage, settled

from .conftest import Consoles
from .test_desk import accept_by_keys
from .test_looks import faults
from .test_together import chen_in_chat, known_chen

REPLY = re.compile("^Reply")


async def choose(page: Page, name: str) -> None:
    """Choose from the open contact's menu."""
    await page.get_by_role("main").get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name=name).click()


async def test_two_contacts_become_one_by_keyboard_and_two_again(
    stage: Stage, consoles: Consoles
) -> None:
    await known_chen(stage)
    page = await consoles.enter("Li")
    async with chen_in_chat(stage) as customer:
        await accept_by_keys(page)
        await page.keyboard.press("b")  # nothing else is offered meanwhile
        await stage.mail("It does not start.", subject="Washing machine")

        async def there() -> bool:
            return len(await stage.contacts()) == 2

        await settled(there)
        await page.get_by_role("log").click()
        await page.keyboard.press("Shift+M")
        dialog = page.get_by_role("dialog", name="Merge contacts")
        await expect(dialog.get_by_text("Washing machine")).to_be_visible()
        assert await faults(page) == []
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await expect(dialog.get_by_text("It does not start.").last).to_be_visible()
        await page.keyboard.press("Enter")
        timeline = page.get_by_role("log", name="Timeline")
        await expect(timeline.get_by_text("It does not start.")).to_be_visible()
        await expect(timeline.get_by_text("And the invoice?")).to_be_visible()
        await expect(timeline.get_by_text("was merged into this by Li")).to_be_visible()
        await expect(page.get_by_text("Merged: goes on in")).to_be_visible()
        panel = page.get_by_role("complementary", name="Customer panel")
        await expect(panel.get_by_text("Merged into this")).to_be_visible()
        assert await faults(page) == []

        # An answer by the other conversation leaves as a mail; the chat hears nothing of it.
        await page.get_by_label("Answer on").select_option(index=1)
        await expect(page.get_by_label("To", exact=True)).to_have_value("chen@example.test")
        await page.get_by_role("textbox", name=REPLY).fill("We come tomorrow.")
        await page.get_by_role("button", name="Send reply").click()
        await expect(timeline.get_by_text("We come tomorrow.")).to_be_visible()

        async def mailed() -> bool:
            return any(b"We come tomorrow." in one.raw for one in stage.mails.mails)

        await settled(mailed)

        # What the customer writes on either way comes to the one contact.
        await customer.write("Thank you!")
        await expect(timeline.get_by_text("Thank you!")).to_be_visible()
        await panel.get_by_role("button", name="Undo the merge").click()
        await expect(page.get_by_text("Separate again")).to_be_visible()
        await expect(timeline.get_by_text("It does not start.")).to_have_count(0)
        await expect(timeline.get_by_text("Thank you!")).to_be_visible()


async def test_a_colleague_is_asked_and_takes_over(stage: Stage, consoles: Consoles) -> None:
    await known_chen(stage)
    li = await consoles.enter("Li")
    async with chen_in_chat(stage):
        await accept_by_keys(li)
        wang = await consoles.enter("Wang")
        await choose(li, "Ask a colleague…")
        dialog = li.get_by_role("dialog", name="Ask a colleague")
        await dialog.get_by_label("What do you ask?").fill("Is this covered?")
        await dialog.get_by_text("Wang", exact=True).click()
        assert await faults(li) == []
        await dialog.get_by_role("button", name="Ask", exact=True).click()
        await expect(li.get_by_text("Asked Wang", exact=True)).to_be_visible()
        question = wang.get_by_role("region", name="Questions to you")
        await expect(question.get_by_text("Is this covered?")).to_be_visible()
        await question.get_by_role("button").click()
        await expect(wang.get_by_role("log").get_by_text("And the invoice?")).to_be_visible()
        assert await faults(wang) == []
        await wang.get_by_role("button", name="Take over").click()
        await expect(wang.get_by_text("It is yours now")).to_be_visible()
        await expect(wang.get_by_role("textbox", name=REPLY)).to_be_visible()
        await expect(li.locator("[data-contact]")).to_have_count(0)
        await expect(question).to_have_count(0)
