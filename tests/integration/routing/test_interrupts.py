"""Mails and faxes set aside for a live contact: they come back, once, and not while it is brief."""

from __future__ import annotations

from datetime import datetime

import pytest

from hub.contacts import service as contacts_service
from hub.contacts.model import Channel, ContactState
from hub.contacts.service import Move
from hub.desk import handling
from hub.desk.handling import Handle
from hub.routing import service as routing
from hub.routing.settings import load_settings
from hub.storage import Store, Tx
from hub.testing.center import give_to_agent, open_center
from hub.testing.clock import ManualClock

from .test_offers import Floor

HALF_HOUR_S = 1800


@pytest.fixture
async def floor(store: Store, clock: ManualClock) -> Floor:
    await store.write(open_center, None)
    return Floor(store, clock)


async def a_mail_in_hand(floor: Floor, agent: str) -> str:
    mail = await floor.contact(Channel.EMAIL)
    await keep_present(floor, agent, 40)
    offer = await floor.made(mail, agent, "email")
    await floor.store.write(routing.accept_offers, routing.AcceptOffer(offer, agent))
    return mail


async def a_chat_in_hand(floor: Floor, agent: str) -> str:
    chat = await floor.contact()
    offer = await floor.made(chat, agent)
    await floor.store.write(routing.accept_offers, routing.AcceptOffer(offer, agent))
    return chat


def waited_s(tx: Tx, contact_id: str) -> float:
    row = contacts_service.get_contact(tx, contact_id)
    return routing.waited_now_us(load_settings(tx), row, tx.now) / 1_000_000


def close(tx: Tx, contact_id: str) -> None:
    contacts_service.move(tx, Move(contact_id, ContactState.CLOSED))
    routing.release(tx, [contact_id], "closed")


async def keep_present(floor: Floor, agent: str, seconds: float) -> None:
    floor.clock.advance(seconds)
    await floor.store.write(routing.renew_presence, agent)


async def test_a_mail_interrupted_for_half_an_hour_returns_once_with_its_waited_time(
    floor: Floor,
) -> None:
    li = await floor.agent("Li")
    mail = await a_mail_in_hand(floor, li)
    assert (await floor.state(mail)).interrupted_until is None
    await keep_present(floor, li, 600)  # handling counts nothing
    await a_chat_in_hand(floor, li)
    assert (await floor.state(mail)).interrupted_until is not None
    await keep_present(floor, li, HALF_HOUR_S - 1)
    assert await floor.fire(routing.fire_due_interrupted) == 0
    await keep_present(floor, li, 1)
    assert [await floor.fire(routing.fire_due_interrupted) for _ in range(2)] == [1, 0]
    row = await floor.state(mail)
    assert (row.state, row.agent_id, row.interrupted_until) == ("queued", None, None)
    assert await floor.store.write(waited_s, mail) == pytest.approx(40)
    agent = await floor.row(li)
    assert (agent.live_load, agent.deferred_load) == (33, 0)


async def test_a_mail_goes_on_with_its_agent_when_the_last_live_contact_is_done(
    floor: Floor,
) -> None:
    li = await floor.agent("Li")
    mail = await a_mail_in_hand(floor, li)
    first = await a_chat_in_hand(floor, li)
    second = await a_chat_in_hand(floor, li)
    await floor.store.write(close, first)
    assert (await floor.state(mail)).interrupted_until is not None
    await floor.store.write(close, second)
    assert (await floor.state(mail)).interrupted_until is None
    floor.clock.advance(HALF_HOUR_S * 2)
    assert await floor.fire(routing.fire_due_interrupted) == 0


async def test_wrap_up_of_the_live_contact_still_interrupts(floor: Floor) -> None:
    li = await floor.agent("Li")
    mail = await a_mail_in_hand(floor, li)
    chat = await a_chat_in_hand(floor, li)
    await floor.store.write(handling.end, Handle(chat, li, li, "Li"))
    assert (await floor.state(chat)).state == "wrap_up"
    assert (await floor.state(mail)).interrupted_until is not None
    floor.clock.advance(31)
    assert await floor.fire(routing.fire_due_wrap_up) == 1
    assert (await floor.state(mail)).interrupted_until is None


async def test_an_answered_mail_stays_with_its_agent(floor: Floor) -> None:
    li = await floor.agent("Li")
    mail = await a_mail_in_hand(floor, li)
    await a_chat_in_hand(floor, li)
    await floor.store.write(answered, mail)
    floor.clock.advance(HALF_HOUR_S)
    assert await floor.fire(routing.fire_due_interrupted) == 0


def answered(tx: Tx, contact_id: str) -> None:
    contacts_service.amend(tx, contact_id, {"unanswered_since": None})


async def test_only_business_time_counts(floor: Floor) -> None:
    """09:00–18:00 in Shanghai: set aside at 17:50, it returns at 09:20 of the next working day."""
    floor.clock.set(datetime.fromisoformat("2026-03-10T17:45:00+08:00"))
    li = await floor.agent("Li")
    mail = await floor.contact(Channel.EMAIL)
    await floor.store.write(in_finance, mail)
    await floor.store.write(give_to_agent, (mail, li))
    floor.clock.set(datetime.fromisoformat("2026-03-10T17:50:00+08:00"))
    await floor.store.write(routing.renew_presence, li)
    await a_chat_in_hand(floor, li)
    until = (await floor.state(mail)).interrupted_until
    assert until == datetime.fromisoformat("2026-03-11T09:20:00+08:00")


def in_finance(tx: Tx, contact_id: str) -> None:
    contacts_service.amend(tx, contact_id, {"queue_id": "finance", "calendar_id": "office"})


async def test_a_parked_mail_that_comes_back_is_not_interrupted_any_more(floor: Floor) -> None:
    li = await floor.agent("Li")
    mail = await a_mail_in_hand(floor, li)
    chat = await a_chat_in_hand(floor, li)
    await floor.store.write(handling.park, handling.Park(Handle(mail, li, li, "Li")))
    await floor.store.write(close, chat)
    await floor.store.write(handling.resume, Handle(mail, li, li, "Li"))
    row = await floor.state(mail)
    assert (row.state, row.interrupted_until) == ("active", None)
