"""One customer's open page: does the actions of its session against the door and the store."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.channels.base import Door
from hub.contacts.inbound import DeliveryReport, ReadReport, Receipt
from hub.contacts.model import DeliveryState
from hub.core.budget import Bucket, Budgets, Rate
from hub.core.errors import HubError, TooMany
from hub.core.networks import network_of

from . import protocol as p
from . import service
from .actions import (
    Action,
    Hangup,
    LeaveChat,
    LoadOlder,
    Open,
    ReportDelivered,
    ReportRead,
    SaveProfile,
    SaveSurvey,
    ShareTyping,
    StoreMessage,
    Tell,
    Wish,
)
from .devices import Devices
from .help import Help
from .identity import RefusedIdentity, SiteIdentity
from .inbound import entry_of
from .line import Line
from .rooms import Room, Rooms
from .session import Opened, Session
from .visitors import Visitors
from .wishes import Wishes
from .writing import Introduction, inbound_of

log = logging.getLogger(__name__)

CLOSE_TRY_LATER = 1013
PAGE = 30
GAP = 100  # entries replayed to a page that was away; more: it starts from the newest page
NEWEST = p.LAST_SEQ
WRITE_BUFFER_BYTES = 2 << 20


@dataclass(slots=True)
class Shared:
    """What the chats of all open pages have in common."""

    door: Door
    rooms: Rooms
    visitors: Visitors
    address_messages: Budgets
    all_messages: Bucket
    all_rate: Rate
    stalled: set[ChatSocket] = field(default_factory=set)
    # conversation -> (when, contact): waiting customers whose last page has gone
    gone: dict[str, tuple[float, str]] = field(default_factory=dict)
    abandon_after_s: float = 120.0
    help: Help | None = None
    devices: Devices = field(default_factory=Devices)
    wishes: Wishes = field(init=False)

    def __post_init__(self) -> None:
        self.wishes = Wishes(self.door, self.visitors)


class ChatSocket:
    """The shell around one session. `line`, by which its page is reached, was let in before."""

    __slots__ = (
        "_identity",
        "_introduced",
        "_loop",
        "_page",
        "_proof_ended",
        "_room",
        "_shared",
        "_visitor",
        "address",
        "line",
        "opened_at_s",
        "session",
        "stalled_bytes",
        "stalled_since_s",
    )

    def __init__(self, line: Line, session: Session, address: str, shared: Shared) -> None:
        self.line = line
        self.session = session
        self.address = address
        self.stalled_since_s = 0.0
        self.stalled_bytes = 0
        self._loop = asyncio.get_running_loop()
        self.opened_at_s = self._loop.time()
        self._shared = shared
        self._visitor: service.Visitor | None = None
        self._room: Room | None = None
        self._introduced = False
        self._identity: SiteIdentity | None = None
        self._page = ""
        self._proof_ended = False  # and the page was told so

    async def take(self, raw: bytes) -> None:
        """Do what one frame asks. In a frame of its own: an idle socket holds no last message."""
        for action in self.session.received(raw, self._loop.time()):
            await self._perform(action)

    # ---- doing actions --------------------------------------------------------------------------

    async def _perform(self, action: Action) -> None:
        match action:
            case Tell(frame=frame):
                self.tell(frame)
            case StoreMessage():
                await self._store_message(action)
            case ShareTyping(on=on):
                self._share({"type": "typing", "from": "customer", "on": on})
            case Hangup(code=code, reason=reason):
                await self.line.close(code, reason)
            case _:
                await self._perform_or_tell(action)

    async def _perform_or_tell(self, action: Action) -> None:
        """Do an action whose refusal is a problem of the socket, told to the page."""
        try:
            match action:
                case Open(hello=hello):
                    await self._open(hello)
                case ReportDelivered(interaction_ids=ids):
                    await self._report_delivered(ids)
                case ReportRead(seq=seq):
                    await self._report_read(seq)
                case SaveProfile():
                    await self._save_profile(action)
                case LoadOlder(before_seq=before_seq):
                    await self._load_older(before_seq)
                case LeaveChat():
                    await self._leave_chat()
                case SaveSurvey():
                    await self._save_survey(action)
                case Wish(frame=frame):
                    await self._fulfil(frame)
        except HubError as error:
            self.perform_now(self.session.failed(error))
            if isinstance(action, Open):
                await self.line.close(CLOSE_TRY_LATER, error.reason)

    def perform_now(self, actions: Sequence[Action]) -> None:
        """Do actions that only tell the page something."""
        for action in actions:
            if isinstance(action, Tell):
                self.tell(action.frame)

    def tell(self, frame: p.ServerFrame) -> None:
        """Write one frame. Never waits: a page that does not read is cut off (`check_stalled`)."""
        line = self.line
        line.put(p.encode(frame))
        waiting = line.unsent_bytes()
        if waiting > WRITE_BUFFER_BYTES:
            line.abort()
        elif waiting and not self.stalled_since_s:
            self.stalled_since_s, self.stalled_bytes = self._loop.time(), waiting
            self._shared.stalled.add(self)

    def check_stalled(self, now_s: float, timeout_s: float) -> None:
        """Abort a line that took nothing of what we wrote for `timeout_s` seconds."""
        waiting = self.line.unsent_bytes()
        if not waiting:
            self.stalled_since_s = 0.0
            self._shared.stalled.discard(self)
        elif waiting < self.stalled_bytes:
            self.stalled_since_s, self.stalled_bytes = now_s, waiting
        elif now_s - self.stalled_since_s > timeout_s:
            self.line.abort()
            self._shared.stalled.discard(self)

    # ---- opening and leaving --------------------------------------------------------------------

    async def _open(self, hello: p.Hello) -> None:
        shared = self._shared
        identity = shared.visitors.check_identity(hello)
        if isinstance(identity, RefusedIdentity):
            self.tell(p.Problem(code="identity", message=identity.reason))
            identity = None
        self._identity = identity
        try:
            back = await shared.visitors.find_return(hello, self.address)
        except HubError as refused:
            self.tell(p.Problem(code="return_link", message=refused.message))
            back = None
        known = await shared.visitors.welcome(hello, identity, self.address, back)
        visitor = self._visitor = known.visitor
        if visitor.speaks_as is not None:
            self._identity = None  # came by a link: what is signed says nothing of whose chat it is
        self._page = hello.page
        opened = known.opened
        if await shared.visitors.is_blocked(visitor, self.address):
            for action in self.session.blocked():
                await self._perform(action)
            return
        conversation_id = visitor.conversation_id
        if conversation_id is None:
            shared.devices.wait(visitor, self.line)
            conversation_id = await shared.visitors.find_begun_meanwhile(known)
        if conversation_id is None:
            self.perform_now(self.session.opened(opened))
            await self._tell_ended_proof(visitor)
            return
        shared.devices.leave(visitor, self.line)
        opened.conversation_id = conversation_id
        room = self._room = shared.rooms.hold(conversation_id)
        shared.gone.pop(conversation_id, None)
        opened.standing = await room.load_standing()
        since = 0 if known.fresh else hello.last_seq
        await self._catch_up(opened, conversation_id, since)
        self.perform_now(self.session.opened(opened))
        await self._tell_ended_proof(visitor)
        await room.enter(self)
        self._share({"type": "presence", "from": "customer", "on": True})

    async def _catch_up(self, opened: Opened, conversation_id: str, since: int) -> None:
        """Fill what the page lacks: all since its newest entry, or the newest page."""
        door = self._shared.door
        if since:
            # The page's own newest entry comes first, or the page holds another conversation.
            entries = await door.history(conversation_id, since - 1, GAP + 1)
            if entries and entries[0].seq == since and len(entries) <= GAP:
                opened.entries = entries[1:]
                return
            opened.resync = True
        entries = await door.history_before(conversation_id, NEWEST, PAGE)
        opened.entries = entries
        opened.more = len(entries) == PAGE

    def left(self) -> None:
        """The line is gone, and nothing it brought is being done any more."""
        self._shared.stalled.discard(self)
        if self._visitor is not None:
            self._shared.devices.leave(self._visitor, self.line)
        room, self._room = self._room, None
        if room is None or not self._shared.rooms.release(room, self):
            return
        self._shared.door.live(
            room.conversation_id, {"type": "presence", "from": "customer", "on": False}
        )
        visitor = self._visitor
        if room.contact_id and room.standing.state == "waiting" and visitor and not visitor.email:
            deadline = self._loop.time() + self._shared.abandon_after_s
            self._shared.gone[room.conversation_id] = (deadline, room.contact_id)

    # ---- messages -------------------------------------------------------------------------------

    async def _store_message(self, message: StoreMessage) -> None:
        visitor = self._visitor
        assert visitor is not None  # noqa: S101 - the session is ready only after `_open`
        room = self._room
        if room is not None:
            room.begin_storing()
        try:
            self._check_budgets()
            shared = self._shared
            known = None if self._introduced else Introduction(self._page, self._identity)
            async with shared.devices.beginning(visitor):
                if visitor.conversation_id is None:
                    await shared.visitors.join_devices(visitor)
                await self._tell_ended_proof(visitor)
                inbound = await inbound_of(shared.door, shared.help, visitor, message, known)
                receipt = await shared.door.receive(inbound)
                await self._follow(visitor, receipt)
            introduced, self._introduced = self._introduced, True
            acked = self.session.stored(message.client_id, receipt.seq, inbound.received_at)
            self.perform_now(acked)
            if self._room is not None:
                await self._room.stored(self, receipt, entry_of(inbound, receipt))
            if not introduced:
                with contextlib.suppress(HubError):  # an address that is none: nobody is told
                    await self._shared.wishes.mail_to(visitor)
        except HubError as error:
            for action in self.session.refused(message.client_id, error):
                await self._perform(action)
        finally:
            if room is not None:
                room.end_storing()

    async def _tell_ended_proof(self, visitor: service.Visitor) -> None:
        """Tell the page once that what a code proved counts no more, unless it was renewed."""
        ended = await self._shared.visitors.ended_proof(visitor)
        if ended and not self._proof_ended:
            self.tell(p.ProofEnded(email=ended))
        self._proof_ended = bool(ended)

    def _check_budgets(self) -> None:
        now_s = self._loop.time()
        shared = self._shared
        wait_s = shared.address_messages.take(network_of(self.address), now_s)
        if not wait_s:
            wait_s = shared.all_messages.take(shared.all_rate, now_s)
        if wait_s:
            raise TooMany("Too many messages at the moment. Please wait.", retry_after_s=wait_s)

    async def _follow(self, visitor: service.Visitor, receipt: Receipt) -> None:
        """Keep to the conversation the message was put in: new on the first one."""
        is_new = receipt.conversation_id != visitor.conversation_id
        if not is_new and self._room is not None:
            return
        if is_new:
            bind = service.Bind(visitor.id, receipt.conversation_id)
            await self._shared.door.store.write(service.bind_conversations, bind)
            visitor.conversation_id = receipt.conversation_id
            self._shared.devices.written(visitor, self.line)
            if self._identity is not None or visitor.is_proven(self._shared.door.clock.now()):
                await self._shared.visitors.prove(visitor, self._identity)
        if self._room is not None:
            self._shared.rooms.release(self._room, self)
        self._room = self._shared.rooms.hold(receipt.conversation_id)
        await self._room.enter(self)

    def _share(self, event: dict[str, str | bool]) -> None:
        if self._visitor is not None and self._visitor.conversation_id is not None:
            self._shared.door.live(self._visitor.conversation_id, event)

    async def _report_delivered(self, interaction_ids: tuple[str, ...]) -> None:
        visitor = self._visitor
        if visitor is None:
            return
        for interaction_id in interaction_ids:
            await self._shared.door.report(
                DeliveryReport(
                    key=f"delivered:{interaction_id}",
                    entry_point_id=visitor.entry_point_id,
                    occurred_at=self._shared.door.clock.now(),
                    state=DeliveryState.DELIVERED,
                    interaction_id=interaction_id,
                )
            )

    async def _report_read(self, seq: int) -> None:
        if self._visitor is None or self._visitor.conversation_id is None:
            return
        await self._shared.door.report(
            ReadReport(self._visitor.conversation_id, seq, self._shared.door.clock.now())
        )

    async def _save_profile(self, profile: SaveProfile) -> None:
        if self._visitor is not None:
            await self._shared.visitors.save_profile(self._visitor, profile.name, profile.email)
            self._introduced = False
            await self._shared.wishes.mail_to(self._visitor)

    async def _load_older(self, before_seq: int) -> None:
        visitor = self._visitor
        if visitor is None or visitor.conversation_id is None:
            return
        door = self._shared.door
        entries = await door.history_before(visitor.conversation_id, before_seq, PAGE)
        messages = [p.message_of(entry) for entry in entries]
        more = len(entries) == PAGE
        self.tell(p.History(messages=messages, more=more, before_seq=before_seq))

    async def _leave_chat(self) -> None:
        room = self._room
        if room is None:
            return
        if room.contact_id is not None:
            await self._shared.door.leave(room.contact_id, "The customer ended the chat.")
        await room.tell_standing()

    async def _fulfil(self, wish: p.Wished) -> None:
        if self._visitor is None:
            return
        if isinstance(wish, p.CallMe):
            await self._tell_ended_proof(self._visitor)
        told = await self._shared.wishes.fulfil(self._visitor, wish, self.address)
        self.tell(told)
        if isinstance(told, p.CallStands) and self._room is not None:
            await self._room.tell_standing()  # also to the customer's other pages

    async def _save_survey(self, answer: SaveSurvey) -> None:
        visitor = self._visitor
        if visitor is None or visitor.conversation_id is None:
            return
        await self._shared.visitors.answer_survey(visitor, answer)
