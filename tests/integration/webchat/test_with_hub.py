"""Web chat through the whole hub: real intake, routing, desk and outbox behind real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from msgspec.structs import replace
from sqlalchemy import Row, select

from hub.app import Hub
from hub.channels.webchat import protocol as p
from hub.contacts.model import ContactState, DeliveryState
from hub.contacts.tables import contacts, interactions
from hub.core.ids import new_id
from hub.desk import handling
from hub.desk.accepting import accept
from hub.desk.commands import Reply
from hub.desk.dispositions import Disposition
from hub.desk.handling import Close, Handle
from hub.desk.messages import reply
from hub.routing.service import AcceptOffer
from hub.routing.settings import load_settings, save_settings
from hub.routing.tables import offers
from hub.storage import Tx
from hub.testing.center import add_agent, open_center
from hub.testing.chat_page import ChatPage
from hub.testing.hub import hub_settings, running_hub


@dataclass
class House:
    """A hub with one ready agent, Ann."""

    hub: Hub
    ann_id: str

    def page(self) -> ChatPage:
        url = f"{self.hub.settings.server.chat_socket_url()}/channels/shop-chat/chat"
        return ChatPage(url, "shop-chat", self.hub.base_url)

    async def accept(self) -> str:
        """Ann accepts what she is offered; return the contact's id."""
        with self.hub.bus.subscribe(["offer.changed"]) as hints:
            async with asyncio.timeout(30):
                while (offer := await self.hub.store.read(_open_offer, self.ann_id)) is None:
                    await hints.next(0.5)
        await self.hub.store.write(accept, AcceptOffer(offer.id, self.ann_id))
        contact_id: str = offer.contact_id
        return contact_id

    async def answer(self, contact_id: str, text: str) -> str:
        written = await self.hub.store.write(
            reply, Reply(contact_id, self.ann_id, "Ann", new_id(), text, instant=True)
        )
        return written.interaction_id

    async def finish(self, contact_id: str) -> None:
        handle = Handle(contact_id, self.ann_id, self.ann_id, "Ann", survey=True)
        await self.hub.store.write(handling.end, handle)
        await self.hub.store.write(handling.close, Close(handle, Disposition("repair", "solved")))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running_hub(hub_settings(tmp_path), a_center_that_asks) as hub:
        yield House(hub, await hub.store.write(add_agent, "Ann"))


async def test_a_chat_is_offered_answered_rated_and_closed(house: House) -> None:
    async with house.page() as page:
        await page.hello(language="zh-CN", name="王芳")
        await page.write("洗衣机漏水")
        await page.expect(p.Queue)
        contact_id = await house.accept()
        assert (await page.expect(p.AgentJoined)).name == "Ann"
        answer_id = await house.answer(contact_id, "您好！")
        message = await page.expect(p.Message)
        assert (message.text, message.author) == ("您好！", "Ann")
        await page.say(p.Got(seq=message.seq))
        await page.say(p.Read(seq=message.seq))
        await page.write("谢谢")
        await house.finish(contact_id)
        await page.expect(p.Ended)
        asked = await page.expect(p.AskSurvey)
        assert asked.contact == contact_id
        await page.say(p.Survey(contact=contact_id, score=5, comment="很好"))
        await page.say(p.Ping())
        await page.expect(p.Pong)
        contact = await house.hub.store.read(read_contact, contact_id)
        assert (contact.state, contact.ended_as) == (ContactState.CLOSED, "handled")
        assert (contact.survey_score, contact.survey_comment) == (5, "很好")
        delivery = await house.hub.store.read(_delivery, answer_id)
        assert delivery in {DeliveryState.DELIVERED, DeliveryState.READ}
        # What the customer sees on the next page: the talk, and nothing internal.
        await page.close()
        page.last_seq = 0
        page.messages.clear()
        await page.connect()
        await page.hello()
        await page.expect(p.History)
        assert [message.text for message in page.messages] == ["洗衣机漏水", "您好！", "谢谢"]


async def test_who_writes_again_after_closing_gets_a_new_contact_on_the_same_conversation(
    house: House,
) -> None:
    async with house.page() as page:
        await page.hello()
        await page.write("first question")
        first = await house.accept()
        await page.expect(p.AgentJoined)
        await house.finish(first)
        await page.expect(p.Ended)
        await page.write("second question")
        second = await house.accept()
        assert second != first
        rows = [await house.hub.store.read(read_contact, id_) for id_ in (first, second)]
        assert rows[0].conversation_id == rows[1].conversation_id


async def test_the_customer_who_ends_while_waiting_has_abandoned(house: House) -> None:
    async with house.page() as page:
        await page.hello()
        await page.write("never mind")
        await page.expect(p.Queue)
        await page.say(p.End())
        await page.expect(p.Ended)
        row = await house.hub.store.read(_newest_contact, None)
        assert row.state == ContactState.ABANDONED


async def test_a_resumed_page_gets_exactly_what_it_missed(house: House) -> None:
    page = house.page()
    await page.connect()
    await page.hello()
    await page.write("hello")
    contact_id = await house.accept()
    await page.expect(p.AgentJoined)
    await page.close()
    for number in range(3):
        await house.answer(contact_id, f"answer {number}")
    await page.connect()
    await page.hello()
    await page.expect(p.History)
    await house.answer(contact_id, "answer 3")
    await page.expect(p.Message)
    assert [message.text for message in page.messages] == [f"answer {n}" for n in range(4)]
    await page.close()


async def test_two_hundred_messages_at_once_are_stored_once_each_in_order(house: House) -> None:
    pages = [house.page() for _ in range(10)]
    try:
        for page in pages:
            await page.connect()
            await page.hello()

        async def talk(page: ChatPage) -> list[int]:
            return [(await page.write(f"message {number}")).seq for number in range(20)]

        seqs = await asyncio.gather(*(talk(page) for page in pages))
        assert seqs == [list(range(1, 21))] * 10
    finally:
        for page in pages:
            await page.close()


async def test_a_picture_reaches_the_hub_and_comes_back_by_its_own_id(house: House) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"pixels" * 20
    async with house.page() as page, ClientSession(house.hub.base_url) as http:
        await page.hello()
        headers = {"Authorization": f"Bearer {page.token}", "Origin": house.hub.base_url}
        async with http.post(
            "/channels/shop-chat/uploads", params={"name": "a.png"}, data=png, headers=headers
        ) as answer:
            upload = await answer.json()
        await page.say(p.Send(client_id="client-0001", files=[upload["id"]]))
        await page.expect(p.Ack)
        await page.close()
        await page.connect()
        page.last_seq = 0
        await page.hello()
        await page.expect(p.History)
        (file,) = page.messages[-1].files
        path = f"/channels/shop-chat/files/{file.id}"
        async with http.get(path, headers=headers) as answer:
            assert await answer.read() == png


def a_center_that_asks(tx: Tx, _: None) -> None:
    """The small center, with a survey after each talk of the support queue."""
    open_center(tx)
    settings = load_settings(tx)
    support = replace(settings.queues["support"], survey=True)
    save_settings(tx, replace(settings, queues={**settings.queues, "support": support}))


def _open_offer(tx: Tx, agent_id: str) -> Row[Any] | None:
    return tx.execute(
        select(offers).where(offers.c.agent_id == agent_id, offers.c.state == "pending")
    ).first()


def read_contact(tx: Tx, contact_id: str) -> Row[Any]:
    return tx.execute(select(contacts).where(contacts.c.id == contact_id)).one()


def _newest_contact(tx: Tx, _: None) -> Row[Any]:
    return tx.execute(select(contacts).order_by(contacts.c.opened_at.desc()).limit(1)).one()


def _delivery(tx: Tx, interaction_id: str) -> str | None:
    delivery: str | None = tx.execute(
        select(interactions.c.delivery).where(interactions.c.id == interaction_id)
    ).scalar_one()
    return delivery
