"""The waiting room: a longest wait, and the key that stops offers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.contacts.inbound import CallMoment, Standing
from hub.storage import DirectoryBlobs, Store
from hub.testing.twilio_simulator import TwilioSimulator
from tests.integration.phone.conftest import CHEN, in_service

WAITS = Standing("queued", None, None, None, open_now=True, waited_s=599)


@pytest.mark.parametrize("after", ["message", "goodbye"])
async def test_nobody_waits_longer_than_the_line_allows(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator, after: str
) -> None:
    async with in_service(
        live_store,
        blobs,
        provider,
        longest_wait_s=600,
        after_longest=after,
    ) as office:
        office.door.standing_now = WAITS
        caller = await office.call()
        assert await caller.hears("Thank you for waiting")
        office.door.standing_now = replace(WAITS, waited_s=600)
        assert await caller.hears("nobody can take your call")
        if after == "goodbye":
            await office.door.hears_of(CallMoment.CUSTOMER_LEFT)
        else:
            await caller.until("message")
            await office.door.hears_of(CallMoment.VOICEMAIL)
        assert provider.alerts == []


async def test_8_stops_offers_and_the_caller_waits_on(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> None:
    async with in_service(live_store, blobs, provider, stop_key=True) as office:
        caller = await office.call()
        await caller.hears("no more offers or surveys from us, press 8")
        await caller.press("8")
        assert await caller.hears("This is noted")
        assert office.door.opted_out == [office.door.contact_of(CHEN)]
        assert caller.where == "queue"
        assert provider.alerts == []
