"""The form before the first message, where an entry point demands it."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Route, expect

from hub.contacts.inbound import IdentityKind

from .conftest import Site


@pytest.fixture
def widget_settings() -> dict[str, object]:
    return {"pre_chat": {"name": "required", "email": "required"}, "accent": "#0b7a4b"}


async def test_name_and_address_are_asked_first_and_go_with_the_first_message(
    page: Page, site: Site
) -> None:
    await page.get_by_role("button", name="Open chat").click()
    chat = page.get_by_role("dialog", name="Customer service")
    await expect(chat.get_by_role("textbox", name="Your name")).to_be_focused()
    await expect(chat.get_by_role("textbox", name="Write a message…")).to_be_disabled()
    await chat.get_by_role("textbox", name="Your name").fill("王芳")
    await chat.get_by_role("textbox", name="E-mail").fill("fang@example")
    await chat.get_by_role("button", name="Start chat").click()
    await expect(chat.get_by_text("complete e-mail address")).to_be_visible()
    await chat.get_by_role("textbox", name="E-mail").fill("fang@example.com")
    await chat.get_by_role("button", name="Start chat").click()
    box = chat.get_by_role("textbox", name="Write a message…")
    await box.fill("hello")
    await box.press("Enter")
    await expect(chat.get_by_role("log")).to_contain_text("Sent")
    (inbound,) = site.door.inbounds
    assert inbound.senders[0].name == "王芳"
    assert [(s.kind, s.value) for s in inbound.senders[1:]] == [
        (IdentityKind.EMAIL, "fang@example.com")
    ]
    await page.reload()
    await page.get_by_role("button", name="Open chat").click()
    await expect(box).to_be_enabled()


async def test_a_form_that_cannot_be_had_is_asked_for_again_and_at_last_done_without(
    page: Page, site: Site
) -> None:
    refused: asyncio.Queue[str] = asyncio.Queue()

    async def refuse(route: Route) -> None:
        await route.abort()
        refused.put_nowait(route.request.url)

    await page.route("**/more.js*", refuse)
    await page.clock.install()
    await page.get_by_role("button", name="Open chat").click()
    chat = page.get_by_role("dialog", name="Customer service")
    box = chat.get_by_role("textbox", name="Write a message…")
    await expect(box).to_be_disabled()
    for wait_s in (1, 2, 4):
        await refused.get()
        await expect(box).to_be_disabled()
        await page.clock.run_for(wait_s * 1000)
    await expect(box).to_be_enabled()
    await box.fill("hello")
    await box.press("Enter")
    await expect(chat.get_by_role("log")).to_contain_text("Sent")
