"""<Record> of the simulated provider: what a caller says becomes a WAV file and a callback."""

from __future__ import annotations

import asyncio
import io
import math
import struct
import wave
from dataclasses import dataclass, field

from .documents import Verb
from .state import SimCall, SimRecording, rfc2822
from .webhooks import Messenger

_RATE_HZ = 8000
_TOO_SHORT = "16101"


@dataclass(slots=True)
class _Tape:
    action: str
    callback: str
    events: frozenset[str]
    words: list[str] = field(default_factory=list)
    spoken_s: float = 0.0


class Recorder:
    """`public_url`: where recordings are served; `account_sid`: whose they are."""

    def __init__(self, messenger: Messenger, account_sid: str) -> None:
        self._messenger = messenger
        self._account_sid = account_sid
        self._tapes: dict[str, _Tape] = {}
        self.public_url = ""
        self.recordings: dict[str, SimRecording] = {}

    def start(self, call: SimCall, verb: Verb, action: str, callback: str) -> None:
        events = verb.get("recordingStatusCallbackEvent", "completed")
        url = callback if verb.get("recordingStatusCallback") else ""
        self._tapes[call.sid] = _Tape(action, url, frozenset(events.split()))
        while not call.spoken.empty():
            call.spoken.get_nowait()
        call.recording = call.listening = True
        call.touch()

    async def listen(self, call: SimCall, verb: Verb, pace: float) -> str:
        """Record until a finishing key, silence or the limit; return the key ('' for none)."""
        tape = self._tapes[call.sid]
        finish = verb.attributes.get("finishOnKey", "1234567890*#")
        limit_s = verb.seconds("maxLength", 3600)
        while tape.spoken_s < limit_s:
            words = asyncio.create_task(call.spoken.get())
            key = asyncio.create_task(call.digits.get())
            try:
                await asyncio.wait(
                    {words, key},
                    timeout=verb.seconds("timeout", 5) / pace,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if words.done():
                    await self._tape_words(tape, words.result(), limit_s, pace)
                if key.done() and key.result() in finish:
                    return key.result()
                if not words.done() and not key.done():
                    return ""  # silence
            finally:
                words.cancel()
                key.cancel()
        return ""

    async def _tape_words(self, tape: _Tape, words: str, limit_s: float, pace: float) -> None:
        seconds = max(1.0, len(words) / 12)
        tape.words.append(words)
        tape.spoken_s = min(limit_s, tape.spoken_s + seconds)
        await asyncio.sleep(seconds / pace)

    def stop(self, call: SimCall, ended_by: str) -> SimRecording | None:
        """End a recording and post its callback; None when there is nothing on it."""
        call.recording = call.listening = False
        tape = self._tapes.pop(call.sid)
        while not call.spoken.empty():  # said in the moment before a hang-up
            words = call.spoken.get_nowait()
            tape.words.append(words)
            tape.spoken_s += max(1.0, len(words) / 12)
        recording = SimRecording(
            account_sid=self._account_sid,
            call_sid=call.sid,
            duration_s=round(tape.spoken_s),
            media=_tone(tape.spoken_s),
            words=" ".join(tape.words),
        )
        empty = not tape.words
        status = "absent" if empty else "completed"
        if not empty:
            self.recordings[recording.sid] = recording
        if tape.callback and status in tape.events:
            self._messenger.notify(tape.callback, self._callback_params(recording, status))
        if empty:
            return None
        if ended_by == "hangup":
            params = call.params() | self.action_params(recording, ended_by)
            self._messenger.notify(tape.action, params)
        return recording

    def action_params(self, recording: SimRecording, key: str) -> dict[str, str]:
        return {
            "RecordingUrl": self.public_url + recording.path,
            "RecordingSid": recording.sid,
            "RecordingDuration": str(recording.duration_s),
            "Digits": key,
        }

    def _callback_params(self, recording: SimRecording, status: str) -> dict[str, str]:
        params = {
            "AccountSid": recording.account_sid,
            "CallSid": recording.call_sid,
            "RecordingSid": recording.sid,
            "RecordingUrl": self.public_url + recording.path,
            "RecordingStatus": status,
            "RecordingChannels": "1",
            "RecordingStartTime": rfc2822(recording.started_at) or "",
            "RecordingSource": "RecordVerb",
            "RecordingTrack": "inbound",
        }
        if status == "completed":
            return params | {"RecordingDuration": str(recording.duration_s)}
        return params | {"ErrorCode": _TOO_SHORT}


def _tone(seconds: float) -> bytes:
    """Return a soft 220 Hz tone as a WAV file: something that can be heard in a player."""
    frames = bytearray()
    for index in range(int(seconds * _RATE_HZ)):
        level = int(5000 * math.sin(2 * math.pi * 220 * index / _RATE_HZ))
        frames += struct.pack("<h", level)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE_HZ)
        file.writeframes(bytes(frames))
    return buffer.getvalue()
