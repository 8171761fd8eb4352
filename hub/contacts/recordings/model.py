"""What a recording is and how it goes on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

META = "recording"
"""In the `meta` of a contact: how the recording of its call stands now (`LiveRecording`)."""
CAPTIONS = "captions"
"""`of` there: it is not recorded, and its transcription is what stands so."""
ENTRY_META = "recordings"
"""In the `meta` of an entry of the timeline: its recordings, each {id, state, duration_s}."""


class RecordingKind(StrEnum):
    CALL = "call"
    VOICEMAIL = "voicemail"


class RecordingState(StrEnum):
    """`PAUSED` only once the provider has said so; what is not known is `UNSURE`."""

    RECORDING = "recording"
    PAUSED = "paused"
    UNSURE = "unsure"  # it may be recording, whatever was asked
    ENDED = "ended"  # it is being fetched from the provider
    LOST = "lost"  # it could not be begun, or cannot be fetched (yet)
    KEPT = "kept"
    DELETED = "deleted"


LIVE = frozenset({RecordingState.RECORDING, RecordingState.PAUSED, RecordingState.UNSURE})
RANK: dict[RecordingState, int] = {
    RecordingState.RECORDING: 0,
    RecordingState.PAUSED: 0,
    RecordingState.UNSURE: 0,
    RecordingState.ENDED: 1,
    RecordingState.LOST: 2,
    RecordingState.KEPT: 3,
    RecordingState.DELETED: 4,
}
"""A state of a lower rank changes nothing any more; of the live ones the newest counts."""


class CaptionState(StrEnum):
    """How what is said on a call that is not recorded is transcribed; `PAUSED` only once the
    provider has said so.
    """

    TRANSCRIBED = "transcribed"
    PAUSED = "paused"
    UNSURE = "unsure"  # it may be transcribed, whatever was asked


class Turn(StrEnum):
    """What an agent has asked for and the provider has not confirmed."""

    PAUSING = "pausing"
    RESUMING = "resuming"


def is_silent(meta: Mapping[str, Any]) -> bool:
    """Say by the `meta` of a contact whether nobody may listen in now: its recording, or where
    there is none its transcription, is paused, being paused, or not sure.
    """
    live = meta.get(META) or {}
    silent = (RecordingState.PAUSED, RecordingState.UNSURE)
    return live.get("turn") == Turn.PAUSING or live.get("state") in silent


class NotRecorded(StrEnum):
    """Why a call that its queue would record is not recorded."""

    NOT_TOLD = "not_told"  # the caller has heard no notice: they came from another queue
    REFUSED = "refused"  # the caller did not agree


@dataclass(frozen=True, slots=True)
class RecordingAsk:
    """What a queue asks of its calls. `consent`: recorded is only who agrees by a key."""

    consent: bool = False
    pause_on_hold: bool = False


@dataclass(frozen=True, slots=True)
class StoredSound:
    """Bytes in our blob store. `sha256`: 64 hex digits."""

    blob_id: str
    size_bytes: int
    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class RecordingNews:
    """How a recording stands, told by its channel; told again, or late, nothing changes.

    `recording_id` is the channel's own and stays. `interaction_id`: its entry, where it is not the
    call's. `not_recorded`: there is none, and why. `note`: what went wrong, for people.
    """

    entry_point_id: str
    contact_id: str
    recording_id: str
    state: RecordingState
    occurred_at: datetime
    kind: RecordingKind = RecordingKind.CALL
    interaction_id: str | None = None
    duration_s: int = 0
    channels: int = 1
    sound: StoredSound | None = None
    not_recorded: NotRecorded | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CaptionNews:
    """How the transcription of a call that is not recorded stands, told by its channel; the newest
    counts. `state` None: nothing of it is transcribed.
    """

    entry_point_id: str
    contact_id: str
    state: CaptionState | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What was said on a recording, as a machine heard it."""

    recording_id: str
    text: str
