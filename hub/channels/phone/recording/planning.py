"""Whether a talk is recorded: its queue wants it, and the other side knows, or has agreed."""

from __future__ import annotations

from hub.channels.base import Door
from hub.channels.phone.joining import Talk
from hub.channels.phone.line import Line
from hub.channels.phone.model import Call, Connection, Consent
from hub.contacts.recordings.model import NotRecorded, RecordingNews, RecordingState

from .captioning import tell_captions
from .rows import Plan, plan


async def plan_recording(door: Door, line: Line | None, talk: Talk) -> None:
    """Both hear each other now: record it, or tell why not, and whether it is transcribed. `line`
    None: it is gone.
    """
    call, connection = talk.call, talk.connection
    if connection is None or call.contact_id is None:
        return
    standing = await door.standing(call.contact_id)
    if standing.recording is not None:
        known = (Consent.AGREED,) if standing.recording.consent else (Consent.TOLD, Consent.AGREED)
        if call.consent in known:
            await door.store.write(plan, Plan(call.id, call.contact_id, connection))
            return
        await _tell_why_not(door, call, connection, call.contact_id)
    if line is not None:
        await tell_captions(door, line, talk, standing.recording)


async def _tell_why_not(door: Door, call: Call, connection: Connection, contact_id: str) -> None:
    why = NotRecorded.REFUSED if call.consent is Consent.REFUSED else NotRecorded.NOT_TOLD
    await door.report(
        RecordingNews(
            entry_point_id=call.entry_point_id,
            contact_id=contact_id,
            recording_id=connection.id,
            state=RecordingState.LOST,
            occurred_at=door.clock.now(),
            not_recorded=why,
        )
    )
