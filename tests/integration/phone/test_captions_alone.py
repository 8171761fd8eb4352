"""A call that is transcribed and not recorded: the agent pauses what the provider transcribes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.channels.phone.model import Call
from hub.channels.phone.port import Failed
from hub.channels.phone.twilio.adapter import TwilioPort
from hub.contacts.effects import Done, Outcome, Permanent, Record
from hub.contacts.recordings.model import RecordingAsk, RecordingNews
from hub.storage import DirectoryBlobs, Store
from hub.testing.twilio_simulator import TwilioSimulator
from hub.testing.twilio_simulator.rest import Trouble
from tests.integration.phone.conftest import CHEN, Office, asks, in_service, talk

CARD = "my card number is four one one one"
AFTER = "that was all"


@pytest.fixture
async def office(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> AsyncIterator[Office]:
    """A line that shows what callers say, in a queue that records nothing."""
    async with in_service(live_store, blobs, provider, captions=True) as opened:
        yield opened
        await provider.settle()
        assert provider.alerts == []


async def turn(office: Office, *, paused: bool, at: datetime | None = None) -> Outcome:
    contact_id = office.door.contact_of(CHEN)
    effect = Record(contact_id=contact_id, paused=paused, at=at or datetime.now(UTC))
    return await office.channel.perform("hotline", effect)


async def stands(office: Office, *states: str | None) -> None:
    """Wait until the hub was told this of what is transcribed, in this order."""
    await office.door.until(lambda: office.door.caption_states == list(states))


def heard_by_the_provider(office: Office) -> str:
    told = [one.params.get("TranscriptionData", "") for one in office.provider.messenger.ledger]
    return " ".join(told)


async def test_the_provider_transcribes_nothing_until_the_agent_lets_it_go_on(
    office: Office,
) -> None:
    caller, _ = await talk(office)
    await stands(office, "transcribed")
    assert isinstance(await turn(office, paused=True), Done)
    await caller.say(CARD)
    assert isinstance(await turn(office, paused=False), Done)
    await caller.say(AFTER)
    await office.door.until(lambda: office.door.captions == [AFTER])
    await office.provider.settle()
    assert office.door.caption_states == ["transcribed", "paused", "transcribed"]
    assert CARD not in heard_by_the_provider(office)
    assert office.door.tape_states == []


async def test_a_pause_asked_for_twice_is_done_and_an_older_wish_changes_nothing(
    office: Office,
) -> None:
    caller, _ = await talk(office)
    await stands(office, "transcribed")
    early = datetime.now(UTC) - timedelta(seconds=5)
    assert isinstance(await turn(office, paused=True), Done)
    assert isinstance(await turn(office, paused=True), Done)
    assert isinstance(await turn(office, paused=False, at=early), Permanent)
    await caller.say(CARD)
    await office.provider.settle()
    assert office.door.caption_states[-1] == "paused"
    assert CARD not in heard_by_the_provider(office)


async def test_what_is_on_its_way_as_the_agent_pauses_is_not_shown(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, _ = await talk(office)
    await stands(office, "transcribed")
    stop = TwilioPort.stop_captions

    async def late(port: TwilioPort, call: Call) -> Failed | None:
        await caller.say(CARD)
        await office.provider.settle()
        return await stop(port, call)

    monkeypatch.setattr(TwilioPort, "stop_captions", late)
    assert isinstance(await turn(office, paused=True), Done)
    assert CARD in heard_by_the_provider(office)
    assert office.door.captions == []


async def test_a_pause_that_is_not_confirmed_is_told_as_not_sure(office: Office) -> None:
    await talk(office)
    await stands(office, "transcribed")
    office.provider.set_trouble(Trouble(500, path="/Transcriptions/", times=3))
    assert not isinstance(await turn(office, paused=True), Done)
    assert office.door.caption_states == ["transcribed", "unsure"]
    assert isinstance(await turn(office, paused=True), Done)
    assert office.door.caption_states[-1] == "paused"


async def test_where_it_cannot_be_had_again_it_stays_paused(office: Office) -> None:
    await talk(office)
    await stands(office, "transcribed")
    await turn(office, paused=True)
    office.provider.set_trouble(Trouble(400, path="/Transcriptions.json"))
    assert isinstance(await turn(office, paused=False), Permanent)
    assert office.door.caption_states[-1] == "paused"


async def test_who_heard_no_notice_is_transcribed_alone_and_can_be_paused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = TwilioPort.bring_customer

    async def untold(port: TwilioPort, call: Call, *rest: Any, **more: Any) -> Failed | None:
        failed = await told(port, call, *rest, **more)
        asks(office, RecordingAsk())  # the queue records from now on
        return failed

    monkeypatch.setattr(TwilioPort, "bring_customer", untold)
    await talk(office)
    await stands(office, "transcribed")
    assert isinstance(await turn(office, paused=True), Done)
    await stands(office, "transcribed", "paused")
    why = [one.not_recorded for one in office.door.recordings if isinstance(one, RecordingNews)]
    assert why == ["not_told"]


async def test_who_was_asked_and_has_not_agreed_is_not_transcribed(office: Office) -> None:
    asks(office, RecordingAsk(consent=True))
    await talk(office)
    await stands(office, None)
    assert isinstance(await turn(office, paused=True), Permanent)


async def test_where_a_recording_cannot_begin_what_is_transcribed_is_told(office: Office) -> None:
    asks(office, RecordingAsk())
    office.provider.set_trouble(Trouble(400, path="/Recordings.json"))
    await talk(office)
    await stands(office, "transcribed")
    assert office.door.tape_states == ["lost"]
    assert isinstance(await turn(office, paused=True), Done)
