"""Who has waited longest goes on: to another queue, a number outside, or to be called back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import pytest

from hub.contacts.inbound import CallbackOffer, CallMoment, Standing
from hub.storage import DirectoryBlobs, Store
from hub.testing.twilio_simulator import RINGS, Phone, TwilioSimulator
from tests.integration.phone.conftest import CHEN, SOFTPHONE, Office, in_service

OUTSIDE = "+862155509999"
LONG = Standing("queued", None, None, None, open_now=True, waited_s=600)
Serve = Callable[..., AbstractAsyncContextManager[Office]]


@pytest.fixture
async def serve(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> AsyncIterator[Serve]:
    def served(after: str, **more: str) -> AbstractAsyncContextManager[Office]:
        rules: dict[str, Any] = {"longest_wait_s": 600, "after_longest": after, **more}
        return in_service(live_store, blobs, provider, **rules)

    yield served
    assert provider.alerts == []


async def test_they_wait_on_in_another_queue(serve: Serve) -> None:
    async with serve("queue", longest_queue="backup") as office:
        office.door.standing_now = LONG
        caller = await office.call()
        assert await caller.hears("asking another team")
        told = await office.door.hears_of(CallMoment.OVERFLOWED)
        assert told.detail == "backup"
        assert await caller.hears("Thank you for waiting. We will answer")  # once is enough
        assert caller.where == "queue"
        moments = [one.moment for one in office.door.reports]
        assert moments.count(CallMoment.OVERFLOWED) == 1


async def test_a_queue_that_is_closed_is_no_way_on(serve: Serve) -> None:
    async with serve("queue", longest_queue="backup") as office:
        office.door.standing_now, office.door.closed = LONG, frozenset({"backup"})
        caller = await office.call()
        assert await caller.hears("nobody can take your call")
        await caller.until("message")
        assert CallMoment.OVERFLOWED not in [one.moment for one in office.door.reports]


async def test_a_number_outside_takes_the_call(serve: Serve) -> None:
    async with serve("number", longest_number=OUTSIDE) as office:
        office.door.standing_now = LONG
        caller = await office.call()
        assert await caller.hears("putting you through")
        await office.door.hears_of(CallMoment.OUTSIDE)
        await caller.until("ended")


async def test_who_is_not_reached_outside_waits_on_at_their_place(serve: Serve) -> None:
    async with serve("number", longest_number=OUTSIDE) as office:
        office.provider.set_phone(OUTSIDE, Phone("busy"))
        office.door.standing_now = LONG
        caller = await office.call()
        assert await caller.hears("You still have your place")
        await caller.until("queue")
        assert await caller.hears("Thank you for waiting")
        assert CallMoment.OUTSIDE not in [one.moment for one in office.door.reports]


async def test_an_agent_who_is_free_first_has_the_caller(serve: Serve) -> None:
    async with serve("number", longest_number=OUTSIDE) as office:
        office.provider.set_phone(OUTSIDE, RINGS)
        office.door.standing_now = LONG
        caller = await office.call()
        assert await caller.hears("putting you through")
        await office.connect()
        await office.provider.agent_leg(SOFTPHONE)
        await office.door.hears_of(CallMoment.AGENT_JOINED)
        await caller.until("room")


async def test_they_are_asked_once_for_the_number_to_be_called_at(serve: Serve) -> None:
    async with serve("callback") as office:
        office.door.standing_now = replace(LONG, callback=CallbackOffer(None, "UTC"))
        caller = await office.call()
        assert await caller.hears("We will call you at")
        await caller.press("1")
        await caller.press("#")
        assert await caller.hears("when it is your turn")
        await caller.until("ended")
        assert office.door.wishes == [(office.door.contact_of(CHEN), CHEN)]


async def test_who_confirms_no_number_waits_on(serve: Serve) -> None:
    async with serve("callback") as office:
        office.door.standing_now = replace(LONG, callback=CallbackOffer(None, "UTC"))
        caller = await office.call()
        assert await caller.hears("We will call you at")
        assert await caller.hears("Thank you for waiting")
        asked = [one for one in caller.heard if "We will call you at" in one.text]
        assert len(asked) == 1
        assert office.door.wishes == []


async def test_a_queue_that_calls_nobody_back_asks_for_a_message(serve: Serve) -> None:
    async with serve("callback") as office:
        office.door.standing_now = LONG
        caller = await office.call()
        assert await caller.hears("nobody can take your call")
        await caller.until("message")
