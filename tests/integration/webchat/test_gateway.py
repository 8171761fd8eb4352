"""The gateway over real sockets: ack after commit, resume, fan-out, limits, shutdown."""

from __future__ import annotations

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from hub.channels.webchat import protocol as p
from hub.channels.webchat.channel import WebChat
from hub.channels.webchat.settings import GatewaySettings
from hub.contacts.inbound import DeliveryReport, IdentityKind, ReadReport, Standing
from hub.core.errors import Unavailable
from hub.testing.chat_page import ChatPage, MessageRefused
from hub.testing.fake_door import FakeDoor

from .conftest import SHOP, StartChat, until


def a_page(chat: WebChat, entry: str = "shop-chat", origin: str | None = SHOP) -> ChatPage:
    return ChatPage(chat.socket_url(entry), entry, origin)


async def test_a_message_is_acked_after_it_was_handed_in(page: ChatPage, door: FakeDoor) -> None:
    ack = await page.write("hello")
    assert ack.seq == 1
    (inbound,) = door.inbounds
    assert inbound.text == "hello"
    assert inbound.senders[0].kind is IdentityKind.VISITOR
    queue = await page.expect(p.Queue)
    assert (queue.position, queue.wait_low_s, queue.wait_high_s) == (1, 10, 30)


async def test_the_same_client_id_is_acked_again_and_stored_once(
    page: ChatPage, door: FakeDoor
) -> None:
    first = await page.write("hello", "client-0001")
    again = await page.write("hello", "client-0001")
    assert first.seq == again.seq
    assert len(door.inbounds) == 1


async def test_an_agents_reply_arrives_and_is_reported_delivered_and_read(
    page: ChatPage, door: FakeDoor
) -> None:
    await page.write("hello")
    (conversation_id,) = door.conversations
    sent = door.reply(conversation_id, "您好")
    message = await page.expect(p.Message)
    assert (message.text, message.sender, message.author) == ("您好", "agent", "Li Na")
    await page.say(p.Got(seq=message.seq))
    await page.say(p.Read(seq=message.seq))
    await page.say(p.Ping())
    await page.expect(p.Pong)
    delivered, read = door.reports
    assert isinstance(delivered, DeliveryReport)
    assert delivered.interaction_id == sent.interaction_id
    assert isinstance(read, ReadReport)
    assert read.seq == message.seq


async def test_a_page_that_was_away_gets_what_it_missed_and_nothing_twice(
    chat: WebChat, door: FakeDoor
) -> None:
    page = a_page(chat)
    await page.connect()
    await page.hello()
    await page.write("one")
    (conversation_id,) = door.conversations
    await page.close()
    door.note(conversation_id)
    for number in range(3):
        door.reply(conversation_id, f"reply {number}")
    await page.connect()
    welcome = await page.hello()
    assert welcome.conversation == conversation_id
    assert welcome.token is None
    await page.expect(p.History)
    assert [message.text for message in page.messages] == ["reply 0", "reply 1", "reply 2"]
    await page.close()


async def test_a_page_that_was_away_too_long_starts_from_the_newest_page(
    chat: WebChat, door: FakeDoor
) -> None:
    page = a_page(chat)
    await page.connect()
    await page.hello()
    await page.write("one")
    (conversation_id,) = door.conversations
    await page.close()
    for number in range(150):
        door.reply(conversation_id, f"reply {number}")
    await page.connect()
    await page.hello()
    await page.expect(p.Resync)
    history = await page.expect(p.History)
    assert history.more
    assert [message.seq for message in page.messages] == list(range(122, 152))
    await page.say(p.Older(before_seq=122))
    older = await page.expect(p.History)
    assert older.before_seq == 122
    assert [message.seq for message in older.messages] == list(range(92, 122))
    await page.close()


async def test_two_tabs_of_one_customer_show_the_same(chat: WebChat, door: FakeDoor) -> None:
    async with a_page(chat) as first, a_page(chat) as second:
        await first.hello()
        await first.write("one")
        second.token = first.token
        await second.hello()
        await second.expect(p.History)
        await first.write("two")
        message = await second.expect(p.Message)
        assert (message.text, message.sender) == ("two", "customer")
        (conversation_id,) = door.conversations
        door.reply(conversation_id, "three")
        assert (await first.expect(p.Message)).text == "three"
        assert (await second.expect(p.Message)).text == "three"
        assert [message.text for message in first.messages] == ["three"]


async def test_a_customers_own_message_costs_no_query(page: ChatPage, door: FakeDoor) -> None:
    await page.write("first")
    await page.write("second")
    before = door.history_reads
    for number in range(10):
        await page.write(f"message {number}")
    assert door.history_reads == before


async def test_a_reply_whose_hint_was_lost_in_our_own_is_found_soon(
    page: ChatPage, door: FakeDoor
) -> None:
    await page.write("first")
    (conversation_id,) = door.conversations
    await page.write("second")
    door.reply(conversation_id, "same transaction", hint=False)
    assert (await page.expect(p.Message)).text == "same transaction"


async def test_an_unknown_token_starts_afresh_and_says_so(chat: WebChat) -> None:
    async with a_page(chat) as page:
        page.token, page.last_seq = "x" * 43, 9
        welcome = await page.hello()
        assert welcome.fresh
        assert welcome.token not in (None, "x" * 43)
        assert page.last_seq == 0


async def test_a_token_of_one_entry_point_is_nothing_on_another(
    chat: WebChat, page: ChatPage
) -> None:
    await page.write("secret")
    async with a_page(chat, "other-chat") as other:
        other.token = page.token
        welcome = await other.hello()
        assert welcome.fresh
        assert welcome.conversation is None


async def test_a_stopped_database_is_told_and_the_socket_lives_on(
    page: ChatPage, door: FakeDoor
) -> None:
    door.fault = Unavailable("Nothing can be stored now.", retry_after_s=3)
    await page.say(p.Send(client_id="client-0001", text="hello"))
    nack = await page.expect(p.Nack)
    assert (nack.code, nack.retry_after_s) == ("unavailable", 3.0)
    door.fault = None
    assert (await page.write("hello", "client-0001")).seq == 1


async def test_an_unexpected_error_ends_only_its_own_socket(
    chat: WebChat, page: ChatPage, door: FakeDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> None:
        raise RuntimeError("a bug")

    async with a_page(chat) as other:
        await other.hello()
        with monkeypatch.context() as patch:
            patch.setattr(door, "receive", broken)
            await page.say(p.Send(client_id="client-0001", text="hello"))
            with pytest.raises(ConnectionClosed) as closed:
                await page.expect(p.Ack)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1011
        assert (await other.write("still here")).seq == 1


async def test_the_standing_is_told_as_it_changes(page: ChatPage, door: FakeDoor) -> None:
    await page.write("hello")
    await page.expect(p.Queue)
    (conversation_id,) = door.conversations
    door.stand(conversation_id, Standing("active", None, None, None, True, "Li Na"))
    assert (await page.expect(p.AgentJoined)).name == "Li Na"
    door.stand(conversation_id, Standing("queued", 1, None, None, True))
    await page.expect(p.AgentLeft)
    assert list(door.told_positions.values()) == [1]
    door.end(conversation_id)
    await page.expect(p.Ended)


async def test_typing_goes_both_ways(page: ChatPage, door: FakeDoor) -> None:
    await page.write("hello")
    (conversation_id,) = door.conversations
    await page.say(p.Typing(on=True))
    door.live(conversation_id, {"type": "typing", "from": "agent", "on": True, "name": "Li Na"})
    typing = await page.expect(p.AgentTyping)
    assert typing == p.AgentTyping(on=True, author="Li Na")
    assert {"type": "typing", "from": "customer", "on": True} in door.lives


async def test_the_customer_ends_the_chat(page: ChatPage, door: FakeDoor) -> None:
    await page.write("hello")
    await page.say(p.End())
    await page.expect(p.Ended)
    assert len(door.left) == 1


async def test_an_address_given_later_goes_with_the_next_message(
    page: ChatPage, door: FakeDoor
) -> None:
    await page.write("hello")
    await page.say(p.Profile(name="王芳", email="fang@example.com"))
    await page.write("please answer by mail")
    assert {(sender.kind, sender.value) for sender in door.inbounds[1].senders[1:]} == {
        (IdentityKind.EMAIL, "fang@example.com")
    }
    assert door.inbounds[1].senders[0].name == "王芳"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://shop.example.evil"])
async def test_a_foreign_origin_is_refused_before_the_upgrade(chat: WebChat, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await a_page(chat, origin=origin).connect()
    assert refused.value.response.status_code == 403


async def test_an_unknown_address_is_refused_before_the_upgrade(chat: WebChat) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await a_page(chat, "nothing").connect()
    assert refused.value.response.status_code == 404


async def test_too_many_messages_are_refused_visibly(start_chat: StartChat) -> None:
    async with start_chat(GatewaySettings(port=0, messages_burst=2)) as chat, a_page(chat) as page:
        await page.hello()
        await page.write("one")
        await page.write("two")
        with pytest.raises(MessageRefused, match="too_many"):
            await page.write("three")


async def test_one_address_opens_only_so_many_sockets(start_chat: StartChat) -> None:
    settings = GatewaySettings(port=0, max_connections_per_address=1)
    async with start_chat(settings) as chat, a_page(chat):
        with pytest.raises(InvalidStatus) as refused:
            await a_page(chat).connect()
        assert refused.value.response.status_code == 429


async def test_an_address_that_connects_too_often_is_told(start_chat: StartChat) -> None:
    async with start_chat(GatewaySettings(port=0, max_connections_per_address=1)) as chat:
        for _ in range(2):
            async with a_page(chat) as page:
                await page.say(p.Ping())
            await until(lambda: not chat.gateway.connections)
        async with a_page(chat) as page:
            problem = await page.expect(p.Problem)
        assert problem.code == "too_many"
        assert problem.retry_after_s is not None


async def test_a_frame_of_the_wrong_direction_is_a_problem(page: ChatPage) -> None:
    assert page.socket is not None
    await page.socket.send('{"type":"message","seq":1}')
    assert (await page.expect(p.Problem)).code == "malformed"


async def test_who_never_says_hello_is_cut_off(start_chat: StartChat) -> None:
    settings = GatewaySettings(port=0, hello_timeout_s=0.2)
    async with start_chat(settings) as chat, a_page(chat) as page:
        with pytest.raises(ConnectionClosed):
            await page.expect(p.Pong)


async def test_a_page_that_does_not_read_is_cut_off(start_chat: StartChat, door: FakeDoor) -> None:
    settings = GatewaySettings(port=0, write_timeout_s=0.5)
    async with start_chat(settings) as chat, a_page(chat) as page:
        await page.hello()
        await page.write("hello")
        (conversation_id,) = door.conversations
        assert page.socket is not None
        page.socket.transport.pause_reading()
        for _ in range(200):
            door.reply(conversation_id, "x" * 30_000, hint=False)
        door.reply(conversation_id, "last")
        await until(lambda: not chat.gateway.connections)
        page.socket.transport.abort()


async def test_shutdown_closes_with_1001_within_a_second(start_chat: StartChat) -> None:
    async with start_chat(GatewaySettings(port=0)) as chat:
        page = a_page(chat)
        await page.connect()
        await page.hello()
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 1.0
    with pytest.raises(ConnectionClosed) as closed:
        await page.expect(p.Pong)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001


async def test_who_leaves_while_waiting_without_an_address_is_abandoned(
    start_chat: StartChat, door: FakeDoor
) -> None:
    async with start_chat(GatewaySettings(port=0, abandon_after_s=0.1)) as chat:
        async with a_page(chat) as page:
            await page.hello()
            await page.write("anybody there?")
            await page.expect(p.Queue)
        await until(lambda: door.left)


async def test_many_who_left_are_abandoned_together(
    start_chat: StartChat, door: FakeDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an outage a thousand have gone, and the sweep waits for them: not one by one."""
    met, leave = asyncio.Barrier(3), door.leave

    async def leave_together(contact_id: str, why: str) -> None:
        await met.wait()
        await leave(contact_id, why)

    monkeypatch.setattr(door, "leave", leave_together)
    async with start_chat(GatewaySettings(port=0, abandon_after_s=600)) as chat:
        for _ in range(3):
            async with a_page(chat) as page:
                await page.hello()
                await page.write("anybody there?")
                await page.expect(p.Queue)
        chats = chat.chats
        await until(lambda: len(chats.shared.gone) == 3)
        async with asyncio.timeout(30):
            await chats.abandon(asyncio.get_running_loop().time() + 601)
        assert len(door.left) == 3


async def test_who_left_while_nothing_could_be_stored_is_abandoned_after_it(
    start_chat: StartChat, door: FakeDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []

    async def refuse(contact_id: str, _why: str) -> None:
        refused.append(contact_id)
        raise Unavailable("The database cannot store anything now.")

    async with start_chat(GatewaySettings(port=0, abandon_after_s=600)) as chat:
        async with a_page(chat) as page:
            await page.hello()
            await page.write("anybody there?")
            await page.expect(p.Queue)
        shared = chat.chats.shared
        await until(lambda: shared.gone)
        with monkeypatch.context() as down:
            down.setattr(door, "leave", refuse)
            await chat.chats.abandon(asyncio.get_running_loop().time() + 601)
        await chat.chats.abandon(asyncio.get_running_loop().time())
        await until(lambda: door.left)
        assert [contact_id for contact_id, _ in door.left] == refused[:1]


async def test_who_comes_back_in_time_is_not_abandoned(
    start_chat: StartChat, door: FakeDoor
) -> None:
    async with start_chat(GatewaySettings(port=0, abandon_after_s=0.5)) as chat:
        page = a_page(chat)
        await page.connect()
        await page.hello()
        await page.write("anybody there?")
        await page.expect(p.Queue)
        await page.close()
        await page.connect()
        welcome = await page.hello()
        assert welcome.standing.state == "waiting"
        async with a_page(chat) as other:
            await other.hello()
            await other.write("me too")
            await other.expect(p.Queue)
        await until(lambda: door.left)  # the other one's time came later and is up
        assert len(door.left) == 1
        assert door.conversations[welcome.conversation or ""].contact_id is not None
        await page.close()
