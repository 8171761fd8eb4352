"""What goes wrong between provider and hub: doubled, late and lost news, lost answers, outages."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from hub.channels.phone.model import Step, Todo
from hub.channels.phone.rows import add_steps
from hub.channels.phone.tables import calls, connections, steps
from hub.channels.phone.twilio import webhooks
from hub.contacts.effects import Done, Permanent, Unknown
from hub.contacts.inbound import CallMoment, Standing
from hub.core.ids import new_id
from hub.storage import DirectoryBlobs, Store, Tx
from hub.testing.twilio_simulator import RINGS, Faults, Phone, Trouble, TwilioSimulator
from tests.integration.phone.conftest import CHEN, OURS, SOFTPHONE, Office, in_service
from tests.integration.phone.front_door import FrontDoor


@pytest.mark.parametrize("seed", range(3))
async def test_doubled_and_overtaking_webhooks_change_nothing(office: Office, seed: int) -> None:
    office.provider.set_faults(Faults(duplicate=1.0, delay_s=0.05, seed=seed))
    caller = await office.call()
    await office.connect()
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    await caller.hang_up()
    await office.door.hears_of(CallMoment.CUSTOMER_LEFT)
    await office.provider.settle()
    assert office.door.moments == [CallMoment.AGENT_JOINED, CallMoment.CUSTOMER_LEFT]
    assert len(office.door.received) == 1


async def test_the_same_webhook_again_gets_the_same_answer(office: Office) -> None:
    office.provider.set_faults(Faults(duplicate=1.0))
    await office.call()
    await office.provider.settle()
    office.door.standing_now = Standing("queued", 9, 600, 900, True)
    answers: dict[str, set[str]] = {}
    for delivery in office.provider.messenger.ledger:
        if delivery.status < 500:  # a machine that stands still for 2 s refuses: nothing was stored
            answers.setdefault(delivery.token, set()).add(delivery.body)
    assert answers
    assert [token for token, bodies in answers.items() if len(bodies) > 1] == []


async def test_a_call_request_without_an_answer_rings_once_and_still_connects(
    office: Office,
) -> None:
    office.provider.set_trouble(Trouble(lose_answer=True, path="/Calls.json"))
    await office.call()
    assert isinstance(await office.connect(), Unknown)
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    calls = [one for one in office.provider.api.requests if one.path.endswith("/Calls.json")]
    assert len(calls) == 1


async def test_a_throttled_ring_is_tried_again_at_once(office: Office) -> None:
    office.provider.set_trouble(Trouble(429, retry_after_s=0.05, path="/Calls.json"))
    await office.call()
    assert isinstance(await office.connect(), Done)
    await office.door.hears_of(CallMoment.AGENT_JOINED)


async def test_a_phone_the_provider_refuses_is_told_as_not_reached(office: Office) -> None:
    office.provider.set_trouble(Trouble(400, path="/Calls.json"))
    caller = await office.call()
    assert isinstance(await office.connect(), Permanent)
    await office.door.hears_of(CallMoment.AGENT_FAILED)
    assert caller.where == "queue"


async def test_a_move_whose_answer_was_lost_is_repeated(office: Office) -> None:
    office.provider.set_trouble(Trouble(500, path="/Calls/CA"))
    await office.call()
    await office.connect()
    await office.door.hears_of(CallMoment.AGENT_JOINED)


async def test_an_agent_who_answers_too_late_is_sent_away(office: Office) -> None:
    office.provider.set_phone(SOFTPHONE, Phone(after_s=5))
    caller = await office.call()
    await office.connect()
    office.door.states[office.door.contact_of(CHEN)] = "queued"  # the deadline has passed
    agent = await office.provider.agent_leg(SOFTPHONE)
    await agent.until("ended")
    assert caller.where == "queue"
    assert office.door.moments == []


async def test_news_that_was_lost_is_found_by_the_sweep(office: Office) -> None:
    caller = await office.call()
    office.provider.set_faults(Faults(lose=1.0))
    await caller.hang_up()
    # News of the music may be on its way still, and makes the call young again: sweeps go on, too.
    async with asyncio.timeout(30):
        while CallMoment.CUSTOMER_LEFT not in office.door.moments:
            await office.door.store.write(_age_calls, None)
            await office.channel.sweep()


async def test_a_provider_that_is_away_is_asked_about_one_call_a_sweep(office: Office) -> None:
    callers = [await office.call(f"+861380013800{number}") for number in range(3)]
    office.provider.set_faults(Faults(lose=1.0))
    for caller in callers:
        await caller.hang_up()
    away = Trouble(503, path="/Calls/CA", times=99)
    office.provider.set_trouble(away)
    before = len(office.provider.api.requests)
    await office.door.store.write(_age_calls, None)
    await office.channel.sweep()
    assert len(office.provider.api.requests) == before + 1
    away.times = 0
    await office.door.store.write(_age_calls, None)
    await office.channel.sweep()
    await office.door.until(lambda: office.door.moments == [CallMoment.CUSTOMER_LEFT] * 3)


async def test_an_agents_leg_of_which_nothing_is_heard_is_given_up(office: Office) -> None:
    office.provider.set_phone(SOFTPHONE, RINGS)
    office.provider.set_faults(Faults(lose=1.0))
    caller = await office.call()
    await office.connect()
    await office.door.store.write(_age_connections, None)
    await office.channel.sweep()
    await office.door.hears_of(CallMoment.AGENT_FAILED)
    assert caller.where == "queue"


async def test_a_call_that_cannot_be_stored_waits_on_the_line_and_is_tried_again(
    office: Office,
) -> None:
    office.door.broken = True
    caller = await office.provider.call(CHEN, OURS)
    await office.provider.messenger.settle()
    office.door.broken = False
    await office.in_queue(caller)
    assert len(office.door.received) == 1


async def test_a_call_that_is_not_stored_in_time_waits_on_the_line_and_is_tried_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_ANSWER_WITHIN_S", 0.0)
    caller = await office.provider.call(CHEN, OURS)
    await office.provider.messenger.settle()
    assert office.door.received == []
    monkeypatch.setattr(webhooks, "_ANSWER_WITHIN_S", 15.0)
    await office.in_queue(caller)
    assert len(office.door.received) == 1


async def test_a_call_in_an_outage_hears_an_apology_and_is_filed_later(office: Office) -> None:
    office.door.broken = True
    caller = await office.provider.call(CHEN, OURS)
    await caller.hears("cannot take your call")
    await caller.hears("系统暂时无法接听")
    await caller.until("ended")
    office.door.broken = False
    await office.door.until(lambda: len(office.door.received) == 1)
    assert not office.door.received[0].queues  # nobody waited


async def test_a_caller_who_hung_up_while_we_were_away_is_missed_at_once(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> None:
    door = FrontDoor(live_store, blobs)
    async with in_service(live_store, blobs, provider, door) as office:
        caller = await office.call()
    await caller.hang_up()
    async with in_service(live_store, blobs, provider, door):
        await door.hears_of(CallMoment.CUSTOMER_LEFT)


async def test_a_restart_in_the_middle_of_a_call_goes_on_where_it_was(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> None:
    door = FrontDoor(live_store, blobs)
    provider.set_phone(SOFTPHONE, Phone(after_s=50))  # half a second at this pace
    async with in_service(live_store, blobs, provider, door, ring_s=60) as office:
        caller = await office.call()
        await office.connect()
        port = int(office.base_url.rpartition(":")[2])
    async with in_service(live_store, blobs, provider, door, port, ring_s=60):
        await door.hears_of(CallMoment.AGENT_JOINED)
        assert caller.where == "room"


def _age_calls(tx: Tx, _: None) -> None:
    tx.execute(calls.update().values(checked_at=tx.now - timedelta(minutes=5)))


def _age_connections(tx: Tx, _: None) -> None:
    tx.execute(connections.update().values(created_at=tx.now - timedelta(minutes=5)))
    assert tx.execute(select(steps.c.id).where(steps.c.done_at.is_(None))).all() == []


async def test_a_restart_in_the_middle_of_50_calls_loses_none(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> None:
    """20 talk and 30 wait; 5 of each hang up while the hub is away and nobody hears of it."""
    door = FrontDoor(live_store, blobs)
    numbers = [f"+86138001380{number:02}" for number in range(50)]
    async with in_service(live_store, blobs, provider, door) as office:
        port = int(office.base_url.rpartition(":")[2])
        callers = {number: await provider.call(number, OURS) for number in numbers}
        for caller in callers.values():
            await office.in_queue(caller)
        for place, number in enumerate(numbers[:20]):
            await office.connect(number, str(uuid.UUID(int=place)))
        await door.until(lambda: door.moments.count(CallMoment.AGENT_JOINED) == 20)
    away = [*numbers[:5], *numbers[20:25]]
    for number in away:
        await callers[number].hang_up()
    await provider.settle()
    async with in_service(live_store, blobs, provider, door, port) as office:
        for _ in range(3):  # twenty at a time
            await office.channel.sweep()
        await door.until(lambda: door.moments.count(CallMoment.CUSTOMER_LEFT) == len(away))
        left = [one.contact_id for one in door.reports if one.moment is CallMoment.CUSTOMER_LEFT]
        assert sorted(left) == sorted(door.contact_of(number) for number in away)
        assert {callers[number].where for number in numbers[5:20]} == {"room"}
        for place, number in enumerate(numbers[25:]):
            await office.connect(number, str(uuid.UUID(int=50 + place)))
        await door.until(lambda: door.moments.count(CallMoment.AGENT_JOINED) == 45)
        assert {callers[number].where for number in numbers[25:]} == {"room"}
        assert len(door.received) == len(numbers)


async def test_what_is_to_be_done_for_a_call_that_is_gone_is_done_with(
    office: Office, live_store: Store
) -> None:
    gone = new_id()
    await live_store.write(lambda tx, _: add_steps(tx, gone, (Step(Todo.END_AGENT, tx.now),)), None)

    def is_open(tx: Tx, _: None) -> bool:
        theirs = select(steps.c.done_at).where(steps.c.call_id == gone)
        return tx.execute(theirs).scalar_one() is None

    async with asyncio.timeout(30):
        while True:
            if not await live_store.read(is_open, None):
                break
            await asyncio.sleep(0.05)
