"""A caller wishes to be called back: the dialogue of keys, in the waiting room and while closed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.contacts.inbound import (
    CallbackAnswer,
    CallbackOffer,
    CallbackRefusal,
    CallMoment,
    Standing,
)
from hub.storage import DirectoryBlobs, Store
from hub.testing.twilio_simulator import Faults, TwilioSimulator
from tests.integration.phone.conftest import CHEN, OURS, Office, in_service

OFFERED = Standing("queued", 4, 200, 400, True, callback=CallbackOffer(None, "Asia/Shanghai"))
CLOSED = Standing(
    "queued",
    None,
    None,
    None,
    False,
    callback=CallbackOffer(datetime(2026, 3, 16, 1, 0, tzinfo=UTC), "Asia/Shanghai"),
)


async def test_it_is_offered_once_and_the_key_works_from_then_on(office: Office) -> None:
    office.door.standing_now = OFFERED
    caller = await office.call()
    await caller.hears("press 1")
    await caller.hears("music")
    told = len([one for one in caller.heard if "press 1" in one.text])
    await caller.press("5")  # a key without a meaning: the next round
    await caller.until("queue")
    await caller.press("5")
    assert len([one for one in caller.heard if "press 1" in one.text]) == told == 1
    await caller.press("1")
    await caller.hears("We will call you at 1 3 8 0 0 1 3 8 0 0 0")


async def test_a_key_that_was_not_offered_means_nothing(office: Office) -> None:
    caller = await office.call()
    await caller.press("1")
    await caller.press("1")
    assert caller.where == "queue"
    assert office.door.wishes == []


async def test_the_confirmed_number_is_wished_and_the_caller_is_let_go(office: Office) -> None:
    office.door.standing_now = OFFERED
    caller = await office.call()
    contact_id = office.door.contact_of(CHEN)
    await caller.hears("press 1")
    await caller.press("1")
    await caller.hears("To confirm")
    await caller.press("1#")
    await caller.hears("when it is your turn")
    await caller.until("ended")
    assert office.door.wishes == [(contact_id, CHEN)]


async def test_who_says_nothing_waits_on(office: Office) -> None:
    office.door.standing_now = OFFERED
    caller = await office.call()
    await caller.hears("press 1")
    await caller.press("1")
    await caller.hears("To confirm")
    await caller.hears("There are 3 callers|You are next|The wait is")
    assert caller.where == "queue"
    assert office.door.wishes == []


async def test_a_caller_without_a_number_keys_one_in(office: Office) -> None:
    office.door.standing_now = OFFERED
    caller = await office.provider.call("anonymous", OURS)
    await caller.until("queue")
    await caller.hears("press 1")
    await caller.press("1")
    await caller.hears("key in your phone number")
    await caller.press("13900139000#")
    await caller.hears("1 3 9 0 0 1 3 9 0 0 0")
    await caller.press("1#")
    await caller.until("ended")
    assert office.door.wishes[0][1] == "13900139000"


async def test_a_number_that_is_refused_is_asked_for_again(office: Office) -> None:
    office.door.standing_now = OFFERED
    office.door.callback_answer = CallbackAnswer(CallbackRefusal.NUMBER)
    caller = await office.call()
    await caller.hears("press 1")
    await caller.press("1")
    await caller.hears("To confirm")
    await caller.press("1#")
    await caller.hears("cannot be called")
    assert caller.where == "queue"


async def test_an_agent_who_answers_at_that_moment_is_not_missed(office: Office) -> None:
    office.door.standing_now = OFFERED
    office.door.callback_answer = CallbackAnswer(CallbackRefusal.TAKEN)
    caller = await office.call()
    await caller.hears("press 1")
    await caller.press("1")
    await caller.hears("To confirm")
    await office.connect()
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    await caller.until("room")


async def test_while_it_is_closed_the_time_is_told_and_no_message_taken(office: Office) -> None:
    office.door.standing_now = CLOSED
    assert CLOSED.callback is not None
    office.door.callback_answer = CallbackAnswer(None, CLOSED.callback.at, "Asia/Shanghai")
    caller = await office.provider.call(CHEN, OURS)
    await caller.hears("We are closed")
    await caller.press("1")
    await caller.hears("To confirm")
    await caller.press("1#")
    await caller.hears("after 9:00 on Monday")
    await caller.until("ended")
    assert [number for _, number in office.door.wishes] == [CHEN]
    await office.provider.settle()
    assert office.provider.recordings == []


async def test_while_it_is_closed_who_presses_nothing_leaves_a_message(office: Office) -> None:
    office.door.standing_now = CLOSED
    caller = await office.provider.call(CHEN, OURS)
    await caller.until("message")
    await caller.say("please send me the price list by mail, thank you very much")
    await caller.press("#")
    await office.door.until(lambda: len(office.door.received) == 2)
    assert office.door.wishes == []


async def test_while_it_is_closed_the_key_for_a_message_takes_one(office: Office) -> None:
    office.door.standing_now = CLOSED
    caller = await office.provider.call(CHEN, OURS)
    await caller.hears("press 1")
    await caller.press("2")  # known from the waiting room
    await caller.until("message")
    await caller.say("please call me about my order, thank you")
    await caller.press("#")
    await office.door.until(lambda: len(office.door.received) == 2)
    assert office.provider.alerts == []


async def test_while_it_is_closed_who_is_to_be_called_already_is_told_so(office: Office) -> None:
    office.door.standing_now = CLOSED
    office.door.callback_answer = CallbackAnswer(CallbackRefusal.PENDING)
    caller = await office.provider.call(CHEN, OURS)
    await caller.hears("press 1")
    await caller.press("1")
    await caller.hears("To confirm")
    await caller.press("1#")
    await caller.hears("We already have a callback noted for you")
    await caller.until("message")


@pytest.mark.parametrize("key", ["2", "5"])
async def test_without_voicemail_a_key_without_a_meaning_ends_with_goodbye_while_closed(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator, key: str
) -> None:
    async with in_service(live_store, blobs, provider, voicemail=False) as office:
        office.door.standing_now = CLOSED
        caller = await provider.call(CHEN, OURS)
        await caller.hears("press 1")
        await caller.press(key)
        await caller.hears("call again in our business hours")
        await caller.until("ended")
        assert provider.alerts == []


@pytest.mark.parametrize("keys", [None, "12#"])
async def test_without_voicemail_who_keys_in_no_number_hears_goodbye_while_closed(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator, keys: str | None
) -> None:
    async with in_service(live_store, blobs, provider, voicemail=False) as office:
        office.door.standing_now = CLOSED
        caller = await provider.call(CHEN, OURS)
        await caller.hears("press 1")
        await caller.press("1")
        await caller.hears("To confirm")
        if keys is not None:
            await caller.press(keys)
        await caller.hears("call again in our business hours")
        await caller.until("ended")


async def test_doubled_and_late_webhooks_wish_once(office: Office) -> None:
    office.provider.set_faults(Faults(duplicate=1.0, delay_s=0.02, seed=3))
    office.door.standing_now = OFFERED
    caller = await office.call()
    await caller.hears("press 1")
    await caller.press("1")
    await caller.hears("To confirm")
    await caller.press("1#")
    await caller.until("ended")
    await office.provider.settle()
    assert len(set(office.door.wishes)) == 1
    assert CallMoment.VOICEMAIL not in office.door.moments
