"""Tabs of one browser, before and at the first message: one visitor, one chat, in all of them."""

from __future__ import annotations

import asyncio

import pytest

from hub.channels.webchat import protocol as p
from hub.channels.webchat.channel import WebChat
from hub.contacts.inbound import Blockable
from hub.testing.chat_page import ChatPage, sign_identity
from hub.testing.fake_door import FakeDoor

from .conftest import JWT_KEY, SHOP


def a_page(chat: WebChat) -> ChatPage:
    return ChatPage(chat.socket_url("shop-chat"), "shop-chat", SHOP)


def signed(door: FakeDoor) -> str:
    expires_at_s = int(door.clock.now().timestamp()) + 240
    return sign_identity(
        JWT_KEY, email="fang@example.test", subject="c-17", expires_at_s=expires_at_s
    )


async def come_back(page: ChatPage) -> p.Welcome:
    """Be sent away, and greeted anew, as the widget does."""
    assert page.socket is not None
    await asyncio.wait_for(page.socket.wait_closed(), 30)
    assert page.socket.close_code == 1012
    await page.connect()
    return await page.hello()


async def test_a_tab_opened_before_the_first_message_shows_what_the_other_one_began(
    chat: WebChat, door: FakeDoor
) -> None:
    async with a_page(chat) as first, a_page(chat) as second:
        await first.hello()
        second.token = first.token
        assert (await second.hello()).conversation is None
        await first.write("from the first")
        welcome = await come_back(second)
        assert welcome.conversation in door.conversations
        await second.expect(p.History)
        assert [message.text for message in second.messages] == ["from the first"]
        await second.write("from the second")
        assert (await first.expect(p.Message)).text == "from the second"
        assert len(door.conversations) == 1


@pytest.mark.parametrize("is_signed", [False, True])
async def test_a_tab_that_is_greeted_while_the_other_one_begins_shows_it(
    chat: WebChat, door: FakeDoor, monkeypatch: pytest.MonkeyPatch, is_signed: bool
) -> None:
    asked, go_on, is_blocked = asyncio.Event(), asyncio.Event(), door.is_blocked

    async def slowly(who: Blockable) -> bool:
        asked.set()
        await go_on.wait()
        return await is_blocked(who)

    identity = signed(door) if is_signed else ""
    async with a_page(chat) as first, a_page(chat) as second:
        await first.hello(identity=identity)
        second.token = first.token
        monkeypatch.setattr(door, "is_blocked", slowly)
        greeted = asyncio.create_task(second.hello(identity=identity))
        await asked.wait()
        await first.write("from the first")
        go_on.set()
        assert (await greeted).conversation in door.conversations
        await second.expect(p.History)
        assert [message.text for message in second.messages] == ["from the first"]
        await first.write("and more")
        assert (await second.expect(p.Message)).text == "and more"


async def test_who_signed_in_on_one_tab_is_shown_the_chat_on_the_tab_of_before(
    chat: WebChat, door: FakeDoor
) -> None:
    identity = signed(door)
    async with a_page(chat) as before, a_page(chat) as after:
        await before.hello()
        after.token = before.token
        await after.hello(identity=identity)
        await after.write("it is me")
        assert (await come_back(before)).conversation is not None
        assert len(door.conversations) == 1


async def test_two_tabs_that_write_first_at_the_same_moment_begin_one_chat(
    chat: WebChat, door: FakeDoor
) -> None:
    async with a_page(chat) as first, a_page(chat) as second:
        await first.hello()
        second.token = first.token
        await second.hello()
        for page, text in ((first, "one"), (second, "two")):
            await page.say(p.Send(client_id=f"client-{text}", text=text))
        # The later one may be sent away before its ack: it sends again, and is stored once.
        async with a_page(chat) as third:
            third.token = first.token
            async with asyncio.timeout(30):
                while len(door.inbounds) < 2:  # noqa: ASYNC110 - two sockets, no event for both
                    await asyncio.sleep(0.01)
            await third.hello()
            await third.expect(p.History)
            assert sorted(message.text for message in third.messages) == ["one", "two"]
        begun, joined = door.inbounds
        assert begun.conversation_id is None
        assert joined.conversation_id in door.conversations


async def test_a_widget_that_is_removed_ends_no_chat_of_who_is_signed_in(
    chat: WebChat, door: FakeDoor
) -> None:
    identity = signed(door)
    async with a_page(chat) as page:
        await page.hello(identity=identity)
        chat.take_up([])
        await page.write("My washing machine leaks")
        await page.write("It still does")
        assert [inbound.text for inbound in door.inbounds] == [
            "My washing machine leaks",
            "It still does",
        ]
        assert door.proven == []  # nothing says any more whom that site may sign
