"""A door for the phone channel's own tests: contacts in memory, rules as the hub has them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hub.contacts.callback_wishes import CallbackTimes, CallbackWish, Offered, WishedCallback
from hub.contacts.inbound import (
    Blockable,
    CallbackAnswer,
    CallEvent,
    CallMoment,
    HistoryEntry,
    HistoryFile,
    Inbound,
    Proven,
    Receipt,
    Report,
    Scalar,
    Standing,
)
from hub.contacts.pbx.model import PbxCall, PbxFiled
from hub.contacts.proving.model import AskCode, CodeAnswer, CodeSent, GiveCode, SignsIn
from hub.core.bus import Hint, Listener
from hub.core.clock import Clock, SystemClock
from hub.core.errors import NotFound, Unavailable
from hub.core.ids import new_id
from hub.storage import Blobs, Store

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
    receipts: dict[tuple[str, str], Receipt] = field(default_factory=dict)
    standing_now: Standing = field(default_factory=lambda: Standing("queued", 1, None, None, True))
    states: dict[str, str] = field(default_factory=dict)  # contact id -> state, once it moved
    wishes: list[tuple[str, str]] = field(default_factory=list)  # to be called back
    callback_answer: CallbackAnswer = field(default_factory=lambda: CallbackAnswer(None))
    captions: list[str] = field(default_factory=list)
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

    async def report(self, report: Report) -> None:
        if self.broken:
            raise Unavailable("The database is away.", retry_after_s=0.1)
        assert isinstance(report, CallEvent)
        if report.key not in [one.key for one in self.reports]:
            self.reports.append(report)
            if report.moment is not CallMoment.LANGUAGE:
                self.states[report.contact_id] = _STATE_AFTER[report.moment]
            self._wake()

    async def is_blocked(self, who: Blockable) -> bool:
        return False

    async def prove(self, proven: Proven) -> None:
        raise AssertionError("callers are known by their number")

    async def leave(self, contact_id: str, why: str) -> None:
        raise AssertionError("the phone tells by report")

    async def standing(self, contact_id: str) -> Standing:
        return replace(self.standing_now, state=self.states.get(contact_id, "queued"))

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
        raise AssertionError("no menu offers the key yet")

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

    async def until(self, condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Wait until something told makes `condition()` true. Raises TimeoutError."""
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    await self.grew.wait()
        except TimeoutError:
            told = [report.moment.value for report in self.reports]
            raise TimeoutError(f"told so far: {told}; received: {self.received}") from None

    async def hears_of(self, moment: CallMoment, timeout_s: float = 20.0) -> CallEvent:
        await self.until(lambda: moment in self.moments, timeout_s)
        return next(report for report in self.reports if report.moment is moment)

    def _wake(self) -> None:
        self.grew.set()
        self.grew = asyncio.Event()
