"""Rooms under every interleaving: all pages of a conversation hold the same entries, each once.

The event loop runs on virtual time, so that a minute of polling costs nothing.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Sequence
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.channels.webchat import protocol as p
from hub.channels.webchat.actions import Action, Tell
from hub.channels.webchat.rooms import Room, Rooms
from hub.channels.webchat.session import Opened, Session, SessionLimits
from hub.channels.webchat.standing import standing_view
from hub.contacts.inbound import HistoryEntry, IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, InteractionKind
from hub.core.bus import Bus
from hub.storage import Blobs, Store
from hub.testing.clock import ManualClock
from hub.testing.fake_door import FakeDoor


class _Selector(selectors.SelectSelector):
    """Instead of sleeping, lets the loop's time jump to the next timer."""

    skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.skipped_s += timeout or 0.0
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._skipping = _Selector()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.skipped_s


class Tab:
    """A page without a socket: does what ChatSocket does, and keeps what it was told."""

    def __init__(self, rooms: Rooms, door: FakeDoor, number: int) -> None:
        self._rooms = rooms
        self._door = door
        self._number = number
        self._said = 0
        self.session = Session("web", SessionLimits(), 0.0)
        self.room: Room | None = None
        self.pushed: list[int] = []
        self.acked: list[int] = []

    def perform_now(self, actions: Sequence[Action]) -> None:
        for action in actions:
            frame = action.frame if isinstance(action, Tell) else None
            if isinstance(frame, p.Message):
                self.pushed.append(frame.seq)
            elif isinstance(frame, p.History):
                self.pushed += [message.seq for message in frame.messages]
            elif isinstance(frame, p.Ack):
                self.acked.append(frame.seq)

    async def come(self) -> None:
        if self.room is not None:
            return
        have = max([0, *self.pushed, *self.acked])
        self.session = Session("web", SessionLimits(), 0.0)
        self.session.received(p.encode(p.Hello(entry_point="web", last_seq=have)), 0.0)
        self.room = self._rooms.hold("c")
        await asyncio.sleep(0)
        entries = await self._door.history("c", have)
        await asyncio.sleep(0)
        self.perform_now(self.session.opened(Opened("c", standing_view(None), entries)))
        await self.room.enter(self)

    def go(self) -> None:
        if self.room is not None:
            self._rooms.release(self.room, self)
            self.room = None

    async def say(self) -> None:
        room = self.room
        if room is None:
            return
        self._said += 1
        client_id = f"tab-{self._number}-message-{self._said}"
        inbound = Inbound(
            entry_point_id="web",
            channel=Channel.WEBCHAT,
            dedupe_key=client_id,
            client_id=client_id,
            senders=(SenderIdentity(IdentityKind.VISITOR, "v"),),
            received_at=self._door.clock.now(),
            text=client_id,
            conversation_id="c",
        )
        room.begin_storing()
        receipt = await self._door.receive(inbound)
        self.perform_now(self.session.stored(client_id, receipt.seq, inbound.received_at))
        entry = HistoryEntry(
            receipt.interaction_id,
            receipt.seq,
            InteractionKind.MESSAGE,
            "in",
            client_id,
            None,
            None,
            inbound.received_at,
            client_id,
        )
        await room.stored(self, receipt, entry)
        room.end_storing()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["come", "go", "say"]), st.integers(0, 2)),
        st.tuples(st.sampled_from(["reply", "note", "together", "breathe"]), st.just(0)),
    ),
    max_size=40,
)


async def play(steps: list[tuple[str, int]]) -> None:
    bus = Bus()
    door = FakeDoor(cast(Store, None), cast(Blobs, None), ManualClock(), bus)
    rooms = Rooms(door)
    tabs = [Tab(rooms, door, number) for number in range(3)]
    await tabs[0].come()
    await tabs[0].say()  # makes the conversation
    running: list[asyncio.Task[None]] = []
    for step, number in steps:
        tab = tabs[number]
        if step == "say" and not any(not task.done() for task in running):
            running = [asyncio.create_task(other.say()) for other in tabs]
        elif step == "come":
            await tab.come()
        elif step == "go":
            await asyncio.gather(*running)
            tab.go()
        elif step == "reply":
            door.reply("c", "reply")
        elif step == "note":
            door.note("c")
        elif step == "together":
            door.in_same_commit.append("reply")
        else:
            await asyncio.sleep(0)
    await asyncio.gather(*running)
    await asyncio.sleep(2.5)  # sooner than the polls: hints and the second look must do
    public = [entry.seq for entry in door.conversations["c"].entries]
    for tab in tabs:
        if tab.room is not None:
            held = sorted(set(tab.pushed) | set(tab.acked))
            assert held == public
            assert len(set(tab.pushed)) == len(tab.pushed)
    rooms.close()


@settings(deadline=None, max_examples=150)
@given(STEPS)
def test_every_open_page_ends_up_with_every_entry_and_none_twice(
    steps: list[tuple[str, int]],
) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(play(steps))
