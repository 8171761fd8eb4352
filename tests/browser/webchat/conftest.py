"""The sample shop with the built widget in a real Chromium, before a fake door."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

import pytest
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from hub.channels.base import EntryPoint
from hub.channels.webchat.channel import WebChat
from hub.channels.webchat.help import Help
from hub.channels.webchat.routes import STATIC
from hub.channels.webchat.settings import GatewaySettings
from hub.contacts.model import Channel
from hub.demo.shop import shop_routes
from hub.storage import DirectoryBlobs, Store
from hub.testing.clock import ManualClock
from hub.testing.fake_door import FakeDoor
from tests.browser.conftest import ARGUMENTS
from tests.conftest import skip_missing

from .network import Network


@dataclass(slots=True)
class Site:
    """A shop that can be opened, and the hub behind it, which can go away and come back."""

    door: FakeDoor
    url: str
    chat: WebChat
    running: asyncio.Task[None] | None = None

    @property
    def conversation(self) -> str:
        """The only conversation there is."""
        (conversation_id,) = self.door.conversations
        return conversation_id

    async def start(self) -> None:
        self.running = asyncio.create_task(self.chat.run())
        async with asyncio.timeout(20):
            await self.chat.gateway.started.wait()

    async def stop(self) -> None:
        """Stop the chat gateway; the shop's pages stay."""
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)
            self.running = None


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        skip_missing("Chromium (apt-get install chromium)")
    if not (STATIC / "widget.js").is_file():
        skip_missing("the built widget (make web)")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield opened
        finally:
            await opened.close()


@pytest.fixture
def widget_settings() -> dict[str, object]:
    """The entry point's settings; a test module may override them."""
    return {"pre_chat": {"name": "off"}}


@pytest.fixture
def widget_help() -> Help | None:
    """What may be read before the chat; a test module may override it."""
    return None


@pytest.fixture
def network() -> Network | None:
    """What lies between the pages and the chat gateway; a test module may override it."""
    return None


@pytest.fixture
async def site(
    sqlite_store: Store,
    blobs: DirectoryBlobs,
    clock: ManualClock,
    widget_settings: dict[str, object],
    widget_help: Help | None,
    network: Network | None,
) -> AsyncIterator[Site]:
    door = FakeDoor(sqlite_store, blobs, clock)
    entry = EntryPoint(
        id="shop-chat",
        channel=Channel.WEBCHAT,
        address="shop-chat",
        queue_id="sales",
        language="zh-CN",
        settings=widget_settings,
        display_name="Shop",
    )
    listener = socket.create_server(("127.0.0.1", 0))
    chat_listener = socket.create_server(("127.0.0.1", 0))
    chat_port = chat_listener.getsockname()[1]
    chat_listener.close()
    port = listener.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    if network is not None:
        network.target = chat_port
    chat_url = f"ws://127.0.0.1:{network.port if network else chat_port}"
    settings = GatewaySettings(port=chat_port)
    chat = WebChat(door, [entry], settings, base, chat_url, help_=widget_help)
    site = Site(door, f"{base}/shop/?lang=en", chat)
    app = web.Application()
    app.add_routes(
        [
            *site.chat.routes(),
            *shop_routes("", chat_url),
            web.get("/arabic", _arabic_page),
            web.get("/strict", partial(_strict_page, f"connect-src 'self' {chat_url}")),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    await site.start()
    try:
        yield site
    finally:
        await site.stop()
        await runner.cleanup()


async def _arabic_page(_: web.Request) -> web.Response:
    script = '<script async src="/channels/shop-chat/widget.js"></script>'
    page = f'<!doctype html><html lang="ar" dir="rtl"><title>متجر</title>{script}<p>أهلًا'
    return web.Response(text=page, content_type="text/html")


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    opened = await browser.new_context(
        locale="en-GB", viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
async def page(context: BrowserContext, site: Site) -> Page:
    """The shop's page; whatever a content policy forbids or a script throws fails the test."""
    page = await context.new_page()
    await page.goto(site.url)
    return page


async def _strict_page(connects: str, _: web.Request) -> web.Response:
    """The strictest site that may have the widget: it allows no pictures at all."""
    policy = f"default-src 'none'; script-src 'self'; {connects}; style-src 'self'"
    script = '<script async src="/channels/shop-chat/widget.js"></script>'
    page = f'<!doctype html><html lang="en"><title>Strict</title>{script}<p>Hello'
    headers = {"Content-Security-Policy": policy}
    return web.Response(text=page, content_type="text/html", headers=headers)
