"""Fan-out: one room for each conversation with an open page, one query for each time it grows.

A room has one subscription to the hints of its conversation and one task. Hints may be lost, so a
room also looks by itself now and then; waiting customers are told their position every few seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Sequence
from typing import Protocol

import msgspec

from hub.channels.base import Door
from hub.contacts.inbound import HistoryEntry, Receipt
from hub.core.bus import Hint, Subscription
from hub.core.errors import NotFound, Unavailable

from . import protocol as p
from .actions import Action
from .call_frames import call_view
from .session import Session
from .standing import IDLE, standing_view

log = logging.getLogger(__name__)

PAGE = 100
POLL_WAITING_S = 5.0
POLL_ACTIVE_S = 30.0
POLL_IDLE_S = 120.0
RETRY_S = 1.0  # after the store could not be read


class Member(Protocol):
    """One socket in a room."""

    session: Session

    def perform_now(self, actions: Sequence[Action]) -> None:
        """Do actions that only tell the page something."""


class Room:
    """One conversation with at least one page open."""

    __slots__ = (
        "_asks_of_call",
        "_door",
        "_fresh",
        "_in_flight",
        "_looking",
        "_missed",
        "_put_off",
        "_seen",
        "_standing",
        "_subscription",
        "_task",
        "contact_id",
        "conversation_id",
        "holders",
        "members",
    )

    def __init__(self, door: Door, conversation_id: str) -> None:
        self._door = door
        self.conversation_id = conversation_id
        self.contact_id: str | None = None
        self.members: list[Member] = []
        self.holders = 0  # sockets that are entering or have entered
        self._seen: int | None = None  # the newest entry handed to the members; None: nobody is in
        self._standing = IDLE
        self._looking = asyncio.Lock()
        self._asks_of_call = True  # whether a call is to come is asked with the next look
        self._fresh = True  # never looked since it is followed
        self._in_flight = 0  # messages of members being committed
        self._missed = False  # it grew while nobody could be told
        self._put_off = False  # it grew while a message of a member was being committed
        self._subscription: Subscription = door.follow(conversation_id, self._wants)
        self._task = asyncio.create_task(self._run(), name="chat-room")

    @property
    def standing(self) -> p.StandingView:
        return self._standing

    def close(self) -> None:
        self._subscription.close()
        self._task.cancel()

    async def enter(self, member: Member) -> None:
        """Let a member in that holds everything up to its session's sent_seq."""
        while self._seen is not None and member.session.sent_seq < self._seen:
            entries = await self._door.history(self.conversation_id, member.session.sent_seq, PAGE)
            if not entries:
                break
            member.perform_now(member.session.entries(entries))
        if self._seen is None:
            self._seen = member.session.sent_seq
        self.members.append(member)
        member.perform_now(member.session.stands(self._standing))
        if self._missed:
            self._missed = False
            self._subscription.offer(Hint("conversation.grew", self.conversation_id))

    def leave(self, member: Member) -> None:
        if member in self.members:
            self.members.remove(member)

    async def load_standing(self) -> p.StandingView:
        """Ask where the open contact stands, and remember it."""
        async with self._looking:
            return await self._look()

    async def _look(self) -> p.StandingView:
        if self.contact_id is None:
            self.contact_id = await self._door.open_contact(self.conversation_id)
        view = IDLE
        if self.contact_id is not None:
            with contextlib.suppress(NotFound):
                view = standing_view(await self._door.standing(self.contact_id))
        view = await self._with_call(view)
        contact_id, told = self.contact_id, self._standing.position
        if contact_id is not None and view.position is not None and view.position != told:
            # Stored before it is said: after a restart, too, no worse place is told.
            try:
                await self._door.told(contact_id, view.position)
            except Unavailable:
                view = msgspec.structs.replace(view, position=None)
        if view.state in {"ended", "idle"}:
            self.contact_id = None
        self._standing = view
        return view

    async def _with_call(self, view: p.StandingView) -> p.StandingView:
        """Add the call that is to come: asked for where it may be, not while they wait or talk."""
        in_touch = view.state in {"waiting", "active"}
        if not self._asks_of_call and self._standing.call is None and in_touch:
            return view
        self._asks_of_call = False  # before it is asked: what is wished meanwhile asks once more
        try:
            call = call_view(await self._door.find_wished(self.conversation_id))
        except Exception:
            self._asks_of_call = True
            raise
        return msgspec.structs.replace(view, call=call)

    async def tell_standing(self) -> None:
        """Look, and tell the members: one look at a time, or an older one could be told last."""
        async with self._looking:
            view = await self._look()
            for member in tuple(self.members):
                member.perform_now(member.session.stands(view))
            if view.state == "ended":
                self._standing = msgspec.structs.replace(IDLE, call=view.call)

    def _wants(self, hint: Hint) -> bool:
        """While a member's message is being committed nothing is read: `end_storing` looks.

        What a member said needs no look at all: `stored` tells, and sees any gap.
        """
        if not self._in_flight or self._seen is None:
            return True
        if hint.topic == "conversation.heard":
            self._missed = True
        elif hint.topic == "conversation.grew":
            self._put_off = True
        else:
            return True
        return False

    # ---- the members' own messages --------------------------------------------------------------

    def begin_storing(self) -> None:
        self._in_flight += 1

    def end_storing(self) -> None:
        self._in_flight -= 1
        if self._in_flight == 0 and (self._missed or self._put_off):
            self._missed = self._put_off = False
            self._subscription.offer(Hint("conversation.grew", self.conversation_id))

    async def stored(self, author: Member, receipt: Receipt, entry: HistoryEntry | None) -> None:
        """A member's message is committed and acked; `entry` is what others are shown, if known.

        Where it is the very next entry there is nothing to look up: this saves a query for each
        message of a customer.
        """
        try:
            await self._count(author, receipt, entry)
            if receipt.contact_id is not None and receipt.contact_id != self.contact_id:
                self.contact_id = receipt.contact_id
                await self.tell_standing()
        except Unavailable as fault:
            log.debug("chat room cannot look now, it looks again: %s", fault)
            self._missed = True

    async def _count(self, author: Member, receipt: Receipt, entry: HistoryEntry | None) -> None:
        others = [member for member in self.members if member is not author]
        is_next = not self._fresh and receipt.seq == (self._seen or 0) + 1
        if is_next and not receipt.duplicate and (entry is not None or not others):
            self._seen = receipt.seq
            author.session.passed(receipt.seq)
            for member in others:
                member.perform_now(member.session.entries([entry] if entry else []))
            self._missed = False
        elif receipt.seq > (self._seen or 0):
            self._missed = False
            await self._grew()

    def tell_live(self, frame: p.AgentTyping | p.AgentRead) -> None:
        for member in tuple(self.members):
            member.perform_now(member.session.live(frame))

    def ask_survey(self, contact_id: str) -> None:
        for member in tuple(self.members):
            member.perform_now(member.session.ask_survey(contact_id))

    # ---- its task -------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            hints = await self._subscription.next(self._patience_s())
            try:
                await self._take(hints)
            except Unavailable as fault:
                log.debug("chat room cannot look now, it looks again: %s", fault)
                self._missed = True
            except Exception:
                # Unexpected ends only this round: the next hint or look starts afresh.
                log.exception("chat room failed")

    def _patience_s(self) -> float:
        if self._missed and self.members:
            return RETRY_S
        state = self._standing.state
        period = POLL_WAITING_S if state == "waiting" else POLL_ACTIVE_S
        if state == "idle":
            period = POLL_IDLE_S if self._standing.call is None else POLL_ACTIVE_S
        return period * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing

    async def _take(self, hints: Sequence[Hint]) -> None:
        lost = self._subscription.take_lost()
        topics = {hint.topic for hint in hints}
        for hint in hints:
            if hint.topic == "conversation.live" and hint.data is not None:
                self._take_live(hint)
        looks_itself = lost or not hints
        if looks_itself or topics & {"conversation.grew", "conversation.heard"}:
            if self._in_flight and not looks_itself and self._seen is not None:
                self._put_off = True
            else:
                self._missed = self._seen is None  # nobody is in yet: who enters looks
                await self._grew()
        if looks_itself or "conversation.contact" in topics:
            self._asks_of_call |= "conversation.contact" in topics
            await self.tell_standing()

    def _take_live(self, hint: Hint) -> None:
        data = hint.data or {}
        if data.get("from") != "agent":
            return
        if data.get("type") == "typing":
            author = data.get("name")
            name = author if isinstance(author, str) else ""
            self.tell_live(p.AgentTyping(on=bool(data.get("on")), author=name))
        elif data.get("type") == "read":
            seq = data.get("seq")
            if isinstance(seq, int):
                self.tell_live(p.AgentRead(seq=seq))

    async def _grew(self) -> None:
        """Hand every new entry to every member: one query a page, whatever the number of pages."""
        while self._seen is not None:
            self._fresh = False
            entries = await self._door.history(self.conversation_id, self._seen, PAGE)
            if not entries:
                return
            # Our own messages may have been counted meanwhile; sessions drop what they have.
            self._seen = max(self._seen, entries[-1].seq)
            for member in tuple(self.members):
                member.perform_now(member.session.entries(entries))
            if len(entries) < PAGE:
                return


class Rooms:
    """All rooms of this process, by conversation."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._rooms: dict[str, Room] = {}

    def get(self, conversation_id: str) -> Room | None:
        return self._rooms.get(conversation_id)

    def hold(self, conversation_id: str) -> Room:
        """Return the room, made if need be. It follows from now on; `release` it in the end."""
        room = self._rooms.get(conversation_id)
        if room is None:
            room = self._rooms[conversation_id] = Room(self._door, conversation_id)
        room.holders += 1
        return room

    def release(self, room: Room, member: Member) -> bool:
        """Leave; return True if nobody is left and the room is closed."""
        room.leave(member)
        room.holders -= 1
        if room.holders > 0:
            return False
        self._rooms.pop(room.conversation_id, None)
        room.close()
        return True

    def close(self) -> None:
        for room in self._rooms.values():
            room.close()
        self._rooms.clear()

    def __len__(self) -> int:
        return len(self._rooms)
