"""Pages of one customer against a real gateway that is restarted, over lines that break: in the end
every page holds what the hub holds, each entry once, and nothing that was written is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket

import pytest
from aiohttp import ClientError, ClientSession, web
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.typing import Origin

from hub.channels.webchat import protocol as p
from hub.channels.webchat.channel import WebChat
from hub.channels.webchat.settings import GatewaySettings
from hub.core.ids import new_id
from hub.testing.chat_page import sign_identity
from hub.testing.clock import ManualClock
from hub.testing.fake_door import FakeDoor
from hub.testing.polled_page import PolledClient

from .conftest import JWT_KEY, SHOP, an_entry_point, until

STEPS = 60


class Browser:
    """What the tabs of one browser share: the token."""

    def __init__(self) -> None:
        self.token: str | None = None


class Tab:
    """A page that does what the widget does: keeps what it writes until it is acknowledged, comes
    back by itself, and says up to where it has everything.
    """

    def __init__(self, site: Site, browser: Browser, name: str) -> None:
        self._site = site
        self._browser = browser
        self._name = name
        self.log: dict[int, str] = {}
        self.outbox: list[tuple[str, str]] = []
        self.written: list[str] = []
        self._whole = 0
        self.since = 1  # a page that has nothing is sent the newest; what is older it asks for
        self._pushed: set[int] = set()  # over this line
        self._sent = ""
        self._told: str | None = None  # the token of the last hello
        self.socket: ClientConnection | None = None
        self.greeted = False

    async def live(self) -> None:
        while True:
            with contextlib.suppress(OSError, WebSocketException, InvalidHandshake):
                async with connect(
                    self._site.url, origin=Origin(SHOP), compression=None, proxy=None
                ) as self.socket:
                    self._sent, self._pushed = "", set()
                    await self._say(self._hello())
                    async for raw in self.socket:
                        await self._take(p.parse_server_frame(raw))
            self.greeted = False
            await asyncio.sleep(0.01)  # as the widget waits before it comes back

    async def write(self) -> None:
        text = f"{self._name} {len(self.written)}"
        self.written.append(text)
        self.outbox.append((new_id(), text))
        if self.greeted:
            with contextlib.suppress(WebSocketException):
                await self._flush()

    def cut(self) -> None:
        """The line breaks, whatever is on its way."""
        if self.socket is not None:
            self.socket.transport.abort()

    def _hello(self) -> p.Hello:
        jwt = sign_identity(JWT_KEY, email="", subject="c-17", expires_at_s=self._site.expiry())
        token = self._told = self._browser.token
        last_seq = self._whole if token else 0
        return p.Hello(entry_point="shop-chat", token=token, last_seq=last_seq, identity=jwt)

    async def _flush(self) -> None:
        if self.outbox and self._sent != self.outbox[0][0]:
            self._sent = self.outbox[0][0]
            await self._say(p.Send(client_id=self._sent, text=self.outbox[0][1]))

    async def _say(self, frame: p.ClientFrame) -> None:
        assert self.socket is not None
        await self.socket.send(p.encode(frame), text=True)

    async def _take(self, frame: p.ServerFrame) -> None:
        match frame:
            case p.Welcome():
                if frame.token and self._browser.token != self._told:
                    self.cut()  # another tab was greeted meanwhile: come back as the same visitor
                    return
                self._browser.token = frame.token or self._browser.token
                if frame.fresh:
                    self._forget()
                self.greeted = True
            case p.Resync():
                self._forget()
            case p.Message():
                self._keep(frame)
            case p.History():
                if self._whole == 0 and frame.messages:
                    self.since = frame.messages[0].seq
                for message in frame.messages:
                    self._keep(message)
            case p.Ack():
                self._acked(frame)
        await self._flush()

    def _acked(self, ack: p.Ack) -> None:
        for client_id, text in self.outbox:
            if client_id == ack.client_id:
                self.log[ack.seq] = text
        if ack.seq == self._whole + 1:
            self._whole = ack.seq
        self._settle(ack.client_id)

    def _keep(self, message: p.Message) -> None:
        assert message.seq not in self._pushed, "the hub sent an entry twice over one line"
        assert self.log.get(message.seq, message.text) == message.text
        self._pushed.add(message.seq)
        self.log[message.seq] = message.text
        self._whole = max(self._whole, message.seq)
        self._settle(message.client_id)

    def _settle(self, client_id: str) -> None:
        self.outbox = [item for item in self.outbox if item[0] != client_id]

    def _forget(self) -> None:
        self.log.clear()
        self._pushed.clear()
        self._whole = 0


class PolledTab(Tab):
    """The same where no WebSocket comes through, and some answers are lost on their way."""

    def __init__(self, site: Site, browser: Browser, name: str, seed: int) -> None:
        super().__init__(site, browser, name)
        self._bad = random.Random(seed)  # noqa: S311 - the same course again, no secret
        self._line: PolledClient | None = None

    async def live(self) -> None:
        async with ClientSession() as http:
            while True:
                with contextlib.suppress(OSError, ClientError):
                    line = self._line = PolledClient(http, self._site.line_url, SHOP, self._bad)
                    self._sent, self._pushed = "", set()
                    await self._say(self._hello())
                    while True:
                        await self._take(p.parse_server_frame(await line.recv()))
                self.greeted = False
                await asyncio.sleep(0.01)

    async def write(self) -> None:
        with contextlib.suppress(OSError, ClientError):
            await super().write()

    def cut(self) -> None:
        if self._line is not None:
            self._line.abort()

    async def _say(self, frame: p.ClientFrame) -> None:
        assert self._line is not None
        await self._line.send(p.encode(frame))


class Site:
    """A gateway and the lines of the HTTP port, that can be stopped and started again."""

    def __init__(self, door: FakeDoor, clock: ManualClock) -> None:
        self.door = door
        self._clock = clock
        self._port = 0
        self._running: asyncio.Task[None] | None = None
        self.url = ""
        self._http = socket.create_server(("127.0.0.1", 0))  # also while nobody serves it
        self._runner: web.AppRunner | None = None
        self.line_url = f"http://127.0.0.1:{self._http.getsockname()[1]}/channels/shop-chat/line"

    def expiry(self) -> int:
        return int(self._clock.now().timestamp()) + 240

    async def start(self) -> None:
        settings = GatewaySettings(
            port=self._port,
            max_connections_per_address=2_000,
            messages_per_s=1e4,
            messages_burst=1e4,
            poll_wait_s=1.0,
        )
        chat = WebChat(self.door, [an_entry_point()], settings, "http://127.0.0.1:8080")
        self._running = asyncio.create_task(chat.run())
        async with asyncio.timeout(30):
            await chat.gateway.started.wait()
        self._port = chat.gateway.port
        self.url = chat.socket_url("shop-chat")
        app = web.Application()
        app.add_routes(chat.routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.SockSite(self._runner, self._http.dup()).start()

    def close(self) -> None:
        self._http.close()

    async def stop(self) -> None:
        assert self._running is not None
        assert self._runner is not None
        for _ in range(5):  # whoever was let in last is known to the server before it closes
            await asyncio.sleep(0)
        await self._runner.cleanup()
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)


@pytest.mark.parametrize("seed", range(5))
async def test_every_page_ends_up_with_what_the_hub_holds(
    door: FakeDoor, clock: ManualClock, seed: int
) -> None:
    random_ = random.Random(seed)  # noqa: S311 - the same course again, no secret
    site = Site(door, clock)
    await site.start()
    laptop, phone = Browser(), Browser()
    tabs = [Tab(site, laptop, "tab"), Tab(site, laptop, "other tab"), Tab(site, phone, "phone")]
    tabs.append(PolledTab(site, laptop, "behind a proxy", seed))
    lives = [asyncio.create_task(tab.live()) for tab in tabs]
    try:
        await until(lambda: all(tab.greeted for tab in tabs))
        restart_at = random_.randrange(STEPS)
        for number in range(STEPS):
            if number == restart_at:
                await site.stop()
                await site.start()
            step, tab = random_.randrange(8), random_.choice(tabs)
            if step < 4:
                await tab.write()
            elif step == 4:
                tab.cut()
            elif step == 5 and door.conversations:
                door.reply(random_.choice(list(door.conversations)), f"reply {number}")
            elif step == 6 and door.conversations:
                door.in_same_commit.append(f"together {number}")
            else:
                for _ in range(random_.randrange(20)):
                    await asyncio.sleep(0)
        assert not [life for life in lives if life.done()]
        with contextlib.suppress(TimeoutError):
            await until(lambda: _is_settled(door, tabs))
        held = {entry.seq: entry.text for entry in _entries(door)}
        for tab in tabs:
            due = {seq: text for seq, text in held.items() if seq >= tab.since}
            missing = {seq: text for seq, text in due.items() if tab.log.get(seq) != text}
            assert (tab.outbox, missing, set(tab.log) - set(held)) == ([], {}, set())
        said = [entry.text for entry in _entries(door)]
        assert len(set(said)) == len(said)
        for tab in tabs:
            assert [text for text in said if text in tab.written] == tab.written
    finally:
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)
        await site.stop()
        site.close()


def _entries(door: FakeDoor) -> list[p.Message]:
    assert len(door.conversations) == 1, "the pages of one customer begin one conversation"
    [conversation] = door.conversations.values()
    return [p.message_of(entry) for entry in conversation.entries]


def _is_settled(door: FakeDoor, tabs: list[Tab]) -> bool:
    if not door.conversations:
        return False  # what was written first has not arrived yet
    held = {entry.seq: entry.text for entry in _entries(door)}
    due = [{seq: text for seq, text in held.items() if seq >= tab.since} for tab in tabs]
    return all(
        not tab.outbox and wanted.items() <= tab.log.items()
        for tab, wanted in zip(tabs, due, strict=True)
    )
