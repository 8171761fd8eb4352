"""A visitor asks to be called, over real sockets: before a fake door, and through the whole hub."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from hub.callbacks.tables import callbacks
from hub.channels.webchat import protocol as p
from hub.channels.webchat.channel import WebChat
from hub.contacts.callback_wishes import CallbackTimes, CallbackWish
from hub.contacts.tables import contacts
from hub.routing.settings import CallbackRules, load_settings, save_settings
from hub.storage import Tx
from hub.testing.center import a_queue
from hub.testing.chat_page import ChatPage
from hub.testing.fake_door import FakeDoor
from hub.testing.hub import hub_settings, running_hub

from .conftest import SHOP
from .test_with_hub import a_center_that_asks

NUMBER = "138 0013 8000"


async def refused(page: ChatPage, frame: p.CallWished) -> p.Problem:
    await page.say(frame)
    return await page.expect(p.Problem)


async def test_times_are_told_and_the_call_stands_on_every_page_and_after_a_reload(
    page: ChatPage, door: FakeDoor, chat: WebChat
) -> None:
    at = door.clock.now() + timedelta(hours=3)
    door.call_times = CallbackTimes(None, [at], "CN")
    await page.write("It leaks")
    await page.expect(p.Queue)
    await page.say(p.AskCallTimes())
    told = await page.expect(p.CallTimes)
    assert (told.opens, list(told.times), told.region) == (None, [at], "CN")
    other = ChatPage(chat.socket_url("shop-chat"), "shop-chat", SHOP)
    other.token = page.token
    async with other:
        await other.hello()
        await page.say(p.CallMe(number=NUMBER, at=at))
        view = p.CallView(state="waiting", number="8000", at=at)
        assert (await page.expect(p.CallStands)).call == view
        assert (await other.expect(p.CallStands)).call == view
        await page.expect(p.Ended)  # the waiting is over
        assert door.wishes == [CallbackWish(door.wishes[0].conversation_id, NUMBER, at)]
        await other.close()
        await other.connect()
        welcome = await other.hello()
        assert (welcome.standing.state, welcome.standing.call) == ("idle", view)
        await other.say(p.CallNoMore())
        assert (await other.expect(p.CallStands)).call is None
    assert door.wished == {}


async def test_a_wish_before_a_word_was_said_is_refused(page: ChatPage, door: FakeDoor) -> None:
    assert (await refused(page, p.CallMe(number=NUMBER))).code == "chat.empty"
    assert (await refused(page, p.CallNoMore())).code == "chat.empty"
    assert door.wishes == []


async def test_a_number_that_is_none_costs_nothing_and_a_good_one_may_follow(
    page: ChatPage, door: FakeDoor
) -> None:
    await page.write("It leaks")
    for _ in range(10):
        assert (await refused(page, p.CallMe(number="12"))).code == "number.invalid"
    await page.say(p.CallMe(number=NUMBER))
    assert (await page.expect(p.CallStands)).call is not None


async def test_times_are_asked_for_ten_times_at_once(page: ChatPage, door: FakeDoor) -> None:
    for _ in range(10):
        await page.say(p.AskCallTimes())
        await page.expect(p.CallTimes)
    problem = await refused(page, p.AskCallTimes())
    assert problem.code == "call.too_many"


async def test_who_tries_numbers_has_no_more_of_them_in_another_visit(
    page: ChatPage, door: FakeDoor, chat: WebChat
) -> None:
    await page.write("It leaks")
    for _ in range(15):
        assert (await refused(page, p.CallMe(number="12"))).code == "number.invalid"
    async with ChatPage(chat.socket_url("shop-chat"), "shop-chat", SHOP) as other:
        await other.hello()
        await other.write("It leaks")
        assert (await refused(other, p.CallMe(number="12"))).code == "call.too_many"


async def test_who_was_blocked_meanwhile_has_nobody_called(page: ChatPage, door: FakeDoor) -> None:
    await page.write("It leaks")
    door.blocked.add("127.0.0.1")
    assert (await refused(page, p.CallMe(number=NUMBER))).code == "blocked"
    assert door.wishes == []


@pytest.mark.parametrize(
    "raw",
    ['{"type":"call_me","number":""}', '{"type":"call_me","number":"1","at":"2026-03-10T09:00"}'],
)
def test_a_wish_without_number_or_zone_is_no_frame(raw: str) -> None:
    assert isinstance(p.parse_client_frame(raw), p.BadFrame)


def a_center_that_calls_back(tx: Tx, _: None) -> None:
    a_center_that_asks(tx, None)
    settings = load_settings(tx)
    queue = a_queue(callback=CallbackRules(window="00:00-24:00"))
    queues = {**settings.queues, "support": queue}
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))


async def test_through_the_hub_the_chat_gives_way_to_the_call_and_comes_back(
    tmp_path: Path,
) -> None:
    async with running_hub(hub_settings(tmp_path), a_center_that_calls_back) as hub:
        url = f"{hub.settings.server.chat_socket_url()}/channels/shop-chat/chat"
        async with ChatPage(url, "shop-chat", hub.base_url) as page:
            await page.hello()
            await page.write("It leaks")
            await page.expect(p.Queue)
            await page.say(p.CallMe(number=NUMBER))
            view = p.CallView(state="queued", number="8000")
            assert (await page.expect(p.CallStands)).call == view
            await page.expect(p.Ended)

            def rows(tx: Tx, _: None) -> list[tuple[str, str, str | None]]:
                c = contacts.c
                found = select(c.channel, c.state, c.ended_as).order_by(c.opened_at, c.channel)
                return [(row.channel, row.state, row.ended_as) for row in tx.execute(found)]

            assert sorted(await hub.store.read(rows, None)) == [
                ("phone", "queued", None),
                ("webchat", "closed", "callback"),
            ]
            assert (await refused(page, p.CallMe(number="13900139000"))).code == "callback.pending"
            await page.close()
            await page.connect()
            assert (await page.hello()).standing.call == view
            await page.say(p.CallNoMore())
            while (await page.expect(p.CallStands)).call is not None:
                pass  # told once more to all pages
            states = select(callbacks.c.state)
            found = await hub.store.read(lambda tx, _: tx.execute(states).scalars().all(), None)
            assert list(found) == ["cancelled"]
            await page.write("I go on here")
            await page.expect(p.Queue)
