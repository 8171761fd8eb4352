"""Twilio's news of recordings: how they stand, and their words.

Sources: Twilio's pages "Recordings resource" (RecordingStatusCallback parameters) and "TwiML
<Record>" (transcribeCallback parameters).
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.channels.base import Door
from hub.channels.phone.model import Call
from hub.channels.phone.recording.model import Stage
from hub.channels.phone.recording.port import TapeSnapshot, TapeState
from hub.channels.phone.recording.rows import MoveOn, move_on
from hub.channels.phone.recording.transcripts import Heard, keep_transcript

from .parse import parse_number
from .recordings import RECORDING_SID, STATES

_LONGEST_WORDS = 60_000  # characters; a webhook has at most 64 KiB
_STAGES = {
    TapeState.RECORDING: (Stage.RUNNING, 0.0),
    TapeState.READY: (Stage.READY, 0.0),
    TapeState.ABSENT: (Stage.ENDED, 0.0),  # asked once more, so that it is told why
}


def parse_tape(params: Mapping[str, str]) -> TapeSnapshot | None:
    """Read a recording's status callback; None when it says nothing we know."""
    sid = params.get("RecordingSid", "")
    state = STATES.get(params.get("RecordingStatus", ""))
    if not RECORDING_SID.fullmatch(sid) or state is None:
        return None
    duration_s = parse_number(params.get("RecordingDuration", "")) or 0
    channels = parse_number(params.get("RecordingChannels", "")) or 0
    return TapeSnapshot(sid, state, duration_s, min(channels, 2))


async def follow(door: Door, recording_id: str, params: Mapping[str, str]) -> None:
    """Move the recording on; what comes late, twice or of no recording of ours changes nothing."""
    tape = parse_tape(params)
    stage = None if tape is None else _STAGES.get(tape.state)
    if tape is None or stage is None:
        return
    order = MoveOn(recording_id, *stage, tape.sid, tape.duration_s, tape.channels, news=True)
    await door.store.write(move_on, order)


def parse_words(params: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the recording's name and its words; None where there are none."""
    sid, words = params.get("RecordingSid", ""), params.get("TranscriptionText", "").strip()
    done = params.get("TranscriptionStatus", "completed") == "completed"
    if not RECORDING_SID.fullmatch(sid) or not words or not done:
        return None
    return sid, words[:_LONGEST_WORDS]


async def keep_words(door: Door, call: Call | None, params: Mapping[str, str]) -> None:
    """Keep what was said, where it is of a call of ours."""
    said = parse_words(params)
    if said is not None and call is not None:
        await door.store.write(keep_transcript, Heard(call.id, *said))
