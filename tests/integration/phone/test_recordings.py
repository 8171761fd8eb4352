"""Recording of calls: said before, begun once, paused for sure, copied to us, deleted there."""

from __future__ import annotations

import asyncio
import io
import wave
from array import array
from datetime import UTC, datetime

import pytest

from hub.channels.phone.forgetting import forget
from hub.channels.phone.port import Failed
from hub.channels.phone.recording import keeper
from hub.channels.phone.recording.port import Put
from hub.channels.phone.twilio.recordings import TwilioRecordings
from hub.contacts.effects import (
    Done,
    Hold,
    InviteOutside,
    Move,
    Outcome,
    Permanent,
    Record,
    Unhold,
)
from hub.contacts.forgetting import Whose
from hub.contacts.inbound import CallMoment
from hub.contacts.recordings.model import (
    RecordingAsk,
    RecordingKind,
    RecordingNews,
    Transcribed,
)
from hub.storage import BlobRef, DirectoryBlobs
from hub.testing.twilio_simulator import Phone
from hub.testing.twilio_simulator.rest import Trouble
from hub.testing.twilio_simulator.webhooks import Faults
from tests.integration.phone.conftest import CHEN, SOFTPHONE, Office, asks, is_taped, talk


async def pause(office: Office, *, paused: bool = True) -> Outcome:
    contact_id = office.door.contact_of(CHEN)
    effect = Record(contact_id=contact_id, paused=paused, at=datetime.now(UTC))
    return await office.channel.perform("hotline", effect)


async def sound_of(office: Office) -> tuple[RecordingNews, list[array[int]]]:
    """Return the news of the one recording kept, and the samples of its channels."""
    await office.door.until(lambda: bool(office.door.kept))
    [news] = office.door.kept.values()
    assert news.sound is not None
    data = await office.door.blobs.get(news.sound.blob_id)
    with wave.open(io.BytesIO(data)) as file:
        samples = array("h", file.readframes(file.getnframes()))
        return news, [samples[channel :: file.getnchannels()] for channel in range(2)]


async def test_a_talk_is_recorded_after_the_notice_copied_and_deleted_at_the_provider(
    recorded: Office,
) -> None:
    caller, agent = await talk(recorded)
    await caller.hears("This call is recorded")
    await is_taped(recorded)
    await caller.say("my order has not come yet")
    await agent.say("I am sorry, let me look")
    await caller.hang_up()
    news, (customer, ours) = await sound_of(recorded)
    assert news.kind is RecordingKind.CALL
    assert news.contact_id == recorded.door.contact_of(CHEN)
    assert news.channels == 2
    assert max(customer) > 1000
    assert max(ours) > 1000
    assert recorded.door.tape_states == ["recording", "ended", "kept"]
    await recorded.provider.until(lambda: recorded.provider.recordings == [])
    assert len(recorded.provider.tapes) == 1


async def test_a_queue_that_does_not_record_asks_nothing_of_the_provider(office: Office) -> None:
    caller, _ = await talk(office)
    await caller.hang_up()
    await office.door.hears_of(CallMoment.CUSTOMER_LEFT)
    assert office.provider.tapes == []
    assert "recorded" not in " ".join(one.text for one in caller.heard)


async def test_a_paused_recording_is_silent_and_goes_on_when_resumed(recorded: Office) -> None:
    caller, _ = await talk(recorded)
    await is_taped(recorded)
    assert isinstance(await pause(recorded), Done)
    await caller.say("my card number is four one one one")
    assert isinstance(await pause(recorded, paused=False), Done)
    await caller.say("that was all")
    await caller.hang_up()
    _, (customer, _) = await sound_of(recorded)
    [tape] = recorded.provider.tapes
    assert tape.recording.words == "that was all"
    paused_s = tape.said[0].seconds
    assert max(map(abs, customer[: int(paused_s * 8000) - 1])) == 0
    assert recorded.door.tape_states == ["recording", "paused", "recording", "ended", "kept"]


async def test_a_pause_the_provider_does_not_confirm_is_told_as_not_sure(recorded: Office) -> None:
    await talk(recorded)
    await is_taped(recorded)
    [tape] = recorded.provider.tapes
    recorded.provider.set_trouble(Trouble(500, path=tape.recording.sid, times=3))
    assert not isinstance(await pause(recorded), Done)
    assert recorded.door.tape_states == ["recording", "unsure"]
    assert isinstance(await pause(recorded), Done)
    assert recorded.door.tape_states[-1] == "paused"


async def test_an_older_wish_does_not_undo_a_newer_one(recorded: Office) -> None:
    await talk(recorded)
    await is_taped(recorded)
    old = datetime.now(UTC)
    await pause(recorded)
    late = Record(contact_id=recorded.door.contact_of(CHEN), paused=False, at=old)
    assert isinstance(await recorded.channel.perform("hotline", late), Permanent)
    assert recorded.provider.tapes[0].status == "paused"


async def test_hold_pauses_where_the_queue_wants_it(recorded: Office) -> None:
    asks(recorded, RecordingAsk(pause_on_hold=True))
    await talk(recorded)
    await is_taped(recorded)
    contact_id = recorded.door.contact_of(CHEN)
    await recorded.channel.perform("hotline", Hold(contact_id=contact_id))
    assert recorded.provider.tapes[0].status == "paused"
    await recorded.channel.perform("hotline", Unhold(contact_id=contact_id))
    assert recorded.provider.tapes[0].status == "in-progress"


async def test_a_customer_on_hold_while_somebody_is_asked_is_not_recorded(recorded: Office) -> None:
    asks(recorded, RecordingAsk(pause_on_hold=True))
    caller, _ = await talk(recorded)
    await is_taped(recorded)
    plumber = "+8613500135000"
    recorded.provider.set_phone(plumber, Phone("no_answer"))
    contact_id = recorded.door.contact_of(CHEN)
    await recorded.channel.perform(
        "hotline",
        InviteOutside(contact_id=contact_id, guest_id="guest", address=plumber, blind=True),
    )
    await caller.until_hears({SOFTPHONE})  # nobody answered: they are back
    await recorded.door.until(lambda: recorded.door.tape_states[-1] == "recording")
    assert recorded.door.tape_states == ["recording", "paused", "recording"]
    assert recorded.provider.tapes[0].status == "in-progress"


async def test_hold_does_not_end_the_agents_own_pause(recorded: Office) -> None:
    asks(recorded, RecordingAsk(pause_on_hold=True))
    await talk(recorded)
    await is_taped(recorded)
    await pause(recorded)
    contact_id = recorded.door.contact_of(CHEN)
    await recorded.channel.perform("hotline", Hold(contact_id=contact_id))
    await recorded.channel.perform("hotline", Unhold(contact_id=contact_id))
    assert recorded.provider.tapes[0].status == "paused"


async def test_a_copy_that_takes_long_delays_no_recording(
    recorded: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = asyncio.Event(), asyncio.Event()
    copy = TwilioRecordings.copy

    async def slow(self: TwilioRecordings, sid: str, put: Put) -> tuple[BlobRef, str] | Failed:
        begun.set()
        await goes_on.wait()
        return await copy(self, sid, put)

    monkeypatch.setattr(TwilioRecordings, "copy", slow)
    caller, _ = await talk(recorded)
    await is_taped(recorded)
    await caller.hang_up()
    await begun.wait()
    other = "+8613900139000"
    await recorded.call(other)
    await recorded.connect(other)
    await recorded.door.until(lambda: recorded.door.tape_states.count("recording") == 2)
    goes_on.set()
    await sound_of(recorded)


async def test_what_is_being_copied_of_who_is_erased_is_kept_nowhere(
    recorded: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted: list[str] = []
    copy, delete = TwilioRecordings.copy, DirectoryBlobs.delete

    async def erased(self: TwilioRecordings, sid: str, put: Put) -> tuple[BlobRef, str] | Failed:
        whose = Whose([recorded.door.contact_of(CHEN)], [], [], [])
        await recorded.door.store.write(forget, whose)
        return await copy(self, sid, put)

    async def drop(self: DirectoryBlobs, blob_id: str) -> None:
        deleted.append(blob_id)
        await delete(self, blob_id)

    monkeypatch.setattr(TwilioRecordings, "copy", erased)
    monkeypatch.setattr(DirectoryBlobs, "delete", drop)
    caller, _ = await talk(recorded)
    await is_taped(recorded)
    await caller.hang_up()
    await recorded.provider.until(lambda: recorded.provider.recordings == [])
    await recorded.door.until(lambda: len(deleted) == 1)
    assert recorded.door.kept == {}


async def test_what_the_provider_does_not_tell_is_asked_for(
    recorded: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_LOOK_AFTER_S", 0.2)
    recorded.provider.set_faults(Faults(lose=1.0, path="call-recording"))
    caller, _ = await talk(recorded)
    await is_taped(recorded)
    await caller.hang_up()
    await sound_of(recorded)


async def test_a_lost_answer_does_not_record_twice(recorded: Office) -> None:
    recorded.provider.set_faults(Faults(lose=1.0, path="call-recording"))
    recorded.provider.set_trouble(Trouble(lose_answer=True, path="/Recordings.json"))
    await talk(recorded)
    await is_taped(recorded)
    assert len(recorded.provider.tapes) == 1


async def test_what_cannot_be_fetched_is_shown_and_tried_again(recorded: Office) -> None:
    recorded.provider.set_trouble(Trouble(500, path=".wav", times=3))
    caller, _ = await talk(recorded)
    await is_taped(recorded)
    await caller.hang_up()
    await sound_of(recorded)
    assert recorded.door.tape_states == ["recording", "ended", "lost", "kept"]


async def test_an_agent_who_is_sent_away_is_recorded_no_more(recorded: Office) -> None:
    caller, _ = await talk(recorded)
    await is_taped(recorded)
    contact_id = recorded.door.contact_of(CHEN)
    recorded.door.states[contact_id] = "queued"
    await recorded.channel.perform("hotline", Move(contact_id=contact_id))
    await caller.until("queue")
    await sound_of(recorded)
    assert not caller.ended


async def test_the_words_of_a_recording_are_told_once_it_is_kept(recorded: Office) -> None:
    caller, _ = await talk(recorded)
    await is_taped(recorded)
    [tape] = recorded.provider.tapes
    params = {
        "AccountSid": recorded.provider.account_sid,
        "CallSid": caller.sid,
        "RecordingSid": tape.recording.sid,
        "TranscriptionText": "my order has not come yet",
        "TranscriptionStatus": "completed",
    }
    url = f"{recorded.base_url}/channels/hotline/transcription"
    recorded.provider.messenger.notify(url, params)
    await caller.hang_up()
    await recorded.door.until(
        lambda: any(isinstance(one, Transcribed) for one in recorded.door.recordings)
    )
    said = recorded.door.recordings[-1]
    assert isinstance(said, Transcribed)
    assert said.text == "my order has not come yet"
    assert said.recording_id in recorded.door.kept


async def test_news_of_no_recording_of_ours_change_nothing(recorded: Office) -> None:
    caller, _ = await talk(recorded)
    await is_taped(recorded)
    url = (
        f"{recorded.base_url}/channels/hotline/call-recording/018f0000-0000-7000-8000-00000000dead"
    )
    params = {
        "AccountSid": recorded.provider.account_sid,
        "CallSid": caller.sid,
        "RecordingSid": "RE" + "0" * 32,
        "RecordingStatus": "completed",
    }
    recorded.provider.messenger.notify(url, params)
    await recorded.provider.settle()
    assert recorded.door.tape_states == ["recording"]
