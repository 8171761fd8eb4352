"""While a recording pauses the provider is told to transcribe nothing, and asked again after."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from hub.channels.phone.model import Call
from hub.channels.phone.port import Failed
from hub.channels.phone.twilio.adapter import TwilioPort
from hub.contacts.effects import Done, Hold, Outcome, Record, Unhold
from hub.contacts.recordings.model import RecordingAsk
from hub.storage import DirectoryBlobs, Store
from hub.testing.twilio_simulator import TwilioSimulator
from hub.testing.twilio_simulator.rest import Trouble
from tests.integration.phone.conftest import CHEN, Office, asks, in_service, is_taped, talk

CARD = "my card number is four one one one"
AFTER = "that was all"


@pytest.fixture
async def office(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> AsyncIterator[Office]:
    """A line that is recorded after a notice, and shows what callers say."""
    async with in_service(live_store, blobs, provider, captions=True) as opened:
        asks(opened, RecordingAsk())
        yield opened
        await provider.settle()
        assert provider.alerts == []


async def turn(office: Office, *, paused: bool) -> Outcome:
    contact_id = office.door.contact_of(CHEN)
    effect = Record(contact_id=contact_id, paused=paused, at=datetime.now(UTC))
    return await office.channel.perform("hotline", effect)


def heard_by_the_provider(office: Office) -> str:
    """What the provider has transcribed, whether or not anybody was shown it."""
    told = [one.params.get("TranscriptionData", "") for one in office.provider.messenger.ledger]
    return " ".join(told)


async def test_the_provider_transcribes_nothing_while_the_recording_pauses(office: Office) -> None:
    caller, _ = await talk(office)
    await is_taped(office)
    assert isinstance(await turn(office, paused=True), Done)
    await caller.say(CARD)
    assert isinstance(await turn(office, paused=False), Done)
    await caller.say(AFTER)
    await office.door.until(lambda: office.door.captions == [AFTER])
    await office.provider.settle()
    assert CARD not in heard_by_the_provider(office)
    assert AFTER in heard_by_the_provider(office)


async def test_resumed_twice_it_is_transcribed_once(office: Office) -> None:
    caller, _ = await talk(office)
    await is_taped(office)
    await turn(office, paused=True)
    await turn(office, paused=False)
    await turn(office, paused=False)
    await caller.say(AFTER)
    await office.door.until(lambda: bool(office.door.captions))
    await office.provider.settle()
    assert office.door.captions == [AFTER]


async def test_a_pause_that_overtakes_the_end_of_another_one_holds(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, _ = await talk(office)
    await is_taped(office)
    await turn(office, paused=True)
    start = TwilioPort.start_captions

    async def late(port: TwilioPort, call: Call) -> Failed | None:
        monkeypatch.undo()
        assert isinstance(await turn(office, paused=True), Done)
        return await start(port, call)

    monkeypatch.setattr(TwilioPort, "start_captions", late)
    await turn(office, paused=False)
    assert office.door.tape_states[-1] == "paused"
    await caller.say(CARD)
    await office.provider.settle()
    assert CARD not in heard_by_the_provider(office)


async def test_what_may_still_be_transcribed_is_told_as_not_sure(office: Office) -> None:
    await talk(office)
    await is_taped(office)
    office.provider.set_trouble(Trouble(500, path="/Transcriptions/", times=3))
    assert not isinstance(await turn(office, paused=True), Done)
    assert office.door.tape_states == ["recording", "unsure"]
    assert isinstance(await turn(office, paused=True), Done)
    assert office.door.tape_states[-1] == "paused"


async def test_a_talk_goes_on_without_captions_where_they_cannot_be_had(office: Office) -> None:
    caller, _ = await talk(office)
    await is_taped(office)
    await turn(office, paused=True)
    office.provider.set_trouble(Trouble(400, path="/Transcriptions.json"))
    assert isinstance(await turn(office, paused=False), Done)
    assert office.door.tape_states[-1] == "recording"
    await caller.say(AFTER)
    await office.provider.settle()
    assert office.door.captions == []


async def test_hold_that_pauses_the_recording_stops_the_transcription_too(office: Office) -> None:
    asks(office, RecordingAsk(pause_on_hold=True))
    caller, _ = await talk(office)
    await is_taped(office)
    contact_id = office.door.contact_of(CHEN)
    await office.channel.perform("hotline", Hold(contact_id=contact_id))
    await caller.say(CARD)
    await office.channel.perform("hotline", Unhold(contact_id=contact_id))
    await caller.say(AFTER)
    await office.door.until(lambda: office.door.captions == [AFTER])
    await office.provider.settle()
    assert CARD not in heard_by_the_provider(office)
