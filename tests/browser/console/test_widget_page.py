"""The widget's page: changed beside its preview, saved, and its snippet put on a site."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import FrameLocator, Page, expect

from tests.browser.webchat.test_widget import composer, log, window
from tests.scenarios.stage import Stage, settled

from .conftest import Consoles
from .setup_stage import a_stage_with_setup, open_setup, save, shown
from .test_looks import PHONE, faults


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with a_stage_with_setup(tmp_path) as opened:
        yield opened


@asynccontextmanager
async def a_site(html: Callable[[], str]) -> AsyncIterator[str]:
    """Serve one page at an origin of its own, as a site somewhere else; its address."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=html(), content_type="text/html")

    listener = socket.create_server(("127.0.0.1", 0))
    app = web.Application()
    app.add_routes([web.get("/", page)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await runner.cleanup()


def preview(page: Page, title: str = "Preview of the widget") -> FrameLocator:
    return page.frame_locator(f"iframe[title='{title}']")


async def test_a_widget_is_changed_seen_at_once_and_its_snippet_works_on_a_site(
    stage: Stage, consoles: Consoles
) -> None:
    snippet = ""
    async with a_site(lambda: f"<!doctype html><html lang='en'><h1>Pumps</h1>{snippet}") as site:
        page = await open_setup(consoles, "points/shop-chat")
        seen = preview(page)
        await page.get_by_label("Greeting, English").fill("Welcome to the pump shop")
        await page.get_by_label("Greeting, English").blur()
        await expect(seen.get_by_text("Welcome to the pump shop")).to_be_visible()
        await seen.get_by_role("button", name="More").click()  # what is loaded late is there too
        await expect(seen.get_by_role("menu")).to_be_visible()
        await page.get_by_role("textbox", name="Colour", exact=True).fill("#8a1c5a")
        await page.get_by_role("textbox", name="Colour", exact=True).blur()
        chat = seen.locator("contact-hub-chat")
        await expect(chat).to_have_css("--ch-accent", "#8a1c5a")
        sites = page.get_by_label("Sites it may be shown on")
        await sites.fill(f"{await sites.input_value()}\n{site}")
        await sites.blur()
        await page.get_by_role("button", name="Closed", exact=True).click()
        await expect(seen.get_by_text("Welcome to the pump shop")).to_be_visible()
        await shown(page, "widget")
        assert await faults(page) == []
        await save(page, "Pumps")

        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await page.get_by_role("button", name="Copy snippet").click()
        await expect(page.get_by_role("status").get_by_text("Copied")).to_be_visible()
        snippet = await page.evaluate("navigator.clipboard.readText()")
        assert snippet.startswith("<script async src=")

        visitor = await consoles.page()
        await visitor.goto(site)
        await visitor.get_by_role("button", name="Open chat").click()
        await expect(log(visitor)).to_contain_text("Welcome to the pump shop")
        await composer(visitor).fill("Have you got a seal for it?")
        await composer(visitor).press("Enter")
        await expect(window(visitor).get_by_text("You are next")).to_be_visible()

    async def arrived() -> bool:
        return [row.text for row in await stage.said()][:1] == ["Have you got a seal for it?"]

    await settled(arrived)


async def test_on_a_phone_in_chinese_and_where_nothing_may_be_copied_the_text_is_marked(
    stage: Stage, consoles: Consoles
) -> None:
    page = await open_setup(consoles, "points", language="zh-CN", theme="dark")
    await page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # playwright's TypedDict
    await page.goto(f"{stage.hub.base_url}/setup/points")
    await page.get_by_role("link", name="shop-chat").click()
    await page.get_by_label("问候语, 中文").fill("您好，这里是水泵商店")
    await page.get_by_label("问候语, 中文").blur()
    await expect(preview(page, "聊天窗口预览").get_by_text("您好，这里是水泵商店")).to_be_visible()
    await page.get_by_role("button", name="复制代码").click()
    field = page.get_by_role("textbox", name="网站代码")
    marked = await field.evaluate("f => f.value.slice(f.selectionStart, f.selectionEnd)")
    assert marked == await field.input_value()
    assert "/channels/shop-chat/widget.js" in marked
    assert await faults(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
