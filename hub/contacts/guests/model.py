"""Guests of a call: the supervisor who listens, the colleague or outside number who is asked. Pure.

A guest joins the room of a call that is going on. The hub keeps what everybody is shown; the
channel keeps its own row of the leg.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class GuestRole(StrEnum):
    SUPERVISOR = "supervisor"
    CONSULT = "consult"


class GuestMode(StrEnum):
    """Who hears a guest. They hear everybody in every mode."""

    LISTEN = "listen"  # nobody
    WHISPER = "whisper"  # the agent
    BARGE = "barge"  # everybody
    NORMAL = "normal"  # everybody: who was asked, or has the call now


SUPERVISING = frozenset({GuestMode.LISTEN, GuestMode.WHISPER, GuestMode.BARGE})


class GuestState(StrEnum):
    RINGING = "ringing"
    JOINED = "joined"
    ENDED = "ended"


class GuestEnd(StrEnum):
    """Why a guest is no guest any more."""

    LEFT = "left"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TOOK_OVER = "took_over"  # the call is theirs now


class GuestMoment(StrEnum):
    JOINED = "joined"
    TOOK_OVER = "took_over"  # an outside number talks to the customer now, the agent has left
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class GuestEvent:
    """News of a guest from the channel; `key` as of a `CallEvent`. `end` only of ENDED."""

    key: str
    entry_point_id: str
    contact_id: str
    guest_id: str
    moment: GuestMoment
    occurred_at: datetime
    end: GuestEnd | None = None
