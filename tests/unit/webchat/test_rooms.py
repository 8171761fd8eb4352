"""A room's looks at where the contact stands: what was read first is never told last."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from hub.channels.base import Door
from hub.channels.webchat.rooms import Member, Room
from hub.contacts.callback_wishes import WishedCallback
from hub.contacts.inbound import Standing
from hub.contacts.model import ContactState
from hub.core.bus import Bus, Hint


class Doorway:
    """Answers in the order of `states`, each once its turn is given."""

    def __init__(self, *states: ContactState) -> None:
        self.bus = Bus()
        self.states = list(states)
        self.turns = [asyncio.Event() for _ in states]
        self.asked = 0

    def follow(self, conversation_id: str, hear: Any) -> Any:
        return self.bus.listen(("conversation.contact",), conversation_id, hear)

    async def open_contact(self, conversation_id: str) -> str:
        return "contact"

    async def told(self, contact_id: str, position: int) -> None:
        pass

    async def find_wished(self, conversation_id: str) -> WishedCallback | None:
        return None

    async def standing(self, contact_id: str) -> Standing:
        number, self.asked = self.asked, self.asked + 1
        await self.turns[number].wait()
        return Standing(self.states[number], None, None, None, open_now=True)


async def test_an_older_look_is_never_told_last() -> None:
    door = Doorway(ContactState.QUEUED, ContactState.ACTIVE)
    room = Room(cast(Door, door), "conversation")
    told: list[str] = []
    page = SimpleNamespace(
        session=SimpleNamespace(stands=lambda view: [view.state]), perform_now=told.extend
    )
    room.members.append(cast(Member, page))
    first = asyncio.create_task(room.tell_standing())
    second = asyncio.create_task(room.tell_standing())
    await asyncio.sleep(0)
    door.turns[1].set()
    for _ in range(5):
        await asyncio.sleep(0)
    door.turns[0].set()
    await asyncio.gather(first, second)
    room.close()
    assert told == ["waiting", "active"]
    assert room.standing.state == "active"


class Slow(Doorway):
    """Who asks for the call that is to come first is answered late, and as it was then."""

    def __init__(self) -> None:
        super().__init__(*[ContactState.ACTIVE] * 4)
        for turn in self.turns:
            turn.set()
        self.wished: WishedCallback | None = None
        self.asking, self.answer = asyncio.Event(), asyncio.Event()

    async def find_wished(self, conversation_id: str) -> WishedCallback | None:
        found = self.wished
        self.asking.set()
        await self.answer.wait()
        return found


async def test_a_call_wished_while_the_last_look_still_asks_is_seen_by_the_next() -> None:
    door = Slow()
    room = Room(cast(Door, door), "conversation")
    first = asyncio.create_task(room.load_standing())
    await door.asking.wait()
    door.wished = WishedCallback("waiting", "8000")
    door.bus.publish(Hint("conversation.contact", "conversation"))
    for _ in range(5):
        await asyncio.sleep(0)
    door.answer.set()
    assert (await first).call is None
    assert (await room.load_standing()).call is not None
    room.close()


class Failing(Doorway):
    """The first answer is a fault of ours."""

    async def standing(self, contact_id: str) -> Standing:
        found = await super().standing(contact_id)
        if self.asked == 1:
            raise RuntimeError("a fault")
        return found


async def test_what_is_told_while_a_look_fails_is_looked_at_once_it_has() -> None:
    door = Failing(ContactState.QUEUED, ContactState.ACTIVE)
    room = Room(cast(Door, door), "conversation")
    room.holders = 1
    door.bus.publish(Hint("conversation.contact", "conversation"))
    for _ in range(5):
        await asyncio.sleep(0)
    assert door.asked == 1
    door.bus.publish(Hint("conversation.contact", "conversation"))
    for turn in door.turns:
        turn.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert room.standing.state == "active"
    room.close()
