"""Callbacks through the whole hub: asked for in the waiting room, placed, and what goes wrong."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp.test_utils import unused_port
from sqlalchemy import delete, update

from hub.callbacks.entries import By
from hub.callbacks.service import Cancel, cancel_callback
from hub.callbacks.tables import callbacks
from hub.channels.phone.tables import connections
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.outages.service import Outage, find_outage
from hub.contacts.tables import contacts
from hub.desk import handling
from hub.desk.accepting import accept
from hub.desk.handling import Handle
from hub.doctor.phone import check_phone
from hub.routing.model import AgentState
from hub.routing.service import AcceptOffer, SetAgentState, renew_presence, set_agent_state
from hub.routing.tables import exclusions, offers
from hub.storage import Tx
from hub.testing.center import add_agent
from hub.testing.hub import running_hub, with_server
from hub.testing.twilio_simulator import RINGS, Phone, Trouble, TwilioSimulator

from .callback_house import (
    CHEN,
    HOTLINE,
    House,
    a_center,
    load_of,
    newest_callback,
    open_calls,
    open_offer,
    rings,
    settings_of,
    talks_of,
    time_is_over,
)

WU = "+8613900139000"


async def test_a_caller_keeps_the_place_is_called_by_a_free_agent_and_they_talk(
    callback_house: House,
) -> None:
    house = callback_house
    await house.wish()
    live = (await house.rows(contacts))[0]
    assert (live.state, live.ended_as) == ("closed", "callback")
    waiting = (await house.rows(contacts))[1]
    assert (waiting.state, waiting.queue_id, waiting.tier) == ("queued", "support", live.tier)
    assert waiting.virtual_start_us <= live.virtual_start_us + 1_000_000
    assert house.dialled() == 0
    await house.ready()
    offer = await house.take_offer()
    assert (offer.expires_at - offer.made_at).total_seconds() == 30
    done = await house.callback("done")
    assert done.failed == 0
    customer = await house.provider.agent_leg(CHEN)
    agent = await house.provider.agent_leg(f"client:{house.agent_id}".replace("-", "_"))
    await agent.say("Hello, you asked to be called back.")
    await customer.hears("called back")
    talk = (await house.rows(contacts))[1]
    assert (talk.state, talk.direction, talk.agent_id) == ("active", "out", house.agent_id)
    assert talk.waited_us > 0
    handle = Handle(talk.id, house.agent_id, house.agent_id, "Ann", call=True)
    await house.hub.store.write(handling.end, handle)
    await customer.until("ended")
    assert house.dialled() == 1


async def test_a_busy_phone_is_tried_again_after_the_gap(callback_house: House) -> None:
    house = callback_house
    house.provider.set_phone(CHEN, Phone("busy"))
    await house.wish()
    await house.ready()
    await house.take_offer()
    waits = await house.until(newest_callback, lambda row: row.failed == 1)
    assert (waits.last_outcome, waits.contact_id) == ("busy", None)
    assert (waits.due_at - waits.last_at).total_seconds() >= 1
    assert await house.hub.store.read(load_of, house.agent_id) == 0
    house.provider.set_phone(CHEN, Phone())
    await house.take_offer()
    brief = (await house.rows(contacts))[-1].meta["callback"]
    assert (brief["attempt"], brief["attempts"], brief["last_outcome"]) == (2, 2, "busy")
    await house.callback("done")
    assert house.dialled() == 2
    assert await house.codes() == ["callback_placed", "callback_failed"]


async def test_after_the_last_attempt_it_is_given_up_and_stands_in_the_to_do(
    callback_house: House,
) -> None:
    house = callback_house
    house.provider.set_phone(CHEN, Phone("no_answer"))
    await house.wish()
    await house.ready()
    await house.take_offer()
    await house.until(newest_callback, lambda row: row.failed == 1)
    await house.take_offer()
    over = await house.callback("given_up")
    assert (over.failed, over.due_at) == (2, None)
    last = (await house.rows(contacts))[-1]
    assert (last.ended_as, last.agent_id) == ("unclassified", house.agent_id)
    assert (await house.codes())[-1] == "callback_given_up"
    assert await house.hub.store.read(load_of, house.agent_id) == 0


async def test_who_calls_in_meanwhile_is_not_called_and_keeps_the_place(
    callback_house: House,
) -> None:
    house = callback_house
    await house.wish()
    first = (await house.rows(contacts))[0]
    caller = await house.call()
    await caller.hears("回电已取消")
    assert (await house.callback("dropped")).contact_id is None
    live = (await house.rows(contacts))[-1]
    assert (live.state, live.direction) == ("queued", "in")
    assert live.virtual_start_us <= first.virtual_start_us + 1_000_000
    await house.ready()
    await house.take_offer()
    await caller.until("room")
    assert house.dialled() == 0
    open_ones = [row for row in await house.rows(contacts) if row.state not in ("closed",)]
    assert [row.id for row in open_ones] == [live.id]


async def test_who_calls_while_we_dial_them_has_exactly_one_talk(callback_house: House) -> None:
    house = callback_house
    house.provider.set_phone(CHEN, RINGS)
    await house.wish()
    await house.ready()
    await house.take_offer()
    rung = await house.provider.agent_leg(CHEN)
    caller = await house.call()
    await house.callback("dropped")
    await rung.until("ended")
    await house.take_offer()
    await caller.until("room")
    assert house.dialled() == 1
    talks = await house.until(talks_of, lambda rows: bool(rows))
    assert [row.direction for row in talks] == ["in"]


async def test_a_cancelled_callback_is_never_dialled(callback_house: House) -> None:
    house = callback_house
    await house.wish()
    pending = await house.callback("queued")
    await house.hub.store.write(
        cancel_callback, Cancel(pending.id, By(house.agent_id, "Ann"), "solved by mail")
    )
    await house.ready()
    await house.callback("cancelled")
    other = await house.call("+8613900139000")  # somebody else is served
    await house.take_offer()
    await other.until("room")
    assert house.dialled() == 0
    assert (await house.rows(callbacks))[0].note == "solved by mail"


async def test_an_agent_whose_phone_fails_does_not_use_up_an_attempt(callback_house: House) -> None:
    house = callback_house
    house.provider.exchange.default_phone = Phone("no_answer")
    await house.wish()
    await house.ready()
    await house.take_offer()
    back = await house.until(
        newest_callback, lambda row: row.state == "queued" and row.excluded_agent_id is None
    )
    await house.until(open_calls, lambda count: count == 0)
    assert (back.failed, house.dialled()) == (0, 0)
    assert "callback_failed" in await house.codes()


async def test_while_the_provider_is_away_callbacks_are_held_back_and_then_placed(
    callback_house: House,
) -> None:
    """The order that finds out is told as failed once that is sure; no other one is offered."""
    house = callback_house
    await house.wish()
    await house.wish(WU)
    away = Trouble(503, times=10_000)
    house.provider.set_trouble(away)
    await house.ready()
    first = await house.take_offer()
    await house.until(_outage, lambda outage: outage is not None)

    bob = await house.hub.store.write(add_agent, "Bob")
    await house.hub.store.write(set_agent_state, SetAgentState(bob, AgentState.READY))
    await house.hub.door.receive(_a_mail())
    mail = await house.until(open_offer, lambda row: row is not None)
    assert [row.id for row in await house.rows(offers)] == [first.id, mail.id]
    assert await _told_by_the_doctor(house)

    away.times = 0
    async with asyncio.timeout(60):
        while any(row.state != "done" for row in await house.rows(callbacks)):
            for agent_id in (house.agent_id, bob):
                await house.hub.store.write(renew_presence, agent_id)
            await house.hub.store.write(_time_passes, None)
            offer = await house.until(open_offer, lambda row: True)
            if offer is not None:
                await house.hub.store.write(accept, AcceptOffer(offer.id, offer.agent_id))
            await asyncio.sleep(0.1)
    assert not await _told_by_the_doctor(house)
    assert [row.failed for row in await house.rows(callbacks)] == [0, 0]
    assert (house.dialled(), house.dialled(WU)) == (1, 1)


async def _told_by_the_doctor(house: House) -> bool:
    found = await asyncio.to_thread(lambda: list(check_phone(house.hub.settings)))
    return any(one.code == "phone.away" and one.mend for one in found)


def _outage(tx: Tx, _: None) -> Outage | None:
    return find_outage(tx, "phone")


def _a_mail() -> Inbound:
    return Inbound(
        entry_point_id="mail",
        channel=Channel.EMAIL,
        dedupe_key="a mail",
        senders=(SenderIdentity(IdentityKind.EMAIL, "wu@example.test"),),
        received_at=datetime.now(UTC),
        text="Hello",
        acknowledge=False,
    )


def _time_passes(tx: Tx, _: None) -> None:
    """An agent's phone that was not heard of is asked after; nobody rests from a customer."""
    long_ago = tx.now - timedelta(minutes=1)
    silent = (connections.c.sid.is_(None), connections.c.created_at > long_ago)
    tx.execute(update(connections).where(*silent).values(created_at=long_ago))
    for contact_id in tx.execute(delete(exclusions).returning(exclusions.c.contact_id)).scalars():
        tx.hint("contact.queued", contact_id)


async def test_another_number_is_keyed_in_and_read_back(callback_house: House) -> None:
    house = callback_house
    caller = await house.call()
    await caller.hears("请按1")
    await caller.press("1")
    await caller.hears("1 3 8 0 0 1 3 8 0 0 0")
    await caller.press("12345#")
    await caller.hears("1 2 3 4 5")
    await caller.press("1#")
    await caller.hears("无法回拨")
    await caller.press("13900139000#")
    await caller.hears("1 3 9 0 0 1 3 9 0 0 0")
    await caller.press("1#")
    await caller.until("ended")
    assert (await house.callback("queued")).number == "+8613900139000"


async def test_a_dial_that_was_never_done_is_tried_again(callback_house: House) -> None:
    """The hub died after the accept: the order is unknown, so its time passes and another tries."""
    house = callback_house
    house.provider.set_phone(CHEN, RINGS)
    await house.wish()
    await house.ready()
    await house.take_offer()
    await house.callback("dialling")
    await house.provider.agent_leg(CHEN)
    await house.hub.store.write(time_is_over, None)
    waits = await house.until(newest_callback, lambda row: row.failed == 1)
    assert (waits.state, waits.last_reason) == ("waiting", "timeout")


async def test_a_hub_that_ends_between_dial_and_answer_goes_on_when_it_is_back(
    tmp_path: Path, database_url: str
) -> None:
    async with TwilioSimulator(auth_token="a token", pace=8.0) as provider:
        settings = with_server(settings_of(provider, tmp_path, database_url), port=unused_port())
        provider.set_phone(CHEN, Phone(after_s=40))  # five seconds: longer than a restart
        async with running_hub(settings, a_center) as hub:
            provider.add_number(HOTLINE, f"{hub.base_url}/channels/hotline")
            house = House(hub, provider, await hub.store.write(add_agent, "Ann"))
            await house.not_ready()
            await house.wish()
            await house.ready()
            await house.take_offer()
            customer = await provider.agent_leg(CHEN)
            await house.until(rings, bool)
        async with running_hub(settings, lambda tx, _: None) as hub:
            house = House(hub, provider, house.agent_id)
            await customer.until("room")
            await house.callback("done")
            assert house.dialled() == 1
