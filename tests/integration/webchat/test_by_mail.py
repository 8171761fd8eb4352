"""Chats and mail: the address, the transcript, the reminder, and the way back by a link."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from hub.channels.webchat import protocol as p
from hub.channels.webchat.channel import WebChat
from hub.channels.webchat.returning import FRAGMENT
from hub.channels.webchat.settings import WebChatSettings
from hub.contacts.inbound import IdentityKind, Standing
from hub.core.bus import Hint
from hub.testing.chat_page import ChatPage
from hub.testing.fake_door import FakeDoor

from .conftest import SHOP, until

HERS = "chen@example.test"
TOKEN = "A" * 32


def a_page(chat: WebChat) -> ChatPage:
    return ChatPage(chat.socket_url("shop-chat"), "shop-chat", SHOP)


# ---- the address ---------------------------------------------------------------


async def test_an_address_given_before_or_during_the_chat_is_where_they_are_written_to(
    page: ChatPage, chat: WebChat, door: FakeDoor
) -> None:
    await page.write("hello")
    (conversation_id,) = door.conversations
    assert door.mailed_to == {}
    await page.say(p.Profile(name="Chen", email=HERS))
    await until(lambda: door.mailed_to == {conversation_id: HERS})
    async with a_page(chat) as other:
        await other.hello(email="li@example.test")
        await other.write("hello")
        await until(lambda: "li@example.test" in door.mailed_to.values())


# ---- the transcript ---------------------------------------------------------------


async def test_what_was_said_is_mailed_to_the_address_they_name(
    page: ChatPage, door: FakeDoor
) -> None:
    await page.write("hello")
    await page.say(p.Transcript(email=HERS))
    assert (await page.expect(p.Mailed)).to == HERS
    (conversation_id,) = door.conversations
    assert door.transcripts == [(conversation_id, HERS, "en")]


async def test_without_an_address_or_a_word_nothing_is_mailed(
    page: ChatPage, door: FakeDoor
) -> None:
    await page.say(p.Transcript())
    assert (await page.expect(p.Problem)).code == "email.wrong"
    await page.say(p.Transcript(email=HERS))
    assert (await page.expect(p.Problem)).code == "chat.empty"
    assert door.transcripts == []


async def test_three_transcripts_an_hour_are_enough(page: ChatPage, door: FakeDoor) -> None:
    await page.write("hello")
    for number in range(4):
        await page.say(p.Transcript(email=f"{number}@example.test"))
    refused = await page.expect(p.Problem)
    assert refused.code == "transcript.too_many"
    assert refused.retry_after_s is not None
    assert 1_000 < refused.retry_after_s <= 1_200
    assert len(door.transcripts) == 3


# ---- the reminder ---------------------------------------------------------------


async def test_a_silent_customer_is_asked_once_and_told_why_it_ended(
    page: ChatPage, chat: WebChat, door: FakeDoor
) -> None:
    await page.write("hello")
    (conversation,) = door.conversations.values()
    contact_id = conversation.contact_id
    assert contact_id is not None

    def stands(state: str, *, reminded: bool) -> None:
        door.standings[contact_id] = Standing(
            state, None, None, None, True, "Li", reminded=reminded
        )
        door.bus.publish(Hint("conversation.contact", conversation.id))

    stands("active", reminded=False)
    await page.expect(p.AgentJoined)
    stands("active", reminded=True)
    await page.expect(p.Reminded)
    async with a_page(chat) as second:  # a page that opens now shows it, too
        second.token = page.token
        assert (await second.hello()).standing.reminded
    stands("active", reminded=True)
    stands("wrap_up", reminded=True)
    ended = await page.expect(p.Ended, p.Reminded)
    assert isinstance(ended, p.Ended)
    assert ended.silent


# ---- the way back ---------------------------------------------------------------


async def a_link(page: ChatPage, door: FakeDoor) -> str:
    await page.write("hello")
    (conversation_id,) = door.conversations
    door.reply(conversation_id, "Here is the answer.")
    door.links["shop-chat", TOKEN] = conversation_id
    return conversation_id


async def test_the_link_of_a_mail_shows_the_conversation_on_another_device(
    page: ChatPage, chat: WebChat, door: FakeDoor
) -> None:
    conversation_id = await a_link(page, door)
    async with a_page(chat) as phone:
        welcome = await phone.hello(back=TOKEN)
        assert welcome.conversation == conversation_id
        assert welcome.token not in {None, page.token}
        await phone.expect(p.History)
        assert [message.text for message in phone.messages] == ["hello", "Here is the answer."]
        await phone.write("I read it on my phone.")
        first, second = door.inbounds
        assert second.senders[0].kind is IdentityKind.VISITOR
        assert second.senders[0].value == first.senders[0].value  # the same customer
        assert second.conversation_id == conversation_id
    async with a_page(chat) as again:  # it is a visitor of its own from now on
        again.token = phone.token
        assert (await again.hello()).conversation == conversation_id
    assert (await _token_works(chat, page)).conversation == conversation_id


async def _token_works(chat: WebChat, page: ChatPage) -> p.Welcome:
    async with a_page(chat) as first:
        first.token = page.token
        return await first.hello()


async def test_a_link_that_leads_nowhere_is_told_and_the_chat_works(
    chat: WebChat, door: FakeDoor
) -> None:
    async with a_page(chat) as page:
        welcome = await page.hello(back=TOKEN)
        assert (await page.expect(p.Problem)).code == "return_link"
        assert welcome.conversation is None
        await page.write("hello")


async def test_links_cannot_be_guessed_at_will(
    page: ChatPage, chat: WebChat, door: FakeDoor
) -> None:
    await a_link(page, door)
    for _ in range(20):
        async with a_page(chat) as guess:
            await guess.hello(back="B" * 32)
            assert (await guess.expect(p.Problem)).message.startswith("This link")
    async with a_page(chat) as guess:
        assert (await guess.hello(back=TOKEN)).conversation is None
        assert (await guess.expect(p.Problem)).message.startswith("Too many")


async def test_the_page_of_a_link_leads_to_the_site_with_the_token_behind_the_hash(
    page: ChatPage, door: FakeDoor, base_url: str
) -> None:
    await a_link(page, door)
    path = f"{base_url}/channels/shop-chat/return/{TOKEN}"
    async with ClientSession() as http:
        for _ in range(2):  # a program that opens links uses nothing up
            async with http.get(path, allow_redirects=False) as answer:
                assert answer.status == 303
                assert answer.headers["Location"] == f"{SHOP}/#{FRAGMENT}{TOKEN}"
                assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_a_dead_link_says_so_in_the_readers_language_and_not_too_often(
    door: FakeDoor, base_url: str
) -> None:
    async with ClientSession() as http:
        for language, words in (("en", "leads nowhere"), ("zh-CN", "此链接已失效")):
            headers = {"Accept-Language": language}
            path = f"{base_url}/channels/shop-chat/return/{TOKEN}"
            async with http.get(path, headers=headers) as answer:
                assert answer.status == 410
                assert words in await answer.text()
        statuses = []
        for number in range(25):
            async with http.get(f"{base_url}/channels/shop-chat/return/{number}") as answer:
                statuses.append(answer.status)
        assert set(statuses) == {410, 429}
        async with http.get(
            f"{base_url}/channels/shop-chat/return", allow_redirects=False
        ) as answer:
            assert answer.status == 404  # its site shows it, and no page of the hub


@pytest.mark.parametrize("page", ["https://evil.example/", "javascript:alert(1)", f"{SHOP}/#x"])
def test_a_return_page_is_one_of_the_sites_own(page: str) -> None:
    with pytest.raises(ValueError, match="return_page"):
        WebChatSettings(origins=(SHOP,), return_page=page)
    assert WebChatSettings(origins=(SHOP,), return_page=f"{SHOP}/help").return_page
