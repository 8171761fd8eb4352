"""Hostile frames against the real socket: a clear answer or a closed line, others unaffected."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Callable

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from hub.channels.webchat import protocol as p
from hub.channels.webchat.channel import WebChat
from hub.channels.webchat.settings import GatewaySettings
from hub.testing.chat_page import ChatPage
from hub.testing.fake_door import FakeDoor

from .conftest import SHOP, StartChat

Frame = bytes | str
_WORDS = (
    *("hello", "send", "typing", "got", "read", "older", "survey", "end", "profile", "welcome"),
    *("ask_code", "give_code"),
)
_KEYS = (
    *("type", "entry_point", "token", "client_id", "text", "files", "seq", "on", "before", "x"),
    *("email", "code"),
)


def a_value(random_: random.Random, depth: int = 0) -> object:
    kinds: list[Callable[[], object]] = [
        lambda: None,
        lambda: random_.choice((True, False)),
        lambda: random_.choice((0, -1, 2**63, 1e308, random_.random())),
        lambda: random_.choice(_WORDS),
        lambda: "\x00\u202e<script>" * random_.randint(0, 3),
    ]
    if depth < 4:
        kinds += [
            lambda: [a_value(random_, depth + 1) for _ in range(random_.randint(0, 4))],
            lambda: {random_.choice(_KEYS): a_value(random_, depth + 1) for _ in range(3)},
        ]
    return random_.choice(kinds)()


def a_frame(random_: random.Random) -> Frame:
    kind = random_.randrange(6)
    if kind == 0:
        return random_.randbytes(random_.randint(0, 300))
    if kind == 1:  # half a frame
        return json.dumps({"type": "send", "client_id": "a" * 8, "text": "x"})[
            : random_.randint(0, 40)
        ]
    if kind == 2:
        return "[" * random_.randint(1, 20_000)
    if kind == 3:
        return json.dumps(
            {"type": random_.choice(_WORDS), **{key: a_value(random_) for key in _KEYS[1:]}}
        )
    if kind == 4:
        return json.dumps({"type": random_.choice(_WORDS), random_.choice(_KEYS): a_value(random_)})
    return json.dumps(a_value(random_))


def a_line(chat: WebChat) -> connect:
    url = chat.socket_url("shop-chat")
    return connect(url, origin=Origin(SHOP), compression=None, proxy=None)


async def throw(chat: WebChat, frames: list[Frame], *, hello: bool) -> None:
    """Send frames to a socket of its own until they are all sent or the hub hangs up."""
    async with a_line(chat) as socket:
        with contextlib.suppress(ConnectionClosed):
            if hello:
                await socket.send(p.encode(p.Hello(entry_point="shop-chat")), text=True)
            for frame in frames:
                await socket.send(frame)
            await drain(socket)
        assert socket.close_code in {None, 1002, 1003, 1007, 1008, 1009, 1013}


async def drain(socket: ClientConnection) -> None:
    """Everything that comes back is a frame of ours."""
    try:
        async with asyncio.timeout(0.3):
            while True:
                p.parse_server_frame(await socket.recv(decode=False))
    except TimeoutError:
        pass


@pytest.mark.parametrize("seed", range(4))
async def test_no_frames_whatever_break_the_gateway_or_a_neighbour(
    chat: WebChat, door: FakeDoor, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    random_ = random.Random(seed)  # noqa: S311 - the same frames again, no secret
    url = chat.socket_url("shop-chat")
    async with ChatPage(url, "shop-chat", SHOP) as neighbour:
        await neighbour.hello()
        for round_ in range(8):
            frames = [a_frame(random_) for _ in range(12)]
            await throw(chat, frames, hello=round_ % 2 == 0)
            ack = await neighbour.write(f"still here {round_}")
            assert ack.seq == round_ + 1
    assert [record for record in caplog.records if record.exc_info] == []
    said = [one.text for one in door.inbounds if one.text.startswith("still here")]
    assert len(said) == 8


@pytest.mark.parametrize("size", [65_537, 1_000_000])
async def test_a_frame_that_is_too_large_closes_only_its_own_line(chat: WebChat, size: int) -> None:
    async with a_line(chat) as socket:
        await socket.send(p.encode(p.Hello(entry_point="shop-chat")), text=True)
        await socket.recv()
        with contextlib.suppress(ConnectionClosed):
            await socket.send("x" * size)
        async with asyncio.timeout(30):
            await socket.wait_closed()
        assert socket.close_code == 1009


async def test_what_is_no_utf_8_is_answered_and_then_hung_up(chat: WebChat) -> None:
    async with a_line(chat) as socket:
        await socket.send(p.encode(p.Hello(entry_point="shop-chat")), text=True)
        await socket.recv()
        await socket.send(b'{"type":"send","client_id":"abcdefgh","text":"\xff\xfe"}', text=True)
        answer = p.parse_server_frame(await socket.recv(decode=False))
        assert isinstance(answer, p.Problem)
        assert answer.code == "malformed"
        with contextlib.suppress(ConnectionClosed):
            for _ in range(10):
                await socket.send(b"\xff", text=True)
        async with asyncio.timeout(30):
            await socket.wait_closed()
        assert socket.close_code == 1008


async def test_who_sends_a_request_drop_by_drop_is_cut_off(start_chat: StartChat) -> None:
    """Slow loris: half a handshake holds no place for long."""
    async with start_chat(GatewaySettings(port=0, hello_timeout_s=0.5)) as chat:
        reader, writer = await asyncio.open_connection("127.0.0.1", chat.gateway.port)
        writer.write(b"GET /channels/shop-chat/chat HTTP/1.1\r\nHost: hub\r\n")
        async with asyncio.timeout(30):
            assert await reader.read() == b""
        writer.close()
        async with ChatPage(chat.socket_url("shop-chat"), "shop-chat", SHOP) as page:
            await page.hello()
            await page.write("hello")


async def test_script_in_names_and_messages_stays_text(page: ChatPage, door: FakeDoor) -> None:
    nasty = "<img src=x onerror=alert(1)>\u202e\x00{{7*7}}"
    await page.say(p.Profile(name=nasty, email="a@example.com"))
    ack = await page.write(nasty)
    assert ack.seq == 1
    assert door.inbounds[-1].text == nasty.replace("\x00", "")
    assert door.inbounds[-1].html is None
