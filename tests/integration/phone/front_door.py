"""A door for the phone channel's own tests: contacts in memory, rules as the hub has them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TypeVar

from msgspec import structs

from hub.contacts.callback_wishes import CallbackTimes, CallbackWish, Offered, WishedCallback
from hub.contacts.guests.model import GuestEvent, GuestMoment
from hub.contacts.inbound import (
    Blockable,
    CallbackAnswer,
    Caller,
    CallEvent,
    CallMoment,
    HistoryEntry,
    HistoryFile,
    Inbound,
    Proven,
    Receipt,
    Report,
    Scalar,
    SenderIdentity,
    Standing,
)
from hub.contacts.model import EndedAs
from hub.contacts.pbx.model import PbxCall, PbxFiled
from hub.contacts.proving.model import AskCode, CodeAnswer, CodeSent, GiveCode, SignsIn
from hub.contacts.recordings.model import CaptionNews, RecordingNews, Transcribed
from hub.core.bus import Hint, Listener
from hub.core.clock import Clock, SystemClock
from hub.core.errors import NotFound, Unavailable
from hub.core.ids import new_id
from hub.storage import Batch, Blobs, Store, Tx

A = TypeVar("A")
F = TypeVar("F")

_STATE_AFTER = {
    CallMoment.AGENT_JOINED: "active",
    CallMoment.AGENT_FAILED: "queued",
    CallMoment.AGENT_LEFT: "queued",
    CallMoment.CUSTOMER_LEFT: "abandoned",
    CallMoment.HELD: "hold",
    CallMoment.RESUMED: "active",
    CallMoment.VOICEMAIL: "closed",
    CallMoment.DIALLING: "connecting",
    CallMoment.RINGING: "connecting",
    CallMoment.NOT_REACHED: "wrap_up",
    CallMoment.ON_THE_LINE: "queued",
}


@dataclass
class FrontDoor:
    """Remembers what it was told; `standing_now` is what a waiting caller is told next."""

    store: Store
    blobs: Blobs
    clock: Clock = field(default_factory=SystemClock)
    received: list[Inbound] = field(default_factory=list)
    reports: list[CallEvent] = field(default_factory=list)
    guests: list[GuestEvent] = field(default_factory=list)
    receipts: dict[tuple[str, str], Receipt] = field(default_factory=dict)
    standing_now: Standing = field(default_factory=lambda: Standing("queued", 1, None, None, True))
    states: dict[str, str] = field(default_factory=dict)  # contact id -> state, once it moved
    wishes: list[tuple[str, str]] = field(default_factory=list)  # to be called back
    callback_answer: CallbackAnswer = field(default_factory=lambda: CallbackAnswer(None))
    caller: Caller = field(default_factory=Caller)  # who calls
    hours: frozenset[str] = frozenset()  # that are open
    closed: frozenset[str] = frozenset()  # queues in which nobody works now
    opted_out: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)  # whose callbacks
    recordings: list[RecordingNews | Transcribed] = field(default_factory=list)
    caption_news: list[CaptionNews] = field(default_factory=list)
    standings_asked: int = 0
    stood: set[str] = field(default_factory=set)  # contacts of which it was asked
    broken: bool = False
    grew: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, inbound: Inbound) -> Receipt:
        if self.broken:
            raise Unavailable("The database is away.", retry_after_s=0.1)
        key = (inbound.entry_point_id, inbound.dedupe_key)
        if key not in self.receipts:
            contact_id = new_id() if inbound.queues else None
            conversation_id = inbound.conversation_id or new_id()
            self.receipts[key] = Receipt(conversation_id, new_id(), 1, contact_id)
            self.received.append(inbound)
            self._wake()
        return self.receipts[key]

    async def receive_kept(self, keep: Batch[A, Inbound | None], argument: A) -> Receipt | None:
        raise AssertionError("only mail is kept before it is filed")

    async def report(self, report: Report) -> None:
        if self.broken:
            raise Unavailable("The database is away.", retry_after_s=0.1)
        if isinstance(report, GuestEvent):
            if report.key not in [one.key for one in self.guests]:
                self.guests.append(report)
                self._wake()
            return
        if isinstance(report, RecordingNews | Transcribed):
            if isinstance(report, Transcribed) and report.recording_id not in self.kept:
                raise NotFound("There is no such recording.")
            self.recordings.append(report)
            self._wake()
            return
        if isinstance(report, CaptionNews):
            self.caption_news.append(report)
            self._wake()
            return
        assert isinstance(report, CallEvent)
        if report.key not in [one.key for one in self.reports]:
            self.reports.append(report)
            if report.moment in _STATE_AFTER:  # the others move nothing
                self.states[report.contact_id] = _STATE_AFTER[report.moment]
            self._wake()

    async def is_blocked(self, who: Blockable) -> bool:
        return False

    async def recognise(
        self, entry_point_id: str, sender: SenderIdentity, queue_id: str | None = None
    ) -> Caller:
        """As it will stand once they wait, where a test says nothing else of who calls."""
        if self.broken:
            raise Unavailable("The database is away.", retry_after_s=0.1)
        standing = self.standing_now
        return structs.replace(
            self.caller,
            is_blocked=self.caller.is_blocked or standing.ended_as == EndedAs.SPAM,
            language=self.caller.language or standing.language,
            open_now=self.caller.open_now and standing.open_now and queue_id not in self.closed,
            recording=self.caller.recording or standing.recording,
        )

    async def open_hours(self, names: Sequence[str]) -> frozenset[str]:
        return self.hours.intersection(names)

    async def prove(self, proven: Proven) -> None:
        raise AssertionError("callers are known by their number")

    async def leave(self, contact_id: str, why: str) -> None:
        raise AssertionError("the phone tells by report")

    async def standing(self, contact_id: str) -> Standing:
        self.standings_asked += 1
        self.stood.add(contact_id)
        self._wake()
        return replace(self.standing_now, state=self.states.get(contact_id, "queued"))

    async def look(
        self, find: Callable[[Tx, Sequence[A]], Sequence[tuple[F, str | None]]], argument: A
    ) -> tuple[F, Standing | None]:
        [(found, contact_id)] = await self.store.read(find, [argument])
        return found, None if contact_id is None else await self.standing(contact_id)

    async def call_back(self, contact_id: str, number: str) -> CallbackAnswer:
        self.wishes.append((contact_id, number))
        if self.callback_answer.refusal is None:
            self.states[contact_id] = "closed"
        return self.callback_answer

    async def pbx_call(self, call: PbxCall) -> PbxFiled:
        raise AssertionError("no PBX is behind this channel")

    async def calls_back(self, entry_point_id: str) -> Offered:
        raise AssertionError("callers wish by a key")

    async def callback_times(
        self, entry_point_id: str, conversation_id: str | None
    ) -> CallbackTimes:
        raise AssertionError("callers wish by a key")

    async def wish_callback(self, wish: CallbackWish) -> WishedCallback:
        raise AssertionError("callers wish by a key")

    async def find_wished(self, conversation_id: str) -> WishedCallback | None:
        raise AssertionError("callers wish by a key")

    async def cancel_callback(self, entry_point_id: str, sender: SenderIdentity) -> None:
        self.cancelled.append(sender.value)
        self.caller = structs.replace(self.caller, callback=None)

    async def unwish_callback(self, conversation_id: str) -> None:
        raise AssertionError("callers wish by a key")

    async def mail_to(self, conversation_id: str, address: str) -> None:
        raise AssertionError("no call goes on by mail")

    async def mail_transcript(
        self, conversation_id: str, address: str, language: str | None
    ) -> str:
        raise AssertionError("no call goes on by mail")

    async def send_code(self, ask: AskCode) -> CodeSent:
        raise AssertionError("no caller proves a mailbox")

    async def check_code(self, given: GiveCode) -> CodeAnswer:
        raise AssertionError("no caller proves a mailbox")

    async def has_mailbox(self, who: SignsIn) -> bool:
        raise AssertionError("no caller proves a mailbox")

    async def return_to(self, entry_point_id: str, token: str) -> str | None:
        raise AssertionError("no link leads back into a call")

    async def opt_out(self, contact_id: str, *, everything: bool = False) -> None:
        self.opted_out.append(contact_id)
        self._wake()

    async def told(self, contact_id: str, position: int) -> None:
        raise AssertionError("the phone remembers what a caller heard with the call")

    async def history(
        self, conversation_id: str, after_seq: int, limit: int = 100
    ) -> Sequence[HistoryEntry]:
        return ()

    async def history_before(
        self, conversation_id: str, before_seq: int, limit: int = 30
    ) -> Sequence[HistoryEntry]:
        return ()

    async def file(self, conversation_id: str, file_id: str) -> tuple[HistoryFile, str]:
        raise NotFound("Callers are shown no files.")

    async def open_contact(self, conversation_id: str) -> str | None:
        return None

    def live(self, conversation_id: str, event: Mapping[str, Scalar]) -> None:
        self.captions.append(str(event["text"]))
        self._wake()

    def follow(self, conversation_id: str, hear: Callable[[Hint], None]) -> Listener:
        return self.store.bus.listen(("conversation.grew",), conversation_id, hear)

    @property
    def tape_states(self) -> list[str]:
        """How recordings stood, each state once where it was told again and again."""
        told = [one.state.value for one in self.recordings if isinstance(one, RecordingNews)]
        return [state for before, state in pairwise(["", *told]) if state != before]

    @property
    def caption_states(self) -> list[str | None]:
        """How what is transcribed stood, each state once where it was told again and again."""
        told = [None if one.state is None else one.state.value for one in self.caption_news]
        return [state for before, state in pairwise(["", *told]) if state != before]

    @property
    def kept(self) -> dict[str, RecordingNews]:
        """Recordings of which we have the sound, by id."""
        return {
            one.recording_id: one
            for one in self.recordings
            if isinstance(one, RecordingNews) and one.sound is not None
        }

    # --- for tests -----------------------------------------------------------------------------

    @property
    def moments(self) -> list[CallMoment]:
        return [report.moment for report in self.reports]

    def contact_of(self, number: str) -> str:
        """Return the newest contact made for this number."""
        return next(
            receipt.contact_id
            for inbound in reversed(self.received)
            if inbound.senders[0].value == number
            for receipt in [self.receipts[(inbound.entry_point_id, inbound.dedupe_key)]]
            if receipt.contact_id is not None
        )

    async def until(self, condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
        """Wait until something told makes `condition()` true. Raises TimeoutError."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    await self.grew.wait()
        except TimeoutError:
            told = [report.moment.value for report in self.reports]
            raise TimeoutError(f"told so far: {told}; received: {self.received}") from None

    async def hears_of(self, moment: CallMoment, timeout_s: float = 30.0) -> CallEvent:
        await self.until(lambda: moment in self.moments, timeout_s)
        return next(report for report in self.reports if report.moment is moment)

    async def hears_of_guest(self, guest_id: str, moment: GuestMoment) -> GuestEvent:
        def found() -> list[GuestEvent]:
            return [one for one in self.guests if (one.guest_id, one.moment) == (guest_id, moment)]

        await self.until(lambda: bool(found()))
        return found()[0]

    def _wake(self) -> None:
        self.grew.set()
        self.grew = asyncio.Event()
