"""A day in a real store, made by the hub's own use cases: customers come, the engine proposes,
agents accept after a ring, handle, end; who loses patience leaves."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import update

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import contacts, segments
from hub.desk.handling import Close, Handle, close
from hub.intake import receive
from hub.intake.calls import Leave, leave
from hub.routing import service as routing
from hub.routing.engine import Engine
from hub.routing.model import AgentChanged, AgentState, ContactQueued
from hub.routing.pictures import read_picture
from hub.simulation.period import Period
from hub.simulation.records import Span
from hub.simulation.replay import read_from
from hub.storage import Store, Tx
from hub.testing.center import TARGETS, add_agent, open_center
from hub.testing.clock import NOON, ManualClock

NOON_S = NOON.timestamp()
HOURS_2 = 7200.0
SPAN = Span(NOON_S - 3600, NOON_S, NOON_S + HOURS_2, NOON_S + 2 * HOURS_2)


class Guest(NamedTuple):
    """A customer of the day: seconds after its beginning, and what they bring."""

    at_s: float
    channel: Channel
    tier: str
    handle_s: float
    patience_s: float = 1e9


class Change(NamedTuple):
    at_s: float
    agent: str
    state: AgentState


def some_guests(count: int, *, gap_s: float, patience_s: float, seed: int = 5) -> list[Guest]:
    """Return calls and chats of two tiers, at random."""
    dice = random.Random(seed)  # noqa: S311 - a test's day, no secret
    at_s, guests = 1.0, []
    for _ in range(count):
        at_s += dice.expovariate(1 / gap_s)
        guests.append(
            Guest(
                at_s,
                dice.choice([Channel.PHONE, Channel.WEBCHAT]),
                dice.choice(["gold", "standard"]),
                dice.uniform(60, 240),
                dice.expovariate(1 / patience_s),
            )
        )
    return guests


class Day:
    """Plays the guests in the store, moving the manual clock."""

    def __init__(
        self, store: Store, clock: ManualClock, ring_s: float, begins: datetime = NOON
    ) -> None:
        self.begins = begins
        self.store = store
        self.clock = clock
        self.ring_s = ring_s
        self.agents: dict[str, str] = {}
        self._heap: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = []
        self._pushed = 0
        self._guests: dict[str, Guest] = {}
        self._answered: set[str] = set()

    async def play(
        self, guests: Sequence[Guest], agents: Sequence[str], changes: Sequence[Change] = ()
    ) -> None:
        self.clock.set(self.begins)
        for name in agents:
            self.agents[name] = agent_id = await self.store.write(add_agent, name)
            await self._set(agent_id, AgentState.READY)
        for number, guest in enumerate(guests):
            self._push(guest.at_s, self.arrive, guest, number)
        for change in changes:
            self._push(change.at_s, self._set, self.agents[change.agent], change.state)
        while self._heap:
            at_s, _, happen, arguments = heapq.heappop(self._heap)
            self.clock.advance(at_s - self._in(0.0))
            await happen(*arguments)
            await self.route()

    def _push(self, at_s: float, happen: Callable[..., Any], *arguments: Any) -> None:
        self._pushed += 1
        heapq.heappush(self._heap, (at_s, self._pushed, happen, arguments))

    def _in(self, seconds: float) -> float:
        return self.clock.now().timestamp() - self.begins.timestamp() + seconds

    async def _set(self, agent_id: str, state: AgentState) -> None:
        order = routing.SetAgentState(agent_id, state, attended=False)
        await self.store.write(routing.set_agent_state, order)

    async def arrive(self, guest: Guest, number: int) -> None:
        point, kind, value = {
            Channel.WEBCHAT: ("shop-chat", IdentityKind.VISITOR, f"visitor-{number}"),
            Channel.PHONE: ("hotline", IdentityKind.PHONE, f"+861380001{number:04}"),
        }[guest.channel]
        inbound = Inbound(
            entry_point_id=point,
            channel=guest.channel,
            dedupe_key=f"guest-{number}",
            senders=(SenderIdentity(kind, value),),
            received_at=self.clock.now(),
            text="Hello",
            acknowledge=False,
        )
        contact_id = str((await self.store.write(receive, inbound)).contact_id)
        await self.store.write(_of_tier, (contact_id, guest))
        self._guests[contact_id] = guest
        self._push(self._in(guest.patience_s), self.lose_patience, contact_id)

    async def lose_patience(self, contact_id: str) -> None:
        if contact_id not in self._answered:
            self._answered.add(contact_id)
            await self.store.write(leave, Leave(contact_id, "hung_up"))

    async def route(self) -> None:
        """What the router does, from the picture in the store; each proposal is offered."""
        picture = await self.store.read(read_picture, None)
        engine = Engine(picture.rules)
        events = [AgentChanged(agent) for agent in picture.agents]
        for proposal in engine.handle(
            [*events, *(ContactQueued(contact) for contact in picture.contacts)], self.clock.now()
        ):
            made = await self.store.write(routing.make_offers, routing.MakeOffer(proposal))
            self._push(self._in(self.ring_s), self.accept, made)
        wake = engine.next_wake()
        if wake is not None:
            self._push(wake.timestamp() - self.begins.timestamp(), self.look_again)

    async def look_again(self) -> None:
        """A hold or a keeping ends: the router is woken."""

    async def accept(self, made: routing.OfferMade) -> None:
        if made.contact_id in self._answered:
            return
        self._answered.add(made.contact_id)
        accepted = routing.AcceptOffer(made.offer_id, made.agent_id)
        await self.store.write(routing.accept_offers, accepted)
        await self.store.write(routing.connected, made.contact_id)
        guest = self._guests[made.contact_id]
        self._push(self._in(guest.handle_s), self.finish, made.contact_id, made.agent_id)

    async def finish(self, contact_id: str, agent_id: str) -> None:
        handle = Handle(contact_id, agent_id, agent_id, "Li")
        await self.store.write(close, Close(handle))


async def a_day(store: Store, clock: ManualClock, ring_s: float = 4.0) -> Period:
    """Play an hour and a half that is too much for three agents, one of whom takes a break."""
    await store.write(open_center, None)
    day = Day(store, clock, ring_s)
    guests = some_guests(90, gap_s=50, patience_s=200)
    breaks = [Change(1520, "Wu", AgentState.NOT_READY), Change(2100, "Wu", AgentState.READY)]
    await day.play(guests, ["Li", "Wang", "Wu"], breaks)
    return read_from(store.url, SPAN)


def _of_tier(tx: Tx, cmd: tuple[str, Guest]) -> None:
    """The customer is of that tier: as if the hub had known it before."""
    contact_id, guest = cmd
    target_s = TARGETS[guest.channel][guest.tier]
    tx.execute(
        update(contacts)
        .where(contacts.c.id == contact_id)
        .values(tier=guest.tier, target_s=target_s)
    )
    tx.execute(update(segments).where(segments.c.contact_id == contact_id).values(tier=guest.tier))
