"""What recording asks of a telephony provider, beside the calls themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hub.channels.phone.port import Failed
from hub.storage import BlobRef

LIMIT_BYTES = 512 << 20
"""The longest recording that is copied: two channels of 8 kHz PCM for four and a half hours."""


class TapeState(StrEnum):
    RECORDING = "recording"
    PAUSED = "paused"
    ENDED = "ended"  # it is being written
    READY = "ready"
    ABSENT = "absent"  # nothing was recorded


@dataclass(frozen=True, slots=True)
class TapeSnapshot:
    """How a recording stands at the provider now."""

    sid: str
    state: TapeState
    duration_s: int = 0
    channels: int = 1


Put = Callable[[AsyncIterator[bytes], int], Awaitable[BlobRef]]
"""Store a stream as it comes, up to a size. Raises TooLarge, Unavailable."""


class RecordingPort(Protocol):
    """One account at a provider, for one entry point. Legs are the customers'."""

    async def start(self, call_sid: str, recording_id: str) -> TapeSnapshot | Failed:
        """Record a leg, each direction on a channel of its own: what the customer says first.

        UNKNOWN means that it may be recording: look with `find` before asking again.
        """

    async def find(self, call_sid: str) -> TapeSnapshot | Failed | None:
        """Return the recording of a leg that goes on; None: there is none."""

    async def turn(self, call_sid: str, sid: str, *, paused: bool) -> TapeSnapshot | Failed:
        """Pause it (silence is recorded) or go on; return how it stands, read back afterwards."""

    async def stop(self, call_sid: str, sid: str) -> Failed | None: ...

    async def snapshot(self, sid: str) -> TapeSnapshot | Failed: ...

    async def copy(self, sid: str, put: Put) -> tuple[BlobRef, str] | Failed:
        """Copy the media as a stream; return where it is now and its media type."""

    async def delete(self, sid: str) -> Failed | None:
        """Delete at the provider what we have copied. GONE: it was deleted before."""
