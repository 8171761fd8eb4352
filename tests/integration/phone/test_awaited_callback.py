"""Who calls while they are to be called back is told: 1 keeps it, 9 cancels it, else they wait."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest
from sqlalchemy import select

from hub.callbacks.tables import callbacks
from hub.channels.phone.greeting import LONGEST, LONGEST_ASKED, waits_unheard
from hub.channels.phone.line import Line
from hub.channels.phone.menus.model import PhoneMenu
from hub.channels.phone.model import Call
from hub.channels.phone.rows import find_call
from hub.contacts.inbound import Awaited, Caller
from hub.contacts.tables import contacts
from hub.core.bus import Bus
from hub.core.clock import SystemClock
from hub.intake.callbacks import CallBack, call_back
from hub.intake.door import HubDoor
from hub.routing.settings import CallbackRules, load_settings, save_settings
from hub.storage import DirectoryBlobs, Store, Tx
from hub.testing.center import a_queue, open_center
from hub.testing.twilio_simulator import SimulatedCaller, TwilioSimulator
from tests.integration.phone.conftest import CHEN, OURS, Office, in_service
from tests.integration.phone.front_door import FrontDoor
from tests.integration.phone.test_menus import MENU
from tests.integration.phone.test_webhooks import CALL, post, voice

NO_MENU = SimpleNamespace(settings=SimpleNamespace(menu=PhoneMenu()))  # a line without one


async def calls(office: Office, callback: Awaited) -> SimulatedCaller:
    office.door.caller = Caller(callback=callback)
    return await office.provider.call(CHEN, OURS)


async def test_a_caller_hears_the_place_and_keeps_it(office: Office) -> None:
    caller = await calls(office, Awaited(position=4))
    await caller.hears("thank you for calling")
    await caller.hears("called back already")
    await caller.hears("3 callers before you")
    await caller.press("1")
    await caller.hears("call you back as agreed")
    await caller.until("ended")
    [filed] = office.door.received
    assert (filed.queues, filed.meta["menu"]) == (False, "callback_kept")
    assert office.door.cancelled == []


async def test_a_caller_cancels_by_key(office: Office) -> None:
    caller = await calls(office, Awaited(at=datetime(2026, 3, 10, 6, tzinfo=UTC), zone="UTC"))
    await caller.hears("after 6:00 on Tuesday")
    await caller.press("9")
    await caller.hears("Your callback is cancelled")
    await caller.until("ended")
    assert office.door.cancelled == [CHEN]
    [filed] = office.door.received
    assert (filed.queues, filed.meta["menu"]) == (False, "callback_cancelled")


@pytest.mark.parametrize("key", ["", "5"])
async def test_who_does_neither_waits_as_any_caller(office: Office, key: str) -> None:
    caller = await calls(office, Awaited(position=1))
    await caller.hears("You are next")
    if key:
        await caller.press(key)
    await office.in_queue(caller)
    [filed] = office.door.received
    assert filed.queues
    assert office.door.cancelled == []
    assert sum("thank you for calling" in one.text for one in caller.heard) == 1


async def test_before_a_menu_it_is_asked_first_and_the_menu_comes_after(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> None:
    async with in_service(live_store, blobs, provider, menu=MENU) as office:
        caller = await calls(office, Awaited())
        await caller.hears("called back already")
        await caller.press("5")
        await caller.hears("For repairs, press 1")
        await caller.press("0")
        await office.in_queue(caller)


async def test_before_a_menu_0_leads_to_a_person_at_once(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> None:
    async with in_service(live_store, blobs, provider, menu=MENU) as office:
        caller = await calls(office, Awaited())
        await caller.hears("called back already")
        await caller.press("0")
        await office.in_queue(caller)
        assert not any("For repairs" in one.text for one in caller.heard)


async def test_who_is_still_asked_does_not_wait_and_is_not_taken_in(
    live_store: Store, office: Office
) -> None:
    """Taken in, they would be served as if they had said no to the callback."""
    office.door.caller = Caller(callback=Awaited(position=2))
    await post(office, "voice", voice(office))
    asked, line = await live_store.write(_call, None), cast(Line, NO_MENU)
    late, much_later = asked.started_at + LONGEST * 2, asked.started_at + LONGEST_ASKED
    assert not waits_unheard(asked, line, late)
    assert waits_unheard(asked, line, much_later)  # the question was lost, and nobody is
    _, again = await post(office, "voice", voice(office), once="lost")
    assert "menu?which=awaited" in again
    await post(office, "menu?which=awaited", voice(office))
    assert waits_unheard(await live_store.write(_call, None), line, late)


async def test_who_hangs_up_instead_keeps_the_callback(office: Office) -> None:
    caller = await calls(office, Awaited(position=2))
    await caller.hears("press 1 or hang up")
    await caller.hang_up()
    await office.door.until(lambda: bool(office.door.received))
    [filed] = office.door.received
    assert (filed.queues, filed.meta["menu"]) == (False, "left")
    assert office.door.cancelled == []


async def test_the_same_key_told_twice_is_answered_alike_and_cancels_once(office: Office) -> None:
    office.door.caller = Caller(callback=Awaited(position=2))
    _, asked = await post(office, "voice", voice(office))
    assert "menu?which=awaited" in asked
    pressed = voice(office, Digits="9")
    answers = [await post(office, "menu?which=awaited", pressed, once="a") for _ in range(2)]
    assert answers[0] == answers[1]
    assert "cancelled" in answers[0][1]
    assert office.door.cancelled == [CHEN]


@pytest.mark.parametrize(("key", "state"), [("9", "cancelled"), ("1", "queued"), ("5", "dropped")])
async def test_the_whole_hub_keeps_cancels_or_takes_the_place(
    live_store: Store,
    blobs: DirectoryBlobs,
    provider: TwilioSimulator,
    bus: Bus,
    key: str,
    state: str,
) -> None:
    await live_store.write(_open, None)
    door = cast(FrontDoor, HubDoor(live_store, blobs, SystemClock(), bus))  # the hub's own
    async with in_service(live_store, blobs, provider, door) as office:
        waits = voice(office, CallSid="CA" + "7" * 32)
        await post(office, "voice", waits)
        await post(office, "wait", waits)
        await live_store.write(_wish, None)
        again = voice(office)
        _, asked = await post(office, "voice", again)
        assert "You are next" in asked
        await post(office, "menu?which=awaited", again | {"Digits": key})
        await post(office, "wait", again)
    assert await live_store.read(_state, None) == state


def _open(tx: Tx, _: None) -> None:
    open_center(tx)
    settings = load_settings(tx)
    rules = CallbackRules(window="00:00-24:00", after_hours=True)
    queues = {key: a_queue(one.calendar_id, callback=rules) for key, one in settings.queues.items()}
    save_settings(tx, msgspec.structs.replace(settings, queues=queues))


def _wish(tx: Tx, _: None) -> None:
    contact_id = tx.execute(select(contacts.c.id)).scalar_one()
    assert call_back(tx, CallBack(contact_id, CHEN)).refusal is None


def _call(tx: Tx, _: None) -> Call:
    call = find_call(tx, "hotline", CALL)
    assert call is not None
    return call


def _state(tx: Tx, _: None) -> str:
    return str(tx.execute(select(callbacks.c.state)).scalar_one())
