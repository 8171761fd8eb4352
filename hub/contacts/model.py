"""Words and tables of the contact store. Pure: no I/O, no clock; every function takes `now`
(UTC).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    WEBCHAT = "webchat"
    FAX = "fax"
    SMS = "sms"


# Where what is logged by hand stands, in place of a channel and of an entry point.
RECORD = "record"


class ContactState(StrEnum):
    QUEUED = "queued"
    OFFERED = "offered"
    CONNECTING = "connecting"
    ACTIVE = "active"
    HOLD = "hold"
    PARKED = "parked"
    WRAP_UP = "wrap_up"
    CLOSED = "closed"
    ABANDONED = "abandoned"
    QUARANTINED = "quarantined"


# An unlisted pair raises; abandoned and closed are final. Only a call of ours that did not come
# about goes from connecting to its end: nobody waited, so nobody abandoned.
MOVES: dict[ContactState, frozenset[ContactState]] = {
    ContactState.QUEUED: frozenset(
        {ContactState.OFFERED, ContactState.ABANDONED, ContactState.CLOSED}
    ),
    ContactState.OFFERED: frozenset(
        {
            ContactState.CONNECTING,
            ContactState.QUEUED,
            ContactState.ABANDONED,
            ContactState.CLOSED,
        }
    ),
    ContactState.CONNECTING: frozenset(
        {
            ContactState.ACTIVE,
            ContactState.QUEUED,
            ContactState.ABANDONED,
            ContactState.WRAP_UP,
            ContactState.CLOSED,
        }
    ),
    ContactState.ACTIVE: frozenset(
        {
            ContactState.HOLD,
            ContactState.PARKED,
            ContactState.QUEUED,
            ContactState.WRAP_UP,
            ContactState.CLOSED,
        }
    ),
    ContactState.HOLD: frozenset(
        {
            ContactState.ACTIVE,
            ContactState.QUEUED,
            ContactState.WRAP_UP,
            ContactState.CLOSED,
        }
    ),
    ContactState.PARKED: frozenset({ContactState.ACTIVE, ContactState.QUEUED, ContactState.CLOSED}),
    ContactState.WRAP_UP: frozenset({ContactState.CLOSED}),
    ContactState.QUARANTINED: frozenset({ContactState.QUEUED, ContactState.CLOSED}),
    ContactState.CLOSED: frozenset(),
    ContactState.ABANDONED: frozenset(),
}

# An agent works on it (or is about to): it holds capacity and is on that agent's desk.
HELD = frozenset(
    {ContactState.CONNECTING, ContactState.ACTIVE, ContactState.HOLD, ContactState.WRAP_UP}
)
WAITING = frozenset({ContactState.QUEUED, ContactState.OFFERED})
# What the customer writes next continues these instead of opening a new contact.
FINAL = frozenset({ContactState.CLOSED, ContactState.ABANDONED})
OPEN = frozenset(ContactState) - FINAL


class EndedAs(StrEnum):
    HANDLED = "handled"
    CALLBACK = "callback"
    VOICEMAIL = "voicemail"
    MESSAGE = "message"
    SPAM = "spam"
    MERGED = "merged"
    UNCLASSIFIED = "unclassified"


class SegmentKind(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"
    HANDLING = "handling"
    HOLD = "hold"
    WRAP_UP = "wrap_up"
    PARKED = "parked"


# The stretch a contact is in while it is in a state; final states and quarantine have none.
SEGMENT_OF: dict[ContactState, SegmentKind] = {
    ContactState.QUEUED: SegmentKind.WAITING,
    ContactState.OFFERED: SegmentKind.OFFERED,
    ContactState.CONNECTING: SegmentKind.OFFERED,
    ContactState.ACTIVE: SegmentKind.HANDLING,
    ContactState.HOLD: SegmentKind.HOLD,
    ContactState.PARKED: SegmentKind.PARKED,
    ContactState.WRAP_UP: SegmentKind.WRAP_UP,
}


class InteractionKind(StrEnum):
    MESSAGE = "message"
    CALL = "call"
    FAX = "fax"
    VOICEMAIL = "voicemail"
    NOTE = "note"
    SURVEY = "survey"
    COMMITMENT = "commitment"
    SYSTEM = "system"
    VISIT = "visit"  # these two are logged by hand (logged.py)
    LETTER = "letter"
    ASIDE = "aside"  # said with somebody else than the customer: forwarded, or the answer to that


class Direction(StrEnum):
    INBOUND = "in"
    OUTBOUND = "out"
    INTERNAL = "internal"


class CallStage(StrEnum):
    """How far a call of ours is. The agent's phone rings first, then the customer's."""

    AGENT = "agent"
    DIALLING = "dialling"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"


CALL_RANK: dict[CallStage, int] = {stage: rank for rank, stage in enumerate(CallStage)}


class CallOutcome(StrEnum):
    """How a call of ours ended."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """What became of something we sent; None on what came in."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    UNKNOWN = "unknown"
    FAILED = "failed"


# A later report never moves a delivery backwards: higher rank wins, failed only before delivered.
DELIVERY_RANK: dict[DeliveryState, int] = {
    DeliveryState.PENDING: 0,
    DeliveryState.SENDING: 1,
    DeliveryState.UNKNOWN: 2,
    DeliveryState.SENT: 3,
    DeliveryState.FAILED: 4,
    DeliveryState.DELIVERED: 5,
    DeliveryState.READ: 6,
}


# In a contact's `meta`: the callback it is an attempt of.
CALLBACK_META = "callback"
# And the phone list of which it is an attempt.
PHONE_LIST_META = "phone_list"


def may_move(before: ContactState, after: ContactState) -> bool:
    """Say whether the state table lists this pair."""
    return after in MOVES[before]


def is_callback(meta: Mapping[str, object], direction: str, answered_at: datetime | None) -> bool:
    """Say whether a contact is a customer to be called back, who is not on the line yet."""
    return CALLBACK_META in meta and is_dialling(direction, answered_at)


def is_of_list(meta: Mapping[str, object], direction: str, answered_at: datetime | None) -> bool:
    """Say whether a contact is somebody of a phone list, who is not on the line yet."""
    return PHONE_LIST_META in meta and is_dialling(direction, answered_at)


def is_dialling(direction: str, answered_at: datetime | None) -> bool:
    """Say whether a contact is a call of ours that the customer has not answered yet."""
    return direction == Direction.OUTBOUND and answered_at is None
