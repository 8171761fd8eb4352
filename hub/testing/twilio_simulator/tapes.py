"""Recordings of legs of the simulated provider: two channels, paused and resumed by the API.

What is said in the room of a leg becomes a tone on its channel, one pitch for each side; nothing is
heard of what was said while it was paused.
"""

from __future__ import annotations

import io
import math
import struct
import wave
from dataclasses import dataclass, field

from .state import API_VERSION, Json, SimCall, SimParticipant, SimRecording, rfc2822
from .webhooks import Messenger

RATE_HZ = 8000
CUSTOMER_HZ, OTHERS_HZ = 220, 330
_LIVE = frozenset({"in-progress", "paused"})


@dataclass(eq=False, slots=True)
class Said:
    """`seconds` on channel 0 (the leg itself) or 1; `heard` False: it was paused."""

    channel: int
    words: str
    seconds: float
    heard: bool


@dataclass(eq=False, slots=True)
class SimTape:
    """A recording of a leg that goes on, or has ended (`recording`)."""

    call: SimCall
    callback: str
    events: frozenset[str]
    recording: SimRecording
    status: str = "in-progress"
    said: list[Said] = field(default_factory=list)

    def resource(self) -> Json:
        uri = f"/{API_VERSION}/Accounts/{self.call.account_sid}/Calls/{self.call.sid}"
        ended = self.status == "completed"
        shown = self.recording.resource()
        for name in ("media_url", "subresource_uris"):
            shown.pop(name, None)
        return {
            **shown,
            "channels": 2,
            "duration": str(self.recording.duration_s) if ended else "-1",
            "source": "StartCallRecordingAPI",
            "status": self.status,
            "track": "both",
            "uri": f"{uri}/Recordings/{self.recording.sid}.json",
        }


class Tapes:
    """`recordings`: where what has ended is kept, with the messages."""

    def __init__(self, messenger: Messenger, recordings: dict[str, SimRecording]) -> None:
        self._messenger = messenger
        self.recordings = recordings
        self.tapes: dict[str, SimTape] = {}  # by the recording's SID

    def start(self, call: SimCall, callback: str, events: frozenset[str]) -> SimTape:
        recording = SimRecording(call.account_sid, call.sid, 0, b"", "")
        tape = SimTape(call, callback, events, recording)
        self.tapes[recording.sid] = tape
        self._tell(tape, "in-progress")
        return tape

    def of_call(self, call_sid: str) -> list[SimTape]:
        return [tape for tape in self.tapes.values() if tape.call.sid == call_sid]

    def turn(self, tape: SimTape, status: str) -> None:
        """Pause, resume or stop."""
        if tape.status not in _LIVE:
            return
        if status == "stopped":
            self._finish(tape)
        else:
            tape.status = status

    def hear(self, speaker: SimParticipant, words: str) -> None:
        """Put onto the tapes of a room what one of them says there."""
        if speaker.muted or speaker.hold:
            return
        for other in speaker.conference.participants:
            for tape in self.of_call(other.call.sid):
                if tape.status in _LIVE and (other is speaker or not other.hold):
                    channel = 0 if other is speaker else 1
                    seconds = max(1.0, len(words) / 12)
                    heard = tape.status == "in-progress"
                    tape.said.append(Said(channel, words, seconds, heard))

    def call_ended(self, call: SimCall) -> None:
        for tape in self.of_call(call.sid):
            if tape.status in _LIVE:
                self._finish(tape)

    def _finish(self, tape: SimTape) -> None:
        tape.recording.duration_s = max(1, round(sum(one.seconds for one in tape.said)))
        tape.recording.words = " ".join(one.words for one in tape.said if one.heard)
        tape.recording.media = sound_of(tape.said)
        tape.status = "completed"
        self.recordings[tape.recording.sid] = tape.recording
        self._tell(tape, "completed")

    def _tell(self, tape: SimTape, event: str) -> None:
        if not tape.callback or event not in tape.events:
            return
        recording = tape.recording
        params = {
            "AccountSid": recording.account_sid,
            "CallSid": recording.call_sid,
            "RecordingSid": recording.sid,
            "RecordingUrl": f"https://api.twilio.com{recording.path}",
            "RecordingStatus": event,
            "RecordingChannels": "2",
            "RecordingStartTime": rfc2822(recording.started_at) or "",
            "RecordingSource": "StartCallRecordingAPI",
            "RecordingTrack": "both",
        }
        if event == "completed":
            params["RecordingDuration"] = str(recording.duration_s)
        self._messenger.notify(tape.callback, params)


def sound_of(said: list[Said]) -> bytes:
    """Return a WAV file with two channels: a tone where somebody was heard, else silence."""
    frames = bytearray()
    for one in said:
        pitch = (CUSTOMER_HZ, OTHERS_HZ)[one.channel]
        for index in range(int(one.seconds * RATE_HZ)):
            level = int(9000 * math.sin(2 * math.pi * pitch * index / RATE_HZ)) if one.heard else 0
            frames += struct.pack("<hh", *((level, 0) if one.channel == 0 else (0, level)))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(bytes(frames) or b"\0\0\0\0")
    return buffer.getvalue()
