"""What a PBX tells of a call, in our words. Pure values."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class EventKind(StrEnum):
    RINGING = "ringing"  # an extension rings; of a call out: the customer's phone does
    STOPPED = "stopped"  # an extension rings no more, or has left the call
    ANSWERED = "answered"
    HELD = "held"
    RESUMED = "resumed"
    RECORDED = "recorded"
    ENDED = "ended"  # the whole call


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    INTERNAL = "internal"


class PbxEvent(msgspec.Struct, frozen=True):
    """One event of one call.

    `at`: when it happened; `timed`: the PBX said so, else it is when it came. `number`: the other
    party as the network shows it, "" where it is withheld or not said. `ref`: ours, given when the
    PBX was asked to dial. `talked_s`: how long they talked, where the end says it.
    """

    call_id: str
    kind: EventKind
    at: datetime
    timed: bool = False
    direction: Direction | None = None
    number: str = ""
    line: str = ""
    extension: str = ""
    ref: str = ""
    recording_url: str = ""
    talked_s: int | None = None
    cause: str = ""
