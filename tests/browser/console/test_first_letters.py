"""What is typed at once arrives, whatever part of the page is still on its way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, Response, Route, expect

from tests.scenarios.stage import Stage

from .conftest import UNDO_SOON_S, Consoles, is_live
from .test_composer import a_mail_at_hand, add_canned, answer_of, field_of, parts_of
from .test_desk import accept_by_keys

EDITOR = "**/RichField-*.js"
DETAILS = "**/api/v1/contacts/*"  # what a mail can be answered with is among them


@asynccontextmanager
async def late(page: Page, what: str) -> AsyncIterator[asyncio.Event]:
    """Hold back what the page asks for until the event is set."""
    arrives = asyncio.Event()

    async def hold(route: Route) -> None:
        await arrives.wait()
        await route.continue_()

    await page.route(what, hold)
    yield arrives
    arrives.set()
    await page.unroute_all(behavior="wait")


async def a_new_mail(stage: Stage, page: Page) -> None:
    """The page, anew, with a mail accepted."""
    await page.reload()
    await is_live(page)
    await stage.mail("It does not start.")
    await accept_by_keys(page)


@pytest.mark.parametrize("what", [EDITOR, DETAILS])
async def test_what_is_typed_before_the_formatted_field_is_there_arrives(
    stage: Stage, consoles: Consoles, what: str
) -> None:
    consoles.undo_s = UNDO_SOON_S
    page = await consoles.enter("Li")
    async with late(page, what) as arrives:
        await a_new_mail(stage, page)
        await page.keyboard.press("r")
        await page.keyboard.type("Pleas, the plug. ")
        for _ in ", the plug. ":
            await page.keyboard.press("ArrowLeft")
        await page.keyboard.press("Shift+ArrowLeft")  # typed over: what is marked stays marked
        arrives.set()
        await expect(page.locator(".tiptap")).to_be_focused()
    await page.keyboard.type("se check")
    await page.keyboard.press("Delete")
    await page.keyboard.press("Control+End")
    await page.keyboard.type("Li")
    await page.keyboard.press("Control+Enter")
    await stage.mails.wait_for(2, 20.0)  # the acknowledgement and the answer
    assert parts_of(answer_of(stage))["text/plain"].startswith("Please check the plug. Li\n")
    [contact] = await stage.contacts()
    assert contact.state == "active"  # no letter was taken for a shortcut


async def test_an_answer_is_sent_before_the_formatted_field_is_there(
    stage: Stage, consoles: Consoles
) -> None:
    consoles.undo_s = UNDO_SOON_S
    page = await consoles.enter("Li")
    async with late(page, EDITOR):
        await a_new_mail(stage, page)
        await page.get_by_role("tab", name="Reply").click()
        await page.keyboard.type("Please check the plug.")
        await page.keyboard.press("Control+Enter")
        await expect(field_of(page)).to_have_value("")
    await expect(page.locator(".tiptap")).to_be_focused()
    await page.keyboard.type("And the fuse.")
    await expect(field_of(page)).to_have_text("And the fuse.")
    await stage.mails.wait_for(2, 20.0)
    assert parts_of(answer_of(stage))["text/plain"].startswith("Please check the plug.\n")


async def test_the_formatted_field_waits_for_an_input_method(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    async with late(page, EDITOR) as arrives:
        await a_new_mail(stage, page)
        await page.keyboard.press("r")
        keys = await page.context.new_cdp_session(page)
        await keys.send(
            "Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2}
        )
        async with page.expect_event("requestfinished", lambda one: "RichField" in one.url):
            arrives.set()
        await page.wait_for_timeout(300)
        await expect(field_of(page)).to_have_value("ni")
        await keys.send("Input.insertText", {"text": "你"})
        await expect(page.locator(".tiptap")).to_be_focused()
    await page.keyboard.insert_text("好")
    await expect(field_of(page)).to_have_text("你好")


async def test_a_canned_response_is_found_before_the_formatted_field_is_there(
    stage: Stage, consoles: Consoles
) -> None:
    await stage.hub.store.write(add_canned, None)
    page = await consoles.enter("Li")
    async with late(page, EDITOR) as arrives:
        await a_new_mail(stage, page)
        await page.keyboard.press("/")
        await page.keyboard.type("plu")
        arrives.set()
        await expect(page.locator(".tiptap")).to_be_focused()
    await expect(field_of(page)).to_have_text("/plu")
    await page.keyboard.type("g")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(field_of(page).locator("p").first).to_have_text("Dear Chen Li,")


async def test_a_note_stays_where_it_is_when_the_formatted_field_comes(
    stage: Stage, consoles: Consoles
) -> None:
    page = await consoles.enter("Li")
    async with late(page, DETAILS) as arrives:
        await a_new_mail(stage, page)
        await page.keyboard.press("n")
        await page.keyboard.type("A difficult ")
        async with page.expect_response(DETAILS):
            arrives.set()
    await page.keyboard.type("one")
    await expect(page.get_by_role("textbox", name="Note")).to_have_value("A difficult one")
    await expect(page.get_by_label("Subject")).to_have_count(0)
    await page.get_by_role("tab", name="Reply").click()
    await page.keyboard.type("Hello")
    await expect(page.locator(".tiptap")).to_have_text("Hello")


async def test_a_formatted_draft_that_is_written_on_at_once_keeps_its_formatting(
    stage: Stage, consoles: Consoles
) -> None:
    page, _ = await a_mail_at_hand(stage, consoles)
    await page.keyboard.press("Control+b")
    await page.keyboard.type("Please")
    await page.keyboard.press("Control+b")
    async with page.expect_response(_saves_a_draft):
        await page.keyboard.type(" check")
    async with late(page, EDITOR) as arrives:
        await page.reload()
        await expect(field_of(page)).to_have_value("Please check")
        await page.keyboard.press("r")
        await page.keyboard.type(" thr")
        await page.keyboard.press("Backspace")
        arrives.set()
        await expect(page.locator(".tiptap")).to_be_focused()
    await page.keyboard.type("e plug")
    await expect(field_of(page)).to_have_text("Please check the plug")
    await expect(field_of(page).locator("strong")).to_have_text("Please")


def _saves_a_draft(answer: Response) -> bool:
    return answer.request.method == "PUT" and answer.url.endswith("/draft") and answer.ok
