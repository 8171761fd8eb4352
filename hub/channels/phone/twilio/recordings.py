"""Recording of legs on Twilio's REST API (Recordings resource of a Call; sub-resource docs)."""

from __future__ import annotations

import re
from typing import Any

from twilio.rest import Client

from hub.channels.phone.port import Failed, Trouble
from hub.channels.phone.recording.port import LIMIT_BYTES, Put, TapeSnapshot, TapeState
from hub.core.errors import TooLarge
from hub.storage import BlobRef
from hub.vendors.twilio import Account, Fault, TwilioTransport, attempt

from .faults import failed_of
from .twiml import Style

RECORDING_SID = re.compile(r"RE[0-9a-fA-F]{32}")
STATES: dict[str, TapeState] = {
    "in-progress": TapeState.RECORDING,
    "paused": TapeState.PAUSED,
    "stopped": TapeState.ENDED,
    "processing": TapeState.ENDED,
    "completed": TapeState.READY,
    "absent": TapeState.ABSENT,
    "failed": TapeState.ABSENT,
}
_EVENTS = ["in-progress", "completed", "absent"]
# The library declares a class of names where it takes the words.
_PAUSED: Any = "paused"
_RUNNING: Any = "in-progress"
_STOPPED: Any = "stopped"
_LIVE = frozenset({TapeState.RECORDING, TapeState.PAUSED})


class TwilioRecordings:
    """The recordings of one account; webhooks go to the entry point of `style`."""

    def __init__(
        self, account: Account, transport: TwilioTransport, client: Client, style: Style
    ) -> None:
        self._account = account
        self._transport = transport
        self._client = client
        self._style = style

    def __repr__(self) -> str:
        return f"<TwilioRecordings {self._account.sid}>"

    async def start(self, call_sid: str, recording_id: str) -> TapeSnapshot | Failed:
        made = await attempt(
            self._client.calls(call_sid).recordings.create_async(
                recording_channels="dual",
                recording_track="both",
                recording_status_callback=self._style.urls("call-recording", recording_id),
                recording_status_callback_method="POST",
                recording_status_callback_event=_EVENTS,
            )
        )
        return failed_of(made) if isinstance(made, Fault) else _snapshot(made)

    async def find(self, call_sid: str) -> TapeSnapshot | Failed | None:
        found = await attempt(self._client.calls(call_sid).recordings.list_async(limit=20))
        if isinstance(found, Fault):
            return failed_of(found)
        return next((one for one in map(_snapshot, found) if one.state in _LIVE), None)

    async def turn(self, call_sid: str, sid: str, *, paused: bool) -> TapeSnapshot | Failed:
        one = self._client.calls(call_sid).recordings(sid)
        if paused:  # silence keeps the channels and the length as the talk was
            change = one.update_async(status=_PAUSED, pause_behavior="silence")
        else:
            change = one.update_async(status=_RUNNING)
        changed = await attempt(change)
        if isinstance(changed, Fault):
            return failed_of(changed)
        found = await attempt(one.fetch_async())
        return failed_of(found) if isinstance(found, Fault) else _snapshot(found)

    async def stop(self, call_sid: str, sid: str) -> Failed | None:
        stopped = await attempt(
            self._client.calls(call_sid).recordings(sid).update_async(status=_STOPPED)
        )
        return failed_of(stopped) if isinstance(stopped, Fault) else None

    async def snapshot(self, sid: str) -> TapeSnapshot | Failed:
        found = await attempt(self._client.recordings(sid).fetch_async())
        return failed_of(found) if isinstance(found, Fault) else _snapshot(found)

    async def copy(self, sid: str, put: Put) -> tuple[BlobRef, str] | Failed:
        if not RECORDING_SID.fullmatch(sid):
            return Failed(Trouble.NEVER, "That is not the name of a recording.")
        path = f"/2010-04-01/Accounts/{self._account.sid}/Recordings/{sid}.wav?RequestedChannels=2"
        try:
            copied = await attempt(self._copied(path, put))
        except TooLarge as error:
            return Failed(Trouble.NEVER, error.message)
        if isinstance(copied, Fault):
            failed = failed_of(copied)
            # Reading is harmless, so a lost answer is only a reason to read again.
            lost = failed.trouble is Trouble.UNKNOWN
            return Failed(Trouble.AGAIN, failed.reason) if lost else failed
        return copied, "audio/wav"

    async def _copied(self, path: str, put: Put) -> BlobRef:
        async with self._transport.stream(path, self._account.login) as chunks:
            return await put(chunks, LIMIT_BYTES)

    async def delete(self, sid: str) -> Failed | None:
        done = await attempt(self._client.recordings(sid).delete_async())
        return failed_of(done) if isinstance(done, Fault) else None


def _snapshot(found: Any) -> TapeSnapshot:  # Any: of a call's recordings, or of all
    duration = str(found.duration or "")
    return TapeSnapshot(
        str(found.sid),
        STATES.get(str(found.status), TapeState.ENDED),
        int(duration) if duration.isdecimal() else 0,
        int(found.channels or 1),
    )
