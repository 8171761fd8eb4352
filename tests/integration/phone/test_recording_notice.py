"""Before a talk is recorded it is said, or asked, whoever is joined when."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from hub.channels.phone.model import Call, Consent
from hub.channels.phone.recording import asking
from hub.channels.phone.tables import calls, steps
from hub.contacts.recordings.model import (
    NotRecorded,
    RecordingAsk,
    RecordingNews,
)
from hub.storage import DirectoryBlobs, Store, Tx
from hub.testing.twilio_simulator import TwilioSimulator
from tests.integration.phone.conftest import (
    CHEN,
    OURS,
    Office,
    asks,
    in_service,
    is_taped,
    talk,
)


async def test_who_agrees_by_the_key_is_recorded(recorded: Office) -> None:
    asks(recorded, RecordingAsk(consent=True))
    caller = await recorded.provider.call(CHEN, OURS)
    await caller.hears("agree to this call being recorded")
    await caller.press("1")
    await recorded.in_queue(caller)
    await recorded.connect()
    await caller.until("room")
    await is_taped(recorded)


@pytest.mark.parametrize("key", ["0", ""])
async def test_who_does_not_agree_is_not_recorded(recorded: Office, key: str) -> None:
    asks(recorded, RecordingAsk(consent=True))
    caller = await recorded.provider.call(CHEN, OURS)
    await caller.hears("agree to this call being recorded")
    if key:
        await caller.press(key)
    await recorded.in_queue(caller)
    await recorded.connect()
    await caller.until("room")
    await recorded.door.until(lambda: bool(recorded.door.recordings))
    [news] = recorded.door.recordings
    assert isinstance(news, RecordingNews)
    assert news.not_recorded is NotRecorded.REFUSED
    assert recorded.provider.tapes == []


@pytest.mark.parametrize(("key", "transcribed"), [("1", True), ("0", False)])
async def test_who_does_not_agree_is_not_transcribed_either(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator, key: str, transcribed: bool
) -> None:
    async with in_service(live_store, blobs, provider, captions=True) as office:
        asks(office, RecordingAsk(consent=True))
        caller = await provider.call(CHEN, OURS)
        await caller.hears("agree to this call being recorded")
        await caller.press(key)
        await office.in_queue(caller)
        await office.connect()
        await caller.until("room")
        moved = [one.form["Twiml"] for one in provider.api.requests if "Twiml" in one.form]
        assert ("<Transcription" in moved[-1]) is transcribed


async def test_who_was_never_asked_is_not_transcribed_in_a_queue_that_asks(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> None:
    """As who comes from another queue, or whose question was broken off by an agent's coming."""
    async with in_service(live_store, blobs, provider, captions=True) as office:
        caller = await office.call()
        asks(office, RecordingAsk(consent=True))
        await office.connect()
        await caller.until("room")
        moved = [one.form["Twiml"] for one in provider.api.requests if "Twiml" in one.form]
        assert "<Transcription" not in moved[-1]


def _stays(call: Call) -> Call:
    """They have not come to the waiting room yet, whatever the provider asks."""
    return call


async def test_who_is_joined_before_the_notice_was_said_hears_it_before_the_talk(
    recorded: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "as_waiting", _stays)
    await talk(recorded)
    await is_taped(recorded)
    moved = [one.form["Twiml"] for one in recorded.provider.api.requests if "Twiml" in one.form]
    assert "This call is recorded" in moved[-1]


async def test_who_is_told_already_is_joined_without_a_word(recorded: Office) -> None:
    caller = await recorded.call()
    await caller.hears("press 2")  # in the waiting room
    await recorded.connect()
    await is_taped(recorded)
    moved = [one.form["Twiml"] for one in recorded.provider.api.requests if "Twiml" in one.form]
    assert "<Say" not in moved[-1]


async def test_who_is_being_asked_is_joined_once_they_have_answered(
    recorded: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "as_waiting", _stays)
    asks(recorded, RecordingAsk(consent=True))
    caller = await recorded.call()
    await recorded.door.store.write(_set_consent, Consent.ASKED)
    await recorded.connect()
    while not await recorded.door.store.read(_waits_for_an_answer, None):
        await recorded.provider.settle()
    await recorded.door.store.write(_set_consent, Consent.AGREED)
    await caller.until("room")
    await is_taped(recorded)


def _set_consent(tx: Tx, consent: Consent) -> None:
    tx.execute(update(calls).values(consent=consent))


def _waits_for_an_answer(tx: Tx, _: None) -> bool:
    waiting = select(steps.c.id).where(steps.c.error.contains("asked whether"))
    return tx.execute(waiting).first() is not None


async def test_a_customer_whom_we_call_hears_the_notice_before_the_talk(recorded: Office) -> None:
    await recorded.dial()
    customer = await recorded.provider.agent_leg(CHEN)
    await customer.hears("This call is recorded")
    await customer.until("room")
    await is_taped(recorded)
    assert recorded.provider.tapes[0].call.to == CHEN
