"""Fan-out: one room for each conversation with an open page, one query for each time it grows.

A room hears the hints of its conversation. Hints may be lost, so it also looks by itself now and
then; waiting customers are told their position every few seconds. It has a task only while it
looks: one clock for all rooms says when, so those whose time has come are answered together.
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
from hub.core.bus import Hint, Listener
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
TICK_S = 0.5  # how exactly a room's time is kept


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
        "_due",
        "_fresh",
        "_grown",
        "_in_flight",
        "_listener",
        "_look_at_s",
        "_looking",
        "_missed",
        "_moved",
        "_put_off",
        "_seen",
        "_standing",
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
        self._grown = self._moved = self._due = (
            False  # what is to be looked at, and that it is time
        )
        self._task: asyncio.Task[None] | None = None  # only while it looks
        self._listener: Listener = door.follow(conversation_id, self._hear)
        self._plan()

    @property
    def standing(self) -> p.StandingView:
        return self._standing

    def close(self) -> None:
        self._listener.close()
        self.holders = 0
        if self._task is not None:
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
            self._look_for_news()

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
        self._plan()
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

    def _hear(self, hint: Hint) -> None:
        """While a member's message is being committed nothing is read: `end_storing` looks.

        What a member said needs no look at all: `stored` tells, and sees any gap.
        """
        if hint.topic == "conversation.live":
            self._take_live(hint)
        elif hint.topic == "conversation.contact":
            self._asks_of_call = self._moved = True
            self._start()
        elif not self._in_flight or self._seen is None:
            self._look_for_news()
        elif hint.topic == "conversation.heard":
            self._missed = True
        else:
            self._put_off = True

    # ---- the members' own messages --------------------------------------------------------------

    def begin_storing(self) -> None:
        self._in_flight += 1

    def end_storing(self) -> None:
        self._in_flight -= 1
        if self._in_flight == 0 and (self._missed or self._put_off):
            self._missed = self._put_off = False
            self._look_for_news()

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

    # ---- looking --------------------------------------------------------------------------------

    def look_if_due(self, now_s: float) -> None:
        """Look for what no hint told, if it is time."""
        if now_s >= self._look_at_s:
            self._due = True
            self._plan()
            self._start()

    def _look_for_news(self) -> None:
        self._grown = True
        self._start()

    def _start(self) -> None:
        if self._task is None and self.holders:
            self._task = asyncio.create_task(self._look_on(), name="chat-room")

    async def _look_on(self) -> None:
        try:
            while self._grown or self._moved or self._due:
                await self._take()
        except Unavailable as fault:
            log.debug("chat room cannot look now, it looks again: %s", fault)
            self._missed = True
        except Exception:
            # Unexpected ends only this round: the next hint or look starts afresh.
            log.exception("chat room failed")
        finally:
            self._task = None
            self._plan()
        if self._grown or self._moved or self._due:  # told while this round failed
            self._start()

    def _plan(self) -> None:
        """Say when it looks by itself."""
        period = RETRY_S
        if not (self._missed and self.members):
            state = self._standing.state
            period = POLL_WAITING_S if state == "waiting" else POLL_ACTIVE_S
            if state == "idle" and self._standing.call is None:
                period = POLL_IDLE_S
        period *= random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing
        self._look_at_s = asyncio.get_running_loop().time() + period

    async def _take(self) -> None:
        grown, moved, due = self._grown, self._moved, self._due
        self._grown = self._moved = self._due = False
        if grown or due:
            if self._in_flight and not due and self._seen is not None:
                self._put_off = True
            else:
                self._missed = self._seen is None  # nobody is in yet: who enters looks
                await self._grew()
        if moved or due:
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
    """All rooms of this process, by conversation, and the clock by which they look."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._rooms: dict[str, Room] = {}
        self._clock: asyncio.Task[None] | None = None  # while there are any

    def get(self, conversation_id: str) -> Room | None:
        return self._rooms.get(conversation_id)

    def hold(self, conversation_id: str) -> Room:
        """Return the room, made if need be. It follows from now on; `release` it in the end."""
        room = self._rooms.get(conversation_id)
        if room is None:
            room = self._rooms[conversation_id] = Room(self._door, conversation_id)
        if self._clock is None:
            self._clock = asyncio.create_task(self._tick(), name="chat-rooms")
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
        if not self._rooms:
            self._stop()
        return True

    def close(self) -> None:
        for room in self._rooms.values():
            room.close()
        self._rooms.clear()
        self._stop()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            now_s = asyncio.get_running_loop().time()
            for room in tuple(self._rooms.values()):
                room.look_if_due(now_s)

    def _stop(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def __len__(self) -> int:
        return len(self._rooms)
