"""The frames of web chat: tagged JSON structs, one union for each direction.

A frame is one WebSocket text message holding one JSON object with a `type`. What the customer may
send is `ClientFrame`, what we send is `ServerFrame`; neither side accepts a frame of the other
direction. Pure: no I/O, no clock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from hub.contacts.inbound import HistoryEntry
from hub.contacts.model import Direction

from .call_frames import (
    AskCallTimes,
    CallMe,
    CallNoMore,
    CallStands,
    CallTimes,
    CallView,
    CallWished,
)
from .frames import FromPage, ToPage

__all__ = [
    "AskCallTimes",
    "CallMe",
    "CallNoMore",
    "CallStands",
    "CallTimes",
    "CallView",
    "CallWished",
]

MAX_FRAME_BYTES = 64 * 1024  # 8,000 characters, each escaped, fit in it
MAX_TEXT_CHARACTERS = 8_000
MAX_FILES = 10
MAX_BEFORE = 5
LAST_SEQ = 2**31 - 1  # the largest that both databases take

ClientId = Annotated[str, msgspec.Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Token = Annotated[str, msgspec.Meta(min_length=43, max_length=43)]  # 256 bits, base64url
Name = Annotated[str, msgspec.Meta(max_length=200)]
Email = Annotated[str, msgspec.Meta(max_length=254)]
Words = Annotated[str, msgspec.Meta(max_length=200)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=LAST_SEQ)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Hello(FromPage, frozen=True, kw_only=True, tag="hello"):
    """The first frame, and only the first: who I am and what I have."""

    entry_point: Id
    token: Token | None = None  # a visitor session; never in the URL
    last_seq: Seq = 0  # the newest entry the page holds; 0: send the latest page
    language: Annotated[str, msgspec.Meta(max_length=35)] = ""  # BCP 47
    name: Name = ""
    email: Email = ""
    identity: Annotated[str, msgspec.Meta(max_length=4096)] = ""  # a JWT signed by the site
    page: Annotated[str, msgspec.Meta(max_length=2000)] = ""  # address of the page it is shown on
    back: Annotated[str, msgspec.Meta(max_length=64)] = ""  # of a link in a mail: into which chat


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer did before the chat: words searched, articles read, each the newest last."""

    searched: Annotated[list[Words], msgspec.Meta(max_length=MAX_BEFORE)] = []
    read: Annotated[list[Id], msgspec.Meta(max_length=MAX_BEFORE)] = []


class Send(FromPage, frozen=True, kw_only=True, tag="send"):
    """One message. `client_id` is the customer's own id of it: sent again, it is stored once."""

    client_id: ClientId
    text: str = ""
    files: Annotated[list[Id], msgspec.Meta(max_length=MAX_FILES)] = msgspec.field(
        default_factory=list
    )
    before: Before | None = None  # with the first message, for who answers


class Typing(FromPage, frozen=True, kw_only=True, tag="typing"):
    on: bool


class Got(FromPage, frozen=True, kw_only=True, tag="got"):
    """Everything up to `seq` has arrived on the page, which may be hidden."""

    seq: Seq


class Read(FromPage, frozen=True, kw_only=True, tag="read"):
    """Everything up to `seq` has been shown to the customer."""

    seq: Seq


class Profile(FromPage, frozen=True, kw_only=True, tag="profile"):
    """Name and address given later, e.g. to be answered by e-mail."""

    name: Name = ""
    email: Email = ""


class Older(FromPage, frozen=True, kw_only=True, tag="older"):
    """Ask for the page of history before `before_seq`."""

    before_seq: Annotated[int, msgspec.Meta(ge=1, le=LAST_SEQ)]


class End(FromPage, frozen=True, kw_only=True, tag="end"):
    """The customer ends the chat."""


class Survey(FromPage, frozen=True, kw_only=True, tag="survey"):
    """Satisfaction 1 (worst) to 5 (best), or `score` 0: asked and declined."""

    contact: Id
    score: Annotated[int, msgspec.Meta(ge=0, le=5)]
    comment: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Transcript(FromPage, frozen=True, kw_only=True, tag="transcript"):
    """All that was said is to be mailed; `email` "": to the address that is known."""

    email: Email = ""


class AskCode(FromPage, frozen=True, kw_only=True, tag="ask_code"):
    """This mailbox is mine: a code goes there, which is given back to show it."""

    email: Email


class GiveCode(FromPage, frozen=True, kw_only=True, tag="give_code"):
    code: Annotated[str, msgspec.Meta(max_length=40)]


class Ping(FromPage, frozen=True, kw_only=True, tag="ping"):
    """Are you there? Browsers cannot see WebSocket pings, so the page has its own."""


Wished = Transcript | AskCode | GiveCode | CallWished
"""What a customer may wish for beside the talk."""
ClientFrame = Hello | Send | Typing | Got | Read | Profile | Older | End | Survey | Wished | Ping


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    media_type: str
    size_bytes: int


class Message(ToPage, frozen=True, kw_only=True, tag="message"):
    """One entry of the conversation. `sender` is "customer" or "agent" (anybody on our side)."""

    seq: int
    id: str
    sender: str
    text: str
    at: datetime
    author: str = ""
    client_id: str = ""
    files: list[FileView] = msgspec.field(default_factory=list)


class StandingView(msgspec.Struct, frozen=True, kw_only=True):
    """Where the customer stands. `state`: "idle", "waiting", "active" or "ended"."""

    state: str
    position: int | None = None  # 1 is next
    wait_low_s: int | None = None
    wait_high_s: int | None = None
    open_now: bool = True
    agent: str = ""
    reminded: bool = False  # they were asked whether they are still there
    alone: str = ""  # as of Queue
    call: CallView | None = None  # that the customer has asked for


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    text_characters: int
    files: int
    file_bytes: int
    heartbeat_s: float


class Welcome(ToPage, frozen=True, kw_only=True, tag="welcome"):
    """Answer to `hello`. `token` only when it is new: keep it, it is the visitor's key."""

    conversation: str | None
    last_seq: int
    standing: StandingView
    limits: Limits
    token: str | None = None
    fresh: bool = False  # the presented token was not known: forget what you hold
    name: str = ""
    email: str = ""
    proved: str = ""  # the address that was proved by a code here
    agent_read_seq: int = 0


class History(ToPage, frozen=True, kw_only=True, tag="history"):
    """Entries, oldest first. `more`: older ones exist. `before_seq` repeats the question's."""

    messages: list[Message]
    more: bool
    before_seq: int = 0


class Resync(ToPage, frozen=True, kw_only=True, tag="resync"):
    """The gap was too long to fill: forget what you show, the latest page follows."""


class Ack(ToPage, frozen=True, kw_only=True, tag="ack"):
    """`client_id` is durably stored as `seq`."""

    client_id: str
    seq: int
    at: datetime


class Nack(ToPage, frozen=True, kw_only=True, tag="nack"):
    """`client_id` was not stored. `message` is for people; None: do not retry as it stands."""

    client_id: str
    code: str
    message: str
    retry_after_s: float | None = None


class AgentTyping(ToPage, frozen=True, kw_only=True, tag="typing"):
    on: bool
    author: str = ""


class AgentRead(ToPage, frozen=True, kw_only=True, tag="read"):
    seq: int


class Queue(ToPage, frozen=True, kw_only=True, tag="queue"):
    """Waiting: position (1 is next), range of seconds; absent when nothing honest can be said.
    `alone` "nobody", "busy": it takes so long that a message may be left by mail besides.
    """

    position: int | None = None
    wait_low_s: int | None = None
    wait_high_s: int | None = None
    open_now: bool = True
    alone: str = ""


class AgentJoined(ToPage, frozen=True, kw_only=True, tag="agent_joined"):
    name: str


class AgentLeft(ToPage, frozen=True, kw_only=True, tag="agent_left"):
    """Back to the queue: a transfer, or the agent was lost."""


class Reminded(ToPage, frozen=True, kw_only=True, tag="reminded"):
    """Nothing was heard of the customer for a while: are they still there?"""


class Ended(ToPage, frozen=True, kw_only=True, tag="ended"):
    """The contact is over; what is written next opens a new one. `silent`: since nothing was heard
    of the customer; where an address is known they are written to.
    """

    silent: bool = False


class Mailed(ToPage, frozen=True, kw_only=True, tag="mailed"):
    """What was said is on its way to this address."""

    to: str


class CodeSent(ToPage, frozen=True, kw_only=True, tag="code_sent"):
    """A code is on its way to this address, good for so many seconds."""

    to: str
    good_s: int


class Proved(ToPage, frozen=True, kw_only=True, tag="proved"):
    """The code was right: this address is the customer's."""

    email: str


class ProofEnded(ToPage, frozen=True, kw_only=True, tag="proof_ended"):
    """That this address is the customer's was proved long ago: a new code proves it anew."""

    email: str


class CodeWrong(ToPage, frozen=True, kw_only=True, tag="code_wrong"):
    """The code was wrong; after `tries_left` more, or where it is 0, another one has to be sent."""

    tries_left: int


class AskSurvey(ToPage, frozen=True, kw_only=True, tag="survey"):
    contact: str


class Problem(ToPage, frozen=True, kw_only=True, tag="problem"):
    """Something about the socket, not about one message; `message` is for people."""

    code: str
    message: str
    retry_after_s: float | None = None


class Pong(ToPage, frozen=True, kw_only=True, tag="pong"):
    pass


ServerFrame = (
    Welcome
    | History
    | Resync
    | Message
    | Ack
    | Nack
    | AgentTyping
    | AgentRead
    | Queue
    | AgentJoined
    | AgentLeft
    | Reminded
    | Ended
    | Mailed
    | CodeSent
    | Proved
    | ProofEnded
    | CodeWrong
    | CallTimes
    | CallStands
    | AskSurvey
    | Problem
    | Pong
)


class BadFrame(Exception):
    """What came is not a frame of the protocol; the text says why, without the content."""


_client_decoder: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)
_server_decoder: msgspec.json.Decoder[ServerFrame] = msgspec.json.Decoder(ServerFrame)
_encoder = msgspec.json.Encoder()


def parse_client_frame(raw: bytes | str) -> ClientFrame | BadFrame:
    """Read what a customer's page sent. Never raises: hostile input becomes a BadFrame."""
    if len(raw) > MAX_FRAME_BYTES:
        return BadFrame(f"A frame may have {MAX_FRAME_BYTES} bytes.")
    try:
        return _client_decoder.decode(raw)
    except msgspec.ValidationError as error:
        return BadFrame(str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return BadFrame("A frame is one JSON object in UTF-8.")


def parse_server_frame(raw: bytes | str) -> ServerFrame:
    """Read what the hub sent (headless clients and tests). Raises msgspec.DecodeError."""
    return _server_decoder.decode(raw)


def encode(frame: ServerFrame | ClientFrame) -> bytes:
    """Return the JSON of a frame."""
    return _encoder.encode(frame)


def message_of(entry: HistoryEntry) -> Message:
    """Return the frame that shows one public interaction."""
    mine = entry.direction == Direction.INBOUND
    return Message(
        seq=entry.seq,
        id=entry.interaction_id,
        sender="customer" if mine else "agent",
        text=entry.text,
        at=entry.at,
        author="" if mine else entry.author_name or "",
        client_id=(entry.client_id or "") if mine else "",
        files=[
            FileView(
                id=file.id, name=file.name, media_type=file.media_type, size_bytes=file.size_bytes
            )
            for file in entry.files
        ],
    )
