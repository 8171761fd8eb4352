"""The channel protocol: what a channel does for the hub, and the one door through which it is done
to.

A channel is one folder under `hub/channels/`. It imports nothing of intake, desk, care, routing,
knowledge, customers or accounts: `Door` is injected. All calls through the door are idempotent by
(entry point, key) and return only after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

from aiohttp import web

from hub.contacts.callback_wishes import CallbackTimes, CallbackWish, Offered, WishedCallback
from hub.contacts.effects import Drawn, Effect, Outcome, Send
from hub.contacts.inbound import (
    Blockable,
    CallbackAnswer,
    Caller,
    HistoryEntry,
    HistoryFile,
    Inbound,
    Proven,
    Receipt,
    Report,
    Reread,
    Scalar,
    SenderIdentity,
    Standing,
)
from hub.contacts.model import Channel as ChannelKind
from hub.contacts.pbx.model import PbxCall, PbxFiled
from hub.contacts.proving.model import AskCode, CodeAnswer, CodeSent, GiveCode, SignsIn
from hub.core.bus import Hint, Listener
from hub.core.clock import Clock
from hub.settings import Mailbox, Twilio
from hub.storage import Batch, Blobs, Store, Tx

A = TypeVar("A")
F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the console offers on contacts of a channel: it asks these, never the channel's name."""

    reply: bool  # written answers
    html: bool  # rich text in answers
    subject: bool
    recipients: bool  # to, cc and bcc can be changed
    files: bool
    live: bool  # the customer is there now: typing, joined
    call: bool  # audio: accept rings, hold and hang-up exist
    instant: bool  # the committed interaction is the delivery: no outbox row
    survey: bool  # can ask the customer of an ended contact how it was
    pages: bool = False  # answers go out as pages, to a number: they can be looked at before
    text_limit: int = 0  # characters of one answer; 0: no limit of the channel's own
    parts: bool = False  # an answer is sent in parts of a few letters, which are counted
    one_thread: bool = False  # what is begun goes on with the customer's conversation there
    signs: bool = False  # a signature stands below an answer


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """One configured address of ours. `settings` is the channel's own part, already checked."""

    id: str  # the key of the configuration, e.g. "support-mail"
    channel: ChannelKind
    address: str
    queue_id: str
    language: str
    settings: Mapping[str, object]
    display_name: str


class Door(Protocol):
    """The hub as a channel sees it."""

    store: Store  # for the channel's own tables only (cursors, legs, visitor sessions)
    blobs: Blobs
    clock: Clock

    async def receive(self, inbound: Inbound) -> Receipt:
        """Commit what came in. Raises Unavailable when it could not be stored: tell the sender to
        retry.
        """

    async def receive_kept(self, keep: Batch[A, Inbound | None], argument: A) -> Receipt | None:
        """Commit what came in and what the channel itself keeps of it, both or neither: `keep`
        returns what is to be received of each argument, None of one of which nothing is. Raises
        what `receive` raises.
        """

    async def report(self, report: Report) -> None:
        """Commit news about a delivery, a call or a survey; a repeated key changes nothing."""

    async def is_blocked(self, who: Blockable) -> bool:
        """Whether somebody at the door is on the block list. What they send is judged by `receive`
        again; they are told nothing of who has blocked them, nor why.
        """

    async def recognise(
        self, entry_point_id: str, sender: SenderIdentity, queue_id: str | None = None
    ) -> Caller:
        """Who calls there, before anything of the call is filed, and what they would come to;
        nothing is changed. `queue_id`: the queue they chose; None: the entry point's.
        """

    async def open_hours(self, names: Sequence[str]) -> frozenset[str]:
        """Which of these named hours of the set-up are open now."""

    async def prove(self, proven: Proven) -> None:
        """Somebody on a conversation has proved who they are: the customer, their tier and the
        place of what waits follow at once. Told again, nothing changes.
        """

    async def leave(self, contact_id: str, why: str) -> None:
        """The customer left: abandoned while waiting, ended while active. `why` goes on the
        timeline.
        """

    async def standing(self, contact_id: str) -> Standing:
        """Where a contact stands; its position is None where it would be worse than one told."""

    async def look(
        self, find: Callable[[Tx, Sequence[A]], Sequence[tuple[F, str | None]]], argument: A
    ) -> tuple[F, Standing | None]:
        """What `find` finds in the channel's own rows for an argument, and where the contact stands
        that it names with it, in one read for all who ask at once; None for none. Changes nothing.
        """

    async def call_back(self, contact_id: str, number: str) -> CallbackAnswer:
        """A waiting caller wishes to be called back at `number`; the same again, the same answer.

        Placed: the contact has ended and its place in the queue is kept.
        """

    async def calls_back(self, entry_point_id: str) -> Offered:
        """Whether who writes by this entry point may ask to be called, and when."""

    async def callback_times(
        self, entry_point_id: str, conversation_id: str | None
    ) -> CallbackTimes:
        """When they may be called. Raises Conflict where not at all, or not now."""

    async def wish_callback(self, wish: CallbackWish) -> WishedCallback:
        """The customer of a conversation asks to be called; the same again, the same answer. Who
        waited does so no more: the place is kept.

        Raises Invalid for the number or the time, Conflict where nobody may ask for it, or is to be
        called already.
        """

    async def find_wished(self, conversation_id: str) -> WishedCallback | None:
        """What became of the callback that was asked for on a conversation."""

    async def cancel_callback(self, entry_point_id: str, sender: SenderIdentity) -> None:
        """Who calls wants the callback no more that `recognise` told of; where none is open,
        nothing changes.
        """

    async def unwish_callback(self, conversation_id: str) -> None:
        """The customer wishes no call any more; where none is open, nothing changes."""

    async def mail_to(self, conversation_id: str, address: str) -> None:
        """The customer of a conversation is to be written to at this address once they have left
        it. Raises Invalid for what is no address.
        """

    async def mail_transcript(
        self, conversation_id: str, address: str, language: str | None
    ) -> str:
        """Mail what was said in a conversation; return the address it goes to.

        Raises Invalid for what is no address, Conflict where it cannot be mailed.
        """

    async def send_code(self, ask: AskCode) -> CodeSent:
        """Mail a code by which somebody proves that an address is theirs.

        Raises Invalid for what is no address, Conflict where it cannot be mailed, TooMany.
        """

    async def check_code(self, given: GiveCode) -> CodeAnswer:
        """The code as it was typed; the right one again gives the same answer. That the address
        counts is then said by `prove`.
        """

    async def has_mailbox(self, who: SignsIn) -> bool:
        """Whether who signs in at the site is who has proved a mailbox in that browser."""

    async def return_to(self, entry_point_id: str, token: str) -> str | None:
        """The conversation to which the link of a mail leads; None where it leads nowhere."""

    async def opt_out(self, contact_id: str, *, everything: bool = False) -> None:
        """The caller of a contact says by a key that nothing is to be sold to them, nor asked;
        `everything`: also that nobody calls them back who was not asked to.
        """

    async def told(self, contact_id: str, position: int) -> None:
        """The customer was told this position: no worse one is given out any more."""

    async def history(
        self, conversation_id: str, after_seq: int, limit: int = 100
    ) -> Sequence[HistoryEntry]:
        """Public interactions after `after_seq`, oldest first."""

    async def history_before(
        self, conversation_id: str, before_seq: int, limit: int = 30
    ) -> Sequence[HistoryEntry]:
        """Public interactions before `before_seq`, oldest first: paging back."""

    async def file(self, conversation_id: str, file_id: str) -> tuple[HistoryFile, str]:
        """A file of a public interaction of the conversation, and its blob id. Raises NotFound."""

    async def open_contact(self, conversation_id: str) -> str | None:
        """The id of the contact now open on the conversation."""

    async def pbx_call(self, call: PbxCall) -> PbxFiled:
        """Bring the hub up to how a call stands that a PBX carries; told again, nothing changes.

        Raises NotFound for an entry point or a contact that is no more.
        """

    def live(self, conversation_id: str, event: Mapping[str, Scalar]) -> None:
        """Fan out something that may be lost: {"type": "typing", "from": "customer", "on":
        true}.
        """

    def follow(self, conversation_id: str, hear: Callable[[Hint], None]) -> Listener:
        """Have `hear` called with the hints of one conversation, as Bus.listen does, until what is
        returned is closed; the key of all is the conversation id.

        `conversation.heard`: the customer said something; `conversation.grew`: something else was
        added; `conversation.contact`: its contact moved; `conversation.live`: typing and the like,
        with data.
        """


class Channel(Protocol):
    """What every channel is."""

    kind: ChannelKind
    capabilities: Capabilities

    def take_up(self, points: Sequence[EntryPoint]) -> None:
        """Serve exactly these from now on; whoever is in contact by one that is gone stays so.

        Raises Invalid for settings of one.
        """

    async def run(self) -> None:
        """Listen or poll until cancelled; expected faults are retried inside with back-off."""

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Webhooks and pages under /channels/<entry point>/…, on the hub's HTTP port."""

    async def perform(self, entry_point_id: str, effect: Effect) -> Outcome:
        """Do one effect for the outbox. Expected vendor failures are values, never exceptions.

        Raises Unavailable where our own store does not answer: it is performed again soon, so
        whatever went out before must be known to the next try.
        """


@dataclass(frozen=True, slots=True)
class Sample:
    """What a channel would read out of something an admin shows it: what it is, and the facts."""

    kind: str
    facts: Mapping[str, str]


@runtime_checkable
class AnswersLate(Protocol):
    """A channel some of whose requests wait for news before they are answered."""

    async def release(self) -> None:
        """The HTTP port closes: answer all that wait at once, and let nobody wait any more."""


@runtime_checkable
class TakesMailboxes(Protocol):
    """A channel that is fed by mail and follows its mailboxes while it runs."""

    def take_up_mailboxes(self, mailboxes: Sequence[Mailbox]) -> None:
        """Fetch from these and send by them from now on; those of other channels are in it."""


@runtime_checkable
class TakesPhoneAccount(Protocol):
    """A channel that the phone account carries, and that follows it while it runs."""

    def take_up_account(self, account: Twilio) -> None:
        """Go by this account from now on; one without `account_sid` is none."""


@runtime_checkable
class HasTestPage(Protocol):
    """A channel whose entry points can be tried on a page of the hub."""

    def test_page(self, entry_point_id: str) -> web.StreamResponse:
        """Return a page with the entry point on it. Raises NotFound."""


@runtime_checkable
class DrawsPages(Protocol):
    """A channel whose answers go out as pages, which can be looked at before."""

    async def draw(self, entry_point_id: str, send: Send) -> Drawn:
        """Make the pages of an answer as `perform` would, and send nothing. Raises NotFound for an
        entry point that is no more, Unavailable while others take every place.
        """


@runtime_checkable
class HasWebhooks(Protocol):
    """A channel of which somebody tells a provider where to post. `webhooks`: names below
    /channels/<entry point>/.
    """

    webhooks: Sequence[str]


@runtime_checkable
class Rereads(Protocol):
    """A channel that keeps the raw bytes of what came in, and can read them once more."""

    async def reread(self, entry_point_id: str, blob_id: str) -> Reread:
        """Read stored raw bytes again; what they mean is filed by the caller, not here."""
