"""One customer on several channels: seen on the offer, taken along by one key, asked about at
close.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page, expect

from hub.testing.chat_page import ChatPage
from tests.scenarios.stage import Stage, settled

from .conftest import Consoles
from .test_desk import COMPOSER, GUARD_MS, accept_by_keys
from .test_looks import faults

MAIL = "chen@example.test"


@asynccontextmanager
async def chen_in_chat(stage: Stage) -> AsyncIterator[ChatPage]:
    """Ms Chen, who is signed in at the shop, asks in the chat."""
    async with stage.chat() as customer:
        await customer.hello(identity=stage.signed(MAIL))
        await customer.write("And the invoice?")
        yield customer


async def known_chen(stage: Stage) -> None:
    await stage.known("Chen", "standard", email=MAIL, external=MAIL)


async def states(stage: Stage) -> dict[str, str]:
    return {row.channel: row.state for row in await stage.contacts()}


async def until_states(stage: Stage, **wanted: str) -> None:
    async def reached() -> bool:
        return await states(stage) == wanted

    await settled(reached)


async def test_the_others_are_taken_along_by_one_key(stage: Stage, consoles: Consoles) -> None:
    await known_chen(stage)
    page = await consoles.enter("Li", ready=False)
    await stage.mail("It does not start.", subject="Washing machine")
    async with chen_in_chat(stage):
        await until_states(stage, email="queued", webchat="queued")
        await go_ready(page)
        card = page.locator("[data-offer]").first
        await expect(card).to_be_visible()
        await expect(card.get_by_text("The same customer also waits")).to_be_visible()
        await page.wait_for_timeout(GUARD_MS)
        assert await faults(page) == []
        await page.keyboard.press("o")
        await page.keyboard.press("Shift+Enter")
        await page.wait_for_url("**/desk/*-*")
        await expect(page.get_by_text("Taken along:")).to_be_visible()
        await until_states(stage, email="active", webchat="active")
        await expect(page.locator("[data-offer]")).to_have_count(0)
        await expect(page.locator("[data-contact]")).to_have_count(2)
        panel = page.get_by_role("complementary", name="Customer panel")
        await expect(panel.get_by_text("with Li")).to_be_visible()
        await panel.get_by_role("link").filter(has_text="with Li").click()
        await expect(page.get_by_role("log").get_by_text("Taken along with")).to_be_visible()


async def go_ready(page: Page) -> None:
    await page.get_by_role("button", name="Go ready").click()
    await page.mouse.move(720, 20)  # over the list it would only count what arrives


async def test_who_comes_on_another_way_is_shown_at_once_and_taken_along(
    stage: Stage, consoles: Consoles
) -> None:
    await known_chen(stage)
    page = await consoles.enter("Li")
    async with chen_in_chat(stage):
        await accept_by_keys(page)
        await page.keyboard.press("b")  # nothing else is offered meanwhile
        await stage.mail("It does not start.", subject="Washing machine")
        panel = page.get_by_role("complementary", name="Customer panel")
        section = panel.get_by_role("region", name="Also waits").or_(panel).first
        await expect(section.get_by_role("link", name="Washing machine")).to_be_visible()
        await section.get_by_role("button", name="Take along").click()
        await expect(page.get_by_text("Taken along:")).to_be_visible()
        await until_states(stage, email="active", webchat="active")


async def test_at_close_it_is_asked_and_what_is_chosen_is_taken_up(
    stage: Stage, consoles: Consoles
) -> None:
    await known_chen(stage)
    page = await consoles.enter("Li")
    async with chen_in_chat(stage):
        await accept_by_keys(page)
        await page.keyboard.press("b")
        await stage.mail("It does not start.", subject="Washing machine")
        await until_states(stage, email="queued", webchat="active")
        await page.keyboard.press("e")
        dialog = page.get_by_role("dialog", name="Finish the contact")
        ask = dialog.get_by_role("group", name="The same customer still waits elsewhere")
        box = ask.get_by_role("checkbox")
        await expect(ask.get_by_text("Leave in the queue")).to_be_visible()
        await box.focus()
        await page.keyboard.press("Space")
        await expect(ask.get_by_text("Take it now")).to_be_visible()
        assert await faults(page) == []
        await dialog.get_by_role("radio", name="Repair").check(force=True)
        await dialog.get_by_role("combobox", name="Outcome").select_option("solved")
        await dialog.locator("button[type=submit]").click()
        await expect(page.get_by_role("region", name=COMPOSER)).to_be_visible()
        await expect(page.get_by_role("heading", name="Chen").first).to_be_visible()
        await until_states(stage, email="active", webchat="closed")


async def test_at_close_it_may_be_left_in_the_queue(stage: Stage, consoles: Consoles) -> None:
    await known_chen(stage)
    page = await consoles.enter("Li")
    async with chen_in_chat(stage):
        await accept_by_keys(page)
        await page.keyboard.press("b")
        await stage.mail("It does not start.", subject="Washing machine")
        await until_states(stage, email="queued", webchat="active")
        await page.keyboard.press("e")
        dialog = page.get_by_role("dialog", name="Finish the contact")
        await expect(dialog.get_by_text("Leave in the queue")).to_be_visible()
        await dialog.get_by_role("radio", name="Repair").check(force=True)
        await dialog.get_by_role("combobox", name="Outcome").select_option("solved")
        await dialog.locator("button[type=submit]").click()
        await expect(dialog).to_be_hidden()
        await until_states(stage, email="queued", webchat="closed")


async def test_what_has_no_room_is_named(stage: Stage, consoles: Consoles) -> None:
    await known_chen(stage)
    page = await consoles.enter("Li")
    for subject in ("First", "Second"):  # two mails are the most at once
        await stage.mail("Hello", sender="other@example.test", subject=subject)
        await accept_by_keys(page)
    async with chen_in_chat(stage):
        await accept_by_keys(page)
        await stage.mail("It does not start.", subject="Washing machine")
        panel = page.get_by_role("complementary", name="Customer panel")
        await panel.get_by_role("button", name="Take along").click()
        await expect(page.get_by_text("no room on this channel")).to_be_visible()
