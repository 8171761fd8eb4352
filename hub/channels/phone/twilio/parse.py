"""Twilio's webhook parameters as our events. Pure; hostile input gives None, never an exception.

Sources: Twilio's pages "Call resource" (status callback: CallStatus, SequenceNumber from 0,
Timestamp in RFC 2822) and "TwiML <Conference>" (statusCallback parameters).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from hub.channels.phone.guests.model import SeatEvent, read_label
from hub.channels.phone.guests.news import GuestNews
from hub.channels.phone.model import Cause, LegEvent, LegState, Role, RoomEvent, RoomMoment

CALL_STATUS: dict[str, tuple[LegState, Cause | None]] = {
    "queued": (LegState.CREATED, None),
    "initiated": (LegState.CREATED, None),
    "ringing": (LegState.RINGING, None),
    "in-progress": (LegState.ANSWERED, None),
    "completed": (LegState.ENDED, Cause.COMPLETED),
    "canceled": (LegState.ENDED, Cause.CANCELLED),
    "no-answer": (LegState.ENDED, Cause.NO_ANSWER),
    "busy": (LegState.ENDED, Cause.BUSY),
    "failed": (LegState.ENDED, Cause.FAILED),
}
_ROOM_MOMENTS = {
    "participant-join": RoomMoment.JOINED,
    "participant-leave": RoomMoment.LEFT,
    "participant-hold": RoomMoment.HELD,
    "participant-unhold": RoomMoment.RESUMED,
}
_CALL_SID = re.compile(r"CA[0-9a-fA-F]{32}")
_RECORDING_SID = re.compile(r"RE[0-9a-fA-F]{32}")
_ROOM_SID = re.compile(r"CF[0-9a-fA-F]{32}")
_ADDRESS_LENGTH = 64
_CAPTION_LENGTH = 1000
_ANONYMOUS = frozenset(
    {"", "anonymous", "restricted", "unavailable", "unknown", "private", "+266696687", "266696687"}
)

Params = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """A recording that is ready, or that turned out to hold nothing (`duration_s` 0)."""

    recording_sid: str
    duration_s: int


def parse_call_sid(params: Params) -> str | None:
    sid = params.get("CallSid", "")
    return sid if _CALL_SID.fullmatch(sid) else None


# Twilio's words for who picked up (AnsweredBy), and ours.
_ANSWERED_BY = {"human": "human", "fax": "fax", "unknown": "unknown"}


def parse_answered_by(params: Params) -> str | None:
    """Return who picked up: human, machine, fax, unknown; None for what says nothing of it."""
    said = params.get("AnsweredBy", "")
    if said.startswith("machine_"):  # machine_start, machine_end_beep, _silence, _other
        return "machine"
    return _ANSWERED_BY.get(said)


def parse_address(value: str) -> str:
    """Return a caller's or called number as received, cut to a sane length; '' if withheld."""
    address = value.strip()
    return "" if address.lower() in _ANONYMOUS else address[:_ADDRESS_LENGTH]


def parse_leg(params: Params, connection_id: str | None, now: datetime) -> LegEvent | None:
    """Read the status of a call; None when it says nothing we know."""
    sid = parse_call_sid(params)
    known = CALL_STATUS.get(params.get("CallStatus", ""))
    if sid is None or known is None:
        return None
    state, cause = known
    return LegEvent(state, parse_time(params, now), sid, cause, connection_id)


def parse_room(params: Params, connection_id: str, now: datetime) -> RoomEvent | None:
    """Read a conference's event about a participant; None for the others (start, end, speech)."""
    moment = _ROOM_MOMENTS.get(params.get("StatusCallbackEvent", ""))
    label = params.get("ParticipantLabel", "")
    if moment is None or label not in set(Role):
        return None
    room_sid = params.get("ConferenceSid", "")
    return RoomEvent(
        connection_id,
        Role(label),
        moment,
        parse_time(params, now),
        parse_number(params.get("SequenceNumber", "")) or 0,
        room_sid if _ROOM_SID.fullmatch(room_sid) else None,
    )


def parse_guest_seat(params: Params, entry_point_id: str, now: datetime) -> GuestNews | None:
    """Read a conference's event about a guest who joined or left; None for all others."""
    moment = _ROOM_MOMENTS.get(params.get("StatusCallbackEvent", ""))
    guest_id = read_label(params.get("ParticipantLabel", ""))
    if guest_id is None or moment not in (RoomMoment.JOINED, RoomMoment.LEFT):
        return None
    room_sid = params.get("ConferenceSid", "")
    return GuestNews(
        entry_point_id,
        guest_id,
        SeatEvent(moment, parse_time(params, now)),
        parse_number(params.get("SequenceNumber", "")) or 0,
        room_sid if _ROOM_SID.fullmatch(room_sid) else None,
    )


def parse_message(params: Params) -> Message | None:
    """Read a recording's status callback; None while it is not finished."""
    sid = params.get("RecordingSid", "")
    status = params.get("RecordingStatus", "")
    if not _RECORDING_SID.fullmatch(sid) or status not in ("completed", "absent"):
        return None
    duration_s = parse_number(params.get("RecordingDuration", "")) or 0
    return Message(sid, duration_s if status == "completed" else 0)


def parse_caption(params: Params) -> str:
    """Return what was said, from a transcription's callback; '' for the other events."""
    if params.get("TranscriptionEvent") != "transcription-content":
        return ""
    try:
        data = json.loads(params.get("TranscriptionData", ""))
    except ValueError:
        return ""
    said = data.get("transcript") if isinstance(data, dict) else None
    return said.strip()[:_CAPTION_LENGTH] if isinstance(said, str) else ""


def parse_time(params: Params, now: datetime) -> datetime:
    """Return when it happened (UTC); `now` where the provider does not say."""
    try:
        moment = parsedate_to_datetime(params.get("Timestamp", ""))
    except ValueError:
        return now
    if moment.tzinfo is None:
        return now
    return min(now, moment.astimezone(UTC))  # a clock ahead of ours must not date the future


def parse_number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def webhook_key(params: Params, name: str, token: str | None) -> str | None:
    """Return what makes this webhook one and the same when it comes again.

    The room's or call's own SequenceNumber where there is one; else the provider's idempotency
    token, which is the same on a retry; None where neither is known: then nothing is remembered.
    """
    sid = params.get("ConferenceSid") or params.get("CallSid", "")
    event = params.get("StatusCallbackEvent") or params.get("CallStatus", "")
    if "SequenceNumber" in params:
        return f"{sid}:{name}:{event}:{params['SequenceNumber']}"[:200]
    return f"{sid}:{name}:token:{token}"[:200] if token else None
