"""What a channel hands to the hub, and what it gets back: values that cross the one door
(channels.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from hub.customers.model import IdentityKind, SenderIdentity

from .callers import Awaited, Caller, Chosen, Matter
from .file_news import BeingRead, PagesRead
from .guests.model import GuestEvent
from .model import CallOutcome, Channel, DeliveryState, InteractionKind
from .proving.model import Proof
from .recordings.model import CaptionNews, RecordingAsk, RecordingNews, Transcribed

Scalar = str | int | float | bool | None

__all__ = [
    "PAGED",
    "PAGE_PREFIX",
    "READING",
    "READING_ON",
    "Awaited",
    "BeingRead",
    "Belongs",
    "Blockable",
    "CallEvent",
    "CallMoment",
    "CallbackAnswer",
    "CallbackOffer",
    "CallbackRefusal",
    "Caller",
    "Chosen",
    "DeliveryReport",
    "FileRead",
    "HistoryEntry",
    "HistoryFile",
    "IdentityKind",
    "Inbound",
    "InboundFile",
    "Matter",
    "PagesRead",
    "Proven",
    "ReadReport",
    "Receipt",
    "Report",
    "Reread",
    "Scalar",
    "SenderIdentity",
    "Standing",
    "SurveyAnswer",
    "Wish",
]


# In an interaction's meta while a file of it is still to be read (`Inbound.reads`).
READING = "reading"
# Likewise, while words of further pages are read: {"page": up to which they are known, "of": …}.
READING_ON = "reading_on"
# The content id of a file that shows the pages beside it; it stands before the others.
PAGED = "paged"
# What the content ids of the pages begin with: "page:1".
PAGE_PREFIX = "page:"


UNKNOWN_SENDER = SenderIdentity(IdentityKind.EXTERNAL, "mail:unreadable", "?")
"""Of what names nobody, such as mails that cannot be read: all of them share this one identity."""


@dataclass(frozen=True, slots=True)
class InboundFile:
    """A file already durable in the blob store. `name` is untrusted; `media_type` was sniffed."""

    blob_id: str
    name: str
    media_type: str
    size_bytes: int
    content_id: str | None = None


class Wish(StrEnum):
    """What a message says of being written to, where its medium has words for that."""

    STOP = "stop"  # to everything, by this medium
    STOP_SELLING = "stop_selling"
    START = "start"  # what they had said stop to by this medium


class Inbound(msgspec.Struct, frozen=True):
    """One thing that came in over a channel, ready to be committed.

    `dedupe_key` is unique per entry point: the same key again gives the same receipt and changes
    nothing. `senders[0]` is where an answer goes. `conversation_id` is a proven continuation (our
    own signed token or session); `references` are outside ids (Message-IDs) that join only weakly,
    and so do `subject_references`.
    """

    entry_point_id: str
    channel: Channel
    dedupe_key: str
    senders: tuple[SenderIdentity, ...]
    received_at: datetime
    kind: InteractionKind = InteractionKind.MESSAGE
    text: str = ""
    words: str | None = (
        None  # of subject and text, where they are known (hub.core.text.index_words)
    )
    html: str | None = None
    card_numbers: bool | None = None  # whether any stand in its words, where that is known
    subject: str | None = None
    sent_at: datetime | None = None
    language: str | None = None
    files: tuple[InboundFile, ...] = ()
    reads: InboundFile | None = None  # one of them, its pages and words made after the commit
    external_id: str | None = None
    references: tuple[str, ...] = ()
    subject_references: tuple[str, ...] = ()  # our references in the subject: as weak
    conversation_id: str | None = None
    answers: str | None = None  # the interaction of ours that it is proven to answer, or to tell of
    internal: bool = False  # said beside the conversation: shown to agents only
    continues_latest: bool = False  # the medium has no thread marks: go on with the sender's latest
    refusable: bool = False  # the sender is there and can be told that it is not taken
    client_id: str | None = (
        None  # the sender's own id of this message (chat), given back in history
    )
    queues: bool = True  # False: filed on the timeline, never queued (out-of-office, list copies)
    acknowledge: bool = True  # may an auto-acknowledgement be sent (the rules may still forbid it)
    no_acknowledge_reason: str | None = None
    quarantine_reason: str | None = None  # set: becomes a quarantined contact with `raw_blob_id`
    raw_blob_id: str | None = None
    meta: Mapping[str, Scalar] = {}  # shown and kept, e.g. pages, cc, call_sid
    wish: Wish | None = None  # of that address on that channel; None: the words are looked at here
    says_back: str = ""  # what confirms it to the sender, once
    brief: bool = False  # a short medium: what is answered by itself is short, too
    proof: Proof | None = None  # on which it rests who the sender is; one that ended: on nothing
    chosen: Chosen | None = None  # by the sender, before they came to a queue


BLOCKED = "blocked"  # the code of what is refused because of the block list


class Blockable(msgspec.Struct, frozen=True):
    """Somebody at a door: may they be served? `address`: where on the internet they are, if known;
    `region` (ISO 3166) reads numbers.
    """

    senders: tuple[SenderIdentity, ...]
    address: str = ""
    region: str = ""


class Proven(msgspec.Struct, frozen=True):
    """Who writes on a conversation has proved who they are: by the site's signature, or a code.

    `senders`: as of an `Inbound`, the first is the one that wrote until now. `tier`: what the site
    says they are, None where it says nothing or is not trusted; never better than `highest_tier`
    ("": any of the set-up).
    """

    entry_point_id: str
    channel: Channel
    conversation_id: str
    senders: tuple[SenderIdentity, ...]
    language: str | None = None
    tier: str | None = None
    highest_tier: str = ""
    proof: Proof | None = None  # the code on which it rests, where the site has signed nothing


@dataclass(frozen=True, slots=True)
class Reread:
    """Stored raw bytes read once more. `reason`: why they still cannot be; None: they can.

    `inbound` None then: it was news about something we sent, and is reported.
    """

    inbound: Inbound | None
    reason: str | None = None


class Receipt(msgspec.Struct, frozen=True):
    """Where it was put. Returned only after the commit: the vendor may be told now."""

    conversation_id: str
    interaction_id: str
    seq: int
    contact_id: str | None
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """News about something we sent: by its interaction id, or by the outside id it was sent
    under, else by the conversation whose return path it came by. `recipient`: of whom it speaks,
    `bad_address`: and that there is no such address. `delayed`: it is out, and a server on its way
    still tries.
    """

    key: str
    entry_point_id: str
    occurred_at: datetime
    state: DeliveryState
    interaction_id: str | None = None
    external_id: str | None = None
    conversation_id: str | None = None
    detail: str | None = None  # in words: "5.1.1 no such user", "2 pages delivered"
    recipient: str | None = None
    bad_address: bool = False
    delayed: bool = False
    pages: int | None = None  # of a fax that arrived; screens say it in their own language
    opted_out: bool = False  # the outside keeps a no of theirs to everything by this medium


@dataclass(frozen=True, slots=True)
class ReadReport:
    """The customer has seen everything of the conversation up to `seq`."""

    conversation_id: str
    seq: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """Satisfaction 1 (worst) to 5 (best) about one contact, answered by its customer."""

    contact_id: str
    score: int
    comment: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Belongs:
    """To which queue a contact belongs, by a word that stands in it."""

    queue_id: str
    word: str


@dataclass(frozen=True, slots=True)
class FileRead:
    """What was found in a file that came in before (`Inbound.reads`), told once it is known.

    `text` takes the place of what stood for it; `sender` counts where nobody knew who sent it;
    `belongs`: by its words; a contact that nobody was offered yet goes there. `words_to`: the last
    page whose words are in `text`; `words_of`: up to which page they are to be read by and by.
    """

    entry_point_id: str
    interaction_id: str
    text: str
    files: tuple[InboundFile, ...]
    language: str | None
    sender: SenderIdentity | None
    meta: Mapping[str, Scalar]
    belongs: Belongs | None = None
    words_to: int = 0
    words_of: int = 0


class CallMoment(StrEnum):
    """What happened to a live call, as far as the contact is concerned."""

    AGENT_JOINED = (
        "agent_joined"  # audio is connected: connecting -> active, the contact is answered
    )
    AGENT_FAILED = "agent_failed"  # the agent's leg could not be reached: back to the queue
    CUSTOMER_LEFT = "customer_left"  # hung up: abandoned before an answer, wrap-up after it
    AGENT_LEFT = "agent_left"  # the agent's leg ended while the customer stays: back to the queue
    VOICEMAIL = "voicemail"  # the caller left the queue to speak a message: closed as voicemail
    LANGUAGE = "language"  # the caller asked for another one: `detail` is its code
    OVERFLOWED = "overflowed"  # waited longest: on to the queue in `detail`
    OUTSIDE = "outside"  # waited longest: a number outside has taken the call
    HELD = "held"
    RESUMED = "resumed"
    DIALLING = "dialling"  # a call of ours: the agent is on the line, the customer is called
    RINGING = "ringing"  # the customer's phone rings
    ON_THE_LINE = "on_the_line"  # called first, they have answered and wait for an agent
    NOT_REACHED = "not_reached"  # it did not come about: `outcome` and `reason` say why
    PICKED_UP = "picked_up"  # a watched call of ours: somebody or something has answered
    ANSWERED_BY = "answered_by"  # who: `detail` is "human", "machine", "fax" or "unknown"


@dataclass(frozen=True, slots=True)
class CallEvent:
    """`key` is unique per entry point (CallSid + event + SequenceNumber)."""

    key: str
    entry_point_id: str
    contact_id: str
    moment: CallMoment
    occurred_at: datetime
    detail: str | None = None
    outcome: CallOutcome | None = None
    reason: str = ""  # a code the console has words for: "agent_no_answer"


Report = (
    DeliveryReport
    | ReadReport
    | SurveyAnswer
    | CallEvent
    | GuestEvent
    | FileRead
    | BeingRead
    | PagesRead
    | RecordingNews
    | CaptionNews
    | Transcribed
)


@dataclass(frozen=True, slots=True)
class CallbackOffer:
    """A waiting caller may ask to be called back: in their turn, or (while it is closed) from `at`
    on. `zone` (IANA): in which the time is told.
    """

    at: datetime | None
    zone: str


class CallbackRefusal(StrEnum):
    """Why a callback was not placed."""

    NUMBER = "number"  # it cannot be called
    TAKEN = "taken"  # an agent is answering at this moment
    PENDING = "pending"  # this customer is to be called back already
    GONE = "gone"  # nobody waits here any more


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """`refusal` None: the place is kept. `at`: not before that; None: in their turn."""

    refusal: CallbackRefusal | None
    at: datetime | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a waiting contact stands, to be told to its customer (routing.md 3.14).

    `position` starts at 1; the wait is a range in seconds, both None when nothing honest can be
    said. `open_now` is whether anybody could take it in the present hours. `took_callback`: this
    call made a pending callback of the caller needless. `recording`: what its queue asks of calls.
    `silenced`: no supervisor may hear the call now, its recording is paused.
    """

    state: str
    position: int | None
    wait_low_s: int | None
    wait_high_s: int | None
    open_now: bool
    agent_name: str | None = None
    language: str | None = None  # in which we speak with the customer
    callback: CallbackOffer | None = None
    took_callback: bool = False
    ended_as: str | None = None
    reminded: bool = False  # they were silent so long that they were reminded
    waited_s: int = 0  # in the queue they are in now
    alone: str = ""  # "nobody", "busy": they wait so long that they may rather leave a message
    recording: RecordingAsk | None = None
    silenced: bool = False


@dataclass(frozen=True, slots=True)
class HistoryFile:
    id: str
    name: str
    media_type: str
    size_bytes: int


class HistoryEntry(msgspec.Struct, frozen=True):
    """One public interaction as its customer may see it: never a note, never a system entry."""

    interaction_id: str
    seq: int
    kind: InteractionKind
    direction: str  # "in" from the customer, "out" from us
    text: str
    html: str | None
    author_name: str | None
    at: datetime
    client_id: str | None
    files: tuple[HistoryFile, ...] = ()
