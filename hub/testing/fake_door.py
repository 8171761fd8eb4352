"""A door without a hub behind it: conversations in memory, hints on a real bus, a real store.

For the tests of a channel: what it hands in is kept in order, what the hub would answer is set by
the test, and time is the given clock's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hub.contacts.callback_wishes import CallbackTimes, CallbackWish, Offered, WishedCallback
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
    Scalar,
    SenderIdentity,
    Standing,
)
from hub.contacts.model import InteractionKind
from hub.contacts.pbx.model import PbxCall, PbxFiled
from hub.contacts.proving.model import AskCode, CodeAnswer, CodeSent, GiveCode, SignsIn
from hub.core.bus import Bus, Hint, Listener
from hub.core.clock import Clock
from hub.core.errors import HubError, Invalid, NotFound
from hub.core.ids import new_id
from hub.storage import Batch, Blobs, Store, Tx

A = TypeVar("A")
F = TypeVar("F")

RIGHT_CODE = "246810"
SHORTEST_NUMBER = 7  # digits


@dataclass(slots=True)
class FakeConversation:
    id: str
    entries: list[HistoryEntry] = field(default_factory=list)
    last_seq: int = 0
    contact_id: str | None = None
    files: dict[str, tuple[HistoryFile, str]] = field(default_factory=dict)  # file id -> blob id


class _Told(HubError):
    def __init__(self, inbound: Inbound | HubError | None) -> None:
        super().__init__("undone")
        assert not isinstance(inbound, HubError)  # noqa: S101 - a mistake in the test
        self.inbound = inbound


class FakeDoor:
    """Implements `hub.channels.base.Door`. `fault` is raised by `receive` while it is set."""

    def __init__(self, store: Store, blobs: Blobs, clock: Clock, bus: Bus | None = None) -> None:
        self.store = store
        self.blobs = blobs
        self.clock = clock
        self.bus = bus or store.bus
        self.fault: HubError | None = None
        self.conversations: dict[str, FakeConversation] = {}
        self.standings: dict[str, Standing] = {}  # by contact
        self.told_positions: dict[str, int] = {}  # by contact, the last
        self.inbounds: list[Inbound] = []
        self.reports: list[Report] = []
        self.opted_out: list[tuple[str, bool]] = []
        self.blocked: set[str] = set()  # internet addresses and senders
        self.proven: list[Proven] = []
        self.left: list[tuple[str, str]] = []
        self.mailed_to: dict[str, str] = {}  # by conversation
        self.transcripts: list[tuple[str, str, str | None]] = []
        self.codes: list[AskCode] = []  # asked for; `RIGHT_CODE` proves the newest of a visitor
        self.code_tries = 5
        self.links: dict[tuple[str, str], str] = {}  # (entry point, token) -> conversation
        self.calls = Offered.NEVER
        self.call_times = CallbackTimes(None, (), "CN")
        self.wishes: list[CallbackWish] = []
        self.wished: dict[str, WishedCallback] = {}  # by conversation
        self.lives: list[Mapping[str, Scalar]] = []
        self.history_reads = 0
        self.in_same_commit: list[str] = []  # replies committed together with the next message
        self._receipts: dict[tuple[str, str], Receipt] = {}
        self._by_sender: dict[str, str] = {}

    # ---- the door -------------------------------------------------------------------------------

    async def receive(self, inbound: Inbound) -> Receipt:
        if self.fault is not None:
            raise self.fault
        key = (inbound.entry_point_id, inbound.dedupe_key)
        known = self._receipts.get(key)
        if known is not None:
            return Receipt(
                known.conversation_id, known.interaction_id, known.seq, known.contact_id, True
            )
        self.inbounds.append(inbound)
        conversation = self._conversation_of(inbound)
        if conversation.contact_id is None:
            conversation.contact_id = new_id()
            self.standings[conversation.contact_id] = Standing("queued", 1, 10, 30, True)
        files = []
        for file in inbound.files:
            shown = HistoryFile(new_id(), file.name, file.media_type, file.size_bytes)
            conversation.files[shown.id] = (shown, file.blob_id)
            files.append(shown)
        entry = self._append(
            conversation, "in", inbound.text, None, inbound.client_id, tuple(files)
        )
        receipt = Receipt(conversation.id, entry.interaction_id, entry.seq, conversation.contact_id)
        self._receipts[key] = receipt
        for text in self.in_same_commit:
            self.reply(conversation.id, text)
        self.in_same_commit = []
        await asyncio.sleep(0)  # as after a commit: hints first, then the caller goes on
        return receipt

    async def receive_kept(self, keep: Batch[A, Inbound | None], argument: A) -> Receipt | None:
        def ask(tx: Tx, one: A) -> None:
            [inbound] = keep(tx, [one])
            tx.settle()
            raise _Told(inbound)

        try:
            await self.store.write(ask, argument)
        except _Told as told:  # and undone: `receive` may refuse it
            receipt = None if told.inbound is None else await self.receive(told.inbound)
        await self.store.write(keep, argument)
        return receipt

    async def report(self, report: Report) -> None:
        self.reports.append(report)

    async def is_blocked(self, who: Blockable) -> bool:
        return who.address in self.blocked or any(one.value in self.blocked for one in who.senders)

    async def recognise(
        self, entry_point_id: str, sender: SenderIdentity, queue_id: str | None = None
    ) -> Caller:
        raise AssertionError("only callers are recognised before they are filed")

    async def open_hours(self, names: Sequence[str]) -> frozenset[str]:
        raise AssertionError("only menus of the phone depend on hours")

    async def prove(self, proven: Proven) -> None:
        self.proven.append(proven)

    async def leave(self, contact_id: str, why: str) -> None:
        self.left.append((contact_id, why))
        for conversation in self.conversations.values():
            if conversation.contact_id == contact_id:
                self.end(conversation.id)

    async def standing(self, contact_id: str) -> Standing:
        if contact_id not in self.standings:
            raise NotFound("There is no such contact.")
        return self.standings[contact_id]

    async def look(
        self, find: Callable[[Tx, Sequence[A]], Sequence[tuple[F, str | None]]], argument: A
    ) -> tuple[F, Standing | None]:
        raise AssertionError("only callers are looked up round after round")

    async def call_back(self, contact_id: str, number: str) -> CallbackAnswer:
        raise AssertionError("only callers wish to be called back")

    async def pbx_call(self, call: PbxCall) -> PbxFiled:
        raise AssertionError("no PBX is behind this channel")

    async def calls_back(self, entry_point_id: str) -> Offered:
        return self.calls

    async def callback_times(
        self, entry_point_id: str, conversation_id: str | None
    ) -> CallbackTimes:
        return self.call_times

    async def wish_callback(self, wish: CallbackWish) -> WishedCallback:
        if sum(letter.isdigit() for letter in wish.number) < SHORTEST_NUMBER:
            raise Invalid("This is no telephone number.", code="number.invalid")
        self.wishes.append(wish)
        state = "queued" if wish.at is None else "waiting"
        placed = WishedCallback(state, wish.number[-4:], wish.at)
        self.wished[wish.conversation_id] = placed
        if self.conversations[wish.conversation_id].contact_id is not None:
            self.end(wish.conversation_id)
        return placed

    async def find_wished(self, conversation_id: str) -> WishedCallback | None:
        return self.wished.get(conversation_id)

    async def cancel_callback(self, entry_point_id: str, sender: SenderIdentity) -> None:
        raise AssertionError("only callers are told of their callback")

    async def unwish_callback(self, conversation_id: str) -> None:
        self.wished.pop(conversation_id, None)

    async def mail_to(self, conversation_id: str, address: str) -> None:
        self.mailed_to[conversation_id] = address

    async def mail_transcript(
        self, conversation_id: str, address: str, language: str | None
    ) -> str:
        self.transcripts.append((conversation_id, address, language))
        return address

    async def send_code(self, ask: AskCode) -> CodeSent:
        if "@" not in ask.address:
            raise Invalid("This is no e-mail address.", code="email.wrong")
        self.codes.append(ask)
        return CodeSent(ask.address.lower(), 600)

    async def check_code(self, given: GiveCode) -> CodeAnswer:
        asked = [one.address for one in self.codes if one.visitor_id == given.visitor_id]
        if asked and given.code == RIGHT_CODE:
            return CodeAnswer(asked[-1].lower(), self.code_tries)
        self.code_tries = max(0, self.code_tries - 1)
        return CodeAnswer(None, self.code_tries if asked else 0, guessed=bool(asked))

    async def has_mailbox(self, who: SignsIn) -> bool:
        return who.signed_email.lower() == who.mailbox

    async def return_to(self, entry_point_id: str, token: str) -> str | None:
        return self.links.get((entry_point_id, token))

    async def opt_out(self, contact_id: str, *, everything: bool = False) -> None:
        self.opted_out.append((contact_id, everything))

    async def told(self, contact_id: str, position: int) -> None:
        self.told_positions[contact_id] = position

    async def history(
        self, conversation_id: str, after_seq: int, limit: int = 100
    ) -> Sequence[HistoryEntry]:
        self.history_reads += 1
        entries = self._entries(conversation_id)
        return [entry for entry in entries if entry.seq > after_seq][:limit]

    async def history_before(
        self, conversation_id: str, before_seq: int, limit: int = 30
    ) -> Sequence[HistoryEntry]:
        entries = self._entries(conversation_id)
        return [entry for entry in entries if entry.seq < before_seq][-limit:]

    async def file(self, conversation_id: str, file_id: str) -> tuple[HistoryFile, str]:
        conversation = self.conversations.get(conversation_id)
        if conversation is None or file_id not in conversation.files:
            raise NotFound("There is no such file.")
        return conversation.files[file_id]

    async def open_contact(self, conversation_id: str) -> str | None:
        conversation = self.conversations.get(conversation_id)
        return conversation.contact_id if conversation is not None else None

    def live(self, conversation_id: str, event: Mapping[str, Scalar]) -> None:
        self.lives.append(event)
        self.bus.publish(Hint("conversation.live", conversation_id, event))

    def follow(self, conversation_id: str, hear: Callable[[Hint], None]) -> Listener:
        topics = ("heard", "grew", "live", "contact")
        named = tuple(f"conversation.{topic}" for topic in topics)
        return self.bus.listen(named, conversation_id, hear)

    # ---- what the hub's agents would do ---------------------------------------------------------

    def reply(
        self, conversation_id: str, text: str, author: str = "Li Na", *, hint: bool = True
    ) -> HistoryEntry:
        """An agent answers; without `hint` as if the hint were lost."""
        conversation = self.conversations[conversation_id]
        return self._append(conversation, "out", text, author, None, hint=hint)

    def note(self, conversation_id: str) -> None:
        """Something internal takes a seq that no customer sees."""
        self.conversations[conversation_id].last_seq += 1

    def stand(self, conversation_id: str, standing: Standing) -> None:
        """Change where the open contact stands."""
        contact_id = self.conversations[conversation_id].contact_id
        assert contact_id is not None  # noqa: S101 - a mistake in the test
        self.standings[contact_id] = standing
        self.bus.publish(Hint("conversation.contact", conversation_id))

    def end(self, conversation_id: str) -> str:
        """Close the open contact and return its id."""
        conversation = self.conversations[conversation_id]
        contact_id = conversation.contact_id
        assert contact_id is not None  # noqa: S101 - a mistake in the test
        self.standings[contact_id] = Standing("closed", None, None, None, True)
        conversation.contact_id = None
        self.bus.publish(Hint("conversation.contact", conversation_id))
        return contact_id

    # ---- inside ---------------------------------------------------------------------------------

    def _conversation_of(self, inbound: Inbound) -> FakeConversation:
        conversation_id = inbound.conversation_id or self._by_sender.get(inbound.senders[0].value)
        if conversation_id is None:
            conversation_id = new_id()
        self._by_sender[inbound.senders[0].value] = conversation_id
        return self.conversations.setdefault(conversation_id, FakeConversation(conversation_id))

    def _entries(self, conversation_id: str) -> list[HistoryEntry]:
        conversation = self.conversations.get(conversation_id)
        return conversation.entries if conversation is not None else []

    def _append(
        self,
        conversation: FakeConversation,
        direction: str,
        text: str,
        author: str | None,
        client_id: str | None,
        files: tuple[HistoryFile, ...] = (),
        *,
        hint: bool = True,
    ) -> HistoryEntry:
        conversation.last_seq += 1
        entry = HistoryEntry(
            interaction_id=new_id(),
            seq=conversation.last_seq,
            kind=InteractionKind.MESSAGE,
            direction=direction,
            text=text,
            html=None,
            author_name=author,
            at=self.clock.now(),
            client_id=client_id,
            files=files,
        )
        conversation.entries.append(entry)
        if hint:
            heard = direction == "in"
            topic = "conversation.heard" if heard else "conversation.grew"
            self.bus.publish(Hint(topic, conversation.id))
        return entry
