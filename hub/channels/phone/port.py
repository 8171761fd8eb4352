"""The port: what the phone channel asks of a telephony provider. Nothing here knows a provider.

Expected failures are values; nothing is ever repeated by the provider's adapter itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from .guests.model import Guest
from .model import Call, Cause, Connection, LegState

if TYPE_CHECKING:
    from .recording.port import RecordingPort
    from .session import Say


class Trouble(StrEnum):
    GONE = "gone"  # the leg or room is no longer there
    AGAIN = "again"  # nothing happened; try later
    NEVER = "never"  # it will not work as it stands
    UNKNOWN = "unknown"  # it may have happened: the answer was lost


@dataclass(frozen=True, slots=True)
class Failed:
    """A request that did not succeed, and why, in words for people."""

    trouble: Trouble
    reason: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class LegSnapshot:
    """How a leg stands at the provider now."""

    sid: str
    state: LegState
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A recording's bytes; `media_type` as the provider declares it."""

    data: bytes
    media_type: str


class PhonePort(Protocol):
    """One account at a provider, for one entry point."""

    @property
    def recordings(self) -> RecordingPort: ...

    async def ring_agent(self, call: Call, connection: Connection, ring_s: int) -> str | Failed:
        """Ring the agent; once answered they wait in the room. Return the leg's sid.

        UNKNOWN means the phone may be ringing: never ask again blindly.
        """

    async def dial_customer(self, call: Call, connection: Connection, ring_s: int) -> str | Failed:
        """Call the customer; once answered they are in the connection's room. Return the sid.

        UNKNOWN means their phone may be ringing: look it up with `find_customer_leg`.
        """

    async def call_first(self, call: Call, ring_s: int) -> str | Failed:
        """Call the customer without an agent; once answered they are in the waiting room.

        UNKNOWN means their phone may be ringing: look it up with `find_customer_leg`.
        """

    async def find_customer_leg(self, call: Call) -> LegSnapshot | Failed | None:
        """Look for the leg of a dial_customer whose answer was lost; None if there is none."""

    async def bring_customer(
        self,
        call: Call,
        connection: Connection,
        prompts: Sequence[Say] = (),
        *,
        captions: bool = True,
    ) -> Failed | None:
        """Move the caller, whatever they hear now, into the connection's room; first say
        `prompts`, which are worded already. `captions`: what they say may be transcribed, where
        the line does so.
        """

    async def start_captions(self, call: Call) -> Failed | None:
        """Let the provider transcribe what the customer says from now on. UNKNOWN: it may do so."""

    async def stop_captions(self, call: Call) -> Failed | None:
        """Nothing that is said from now on is transcribed. GONE: nothing was."""

    async def to_waiting_room(self, call: Call) -> Failed | None:
        """Put the caller back to the waiting room, whatever they are doing. GONE: they hung up."""

    async def hold(self, connection: Connection) -> Failed | None:
        """Let the caller hear music instead of the room."""

    async def unhold(self, connection: Connection) -> Failed | None: ...

    async def ring_guest(
        self, call: Call, connection: Connection, guest: Guest, ring_s: int
    ) -> str | Failed:
        """Ring a guest; once answered they are in the connection's room, a supervisor heard by
        nobody until `set_guest`. Return the leg's sid. UNKNOWN: their phone may be ringing.
        """

    async def set_guest(
        self, connection: Connection, guest: Guest, *, silent: bool
    ) -> Failed | None:
        """Let a guest who is in the room be heard as their mode says; `silent`: they hear music,
        and nobody hears them.
        """

    async def hang_up(self, leg_sid: str) -> Failed | None:
        """End a leg, ringing or talking. GONE: it had ended already."""

    async def farewell(self, call: Call, prompts: Sequence[Say]) -> Failed | None:
        """Say `prompts` to a customer who is on the line, then hang up. GONE: they had hung up."""

    async def snapshot(self, leg_sid: str) -> LegSnapshot | Failed:
        """Look a leg up, for what was missed while we were away."""

    async def find_agent_leg(self, connection: Connection) -> LegSnapshot | Failed | None:
        """Look for the leg of a ring_agent whose answer was lost; None if there is none."""

    async def fetch_recording(self, recording_sid: str) -> Media | Failed: ...

    async def delete_recording(self, recording_sid: str) -> Failed | None:
        """Delete at the provider what we have copied. GONE: it was deleted before."""

    async def close(self) -> None: ...
