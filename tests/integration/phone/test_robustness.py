"""What goes wrong between provider and hub: doubled, late and lost news, lost answers, outages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hub.channels.phone.tables import calls, connections, steps
from hub.channels.phone.twilio import webhooks
from hub.contacts.effects import Done, Permanent, Unknown
from hub.contacts.inbound import CallMoment, Standing
from hub.storage import DirectoryBlobs, Store, Tx
from hub.testing.twilio_simulator import Faults, Phone, Trouble, TwilioSimulator
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
    office.provider.exchange.interpreter.queues.clear()
    await caller.hang_up()
    await office.door.store.write(_age_calls, None)
    await office.channel.sweep()
    await office.door.hears_of(CallMoment.CUSTOMER_LEFT)


async def test_an_agents_leg_of_which_nothing_is_heard_is_given_up(office: Office) -> None:
    office.provider.set_phone(SOFTPHONE, Phone(after_s=10_000))
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
    await caller.until("queue")
    assert len(office.door.received) == 1


async def test_a_call_that_is_not_stored_in_time_waits_on_the_line_and_is_tried_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "_ANSWER_WITHIN_S", 0.0)
    caller = await office.provider.call(CHEN, OURS)
    await office.provider.messenger.settle()
    assert office.door.received == []
    monkeypatch.setattr(webhooks, "_ANSWER_WITHIN_S", 15.0)
    await caller.until("queue")
    assert len(office.door.received) == 1


async def test_a_call_in_an_outage_hears_an_apology_and_is_filed_later(office: Office) -> None:
    office.door.broken = True
    caller = await office.provider.call(CHEN, OURS)
    await caller.hears("cannot take your call")
    await caller.hears("系统暂时无法接听")
    await caller.until("ended")
    office.door.broken = False
    await office.door.hears_of(CallMoment.CUSTOMER_LEFT)
    assert len(office.door.received) == 1


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
