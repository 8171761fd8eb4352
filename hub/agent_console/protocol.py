"""Frames of the console socket. Pure; the front end's contract.

Frames are JSON objects with a `type`. State frames from the server carry `n`, one more than the
frame before on the same socket: a console that sees a gap sends `resync` and gets a snapshot again.
The answer to a beat names the last number, so that a lost last frame is noticed too. Rows carry
`version`: an older one than the one held is ignored. `live` frames carry no `n` and may be lost.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from hub.web.shapes import Body, Key

from .shapes import (
    AgentView,
    Board,
    CommitmentView,
    ContactRow,
    InteractionView,
    OfferView,
    Shape,
    WaitingSummary,
)

MAX_SEQ = 2**31 - 1  # what the column holds
MAX_WATCHED = 200  # rows that a page draws at once

# From the console


class Hello(Body, frozen=True, tag="hello"):
    """First frame. Browsers come with a session cookie and its CSRF token, programs with a key."""

    csrf: str | None = None
    api_key: str | None = None
    board: bool = False  # also wants the wallboard (supervisors)


class Resync(Body, frozen=True, tag="resync"):
    """Ask for the snapshot again."""


class OpenConversation(Body, frozen=True, tag="open"):
    """Follow one conversation: everything after `after_seq` now, then each new entry."""

    conversation_id: Key
    after_seq: Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)] = 0


class LeaveConversation(Body, frozen=True, tag="leave"):
    conversation_id: Key


class Typing(Body, frozen=True, tag="typing"):
    """The agent writes to the customer; never sent while writing a note."""

    conversation_id: Key
    on: bool


class Seen(Body, frozen=True, tag="seen"):
    """The agent has read the contact up to now: its unread count goes to 0."""

    contact_id: Key


class Look(Body, frozen=True, tag="look"):
    """The contact that is open on the page (None: none any more), and what is done with it."""

    contact_id: Key | None = None
    doing: Literal["looking", "note", "reply"] = "looking"


class WatchViewers(Body, frozen=True, tag="viewers_of"):
    """The contacts drawn on the page now: tell who else looks at them. Replaces the last ones."""

    contact_ids: Annotated[list[Key], msgspec.Meta(max_length=MAX_WATCHED)]


class WatchBoard(Body, frozen=True, tag="board"):
    on: bool


class Beat(Body, frozen=True, tag="beat"):
    """Every 5 s: renews presence. A console silent for `presence.lost_s` is gone."""


ConsoleFrame = (
    Hello
    | Resync
    | OpenConversation
    | LeaveConversation
    | Typing
    | Seen
    | Look
    | WatchViewers
    | WatchBoard
    | Beat
)


# To the console


class Snapshot(Shape, frozen=True, tag="snapshot"):
    """Everything the console shows, as of now; replaces all it held."""

    n: int
    at: datetime
    me: AgentView
    offers: list[OfferView]
    contacts: list[ContactRow]  # mine: connecting, active, hold, parked, wrap_up
    to_do: list[ContactRow]  # mine, closed as unclassified
    commitments: list[CommitmentView]  # mine, open
    mentions: int  # notes that speak to me and that I have not read; 100: that many or more
    summary: WaitingSummary
    board: Board | None


class ContactDelta(Shape, frozen=True, tag="contact"):
    """A contact of mine is new or changed."""

    n: int
    row: ContactRow


class ContactGone(Shape, frozen=True, tag="contact_gone"):
    """No longer mine: closed, transferred, taken back."""

    n: int
    contact_id: str
    row: ContactRow | None


class OfferDelta(Shape, frozen=True, tag="offer"):
    n: int
    offer: OfferView


class OfferGone(Shape, frozen=True, tag="offer_gone"):
    """`why`: accepted, declined, expired, withdrawn."""

    n: int
    offer_id: str
    why: str


class MeDelta(Shape, frozen=True, tag="me"):
    n: int
    me: AgentView


class InteractionsDelta(Shape, frozen=True, tag="interactions"):
    """New or changed entries of a followed conversation; an entry known by id is replaced."""

    n: int
    conversation_id: str
    items: list[InteractionView]
    customer_read_seq: int


class SummaryDelta(Shape, frozen=True, tag="summary"):
    n: int
    summary: WaitingSummary


class BoardDelta(Shape, frozen=True, tag="board"):
    n: int
    board: Board


class CommitmentsDelta(Shape, frozen=True, tag="commitments"):
    n: int
    commitments: list[CommitmentView]


class MentionsDelta(Shape, frozen=True, tag="mentions"):
    """How many notes speak to me that I have not read."""

    n: int
    unread: int


class ToDoDelta(Shape, frozen=True, tag="to_do"):
    n: int
    contacts: list[ContactRow]


class Notice(Shape, frozen=True, tag="notice"):
    """Something this user should know once: a missed offer, a broken commitment, a failed mail."""

    n: int
    # i18n key: missed_offer, commitment_reminder, commitment_done, delivery_failed. Eight are not
    # said, but make the console read again: others_changed (what else of a customer shown here is
    # open), callback_changed (`customer_id`: only of this customer), consults_changed,
    # guests_changed (who else is on a call),
    # provider_changed (one is away, or back), phone_lists_changed (for supervisors),
    # ringing_changed (at my own phone) and opened_changed (the contact that is looked at and in
    # somebody else's hands, or nobody's)
    code: str
    contact_id: str | None = None
    customer_id: str | None = None
    detail: str | None = None


class Live(Shape, frozen=True, tag="live"):
    """May be lost: the customer is typing, joined, left."""

    conversation_id: str
    event: str
    on: bool
    text: str | None = None


class ViewerView(Shape, frozen=True):
    """A colleague at a contact. `doing`: looking, note, reply; `since`: when that began."""

    user_id: str
    name: str
    doing: str
    since: datetime


class Viewers(Shape, frozen=True, tag="viewers"):
    """All others who look at a contact now; may be lost, and is told again when it is asked for."""

    contact_id: str
    viewers: list[ViewerView]


class BeatBack(Shape, frozen=True, tag="beat"):
    """`last`: the number of the last numbered frame before it; who holds less asks for a resync."""

    at: datetime
    last: int = 0


class Problem(Shape, frozen=True, tag="problem"):
    """A frame was refused; the socket stays open unless it is the first frame."""

    code: str
    message: str


class SetupChanged(Shape, frozen=True, tag="setup"):
    """Load GET /api/v1/setup again."""

    n: int


ServerFrame = (
    Snapshot
    | ContactDelta
    | ContactGone
    | OfferDelta
    | OfferGone
    | MeDelta
    | InteractionsDelta
    | SummaryDelta
    | BoardDelta
    | CommitmentsDelta
    | ToDoDelta
    | MentionsDelta
    | Notice
    | Live
    | Viewers
    | BeatBack
    | Problem
    | SetupChanged
)
