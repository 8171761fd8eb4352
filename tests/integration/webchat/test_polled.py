"""Chats without a WebSocket, over real HTTP: the same talk, nothing lost and nothing twice."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import ClientSession

from hub.channels.webchat import protocol as p
from hub.channels.webchat.channel import WebChat
from hub.channels.webchat.settings import GatewaySettings
from hub.core.ids import new_id
from hub.testing.chat_page import ChatPage
from hub.testing.fake_door import FakeDoor
from hub.testing.hub import hub_settings, running_hub
from hub.testing.polled_page import LineEnded, PolledPage

from .conftest import SHOP, NewPage, StartChat, line_of, served, until


async def test_a_customer_writes_waits_and_is_answered(new_page: NewPage, door: FakeDoor) -> None:
    async with new_page() as page:
        welcome = await page.hello()
        assert welcome.token
        ack = await page.write("hello")
        assert ack.seq == 1
        queue = await page.expect(p.Queue)
        assert (queue.position, queue.wait_low_s, queue.wait_high_s) == (1, 10, 30)
        (conversation_id,) = door.conversations
        waiting = asyncio.create_task(page.expect(p.Message))
        door.reply(conversation_id, "您好")
        message = await waiting
        assert (message.text, message.sender) == ("您好", "agent")
        await page.say(p.Read(seq=message.seq))
        await page.say(p.Ping())
        await page.expect(p.Pong)
        assert len(door.reports) == 1


async def test_a_page_that_was_away_gets_what_it_missed_and_nothing_twice(
    new_page: NewPage, door: FakeDoor
) -> None:
    page = new_page()
    await page.connect()
    await page.hello()
    await page.write("one")
    (conversation_id,) = door.conversations
    line_of(page).abort()
    for number in range(3):
        door.reply(conversation_id, f"reply {number}")
    await page.connect()
    welcome = await page.hello()
    assert (welcome.conversation, welcome.token) == (conversation_id, None)
    await page.expect(p.History)
    assert [message.text for message in page.messages] == ["reply 0", "reply 1", "reply 2"]
    await page.close()


async def test_a_socket_and_a_polled_tab_of_one_customer_show_the_same(
    chat: WebChat, new_page: NewPage, door: FakeDoor
) -> None:
    socket = ChatPage(chat.socket_url("shop-chat"), "shop-chat", SHOP)
    async with new_page() as first, new_page() as second, socket:
        await first.hello()
        await first.write("one")
        second.token = socket.token = first.token
        await second.hello()
        await socket.hello()
        await first.write("two")
        (conversation_id,) = door.conversations
        door.reply(conversation_id, "three")
        for page in (second, socket):
            assert (await page.expect(p.Message)).text == "two"
            assert (await page.expect(p.Message)).text == "three"
        await socket.write("four")
        assert (await first.expect(p.Message)).text == "three"
        assert (await first.expect(p.Message)).text == "four"


async def test_a_request_made_again_is_done_once(
    new_page: NewPage, http: ClientSession, lines: str, door: FakeDoor
) -> None:
    async with new_page() as page:
        await page.hello()
        key = line_of(page).key
        send = p.encode(p.Send(client_id=new_id(), text="once"))
        typing = p.encode(p.Typing(on=True))
        body = json.dumps({"line": key, "number": 2}).encode() + b"\n" + send + b"\n" + typing
        for _ in range(2):
            async with http.post(f"{lines}/send", data=body, headers={"Origin": SHOP}) as answer:
                assert answer.status == 204
        ask = json.dumps({"line": key, "after": line_of(page).got}).encode()
        told: list[list[bytes]] = []
        for _ in range(2):
            async with http.post(f"{lines}/receive", data=ask, headers={"Origin": SHOP}) as answer:
                told.append((await answer.read()).split(b"\n"))
        assert told[1][: len(told[0])] == told[0]
        frames = [p.parse_server_frame(frame) for frame in told[1][1:]]
        assert sum(isinstance(frame, p.Ack) for frame in frames) == 1
        assert len(door.inbounds) == 1


async def test_a_token_that_is_not_known_starts_afresh(new_page: NewPage) -> None:
    async with new_page() as page:
        page.token, page.last_seq = "x" * 43, 9
        welcome = await page.hello()
        assert welcome.fresh
        assert welcome.token not in (None, "x" * 43)


async def test_a_page_that_goes_says_so(new_page: NewPage, chat: WebChat, door: FakeDoor) -> None:
    page = new_page()
    await page.connect()
    await page.hello()
    await page.write("anybody there?")
    await page.expect(p.Queue)
    await page.close()
    assert len(chat.polled) == 0
    await until(lambda: len(chat.chats.shared.gone) == 1)


async def test_who_has_everything_is_told_nothing_again(
    new_page: NewPage, http: ClientSession, lines: str
) -> None:
    async with new_page() as page:
        await page.hello()
        await page.write("hello")
        await page.expect(p.Queue)
        line = line_of(page)
        ask = json.dumps({"line": line.key, "after": line.got, "wait": False})
        async with http.post(f"{lines}/receive", data=ask, headers={"Origin": SHOP}) as answer:
            assert json.loads(await answer.read()) == {"first": line.got + 1}


async def test_the_end_of_the_http_port_answers_who_waits_at_once(
    start_chat: StartChat, http: ClientSession
) -> None:
    async with start_chat(GatewaySettings(port=0)) as chat:
        async with served(chat) as url:
            page = PolledPage(http, url, "shop-chat", SHOP)
            await page.connect()
            await page.hello()
            waiting = asyncio.create_task(line_of(page).recv())
            await until(lambda: any(line.waits for line in chat.polled._lines.values()))
            began = asyncio.get_running_loop().time()
        with pytest.raises(LineEnded) as ended:
            await waiting
        assert ended.value.code == 1001
        assert asyncio.get_running_loop().time() - began < 5


async def test_a_page_resumes_after_a_restart(
    start_chat: StartChat, http: ClientSession, door: FakeDoor
) -> None:
    page = PolledPage(http, "", "shop-chat", SHOP)
    for turn in range(2):
        async with start_chat(GatewaySettings(port=0)) as chat, served(chat) as url:
            page._url = url
            await page.connect()
            welcome = await page.hello()
            assert (welcome.token is None) == bool(turn)
            await page.write(f"message {turn}", f"client-{turn}")
            if turn:
                await page.write("message 0", "client-0")  # again: it was stored before
    assert [inbound.text for inbound in door.inbounds] == ["message 0", "message 1"]
    assert len(door.conversations) == 1


async def test_the_end_of_the_hub_answers_who_waits(http: ClientSession, tmp_path: Path) -> None:
    async with running_hub(hub_settings(tmp_path)) as hub:
        url = f"{hub.base_url}/channels/shop-chat/line"
        page = PolledPage(http, url, "shop-chat", hub.base_url)
        await page.connect()
        await page.hello()
        await page.write("hello")
        await page.expect(p.Queue)
        chat = hub.registry.get("webchat")
        assert isinstance(chat, WebChat)
        waiting = asyncio.create_task(page.expect(p.Pong))
        await until(lambda: any(line.waits for line in chat.polled._lines.values()))
        began = asyncio.get_running_loop().time()
    with pytest.raises(LineEnded) as ended:
        await waiting
    assert ended.value.code == 1001
    assert asyncio.get_running_loop().time() - began < 4


async def test_a_poll_that_is_answered_is_no_line_of_the_log_whatever_else_is_asked(
    tmp_path: Path, http: ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """A customer who waits asks three times a minute, all day."""
    caplog.set_level("INFO", logger="hub.web.middleware")
    async with running_hub(hub_settings(tmp_path)) as hub:
        url = f"{hub.base_url}/channels/shop-chat/line"
        page = PolledPage(http, url, "shop-chat", hub.base_url)
        await page.connect()
        await page.hello()
        assert page.line is not None
        await page.line.poll(wait=False)
        await http.post(f"{url}/receive", data=b'{"line":"no such line"}')
        await page.close()
    said = [
        (record.__dict__["route"].removeprefix("/channels/{entry_point}"), record.levelname)
        for record in caplog.records
        if "/line" in record.__dict__.get("route", "")
    ]
    refused = ("/line/receive", "INFO")
    assert said.count(refused) == 1
    assert {path for path, _ in said} == {"/line", "/line/send", "/line/receive"}
