"""The one door between channels and the hub (hub.channels.base.Door), made once by the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from hub.contacts import history
from hub.contacts.by_mail.links import find_return
from hub.contacts.callback_wishes import CallbackTimes, CallbackWish, Offered, WishedCallback
from hub.contacts.history import FileAsk, HistoryAsk, HistoryBefore
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
from hub.contacts.pbx.model import PbxCall, PbxFiled
from hub.contacts.proving.model import AskCode, CodeAnswer, CodeSent, GiveCode, SignsIn
from hub.core.bus import Bus, Hint, Listener
from hub.core.clock import Clock
from hub.routing.standing import note_told
from hub.storage import Batch, Blobs, Store
from hub.storage.together import Together

from .blocking import is_blocked
from .by_mail import Address, Transcript, mail_transcript, note_address
from .callback_wishes import (
    callback_times,
    calls_back,
    find_wished,
    unwish_callback,
    wish_callback,
)
from .callbacks import CallBack, call_back
from .calls import Leave, leave
from .codes import check_code, send_code
from .kept import receive_by
from .opt_out import KeyedOptOut, opt_out_by_key
from .pbx_calls import follow_pbx_call
from .proving import prove
from .receive import receive
from .recognising import Calling, cancel_callback, open_hours, recognise_caller
from .report import report
from .signed_in import has_mailbox
from .waiting import Find, found_and_standings, standings

A = TypeVar("A")
F = TypeVar("F")

_FOLLOWED = (
    "conversation.heard",
    "conversation.grew",
    "conversation.live",
    "conversation.contact",
)


class HubDoor:
    """Every method is one use case or one read; nothing is kept here."""

    def __init__(self, store: Store, blobs: Blobs, clock: Clock, bus: Bus) -> None:
        self.store = store
        self.blobs = blobs
        self.clock = clock
        self._bus = bus
        # Every open page asks after an answer, and where it stands: pages are told together.
        self._histories = Together(store, history.list_histories)
        self._standings = Together(store, standings)
        self._looks: dict[Any, Together[Any, Any]] = {}  # Any: whatever a channel finds

    async def receive(self, inbound: Inbound) -> Receipt:
        return await self.store.write(receive, inbound)

    async def receive_kept(self, keep: Batch[A, Inbound | None], argument: A) -> Receipt | None:
        return await self.store.write(receive_by(keep), argument)

    async def report(self, news: Report) -> None:
        await self.store.write(report, news)

    async def is_blocked(self, who: Blockable) -> bool:
        return await self.store.read(is_blocked, who)

    async def recognise(
        self, entry_point_id: str, sender: SenderIdentity, queue_id: str | None = None
    ) -> Caller:
        return await self.store.read(recognise_caller, Calling(entry_point_id, sender, queue_id))

    async def open_hours(self, names: Sequence[str]) -> frozenset[str]:
        return await self.store.read(open_hours, tuple(names))

    async def prove(self, proven: Proven) -> None:
        await self.store.write(prove, proven)

    async def leave(self, contact_id: str, why: str) -> None:
        await self.store.write(leave, Leave(contact_id, why))

    async def standing(self, contact_id: str) -> Standing:
        return await self._standings.read(contact_id)

    async def look(self, find: Find[A, F], argument: A) -> tuple[F, Standing | None]:
        reads: Together[A, tuple[F, Standing | None]] | None = self._looks.get(find)
        if reads is None:
            reads = Together(self.store, partial(found_and_standings, find))
            self._looks[find] = reads
        return await reads.read(argument)

    async def call_back(self, contact_id: str, number: str) -> CallbackAnswer:
        return await self.store.write(call_back, CallBack(contact_id, number))

    async def calls_back(self, entry_point_id: str) -> Offered:
        return await self.store.read(calls_back, entry_point_id)

    async def callback_times(
        self, entry_point_id: str, conversation_id: str | None
    ) -> CallbackTimes:
        return await self.store.read(callback_times, (entry_point_id, conversation_id))

    async def wish_callback(self, wish: CallbackWish) -> WishedCallback:
        return await self.store.write(wish_callback, wish)

    async def find_wished(self, conversation_id: str) -> WishedCallback | None:
        return await self.store.read(find_wished, conversation_id)

    async def cancel_callback(self, entry_point_id: str, sender: SenderIdentity) -> None:
        await self.store.write(cancel_callback, Calling(entry_point_id, sender))

    async def unwish_callback(self, conversation_id: str) -> None:
        await self.store.write(unwish_callback, conversation_id)

    async def mail_to(self, conversation_id: str, address: str) -> None:
        await self.store.write(note_address, Address(conversation_id, address))

    async def mail_transcript(
        self, conversation_id: str, address: str, language: str | None
    ) -> str:
        wish = Transcript(conversation_id, address, language=language)
        return await self.store.write(mail_transcript, wish)

    async def send_code(self, ask: AskCode) -> CodeSent:
        return await self.store.write(send_code, ask)

    async def check_code(self, given: GiveCode) -> CodeAnswer:
        return await self.store.write(check_code, given)

    async def has_mailbox(self, who: SignsIn) -> bool:
        return await self.store.read(has_mailbox, who)

    async def return_to(self, entry_point_id: str, token: str) -> str | None:
        return await self.store.read(find_return, (entry_point_id, token))

    async def opt_out(self, contact_id: str, *, everything: bool = False) -> None:
        await self.store.write(opt_out_by_key, KeyedOptOut(contact_id, everything))

    async def told(self, contact_id: str, position: int) -> None:
        await self.store.write(note_told, (contact_id, position))

    async def history(
        self, conversation_id: str, after_seq: int, limit: int = 100
    ) -> Sequence[HistoryEntry]:
        return await self._histories.read(HistoryAsk(conversation_id, after_seq, limit))

    async def history_before(
        self, conversation_id: str, before_seq: int, limit: int = 30
    ) -> Sequence[HistoryEntry]:
        ask = HistoryBefore(conversation_id, before_seq, limit)
        return await self.store.read(history.list_history_before, ask)

    async def file(self, conversation_id: str, file_id: str) -> tuple[HistoryFile, str]:
        return await self.store.read(history.get_public_file, FileAsk(conversation_id, file_id))

    async def open_contact(self, conversation_id: str) -> str | None:
        return await self.store.read(history.find_open_contact, conversation_id)

    async def pbx_call(self, call: PbxCall) -> PbxFiled:
        return await self.store.write(follow_pbx_call, call)

    def live(self, conversation_id: str, event: Mapping[str, Scalar]) -> None:
        self._bus.publish(Hint("conversation.live", conversation_id, event))

    def follow(self, conversation_id: str, hear: Callable[[Hint], None]) -> Listener:
        return self._bus.listen(_FOLLOWED, conversation_id, hear)
