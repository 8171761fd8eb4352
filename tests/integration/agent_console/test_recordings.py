"""Recordings on the console: seen while they run, heard by who sees the call, then deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from hub.accounts.audit import ListAudit, list_audit
from hub.channels.phone.forgetting import forget
from hub.channels.phone.model import Call as PhoneCall
from hub.channels.phone.rows import add_call, get_call
from hub.contacts.forgetting import Whose
from hub.contacts.inbound import IdentityKind, Inbound, InboundFile, SenderIdentity
from hub.contacts.model import Channel, ContactState, InteractionKind
from hub.contacts.recordings.model import (
    CaptionNews,
    CaptionState,
    RecordingKind,
    RecordingNews,
    RecordingState,
    StoredSound,
    Transcribed,
)
from hub.contacts.recordings.service import Hold, forget_of_contacts, hold, is_silenced
from hub.contacts.recordings.tables import recordings
from hub.contacts.tables import attachments, contacts
from hub.core.ids import new_id
from hub.jobs import Retention
from hub.storage import Tx
from hub.testing.twilio_simulator.tapes import Said, sound_of
from hub.web import Role
from tests.integration.agent_console.conftest import Place

WORDS = "my card is 4111 1111 1111 1111 and the parcel is blue"


class Call:
    """A call of a customer that an agent has, and the recording of it."""

    def __init__(self, place: Place, contact_id: str) -> None:
        self.place = place
        self.contact_id = contact_id
        self.id = new_id()
        self.blob_id = ""

    async def tell(self, state: RecordingState, **more: Any) -> None:
        now = self.place.hub.clock.now()
        news = RecordingNews("hotline", self.contact_id, self.id, state, now, **more)
        await self.place.hub.door.report(news)

    async def keep(self) -> None:
        """It has ended and is in our store: a second of the customer, two of the agent."""
        said = [Said(0, "hello", 1.0, True), Said(1, "good morning", 2.0, True)]
        blob = await self.place.hub.blobs.put(sound_of(said))
        self.blob_id = blob.id
        sound = StoredSound(blob.id, blob.size_bytes, blob.sha256, "audio/wav")
        await self.tell(RecordingState.ENDED)
        await self.tell(RecordingState.KEPT, sound=sound, duration_s=3, channels=2)


async def a_call(place: Place, agent_id: str | None = None) -> Call:
    receipt = await place.hub.door.receive(
        Inbound(
            entry_point_id="hotline",
            channel=Channel.PHONE,
            dedupe_key=new_id(),
            senders=(SenderIdentity(IdentityKind.PHONE, "+8613800138000"),),
            received_at=place.hub.clock.now(),
            kind=InteractionKind.CALL,
            acknowledge=False,
        )
    )
    assert receipt.contact_id is not None
    if agent_id is not None:
        await place.hub.store.write(_hand, (receipt.contact_id, agent_id))
    return Call(place, receipt.contact_id)


def _hand(tx: Tx, handed: tuple[str, str]) -> None:
    contact_id, agent_id = handed
    state = {"state": ContactState.ACTIVE, "agent_id": agent_id}
    tx.execute(update(contacts).where(contacts.c.id == contact_id).values(**state))


async def test_a_recording_is_heard_by_who_sees_the_call_and_downloaded_by_who_may(
    place: Place,
) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    stranger = await place.hire("stranger", Role.SUPERVISOR, "south")
    call = await a_call(place, agent.view.id)
    await call.tell(RecordingState.RECORDING)
    await call.keep()
    status, shown = await agent.ask("GET", f"/recordings/{call.id}")
    assert (status, shown["state"], shown["duration_s"]) == (200, "kept", 3)
    customer, ours = shown["peaks"]
    assert max(customer) > 20
    assert customer[-1] == 0
    assert max(ours) > 20
    assert ours[0] == 0
    assert shown["download_url"] is None
    url = f"{place.hub.base_url}{shown['sound_url']}"
    headers = {"Authorization": f"Bearer {agent.key}", "Range": "bytes=0-43"}
    async with agent.session.get(url, headers=headers) as answer:
        assert answer.status == 206
        assert (await answer.read())[:4] == b"RIFF"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
    # Whoever listens is noted once, in however many pieces; a second one is another.
    for start in (44, 88, 132):
        pieces = {"Authorization": f"Bearer {agent.key}", "Range": f"bytes={start}-{start + 43}"}
        async with agent.session.get(url, headers=pieces) as answer:
            assert answer.status == 206
    assert (await boss.ask("GET", f"/recordings/{call.id}/sound"))[0] == 200
    lines = await place.hub.store.read(list_audit, ListAudit(limit=20, object_id=call.id))
    assert [(one.action, one.actor_id) for one in reversed(lines)] == [
        ("recording.play", agent.view.id),
        ("recording.play", boss.view.id),
    ]
    assert (await agent.ask("GET", f"/recordings/{call.id}/download"))[0] == 403
    assert (await boss.ask("GET", f"/recordings/{call.id}/download"))[0] == 200
    held = {"held": True, "reason": "a claim at court"}
    assert (await agent.ask("POST", f"/recordings/{call.id}/hold", held))[0] == 403
    assert (await boss.ask("POST", f"/recordings/{call.id}/hold", held))[0] == 204
    _, for_boss = await boss.ask("GET", f"/recordings/{call.id}")
    _, for_agent = await agent.ask("GET", f"/recordings/{call.id}")
    told = (for_boss["hold"]["by_name"], for_boss["hold"]["reason"])
    assert told == (boss.view.name, "a claim at court")
    assert (for_agent["held"], for_agent["hold"]) == (True, None)
    for verb, path in (("GET", ""), ("GET", "/sound"), ("GET", "/download"), ("POST", "/hold")):
        body = held if verb == "POST" else None
        assert (await stranger.ask(verb, f"/recordings/{call.id}{path}", body))[0] == 404
    acts = {one.action for one in await place.hub.store.read(list_audit, ListAudit(limit=20))}
    assert {"recording.download", "recording.hold"} <= acts


async def test_a_spoken_message_is_heard_as_any_recording_also_as_a_file(place: Place) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    said = await place.hub.blobs.put(sound_of([Said(0, "hello", 1.0, True)]))
    receipt = await place.hub.door.receive(
        Inbound(
            entry_point_id="hotline",
            channel=Channel.PHONE,
            dedupe_key=new_id(),
            senders=(SenderIdentity(IdentityKind.PHONE, "+8613800138000"),),
            received_at=place.hub.clock.now(),
            kind=InteractionKind.VOICEMAIL,
            files=(InboundFile(said.id, "voicemail.wav", "audio/wav", said.size_bytes),),
            acknowledge=False,
        )
    )
    assert receipt.contact_id is not None
    await place.hub.store.write(_hand, (receipt.contact_id, agent.view.id))
    message = Call(place, receipt.contact_id)
    entry = {"kind": RecordingKind.VOICEMAIL, "interaction_id": receipt.interaction_id}
    await message.tell(RecordingState.ENDED, **entry)
    sound = StoredSound(said.id, said.size_bytes, said.sha256, "audio/wav")
    await message.tell(RecordingState.KEPT, sound=sound, duration_s=1, **entry)
    file_id = await place.hub.store.read(_file_of, said.id)
    url = f"{place.hub.base_url}/api/v1/attachments/{file_id}"
    for _ in range(2):
        headers = {"Authorization": f"Bearer {agent.key}"}
        async with agent.session.get(url, headers=headers) as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-store"
    lines = await place.hub.store.read(list_audit, ListAudit(limit=20, object_id=message.id))
    played = [(one.action, one.actor_id) for one in lines]
    assert played == [("recording.play", agent.view.id)]
    status, copied = await agent.ask("POST", f"/interactions/{receipt.interaction_id}/copies")
    assert (status, copied["items"]) == (200, [])


def _file_of(tx: Tx, blob_id: str) -> str:
    found = select(attachments.c.id).where(attachments.c.blob_id == blob_id)
    file_id: str = tx.execute(found).scalar_one()
    return file_id


async def test_no_words_come_back_to_who_was_erased_while_it_was_held(place: Place) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    call = await a_call(place, agent.view.id)
    await call.keep()
    held = Hold(call.id, held=True)
    await place.hub.store.write(hold, held)
    await place.hub.store.write(forget_of_contacts, [call.contact_id])
    await place.hub.door.report(Transcribed(call.id, WORDS))  # the provider took its time
    _, shown = await agent.ask("GET", f"/recordings/{call.id}")
    assert "the parcel is blue" in shown["transcript"]
    _, found = await agent.ask("GET", "/interactions?q=parcel+blue")
    assert call.contact_id not in str(found)
    await place.hub.store.write(hold, held._replace(held=False))
    assert await Retention(place.hub.store, place.hub.blobs).sweep() == 1
    _, shown = await agent.ask("GET", f"/recordings/{call.id}")
    assert (shown["deleted_by"], shown["transcript"]) == ("erased", None)


async def test_the_row_of_a_call_shows_its_recording_and_a_pause_is_asked_for(
    place: Place,
) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    call = await a_call(place, agent.view.id)
    pause = f"/contacts/{call.contact_id}/pause-recording"
    status, refused = await agent.ask("POST", pause)
    assert (status, refused["code"]) == (409, "recording.none")
    await call.tell(RecordingState.RECORDING)
    assert (await agent.ask("POST", pause))[0] == 204
    _, detail = await agent.ask("GET", f"/contacts/{call.contact_id}")
    assert detail["contact"]["recording"]["state"] == "recording"
    assert detail["contact"]["recording"]["turn"] == "pausing"
    assert await place.hub.store.write(is_silenced, call.contact_id)
    await call.tell(RecordingState.UNSURE)
    assert await place.hub.store.write(is_silenced, call.contact_id)
    await call.tell(RecordingState.PAUSED)
    _, detail = await agent.ask("GET", f"/contacts/{call.contact_id}")
    assert detail["contact"]["recording"]["state"] == "paused"
    assert detail["contact"]["recording"].get("turn") is None
    await call.tell(RecordingState.RECORDING)
    assert not await place.hub.store.write(is_silenced, call.contact_id)
    await call.keep()
    await call.tell(RecordingState.RECORDING)  # late
    _, detail = await agent.ask("GET", f"/contacts/{call.contact_id}")
    assert detail["contact"]["recording"] is None
    other = await place.hire("other", Role.AGENT, "team")
    assert (await other.ask("POST", pause))[0] == 403


async def test_the_row_of_a_call_that_is_transcribed_alone_shows_it_and_a_pause_is_asked_for(
    place: Place,
) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    call = await a_call(place, agent.view.id)
    began = place.hub.clock.now()

    async def tell(state: CaptionState | None, after_s: float) -> Any:
        at = began + timedelta(seconds=after_s)
        await place.hub.door.report(CaptionNews("hotline", call.contact_id, state, at))
        _, detail = await agent.ask("GET", f"/contacts/{call.contact_id}")
        return detail["contact"]["recording"]

    shown = await tell(CaptionState.TRANSCRIBED, 1)
    assert (shown["of"], shown["state"]) == ("captions", "transcribed")
    assert (await agent.ask("POST", f"/contacts/{call.contact_id}/pause-recording"))[0] == 204
    assert await place.hub.store.write(is_silenced, call.contact_id)
    shown = await tell(CaptionState.PAUSED, 3)
    assert (shown["state"], shown.get("turn")) == ("paused", None)
    assert (await tell(CaptionState.TRANSCRIBED, 2))["state"] == "paused"  # older
    assert await place.hub.store.write(is_silenced, call.contact_id)
    assert (await tell(CaptionState.TRANSCRIBED, 4))["state"] == "transcribed"
    assert not await place.hub.store.write(is_silenced, call.contact_id)
    assert await tell(None, 5) is None
    await call.tell(RecordingState.RECORDING)
    assert (await tell(CaptionState.PAUSED, 6))["state"] == "recording"


async def test_what_was_said_is_found_with_card_numbers_masked(place: Place) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    call = await a_call(place, agent.view.id)
    await call.keep()
    await place.hub.door.report(Transcribed(call.id, WORDS))
    _, shown = await agent.ask("GET", f"/recordings/{call.id}")
    assert shown["transcript"] == "my card is **** **** **** 1111 and the parcel is blue"
    _, found = await agent.ask("GET", "/interactions?q=parcel+blue")
    assert call.contact_id in str(found)
    _, found = await agent.ask("GET", "/interactions?q=4111")
    assert call.contact_id not in str(found)


async def test_a_recording_is_deleted_by_its_rule_unless_it_is_held(place: Place) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    kept, held = await a_call(place, agent.view.id), await a_call(place, agent.view.id)
    for call in (kept, held):
        await call.keep()
        await place.hub.door.report(Transcribed(call.id, WORDS))
    past = place.hub.clock.now() - timedelta(days=1)
    await place.hub.store.write(_age, (past, held.id))
    retention = Retention(place.hub.store, place.hub.blobs)
    assert await retention.sweep() == 1
    assert await retention.sweep() == 0
    _, shown = await agent.ask("GET", f"/recordings/{kept.id}")
    assert (shown["state"], shown["deleted_by"]) == ("deleted", "retention:180")
    assert shown["transcript"] is None
    assert (await agent.ask("GET", f"/recordings/{kept.id}/sound"))[0] == 404
    assert not place.hub.blobs.path(kept.blob_id).exists()
    assert place.hub.blobs.path(held.blob_id).exists()


def _age(tx: Tx, asked: tuple[Any, str]) -> None:
    past, held = asked
    tx.execute(update(recordings).values(delete_after=past))
    tx.execute(update(recordings).where(recordings.c.id == held).values(held=True))


async def test_a_caller_who_only_heard_the_menu_is_forgotten_too(place: Place) -> None:
    call_id, number, now = new_id(), "+8613800138111", place.hub.clock.now()
    line = PhoneCall(call_id, "hotline", "CA1", number, "+862158880000", "en", now)
    receipt = await place.hub.door.receive(
        Inbound(
            entry_point_id="hotline",
            channel=Channel.PHONE,
            dedupe_key=new_id(),
            senders=(SenderIdentity(IdentityKind.PHONE, number),),
            received_at=now,
            kind=InteractionKind.CALL,
            queues=False,
            acknowledge=False,
            meta={"call_id": call_id},
        )
    )
    assert receipt.contact_id is None

    def forgotten(tx: Tx, conversation_id: str) -> str:
        add_call(tx, line)
        forget(tx, Whose([], [conversation_id], [], []))
        return get_call(tx, call_id).from_address

    assert await place.hub.store.write(forgotten, receipt.conversation_id) == ""
