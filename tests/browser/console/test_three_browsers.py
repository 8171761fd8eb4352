"""Two agents and a customer, each in a browser of their own: from a first word to a last mail."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import msgspec
import pytest
from playwright.async_api import ConsoleMessage, Locator, Page, Route, expect

from hub.routing.settings import Pulling, load_settings, save_settings
from hub.storage import Tx
from tests.browser.webchat.test_widget import log, open_chat, window, write
from tests.scenarios.stage import Stage, settled
from tests.scenarios.test_chat_by_mail import set_chat

from .conftest import Consoles
from .test_desk import COMPOSER, accept_by_keys
from .test_joining import choose
from .test_whole_way import contact_of

CHEN = "chen@example.test"
REPLY = re.compile("^Reply")
# The browser's own lines: about an answer that refuses, and about sound before the first click.
EXPECTED = re.compile("409|AudioContext was not allowed")


@dataclass
class Three:
    """`said`: what the browsers' consoles complain of."""

    stage: Stage
    li: Page
    wang: Page
    widget: Page
    said: list[str] = field(default_factory=list)

    def listen(self) -> None:
        for page in (self.li, self.wang, self.widget):
            page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED.search(message.text):
            self.said.append(message.text)

    async def in_the_widget(self, text: str) -> None:
        await expect(log(self.widget).get_by_text(text)).to_be_visible()


def agents_take(tx: Tx, _: None) -> None:
    save_settings(tx, msgspec.structs.replace(load_settings(tx), pull=Pulling.AGENTS))


def timeline(page: Page) -> Locator:
    return page.get_by_role("log", name="Timeline")


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Customer panel")


@pytest.mark.timeout(180)
async def test_two_agents_and_a_customer(stage: Stage, consoles: Consoles) -> None:
    await stage.hub.store.write(agents_take, None)
    await stage.hub.store.write(set_chat, {"mail": "mail", "mail_after_s": 1})
    await stage.known("Ms Chen", "gold", email=CHEN, external=CHEN)
    li = await consoles.enter("Li", ready=False)
    wang = await consoles.enter("Wang", ready=False)
    three = Three(stage, li, wang, await consoles.page())
    three.listen()
    await three.widget.goto(f"{stage.shop_url}?lang=en")
    await open_chat(three.widget)
    await write(three.widget, "My washing machine leaks.")
    await both_want_it(three)
    await a_colleague_helps(three)
    await it_is_transferred(three)
    await the_customer_signs_in(three)
    await chat_and_mail_become_one(three)
    await it_goes_on_by_mail(three)
    assert three.said == []


async def both_want_it(three: Three) -> None:
    """Wang asks first, her line is slow, and Li has it when it arrives: she is told who has."""
    for page in (three.li, three.wang):
        await page.get_by_role("button", name=re.compile("^Waiting")).click()
        await page.locator("[data-contact]").click()
        await expect(page.get_by_role("button", name="Take it")).to_be_visible()
    taken = asyncio.Event()

    async def slowly(route: Route) -> None:
        await taken.wait()
        await route.continue_()

    await three.wang.route("**/pull", slowly)
    await three.wang.get_by_role("button", name="Take it").click()
    await three.li.get_by_role("button", name="Take it").click()
    await expect(three.li.get_by_role("region", name=COMPOSER)).to_be_visible()
    await expect(window(three.widget).get_by_role("heading", name="Li")).to_be_visible()
    taken.set()
    await expect(three.wang.get_by_text("Already taken by Li.")).to_be_visible()
    await expect(three.wang.get_by_text("Li handles it")).to_be_visible()


async def a_colleague_helps(three: Three) -> None:
    """Wang is asked and answers; the customer sees only what Li writes."""
    await choose(three.li, "Ask a colleague…")
    dialog = three.li.get_by_role("dialog", name="Ask a colleague")
    await dialog.get_by_label("What do you ask?").fill("Is this covered?")
    await dialog.get_by_text("Wang", exact=True).click()
    await dialog.get_by_role("button", name="Ask", exact=True).click()
    await three.wang.get_by_role("button", name=re.compile("^Mine")).click()
    question = three.wang.get_by_role("region", name="Questions to you")
    await expect(question.get_by_text("Is this covered?")).to_be_visible()
    await question.get_by_role("button").click()
    answer = three.wang.get_by_label("Your answer (a note)")
    await answer.fill("Yes, for ten years.")
    await three.wang.get_by_role("button", name="Done", exact=True).click()
    await expect(timeline(three.li).get_by_text("Yes, for ten years.")).to_be_visible()
    await three.li.get_by_role("textbox", name=REPLY).fill("It is covered.")
    await three.li.keyboard.press("Enter")
    await three.in_the_widget("It is covered.")
    for inside in ("Is this covered?", "Yes, for ten years."):
        await expect(log(three.widget).get_by_text(inside)).to_have_count(0)


async def it_is_transferred(three: Three) -> None:
    await three.wang.get_by_role("button", name="Go ready").click()
    await three.li.get_by_role("log").click()
    await three.li.keyboard.press("t")
    dialog = three.li.get_by_role("dialog")
    await dialog.get_by_text("Wang", exact=True).click()
    await dialog.get_by_label("Note").fill("She needs a new door seal.")
    await dialog.locator("button[type=submit]").click()
    await expect(dialog).to_be_hidden()
    await accept_by_keys(three.wang)
    await three.wang.keyboard.press("b")  # nothing else is offered meanwhile
    await expect(timeline(three.wang)).to_contain_text("She needs a new door seal.")
    await expect(window(three.widget).get_by_role("heading", name="Wang")).to_be_visible()
    await expect(three.li.locator("[data-contact]")).to_have_count(0)
    await three.li.goto(f"{three.stage.hub.base_url}/desk/{contact_of(three.wang)}")
    await expect(three.li.get_by_text("Wang handles it")).to_be_visible()


async def the_customer_signs_in(three: Three) -> None:
    """The visitor is Ms Chen, gold: both consoles say so at once."""
    await expect(three.wang.get_by_role("heading", level=1)).not_to_contain_text("Ms Chen")
    jwt = three.stage.signed(CHEN)
    await three.widget.evaluate("jwt => ContactHub.identify(jwt)", jwt)
    for page in (three.li, three.wang):
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Ms Chen")
        await expect(panel(page).get_by_text("gold", exact=True).first).to_be_visible()
    await write(three.widget, "Now I am signed in.")
    await expect(timeline(three.wang)).to_contain_text("Now I am signed in.")


async def chat_and_mail_become_one(three: Three) -> None:
    await three.stage.mail("The model is K7.", sender=CHEN, subject="Washing machine")

    async def there() -> bool:
        return [row.state for row in await three.stage.contacts()].count("queued") == 1

    await settled(there)
    await three.wang.get_by_role("log").click()
    await three.wang.keyboard.press("Shift+M")
    dialog = three.wang.get_by_role("dialog", name="Merge contacts")
    await expect(dialog.get_by_text("Washing machine")).to_be_visible()
    await three.wang.keyboard.press("Tab")
    await three.wang.keyboard.press("Space")
    await expect(dialog.get_by_text("The model is K7.").last).to_be_visible()
    await three.wang.keyboard.press("Enter")
    for page in (three.wang, three.li):
        await expect(timeline(page).get_by_text("The model is K7.")).to_be_visible()
        await expect(timeline(page).get_by_text("My washing machine leaks.")).to_be_visible()
    await expect(log(three.widget).get_by_text("The model is K7.")).to_have_count(0)


async def it_goes_on_by_mail(three: Three) -> None:
    """The customer closes the page: the answer goes by mail, theirs comes to the same contact."""
    await three.widget.close()
    reply = three.wang.get_by_role("textbox", name=REPLY)
    await reply.fill("The seal will be there on Monday.")
    await reply.press("Enter")
    found: list[EmailMessage] = []

    async def mailed() -> bool:
        mails = [message_from_bytes(one.raw, policy=default) for one in three.stage.mails.mails]
        found[:] = [one for one in mails if "on Monday" in str(one.get_body(("plain",)))]
        return bool(found)

    await settled(mailed)
    assert found[0]["To"] == CHEN
    message_id = str(found[0]["Message-ID"])
    await three.stage.mail("Monday suits me.", sender=CHEN, In_Reply_To=message_id)
    for page in (three.wang, three.li):
        await expect(timeline(page).get_by_text("Monday suits me.")).to_be_visible()
    rows = {row.id: (row.state, row.ended_as) for row in await three.stage.contacts()}
    assert rows.pop(contact_of(three.wang)) == ("active", None)
    assert list(rows.values()) == [("closed", "merged")]
