"""Callbacks that ring the customer first, through the whole hub."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select

from hub.callbacks.tables import callbacks
from hub.contacts.tables import contacts
from hub.storage import Tx
from hub.testing.twilio_simulator import RINGS, Phone, Trouble

from .callback_house import (
    CHEN,
    RULES,
    House,
    call_back,
    load_of,
    newest_callback,
    open_offer,
    talks_of,
)


@pytest.fixture
async def customer_first(callback_house: House) -> House:
    """The same which calls the customer before any agent."""
    first = msgspec.structs.replace(RULES, customer_first=True)
    await callback_house.hub.store.write(call_back, first)
    return callback_house


def _second_contact(tx: Tx, _: None) -> Row[Any]:
    return tx.execute(select(contacts).order_by(contacts.c.id)).all()[1]


async def test_the_customer_first_is_called_in_their_turn_and_answered_by_the_next_agent(
    customer_first: House,
) -> None:
    house = customer_first
    await house.wish()
    live, waiting = await house.rows(contacts)
    assert waiting.to_call_since is not None
    assert house.dialled() == 0  # nobody would be there to talk to
    await house.ready()
    customer = await house.provider.agent_leg(CHEN)
    await customer.hears("您要求的回电")
    await customer.until("queue")
    on_line = await house.until(_second_contact, lambda row: row.direction == "in")
    assert (on_line.state, on_line.to_call_since) in (("queued", None), ("offered", None))
    assert on_line.virtual_start_us <= live.virtual_start_us + 1_000_000
    offer = await house.take_offer()
    assert (offer.expires_at - offer.made_at).total_seconds() == 15
    await customer.until("room")
    await house.callback("done")
    assert house.dialled() == 1


async def test_the_customer_first_who_is_busy_is_tried_again(customer_first: House) -> None:
    house = customer_first
    house.provider.set_phone(CHEN, Phone("busy"))
    await house.wish()
    await house.ready()
    failed = await house.until(newest_callback, lambda row: row.failed == 1)
    assert (failed.last_outcome, failed.contact_id) == ("busy", None)
    house.provider.set_phone(CHEN, Phone())
    customer = await house.provider.agent_leg(CHEN, 10)
    await customer.until("queue")
    await house.take_offer()
    await customer.until("room")
    await house.callback("done")
    assert house.dialled() == 2


async def test_the_customer_first_who_hangs_up_before_an_agent_comes_was_not_reached(
    customer_first: House,
) -> None:
    house = customer_first
    await house.wish()
    await house.ready()
    customer = await house.provider.agent_leg(CHEN)
    await customer.until("queue")
    await house.until(open_offer, lambda row: row is not None)
    await customer.hang_up()
    failed = await house.until(newest_callback, lambda row: row.failed == 1)
    assert (failed.state, failed.last_outcome) == ("waiting", "answered")
    assert await house.hub.store.read(load_of, house.agent_id) == 0


async def test_the_customer_first_who_calls_while_it_rings_has_one_talk(
    customer_first: House,
) -> None:
    house = customer_first
    house.provider.set_phone(CHEN, RINGS)
    await house.wish()
    await house.ready()
    rung = await house.provider.agent_leg(CHEN)
    caller = await house.call()
    await house.callback("dropped")
    await rung.until("ended")
    await house.take_offer()
    await caller.until("room")
    talks = await house.until(talks_of, lambda rows: bool(rows))
    assert len(talks) == 1
    assert house.dialled() == 1


async def test_the_customer_first_who_is_not_on_the_line_in_time_is_tried_again(
    customer_first: House,
) -> None:
    house = customer_first
    house.provider.set_phone(CHEN, RINGS)
    await house.wish()
    await house.ready()
    rung = await house.provider.agent_leg(CHEN)
    await house.hub.store.write(line_is_over, None)
    failed = await house.until(newest_callback, lambda row: row.failed == 1)
    assert failed.last_reason == "timeout"
    await rung.until("ended")


async def test_the_answer_to_the_call_is_lost_and_the_customer_is_rung_once(
    customer_first: House,
) -> None:
    house = customer_first
    await house.wish()
    house.provider.set_trouble(Trouble(lose_answer=True, path="/Calls.json"))
    await house.ready()
    customer = await house.provider.agent_leg(CHEN)
    await customer.until("queue")
    await house.take_offer()
    await customer.until("room")
    await house.callback("done")
    assert house.dialled() == 1


def line_is_over(tx: Tx, _: None) -> None:
    tx.execute(callbacks.update().values(due_at=tx.now))
