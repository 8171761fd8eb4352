"""What a chat session asks its shell to do: values, each done before the next frame is taken."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from . import protocol as p


class Tell(msgspec.Struct, frozen=True):
    """Send a frame to the page."""

    frame: p.ServerFrame


@dataclass(frozen=True, slots=True)
class Open:
    """Find or make the visitor session, then call `opened`."""

    hello: p.Hello


class StoreMessage(msgspec.Struct, frozen=True):
    """Commit a message, then call `stored` or `refused`."""

    client_id: str
    text: str
    files: tuple[str, ...]
    before: p.Before | None = None


@dataclass(frozen=True, slots=True)
class ShareTyping:
    on: bool


@dataclass(frozen=True, slots=True)
class ReportDelivered:
    """These interactions of ours are on the customer's page."""

    interaction_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportRead:
    seq: int


@dataclass(frozen=True, slots=True)
class SaveProfile:
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class LoadOlder:
    before_seq: int


@dataclass(frozen=True, slots=True)
class LeaveChat:
    pass


@dataclass(frozen=True, slots=True)
class SaveSurvey:
    contact_id: str
    score: int
    comment: str


@dataclass(frozen=True, slots=True)
class Wish:
    """Something beside the talk: see `wishes.py`."""

    frame: p.Wished


@dataclass(frozen=True, slots=True)
class Hangup:
    """Close the socket with this code; nothing after it is done."""

    code: int
    reason: str


Action = (
    Tell
    | Open
    | StoreMessage
    | ShareTyping
    | ReportDelivered
    | ReportRead
    | SaveProfile
    | LoadOlder
    | LeaveChat
    | SaveSurvey
    | Wish
    | Hangup
)
