"""Phone through the whole hub: a call comes, the queue chooses, an agent takes it and ends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select

from hub.app import Hub
from hub.contacts.model import ContactState, InteractionKind
from hub.contacts.tables import attachments, contacts, interactions
from hub.desk import handling
from hub.desk.accepting import accept
from hub.desk.handling import Close, Handle, Transfer
from hub.routing.service import AcceptOffer
from hub.routing.tables import agents, offers
from hub.settings import Secret, Twilio
from hub.storage import Tx
from hub.testing.center import add_agent
from hub.testing.hub import hub_settings, running_hub
from hub.testing.twilio_simulator import RINGS, Phone, TwilioSimulator

HOTLINE = "+862155501000"
CHEN = "+8613800138000"


@dataclass
class House:
    """A hub with one ready agent, and the provider it speaks to."""

    hub: Hub
    provider: TwilioSimulator
    agent_id: str

    async def contact(self) -> Row[Any]:
        """Return the newest contact."""
        row = await self.hub.store.read(_newest_contact, None)
        assert row is not None
        return row

    async def until(self, state: ContactState) -> Row[Any]:
        """Wait until the newest contact is in `state`."""
        with self.hub.bus.subscribe(["contact.changed"]) as hints:
            async with asyncio.timeout(30):
                while True:
                    row = await self.hub.store.read(_newest_contact, None)
                    if row is not None and row.state == state:
                        return row
                    await hints.next(0.5)

    async def take_offer(self) -> None:
        """Accept what the queue offers to the agent."""
        with self.hub.bus.subscribe(["offer.changed"]) as hints:
            async with asyncio.timeout(30):
                while (offer_id := await self.hub.store.read(_open_offer, self.agent_id)) is None:
                    await hints.next(0.5)
        await self.hub.store.write(accept, AcceptOffer(offer_id, self.agent_id))

    def handle(self, contact_id: str) -> Handle:
        return Handle(contact_id, self.agent_id, self.agent_id, "Ann", call=True)


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    async with TwilioSimulator(auth_token="a token", pace=50.0) as provider:
        settings = msgspec.structs.replace(
            hub_settings(tmp_path, database_url),
            twilio=Twilio(
                account_sid=provider.account_sid,
                auth_token=Secret(provider.auth_token),
                base_url=provider.base_url,
            ),
        )
        async with running_hub(settings) as hub:
            provider.add_number(HOTLINE, f"{hub.base_url}/channels/hotline")
            yield House(hub, provider, await hub.store.write(add_agent, "Ann"))
            assert provider.alerts == []


async def test_a_call_is_answered_held_ended_and_closed(house: House) -> None:
    caller = await house.provider.call(CHEN, HOTLINE)
    await caller.until("queue")
    await house.take_offer()
    contact = await house.until(ContactState.ACTIVE)
    assert contact.answered_at is not None
    await caller.until("room")
    store = house.hub.store
    await store.write(handling.hold, house.handle(contact.id))
    await caller.hears("music.wav")
    await store.write(handling.resume, house.handle(contact.id))
    await store.write(handling.end, house.handle(contact.id))
    await caller.until("ended")
    await store.write(handling.close, Close(house.handle(contact.id)))
    closed = await house.until(ContactState.CLOSED)
    assert closed.ended_as == "handled"
    assert await store.read(_load, house.agent_id) == 0


async def test_a_caller_who_hangs_up_has_abandoned_and_the_agent_is_free(house: House) -> None:
    house.provider.exchange.default_phone = RINGS
    caller = await house.provider.call(CHEN, HOTLINE)
    await caller.until("queue")
    await house.take_offer()
    await caller.hang_up()
    await house.until(ContactState.ABANDONED)
    assert await house.hub.store.read(_load, house.agent_id) == 0


async def test_an_agent_whose_phone_is_not_answered_loses_the_call_to_the_queue(
    house: House,
) -> None:
    house.provider.exchange.default_phone = Phone("no_answer")
    caller = await house.provider.call(CHEN, HOTLINE)
    await caller.until("queue")
    await house.take_offer()
    await house.until(ContactState.QUEUED)
    assert caller.where == "queue"


async def test_a_transferred_caller_waits_again_and_is_brought_to_the_next_agent(
    house: House,
) -> None:
    caller = await house.provider.call(CHEN, HOTLINE)
    await caller.until("queue")
    await house.take_offer()
    contact = await house.until(ContactState.ACTIVE)
    await caller.until("room")
    next_id = await house.hub.store.write(add_agent, "Ben")
    transfer = Transfer(house.handle(contact.id), agent_id=next_id)
    await house.hub.store.write(handling.transfer, transfer)
    await caller.until("queue")
    house.agent_id = next_id
    await house.take_offer()
    await caller.until("room")
    assert (await house.until(ContactState.ACTIVE)).agent_id == next_id


async def test_a_voicemail_becomes_a_contact_with_its_recording(house: House) -> None:
    await house.hub.store.write(_send_home, house.agent_id)
    caller = await house.provider.call(CHEN, HOTLINE)
    await caller.until("queue")
    first = await house.until(ContactState.QUEUED)
    await caller.press("2")
    await caller.until("message")
    await caller.say("请给我回电话，我的订单还没有收到，谢谢，我姓陈，电话就是这个号码")
    await caller.press("#")
    await caller.until("ended")
    await house.provider.until(lambda: house.provider.recordings == [])
    message = await house.contact()
    assert message.id != first.id
    assert message.conversation_id == first.conversation_id
    assert message.state == ContactState.QUEUED
    entry, file = await house.hub.store.read(_voicemail, message.id)
    assert entry.kind == InteractionKind.VOICEMAIL
    assert file.media_type == "audio/wav"
    # It waits like a mail, in business time; a live caller goes first.
    assert (message.target_s, message.calendar_id) == (3600, "always")
    assert first.target_s == 40
    waited = await house.hub.store.read(_contact, first.id)
    assert (waited.state, waited.ended_as) == (ContactState.CLOSED, "voicemail")


def _newest_contact(tx: Tx, _: None) -> Row[Any] | None:
    return tx.execute(select(contacts).order_by(contacts.c.id.desc()).limit(1)).first()


def _contact(tx: Tx, contact_id: str) -> Any:
    return tx.execute(select(contacts).where(contacts.c.id == contact_id)).one()


def _open_offer(tx: Tx, agent_id: str) -> str | None:
    query = select(offers.c.id).where(offers.c.agent_id == agent_id, offers.c.state == "pending")
    return tx.execute(query).scalar_one_or_none()


def _load(tx: Tx, agent_id: str) -> int:
    return int(tx.execute(select(agents.c.live_load).where(agents.c.id == agent_id)).scalar_one())


def _send_home(tx: Tx, agent_id: str) -> None:
    tx.execute(agents.update().where(agents.c.id == agent_id).values(state="offline"))


def _voicemail(tx: Tx, contact_id: str) -> tuple[Any, Any]:
    entry = tx.execute(
        select(interactions).where(
            interactions.c.contact_id == contact_id, interactions.c.kind == "voicemail"
        )
    ).one()
    file = tx.execute(select(attachments).where(attachments.c.interaction_id == entry.id)).one()
    return entry, file
