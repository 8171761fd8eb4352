"""Chats without a WebSocket, over real HTTP: who may come, how much, how long."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from hub.channels.webchat import polled, polled_routes
from hub.channels.webchat import protocol as p
from hub.channels.webchat.channel import WebChat
from hub.channels.webchat.settings import GatewaySettings
from hub.contacts.inbound import Inbound, Receipt
from hub.core.budget import Rate
from hub.core.ids import new_id
from hub.testing.chat_page import ChatPage, MessageRefused
from hub.testing.fake_door import FakeDoor
from hub.testing.polled_page import LineEnded, PolledPage

from .conftest import SHOP, NewPage, StartChat, line_of, served, until


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("send", {"number": 9}),
        ("send", {"number": 0}),
        ("receive", {"after": 10_000}),
        ("receive", {"after": -1}),
    ],
)
async def test_numbers_that_leave_a_gap_are_refused(
    new_page: NewPage, http: ClientSession, lines: str, path: str, head: dict[str, int]
) -> None:
    async with new_page() as page:
        await page.hello()
        body = json.dumps({"line": line_of(page).key, **head})
        async with http.post(f"{lines}/{path}", data=body, headers={"Origin": SHOP}) as answer:
            assert answer.status in {400, 409}
        await page.say(p.Ping())  # and the line goes on
        await page.expect(p.Pong)


async def test_a_foreign_origin_opens_nothing(
    http: ClientSession, lines: str, chat: WebChat, new_page: NewPage
) -> None:
    evil = {"Origin": "https://evil.example"}
    hello = p.encode(p.Hello(entry_point="shop-chat"))
    async with http.post(lines, data=hello, headers=evil) as answer:
        assert answer.status == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert len(chat.polled) == 0
    async with new_page() as page:
        await page.hello()
        ask = json.dumps({"line": line_of(page).key, "wait": False})
        async with http.post(f"{lines}/receive", data=ask, headers=evil) as answer:
            assert answer.status == 403
        async with http.post(f"{lines}/receive", data=ask, headers={"Origin": SHOP}) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == SHOP
            assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("key", ["", "x" * 43, "x" * 5_000])
async def test_a_key_that_is_not_known_names_no_line(
    http: ClientSession, lines: str, key: str
) -> None:
    for path in ("send", "receive"):
        body = json.dumps({"line": key})
        async with http.post(f"{lines}/{path}", data=body, headers={"Origin": SHOP}) as answer:
            assert answer.status == (400 if len(key) > 100 else 404)


async def test_a_line_is_of_its_own_entry_point(
    new_page: NewPage, http: ClientSession, lines: str
) -> None:
    async with new_page() as page:
        await page.hello()
        other = lines.replace("shop-chat", "other-chat")
        body = json.dumps({"line": line_of(page).key, "wait": False})
        async with http.post(f"{other}/receive", data=body, headers={"Origin": SHOP}) as answer:
            assert answer.status == 404


async def test_who_does_not_begin_with_a_hello_is_told_and_hung_up(new_page: NewPage) -> None:
    page = new_page()
    await page.connect()
    await page.say(p.Ping())
    assert (await page.expect(p.Problem)).code == "hello_first"
    with pytest.raises(LineEnded) as ended:
        await page.expect(p.Pong)
    assert ended.value.code == 1008


async def test_rubbish_is_answered_as_on_a_socket(
    new_page: NewPage, http: ClientSession, lines: str
) -> None:
    async with new_page() as page:
        await page.hello()
        head = json.dumps({"line": line_of(page).key, "number": 2}).encode()
        body = head + b"\n" + b'{"type":"message","seq":1}' + b"\n" + b"\xff\xfe" * 40
        async with http.post(f"{lines}/send", data=body, headers={"Origin": SHOP}) as answer:
            assert answer.status == 204
        assert (await page.expect(p.Problem)).code == "malformed"
        assert (await page.expect(p.Problem)).code == "malformed"
        for bad in (b"", b"[]", b"\xff", b'{"line": 4}', b"[" * 60_000):
            async with http.post(f"{lines}/send", data=bad, headers={"Origin": SHOP}) as answer:
                assert answer.status == 400


async def test_a_body_is_bounded_said_or_not(http: ClientSession, lines: str) -> None:
    size = polled_routes.MAX_BODY_BYTES + 1
    async with http.post(lines, data=b" " * size, headers={"Origin": SHOP}) as answer:
        assert answer.status == 413

    async def unsaid() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b" " * (size // 8)

    async with http.post(lines, data=unsaid(), headers={"Origin": SHOP}) as answer:
        assert answer.status == 413
    many = b"\n".join([b"{}"] * (polled_routes.MAX_FRAMES + 1))
    async with http.post(lines, data=many, headers={"Origin": SHOP}) as answer:
        assert answer.status == 400


async def test_a_body_that_does_not_come_is_given_up(
    lines: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polled_routes, "BODY_S", 0.2)
    host, _, port = lines.removeprefix("http://").partition("/")[0].partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /channels/shop-chat/line HTTP/1.1\r\nHost: {host}\r\nContent-Length: 50\r\n\r\n{{"
    writer.write(head.encode())
    async with asyncio.timeout(30):
        assert b" 400 " in await reader.readline()
    writer.close()


async def test_messages_have_the_limits_of_a_socket(
    start_chat: StartChat, http: ClientSession
) -> None:
    settings = GatewaySettings(port=0, messages_burst=2, max_connections_per_address=2)
    async with start_chat(settings) as chat, served(chat) as url:
        async with (
            PolledPage(http, url, "shop-chat", SHOP) as page,
            ChatPage(chat.socket_url("shop-chat"), "shop-chat", SHOP),
        ):
            await page.hello()
            for text in ("one", "two"):
                await page.write(text)
            with pytest.raises(MessageRefused, match="too_many"):
                await page.write("three")
            third = PolledPage(http, url, "shop-chat", SHOP)
            await third.connect()
            with pytest.raises(LineEnded) as refused:  # sockets and lines of a network count as one
                await third.hello()
        assert refused.value.status == 429


async def test_a_line_may_ask_only_so_often(
    new_page: NewPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polled, "REQUESTS", Rate(per_s=0.01, burst=3.0))
    async with new_page() as page:
        await page.hello()
        line = line_of(page)
        for _ in range(3):
            await line.poll(wait=False)
        with pytest.raises(LineEnded) as refused:
            await line.poll(wait=False)
        assert refused.value.status == 429


async def test_who_asks_again_and_again_for_the_same_is_cut_off(
    new_page: NewPage, chat: WebChat, door: FakeDoor
) -> None:
    """Each answer costs, and what the page never says it got is kept for it."""
    async with new_page() as page:
        await page.hello()
        await page.write("hello")
        await page.expect(p.Queue)
        (conversation_id,) = door.conversations
        door.reply(conversation_id, "read me")
        line = line_of(page)
        got = line.got
        (held,) = chat.polled._lines.values()
        await until(lambda: held._frames)
        for _ in range(polled.TELLINGS):
            line.got = got
            assert await line.poll(wait=False) == 1
        line.got = got
        assert await line.poll(wait=False) == 0
        with pytest.raises(LineEnded) as ended:
            await page.expect(p.Pong)
        assert ended.value.code == 1006
        await until(lambda: len(chat.polled) == 0)


async def test_what_is_handed_in_waits_its_turn_only_a_few_at_a_time(
    new_page: NewPage,
    http: ClientSession,
    lines: str,
    door: FakeDoor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While the store is slow bodies must not pile up: the page is told to wait."""
    slow = asyncio.Event()
    receive = door.receive

    async def receive_late(inbound: Inbound) -> Receipt:
        await slow.wait()
        return await receive(inbound)

    monkeypatch.setattr(door, "receive", receive_late)
    async with new_page() as page:
        await page.hello()
        head = json.dumps({"line": line_of(page).key, "number": 2}).encode()
        body = head + b"\n" + p.encode(p.Send(client_id=new_id(), text="once"))

        async def hand_in() -> int:
            async with http.post(f"{lines}/send", data=body, headers={"Origin": SHOP}) as answer:
                return answer.status

        asked = [asyncio.create_task(hand_in()) for _ in range(polled.HANDINGS + 3)]
        await until(lambda: sum(one.done() for one in asked) == 3)
        slow.set()
        statuses = sorted(await asyncio.gather(*asked))
        assert statuses == [204] * polled.HANDINGS + [429] * 3
        assert len(door.inbounds) == 1


async def test_a_frame_is_no_larger_than_on_a_socket(
    start_chat: StartChat, http: ClientSession
) -> None:
    async with (
        start_chat(GatewaySettings(port=0, frame_bytes=1_000)) as chat,
        served(chat) as url,
        PolledPage(http, url, "shop-chat", SHOP) as page,
    ):
        await page.hello()
        await page.write("x" * 800)
        with pytest.raises(LineEnded) as refused:
            await page.write("x" * 1_000)
        assert refused.value.status == 413


async def test_a_line_counts_until_its_end_was_fetched(
    start_chat: StartChat, http: ClientSession
) -> None:
    """What it holds is kept for its page: it must not make room for ever more of them."""
    settings = GatewaySettings(port=0, max_connections_per_address=2, poll_gone_s=600)
    async with start_chat(settings) as chat, served(chat) as url:
        page, second, third = (PolledPage(http, url, "shop-chat", SHOP) for _ in range(3))
        for one in (page, second, third):
            await one.connect()
        await second.hello()
        await page.hello()
        await page.say(p.Hello(entry_point="shop-chat"))  # hung up, and not fetched
        assert sum(line.closed is not None for line in chat.polled._lines.values()) == 1
        third.token = second.token
        with pytest.raises(LineEnded) as refused:
            await third.hello()
        assert refused.value.status == 429
        with pytest.raises(LineEnded):
            await page.expect(p.Pong)
        await until(lambda: len(chat.polled) == 1)
        await third.connect()
        await third.hello()


async def test_who_stops_asking_is_given_up_and_who_rests_is_not(
    start_chat: StartChat, http: ClientSession, door: FakeDoor
) -> None:
    settings = GatewaySettings(port=0, poll_gone_s=0.1, poll_rests_s=600)
    async with start_chat(settings) as chat, served(chat) as url:
        gone, rests = (PolledPage(http, url, "shop-chat", SHOP) for _ in range(2))
        for page in (gone, rests):
            await page.connect()
            await page.hello()
            await page.write("hello")
            await page.expect(p.Queue)
            await line_of(page).poll(wait=False)
        asking = asyncio.create_task(line_of(gone).poll())
        await until(lambda: any(line.waits for line in chat.polled._lines.values()))
        asking.cancel()  # the page is gone in the middle of a poll
        await until(lambda: len(chat.polled) == 1)
        await until(lambda: len(chat.chats.shared.gone) == 1)
        await rests.say(p.Ping())
        await rests.expect(p.Pong)


async def test_what_waits_for_a_page_is_bounded(
    new_page: NewPage, chat: WebChat, door: FakeDoor
) -> None:
    page = new_page()
    await page.connect()
    await page.hello()
    await page.write("hello")
    (conversation_id,) = door.conversations
    for _ in range(200):
        door.reply(conversation_id, "x" * 30_000, hint=False)
    door.reply(conversation_id, "last")
    await until(lambda: all(line.closed for line in chat.polled._lines.values()))
    (line,) = chat.polled._lines.values()
    assert line.chat is None
    assert line._held_bytes == 0
    with pytest.raises(LineEnded):
        await line_of(page).poll()
    await page.connect()
    await page.hello()  # and the page comes back to what is newest
    await page.expect(p.Resync)


async def test_an_answer_is_bounded_and_the_rest_follows(
    new_page: NewPage, door: FakeDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polled, "BATCH_BYTES", 3_000)
    async with new_page() as page:
        await page.hello()
        await page.write("hello")
        (conversation_id,) = door.conversations
        for number in range(5):
            door.reply(conversation_id, f"{number}" + "x" * 2_000, hint=number == 4)
        for number in range(5):
            assert (await page.expect(p.Message)).text[0] == str(number)


async def test_a_page_that_went_makes_room(start_chat: StartChat, http: ClientSession) -> None:
    settings = GatewaySettings(port=0, max_connections_per_address=1)
    async with start_chat(settings) as chat, served(chat) as url:
        page = PolledPage(http, url, "shop-chat", SHOP)
        for _ in range(2):
            async with page:
                await page.hello()


async def test_pages_behind_our_own_proxy_are_counted_by_their_own_address(
    start_chat: StartChat, http: ClientSession
) -> None:
    settings = GatewaySettings(
        port=0, max_connections_per_address=1, trusted_proxies=("127.0.0.1",)
    )
    hello = p.encode(p.Hello(entry_point="shop-chat"))
    async with start_chat(settings) as chat, served(chat) as url:
        statuses = []
        for address in ("203.0.113.1", "203.0.113.1", "203.0.113.2"):
            headers = {"Origin": SHOP, "X-Forwarded-For": address}
            async with http.post(url, data=hello, headers=headers) as answer:
                statuses.append(answer.status)
    assert statuses == [200, 429, 200]


async def test_a_full_house_says_so(start_chat: StartChat, http: ClientSession) -> None:
    async with start_chat(GatewaySettings(port=0, max_connections=1)) as chat, served(chat) as url:
        first = ChatPage(chat.socket_url("shop-chat"), "shop-chat", SHOP)
        await first.connect()
        await first.hello()
        hello = p.encode(p.Hello(entry_point="shop-chat"))
        async with http.post(url, data=hello, headers={"Origin": SHOP}) as answer:
            assert answer.status == 503
            assert "Retry-After" in answer.headers
            assert answer.headers["Access-Control-Allow-Origin"] == SHOP
        await first.close()


async def test_who_never_says_hello_is_cut_off(start_chat: StartChat, http: ClientSession) -> None:
    """A line without a frame that is one is hung up at once; none waits for its first."""
    async with start_chat(GatewaySettings(port=0, poll_gone_s=0.1)) as chat, served(chat) as url:
        for body in (b"", b"\n\n", b"{}"):
            async with http.post(url, data=body, headers={"Origin": SHOP}) as answer:
                told = json.loads((await answer.read()).split(b"\n")[0])
                assert told["code"] == 1008
        await until(lambda: len(chat.polled) == 0)
