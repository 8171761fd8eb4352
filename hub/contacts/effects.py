"""Effects on the outside: what the outbox asks a channel to do, and what a channel answers.

Payloads are msgspec Structs, stored as JSON in the outbox row, so a restart performs what was
promised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec


class EffectFile(msgspec.Struct, frozen=True, kw_only=True):
    blob_id: str
    name: str
    media_type: str
    size_bytes: int
    content_id: str | None = None  # a picture in the words, where the HTML names it


class Reached(StrEnum):
    """How far a message has come with one of those it goes to."""

    WAITING = "waiting"  # turned away for now, tried again
    SENT = "sent"
    DELAYED = "delayed"  # a server on the way says that it still tries
    DELIVERED = "delivered"
    FAILED = "failed"


class RecipientFate(msgspec.Struct, frozen=True):
    """`detail`: what the outside said. `bad_address`: that there is no such address."""

    address: str
    state: Reached
    detail: str = ""
    bad_address: bool = False


class Send(msgspec.Struct, frozen=True, kw_only=True, tag="send"):
    """Send one message. `external_id` (the Message-ID) was made with the row and stays over
    retries. `conversation_id`, `interaction_id` "": it is of no conversation, an answer to it is a
    new one. `opt_out`: the token of the link by which the person says stop, where we write of our
    own accord. `survey`: the token of the link by which they say how it was; without the link the
    message makes no sense. `back`: the path of the page on which the customer goes on in the chat.
    `only`: who is still to get it, where others have it already; (): everybody. `until`: later than
    that it is of no use and is not sent. `secret`: nothing of its words is kept once it is over.
    `aside`: to somebody else than the customer, in a thread of its own. `signature`: below the
    words, where the channel signs; "": none; None: the entry point's own.
    """

    interaction_id: str
    conversation_id: str
    contact_id: str | None
    to: tuple[str, ...]
    text: str
    html: str | None = None
    subject: str | None = None
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    external_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    thread_index: str | None = None  # of the mail that is answered (Outlook's)
    files: tuple[EffectFile, ...] = ()
    automatic: bool = False  # an acknowledgement or notice: RFC 3834 headers, null sender
    language: str | None = None
    author_name: str | None = None
    opt_out: str | None = None
    survey: str | None = None
    back: str | None = None
    until: datetime | None = None
    secret: bool = False
    aside: bool = False
    signature: str | None = None
    bounces: bool = False  # though automatic it has our own address on the envelope: it may return


class Connect(msgspec.Struct, frozen=True, kw_only=True, tag="connect"):
    """Join the agent's audio to the waiting caller of `contact_id`."""

    contact_id: str
    agent_id: str
    agent_address: str  # what the provider rings: a client name or a number
    contact_key: (
        str  # the channel's own id of the call (CallSid), kept on the contact's conversation
    )


class Dial(msgspec.Struct, frozen=True, kw_only=True, tag="dial"):
    """Ring the agent, then call the customer of `contact_id` and join the two.

    `until`: later than that nobody waits for it any more. Addresses are E.164. `watched`: it is
    told when they pick up, and who picks up when no agent is there any more hears why; `detects`:
    and whether a machine did.
    """

    contact_id: str
    conversation_id: str
    agent_id: str
    agent_address: str
    from_address: str
    to_address: str
    language: str
    until: datetime
    watched: bool = False
    detects: bool = False


class CallFirst(msgspec.Struct, frozen=True, kw_only=True, tag="call_first"):
    """Call the customer of `contact_id`; once they answer they wait on the line for an agent.

    `until`: later than that nobody waits for it any more. Addresses are E.164.
    """

    contact_id: str
    conversation_id: str
    from_address: str
    to_address: str
    language: str
    until: datetime


class Hold(msgspec.Struct, frozen=True, kw_only=True, tag="hold"):
    contact_id: str


class Unhold(msgspec.Struct, frozen=True, kw_only=True, tag="unhold"):
    contact_id: str


class Record(msgspec.Struct, frozen=True, kw_only=True, tag="record"):
    """Pause the recording of a call, or go on with it; how it stands then is read back and told."""

    contact_id: str
    paused: bool
    at: datetime  # of the wish: a newer one overtakes it


class Move(msgspec.Struct, frozen=True, kw_only=True, tag="move"):
    """Put the caller back to the waiting room (transfer): the contact is queued again."""

    contact_id: str


class Hangup(msgspec.Struct, frozen=True, kw_only=True, tag="hangup"):
    contact_id: str


class Invite(msgspec.Struct, frozen=True, kw_only=True, tag="invite"):
    """Ring a colleague, who joins the talk of `contact_id` as a guest (`contacts.guests`).

    `role`, `mode`: GuestRole, GuestMode.
    """

    contact_id: str
    guest_id: str
    user_id: str
    role: str
    mode: str
    address: str


class InviteOutside(msgspec.Struct, frozen=True, kw_only=True, tag="invite_outside"):
    """Ring an outside number (`address`, E.164), which joins the talk as somebody who is asked.

    `blind`: the agent leaves as soon as they have joined.
    """

    contact_id: str
    guest_id: str
    address: str
    blind: bool = False


class SetGuestMode(msgspec.Struct, frozen=True, kw_only=True, tag="set_guest_mode"):
    """Set who hears a guest. `mode` "": the one they have, set anew with what they may hear."""

    contact_id: str
    guest_id: str
    mode: str = ""


class DropGuest(msgspec.Struct, frozen=True, kw_only=True, tag="drop_guest"):
    """Let a guest go, ringing or talking."""

    contact_id: str
    guest_id: str


class LeaveTo(msgspec.Struct, frozen=True, kw_only=True, tag="leave_to"):
    """The agent leaves the customer to a guest: both talk on without them."""

    contact_id: str
    guest_id: str


class AskSurvey(msgspec.Struct, frozen=True, kw_only=True, tag="ask_survey"):
    """Ask the customer of a finished contact for 1–5 where the channel can."""

    contact_id: str
    conversation_id: str
    language: str | None = None


class ReadFile(msgspec.Struct, frozen=True, kw_only=True, tag="read_file"):
    """Make the pages and words of a file that came in; what is found is reported as `FileRead`."""

    interaction_id: str
    file: EffectFile


class ReadPages(msgspec.Struct, frozen=True, kw_only=True, tag="read_pages"):
    """Read the words of these pages of a file that was read, when nothing else is to be done: what
    is found is reported as `PagesRead`. `page`: the number of the first of `files`, from 1.
    """

    interaction_id: str
    page: int
    files: tuple[EffectFile, ...]


Effect = (
    Send
    | Connect
    | Dial
    | CallFirst
    | Hold
    | Unhold
    | Record
    | Move
    | Hangup
    | Invite
    | InviteOutside
    | SetGuestMode
    | DropGuest
    | LeaveTo
    | AskSurvey
    | ReadFile
    | ReadPages
)

# What is asked of a call that goes on, by its contact.
OF_A_CALL = (
    Connect
    | Hold
    | Unhold
    | Record
    | Move
    | Hangup
    | Invite
    | InviteOutside
    | SetGuestMode
    | DropGuest
    | LeaveTo
)


@dataclass(frozen=True, slots=True)
class Done:
    """It is out. `external_id`: the outside's name for it; `detail` is shown to the agent.

    `fates`: where it goes to several, of each what became of it; who waits gets it by another try.
    """

    external_id: str | None = None
    detail: str | None = None
    fates: tuple[RecipientFate, ...] = ()


@dataclass(frozen=True, slots=True)
class Transient:
    """Not now (4xx, 429, no connection): try again, not before `retry_after_s` if given."""

    reason: str
    retry_after_s: float | None = None
    fates: tuple[RecipientFate, ...] = ()


@dataclass(frozen=True, slots=True)
class Permanent:
    """Never as it stands (5xx, no such address): the agent is told `reason`."""

    reason: str
    fates: tuple[RecipientFate, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Perhaps done: the answer was lost after the outside may have acted. Never repeated
    blindly.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """An answer as its pages will be: how many there are, and the first of them as PNG.

    `reason`: why there are none, as a code and what it is about ("fax_file_kind: offer.docx").
    """

    pages: int = 0
    images: tuple[bytes, ...] = ()
    reason: str | None = None


Outcome = Done | Transient | Permanent | Unknown
