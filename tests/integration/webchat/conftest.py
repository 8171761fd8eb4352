"""A running gateway on a free port before a fake door, and a customer's page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from aiohttp import ClientSession, web

from hub.channels.base import EntryPoint
from hub.channels.webchat.channel import WebChat
from hub.channels.webchat.settings import GatewaySettings
from hub.contacts.model import Channel
from hub.storage import DirectoryBlobs, Store
from hub.testing.chat_page import ChatPage
from hub.testing.clock import ManualClock
from hub.testing.fake_door import FakeDoor
from hub.testing.polled_page import PolledClient, PolledPage

SHOP = "https://shop.example"
JWT_KEY = "a-key-of-the-site-with-32-letters"

NewPage = Callable[[], PolledPage]
StartChat = Callable[[GatewaySettings], AbstractAsyncContextManager[WebChat]]


async def until(condition: Callable[[], object], within_s: float = 30.0) -> None:
    """Wait until `condition` holds: for what leaves no event to wait for."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - the docstring says why
            await asyncio.sleep(0.01)


def an_entry_point(key: str = "shop-chat") -> EntryPoint:
    return EntryPoint(
        id=key,
        channel=Channel.WEBCHAT,
        address=key,
        queue_id="sales",
        language="en",
        settings={"origins": [SHOP], "identity_keys": [JWT_KEY], "max_file_mb": 1},
        display_name="Shop",
    )


@pytest.fixture
def door(sqlite_store: Store, blobs: DirectoryBlobs, clock: ManualClock) -> FakeDoor:
    return FakeDoor(sqlite_store, blobs, clock)


@pytest.fixture
def start_chat(door: FakeDoor) -> StartChat:
    @asynccontextmanager
    async def start(settings: GatewaySettings) -> AsyncIterator[WebChat]:
        entries = [an_entry_point(), an_entry_point("other-chat")]
        chat = WebChat(door, entries, settings, "http://127.0.0.1:8080")
        running = asyncio.create_task(chat.run())
        async with asyncio.timeout(30):
            await chat.gateway.started.wait()
        try:
            yield chat
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    return start


@pytest.fixture
async def chat(start_chat: StartChat) -> AsyncIterator[WebChat]:
    async with start_chat(GatewaySettings(port=0)) as running:
        yield running


@pytest.fixture
async def page(chat: WebChat) -> AsyncIterator[ChatPage]:
    """A page that has said hello."""
    async with ChatPage(chat.socket_url("shop-chat"), "shop-chat", SHOP) as opened:
        await opened.hello()
        yield opened


@pytest.fixture
async def base_url(chat: WebChat) -> AsyncIterator[str]:
    """The channel's routes on a real HTTP server."""
    app = web.Application()
    app.add_routes(chat.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def served(chat: WebChat) -> AsyncIterator[str]:
    """The channel's routes on a real port, released at the end as the hub does."""
    app = web.Application()
    app.add_routes(chat.routes())

    async def release(_: web.Application) -> None:
        await chat.release()

    app.on_shutdown.append(release)
    runner = web.AppRunner(app, shutdown_timeout=20.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/channels/shop-chat/line"
    finally:
        await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.fixture
async def lines(chat: WebChat) -> AsyncIterator[str]:
    async with served(chat) as url:
        yield url


@pytest.fixture
def new_page(http: ClientSession, lines: str) -> NewPage:
    return lambda: PolledPage(http, lines, "shop-chat", SHOP)


def line_of(page: PolledPage) -> PolledClient:
    assert page.line is not None
    return page.line
