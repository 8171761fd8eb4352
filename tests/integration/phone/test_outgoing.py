"""Calls of ours on one line: the agent's phone first, then the customer's, and what goes wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from hub.channels.phone.tables import calls
from hub.contacts.effects import CallFirst, Done, Hangup, Permanent, Unknown
from hub.contacts.inbound import CallMoment, Standing
from hub.contacts.model import CallOutcome, EndedAs
from hub.contacts.recordings.model import RecordingAsk
from hub.storage import DirectoryBlobs, Store, Tx
from hub.testing.twilio_simulator import RINGS, Faults, Phone, Trouble, TwilioSimulator
from tests.integration.phone.conftest import CHEN, OURS, SOFTPHONE, Office, a_dial, in_service
from tests.integration.phone.front_door import FrontDoor


async def test_the_agent_is_rung_first_and_the_customer_joins_the_room(office: Office) -> None:
    office.provider.set_phone(SOFTPHONE, Phone(after_s=8))
    assert isinstance(await office.dial(), Done)
    agent = await office.provider.agent_leg(SOFTPHONE)
    assert office.dialled() == 0
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    customer = await office.provider.agent_leg(CHEN)
    await agent.say("Hello, this is the service desk.")
    await customer.hears("service desk")
    assert _but_ringing(office) == [CallMoment.DIALLING, CallMoment.AGENT_JOINED]
    await customer.hang_up()
    await office.door.hears_of(CallMoment.CUSTOMER_LEFT)
    await agent.until("ended")
    assert office.provider.alerts == []


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ("busy", CallOutcome.BUSY),
        ("rejects", CallOutcome.BUSY),
        ("no_answer", CallOutcome.NO_ANSWER),
        ("failed", CallOutcome.FAILED),
    ],
)
async def test_a_customer_who_is_not_reached_is_told_with_the_reason(
    office: Office, answers: str, outcome: CallOutcome
) -> None:
    office.provider.set_phone(CHEN, Phone(answers))
    await office.dial()
    told = await office.door.hears_of(CallMoment.NOT_REACHED)
    assert told.outcome is outcome
    await office.provider.until(
        lambda: all(call.ended for call in office.provider.exchange.calls.values())
    )


async def test_who_was_called_first_is_asked_whether_they_may_be_recorded(office: Office) -> None:
    asked = RecordingAsk(consent=True)
    office.door.standing_now = replace(office.door.standing_now, recording=asked)
    office.door.states["first"] = "queued"
    order = CallFirst(
        contact_id="first",
        conversation_id="conversation",
        from_address=OURS,
        to_address=CHEN,
        language="en",
        until=datetime.now(UTC) + timedelta(seconds=60),
    )
    assert isinstance(await office.channel.perform("hotline", order), Done)
    customer = await office.provider.agent_leg(CHEN)
    await customer.hears("asked to be called back")
    await customer.hears("agree to this call being recorded")
    await customer.press("1")
    await customer.until("queue")


async def test_who_was_called_first_hears_that_the_call_is_over_when_it_is_cancelled(
    office: Office,
) -> None:
    order = CallFirst(
        contact_id="first",
        conversation_id="conversation",
        from_address=OURS,
        to_address=CHEN,
        language="en",
        until=datetime.now(UTC) + timedelta(seconds=60),
    )
    assert isinstance(await office.channel.perform("hotline", order), Done)
    customer = await office.provider.agent_leg(CHEN)
    await customer.until("queue")
    office.door.standing_now = Standing("queued", None, None, None, True, ended_as=EndedAs.CALLBACK)
    office.door.states["first"] = "closed"
    await customer.hears("closed on our side")
    await customer.until("ended")
    assert not [one for one in customer.heard if "call you back" in one.text]


async def test_an_answering_machine_is_heard_by_the_agent(office: Office) -> None:
    office.provider.set_phone(CHEN, Phone("voicemail", greeting="Chen is not here."))
    await office.dial()
    agent = await office.provider.agent_leg(SOFTPHONE)
    await agent.hears("Chen is not here")
    await office.door.hears_of(CallMoment.AGENT_JOINED)


async def test_an_agent_who_does_not_pick_up_leaves_the_customer_in_peace(office: Office) -> None:
    office.provider.set_phone(SOFTPHONE, Phone("no_answer"))
    await office.dial()
    told = await office.door.hears_of(CallMoment.NOT_REACHED)
    assert (told.outcome, told.reason) == (CallOutcome.FAILED, "agent_no_answer")
    assert office.dialled() == 0


async def test_the_agent_who_hangs_up_while_it_rings_stops_the_ringing(office: Office) -> None:
    office.provider.set_phone(CHEN, RINGS)
    await office.dial()
    await office.door.hears_of(CallMoment.RINGING)
    customer = await office.provider.agent_leg(CHEN)
    await (await office.provider.agent_leg(SOFTPHONE)).hang_up()
    told = await office.door.hears_of(CallMoment.NOT_REACHED)
    assert told.outcome is CallOutcome.CANCELLED
    assert customer.status == "canceled"


async def test_the_agent_who_hangs_up_while_talking_ends_the_call(office: Office) -> None:
    await office.dial()
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    customer = await office.provider.agent_leg(CHEN)
    await (await office.provider.agent_leg(SOFTPHONE)).hang_up()
    await customer.until("ended")
    await office.door.hears_of(CallMoment.CUSTOMER_LEFT)


async def test_an_order_to_hang_up_ends_both_legs(office: Office) -> None:
    office.provider.set_phone(CHEN, RINGS)
    await office.dial()
    await office.door.hears_of(CallMoment.RINGING)
    agent = await office.provider.agent_leg(SOFTPHONE)
    customer = await office.provider.agent_leg(CHEN)
    await office.channel.perform("hotline", Hangup(contact_id="outgoing"))
    await customer.until("ended")
    await agent.until("ended")


async def test_the_same_order_again_calls_nobody_twice(office: Office) -> None:
    await office.dial()
    assert isinstance(await office.dial(), Done)
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    assert (office.dialled(), office.dialled(SOFTPHONE)) == (1, 1)


@pytest.mark.parametrize("seed", range(3))
async def test_doubled_and_overtaking_webhooks_change_nothing(office: Office, seed: int) -> None:
    office.provider.set_faults(Faults(duplicate=1.0, delay_s=0.05, seed=seed))
    await office.dial()
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    await (await office.provider.agent_leg(CHEN)).hang_up()
    await office.door.hears_of(CallMoment.CUSTOMER_LEFT)
    await office.provider.settle()
    told = _but_ringing(office)
    assert told == [CallMoment.DIALLING, CallMoment.AGENT_JOINED, CallMoment.CUSTOMER_LEFT]
    assert (office.dialled(), office.dialled(SOFTPHONE)) == (1, 1)


async def test_a_lost_answer_is_not_asked_again_and_the_call_still_comes_about(
    office: Office,
) -> None:
    office.provider.set_phone(CHEN, Phone(after_s=20))
    office.provider.set_phone(SOFTPHONE, Phone(after_s=8))
    assert isinstance(await office.dial(), Done)
    office.provider.set_trouble(Trouble(lose_answer=True, path="/Calls.json"))
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    assert office.dialled() == 1


async def test_a_lost_answer_without_news_is_looked_up(office: Office) -> None:
    office.provider.set_phone(CHEN, Phone("no_answer"))
    office.provider.set_phone(SOFTPHONE, Phone(after_s=8))
    office.provider.set_faults(Faults(lose=1.0, path="/customer-status/"))
    await office.dial()
    office.provider.set_trouble(Trouble(lose_answer=True, path="/Calls.json"))
    told = await office.door.hears_of(CallMoment.NOT_REACHED)
    assert told.outcome is CallOutcome.NO_ANSWER
    assert _looked_up(office)
    assert office.dialled() == 1


async def test_an_agents_lost_answer_rings_once(office: Office) -> None:
    office.provider.set_trouble(Trouble(lose_answer=True, path="/Calls.json"))
    assert isinstance(await office.dial(), Unknown)
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    assert (office.dialled(), office.dialled(SOFTPHONE)) == (1, 1)


async def test_a_number_the_provider_refuses_is_told_with_its_words(office: Office) -> None:
    await office.dial("+99")
    told = await office.door.hears_of(CallMoment.NOT_REACHED)
    assert (told.outcome, told.reason) == (CallOutcome.FAILED, "refused")
    assert "not a valid phone number" in (told.detail or "")


async def test_an_order_that_comes_too_late_rings_nobody(office: Office) -> None:
    late = msgspec.structs.replace(a_dial(), until=datetime.now(UTC) - timedelta(seconds=1))
    office.door.states["outgoing"] = "connecting"
    assert isinstance(await office.channel.perform("hotline", late), Permanent)
    assert office.dialled(SOFTPHONE) == 0


async def test_a_customer_who_calls_while_we_call_them_gets_a_contact_of_their_own(
    office: Office,
) -> None:
    await office.dial()
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    await office.call()
    assert office.door.received[-1].continues_latest is False


async def test_a_call_goes_on_after_a_restart(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> None:
    door = FrontDoor(live_store, blobs)
    provider.set_phone(CHEN, Phone(after_s=60))
    async with in_service(live_store, blobs, provider, door, dial_s=60) as office:
        await office.dial()
        await door.hears_of(CallMoment.RINGING)
        port = int(office.base_url.rpartition(":")[2])
    async with in_service(live_store, blobs, provider, door, port):
        await door.hears_of(CallMoment.AGENT_JOINED)
        assert office.dialled() == 1


async def test_a_right_to_dial_that_was_taken_before_a_crash_is_not_used_again(
    office: Office,
) -> None:
    office.provider.set_phone(SOFTPHONE, Phone(after_s=8))
    await office.dial()
    await office.door.store.write(_claim_all, None)
    told = await office.door.hears_of(CallMoment.NOT_REACHED, timeout_s=30)
    assert (told.outcome, told.reason) == (CallOutcome.FAILED, "lost")
    assert office.dialled() == 0


def _looked_up(office: Office) -> bool:
    return any(
        request.method == "GET" and request.path.endswith("/Calls.json")
        for request in office.provider.api.requests
    )


def _claim_all(tx: Tx, _: None) -> None:
    tx.execute(calls.update().values(dialled_at=tx.now))


def _but_ringing(office: Office) -> list[CallMoment]:
    """What was heard, but for a report of ringing: the answer may overtake it, and drops it."""
    return [moment for moment in office.door.moments if moment is not CallMoment.RINGING]
