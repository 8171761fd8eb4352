"""A call's wait begins once its caller has heard the greeting and stands in the waiting room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import func, select, update

from hub.channels.phone.tables import calls
from hub.contacts.inbound import CallMoment, Standing
from hub.contacts.model import ContactState
from hub.contacts.recordings.model import RecordingAsk
from hub.contacts.tables import contacts, interactions
from hub.core.bus import Bus
from hub.core.clock import SystemClock
from hub.intake.door import HubDoor
from hub.storage import DirectoryBlobs, Store, Tx
from hub.testing.center import open_center
from hub.testing.twilio_simulator import TwilioSimulator
from tests.integration.phone.conftest import CHEN, Office, asks, in_service
from tests.integration.phone.front_door import FrontDoor
from tests.integration.phone.test_webhooks import post, voice


async def test_the_wait_begins_in_the_waiting_room(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator, bus: Bus
) -> None:
    await live_store.write(open_center, None)
    door = cast(FrontDoor, HubDoor(live_store, blobs, SystemClock(), bus))  # the hub's own
    async with in_service(live_store, blobs, provider, door) as office:
        _, greeted = await post(office, "voice", voice(office))
        assert "thank you for calling" in greeted
        assert await live_store.read(_count_contacts, None) == 0
        heard_it = datetime.now(UTC)
        _, waits = await post(office, "wait", voice(office))
        assert "<Play" in waits
    row = await live_store.read(lambda tx, _: tx.execute(select(contacts)).one(), None)
    assert row.state == ContactState.QUEUED
    assert min(row.enqueued_at, row.opened_at) >= heard_it


async def test_who_hangs_up_in_the_greeting_has_not_waited(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator, bus: Bus
) -> None:
    await live_store.write(open_center, None)
    door = cast(FrontDoor, HubDoor(live_store, blobs, SystemClock(), bus))
    async with in_service(live_store, blobs, provider, door) as office:
        await post(office, "voice", voice(office))
        with live_store.bus.subscribe(["conversation.grew"]) as hints:
            await post(office, "status", voice(office, CallStatus="completed"))
            while (row := await live_store.read(_entry, None)) is None:
                await hints.next(1.0)
        _, late = await post(office, "wait", voice(office))  # overtaken by the news
    assert "<Hangup" in late
    assert row["menu"] == "greeting"
    assert await live_store.read(_count_contacts, None) == 0


async def test_who_is_asked_whether_they_may_be_recorded_is_offered_to_nobody(
    recorded: Office,
) -> None:
    asks(recorded, RecordingAsk(consent=True))
    _, asked = await post(recorded, "voice", voice(recorded))
    assert "agree to this call being recorded" in asked
    await post(recorded, "consent", voice(recorded, Digits="1"))
    assert recorded.door.received == []
    await post(recorded, "wait", voice(recorded))
    assert [one.queues for one in recorded.door.received] == [True]


async def test_a_callback_that_is_needless_now_is_told_in_the_first_round(office: Office) -> None:
    office.door.standing_now = Standing("queued", 2, None, None, True, took_callback=True)
    await post(office, "voice", voice(office))
    rounds = [(await post(office, "wait", voice(office), once=one))[1] for one in "ab"]
    assert ["call you back" in one or "callback" in one for one in rounds] == [True, False]


async def test_who_waits_unheard_is_taken_in_by_the_sweep(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> None:
    """The hub died while they were greeted, and what the provider asks goes nowhere."""
    door = FrontDoor(live_store, blobs)
    async with in_service(live_store, blobs, provider, door) as office:
        caller = await office.call()
    door.received.clear()
    door.receipts.clear()
    await live_store.write(_greeted_for, timedelta(seconds=30))
    async with in_service(live_store, blobs, provider, door) as office:  # at another address
        await office.channel.sweep()
        assert door.received == []  # they may be hearing the greeting
        await live_store.write(_greeted_for, timedelta(minutes=2))
        await office.channel.sweep()
        assert [one.queues for one in door.received] == [True]
        await caller.hang_up()
        await office.channel.sweep()
    assert CallMoment.AGENT_JOINED not in door.moments
    assert door.contact_of(CHEN)


def _greeted_for(tx: Tx, age: timedelta) -> None:
    at = tx.now - age
    tx.execute(
        update(calls).values(
            in_menu=True,
            contact_id=None,
            conversation_id=None,
            started_at=at,
            checked_at=tx.now - timedelta(minutes=5),
        )
    )


def _count_contacts(tx: Tx, _: None) -> int:
    number: int = tx.execute(select(func.count(contacts.c.id))).scalar_one()
    return number


def _entry(tx: Tx, _: None) -> dict[str, object] | None:
    meta: dict[str, object] | None = tx.execute(select(interactions.c.meta)).scalar_one_or_none()
    return meta
