"""The invariants of routing.md section 5 where they are stored, under any course of events.

Whatever agents, customers and timers do: one open offer or assignment per contact, loads that add
up and fit, waited time that nothing lowers, and each timer with exactly one outcome.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import select

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, Invalid
from hub.desk import handling, parked
from hub.desk.dispositions import Disposition
from hub.desk.handling import Close, Handle, Park
from hub.desk.pulling import Pull, pull
from hub.intake.calls import Leave, leave
from hub.intake.receive import receive
from hub.routing import service as routing
from hub.routing.model import AgentState
from hub.routing.settings import load_settings
from hub.routing.tables import agent_channels, agents, assignments, offers
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock

from .test_offers import Floor
from .test_staff import settle

HELD = {"connecting", "active", "hold", "wrap_up"}
WAITS = {"queued", "offered", "connecting"}
TIMERS = (*routing.FIRE_DUE, parked.fire_due_parked)
DONE = Disposition("repair", "solved")


class _CrashError(Exception):
    pass


class Course:
    """Plays random moves; after each, the laws hold."""

    def __init__(self, floor: Floor, seed: int) -> None:
        self.floor = floor
        self.chance = random.Random(seed)  # noqa: S311 - a test's course, no secret
        self.agents: list[str] = []
        self.gone: set[str] = set()  # who closed their console
        self.waited: dict[str, float] = {}
        self.fresh: set[str] = set()  # contacts whose customer answered: they wait anew

    async def play(self, moves: int) -> None:
        self.agents = [await self.floor.agent(name) for name in ("Li", "Wang", "Zhao")]
        often = [self.arrive, self.serve, self.serve, self.act, self.pass_time]
        seldom = [self.offer, self.accept, self.decline, self.choose_state, self.vanish]
        rare = [self.answer, self.leave, self.crash, self.pull]
        steps = [*often, *often, *seldom, *rare]
        for _ in range(moves):
            self.fresh = set()
            await self.chance.choice(steps)()
            await self.floor.store.read(self.check, None)

    async def arrive(self) -> None:
        await self.floor.contact(
            self.chance.choice([Channel.WEBCHAT, Channel.EMAIL, Channel.PHONE])
        )

    async def try_(self, use_case: Callable[..., Any], command: object) -> None:
        """Refused is as good as done: nobody else may notice."""
        with contextlib.suppress(Conflict, Invalid):
            await self.floor.store.write(use_case, command)

    async def some(self, *states: str) -> Any:
        rows = await self.floor.store.read(
            lambda tx, _: tx.execute(select(contacts).where(contacts.c.state.in_(states))).all(),
            None,
        )
        return self.chance.choice(rows) if rows else None

    async def offer(self) -> None:
        row = await self.some("queued")
        if row is not None:
            agent = self.chance.choice(self.agents)
            if self.chance.random() < 0.6:
                self.gone.discard(agent)
                await self.floor.store.write(routing.renew_presence, agent)
                ready = routing.SetAgentState(agent, AgentState.READY)
                await self.floor.store.write(routing.set_agent_state, ready)
            await self.try_(routing.make_offers, self.floor.offer(row.id, agent, row.channel))

    async def serve(self) -> None:
        await self.offer()
        await self.accept()

    async def pending(self) -> Any:
        rows = await self.floor.store.read(
            lambda tx, _: tx.execute(select(offers).where(offers.c.state == "pending")).all(), None
        )
        return self.chance.choice(rows) if rows else None

    async def accept(self) -> None:
        row = await self.pending()
        if row is not None:
            await self.try_(routing.accept_offers, routing.AcceptOffer(row.id, row.agent_id))
            if self.chance.random() < 0.8:
                await self.try_(routing.connected, row.contact_id)

    async def decline(self) -> None:
        row = await self.pending()
        if row is not None:
            await self.try_(
                routing.decline_offer, routing.DeclineOffer(row.id, row.agent_id, "busy")
            )

    async def pull(self) -> None:
        row = await self.some("queued")
        if row is not None:
            await self.try_(pull, Pull(row.id, self.chance.choice(self.agents)))

    async def act(self) -> None:
        row = await self.some("active", "hold", "parked", "wrap_up")
        if row is None:
            return
        call = row.channel == "phone"
        handle = Handle(row.id, row.agent_id, row.agent_id, "Li", call=call, survey=not call)
        until = self.floor.clock.advance(0).replace(microsecond=0)
        acts: list[tuple[Callable[..., Any], object]] = [
            (handling.hold, handle),
            (handling.resume, handle),
            (handling.park, Park(handle)),
            (handling.park, Park(handle, until.replace(year=until.year + 1))),
            (handling.transfer, handling.Transfer(handle, queue_id="finance")),
            (
                handling.transfer,
                handling.Transfer(handle, agent_id=self.chance.choice(self.agents)),
            ),
            (handling.end, handle),
            (handling.extend_wrap_up, handle),
            (handling.close, Close(handle, DONE)),
        ]
        await self.try_(*self.chance.choice(acts))

    async def answer(self) -> None:
        """The customer of a mail or chat in hand writes again."""
        row = await self.some("parked", "active")
        if row is None or row.channel == "phone":
            return
        self.fresh = {row.id} if row.state == "parked" else set()
        again = Inbound(
            entry_point_id=row.entry_point_id,
            channel=Channel(row.channel),
            dedupe_key=f"again{self.chance.random()}",
            senders=(SenderIdentity(IdentityKind.EXTERNAL, "whoever"),),
            received_at=self.floor.clock.now(),
            conversation_id=row.conversation_id,
            text="And?",
        )
        await self.floor.store.write(receive, again)

    async def leave(self) -> None:
        row = await self.some("queued", "offered", "connecting", "active", "parked")
        if row is not None and self.chance.random() < 0.5:
            await self.try_(leave, Leave(row.id, "hung_up"))

    async def choose_state(self) -> None:
        state = self.chance.choice(list(AgentState) + [AgentState.READY] * 3)
        agent = self.chance.choice(self.agents)
        later = self.chance.random() < 0.3
        self.gone.discard(agent)
        await self.floor.store.write(
            routing.set_agent_state, routing.SetAgentState(agent, state, after_contact=later)
        )

    async def vanish(self) -> None:
        if self.chance.random() < 0.5:
            agent = self.chance.choice(self.agents)
            self.gone.add(agent)
            await self.floor.store.write(routing.lose_presence, agent)

    async def pass_time(self) -> None:
        """Time passes and every timer fires; what fired does not fire again."""
        self.floor.clock.advance(self.chance.choice([1, 5, 16, 40, 130, 1000, 2000]))
        for agent in self.agents:
            if agent not in self.gone:
                await self.floor.store.write(routing.renew_presence, agent)
        for timer in TIMERS:
            if timer is parked.fire_due_parked:
                row = await self.floor.store.read(_parked, None)
                self.fresh |= row
            await self.floor.fire(timer)
            assert await self.floor.fire(timer) == 0, timer.__name__

    async def crash(self) -> None:
        """A process that dies before its commit has changed nothing."""
        before = await self.floor.store.read(_everything, None)

        def dies(tx: Tx, _: None) -> None:
            for timer in TIMERS:
                timer(tx, tx.now, 100)
            raise _CrashError

        with pytest.raises(_CrashError):
            await self.floor.store.write(dies, None)
        assert await self.floor.store.read(_everything, None) == before

    # ---- the laws -------------------------------------------------------------------------------

    def check(self, tx: Tx, _: None) -> None:
        found = {row.id: row for row in tx.execute(select(contacts))}
        pending = tx.execute(select(offers).where(offers.c.state == "pending")).all()
        held = tx.execute(select(assignments).where(assignments.c.ended_at.is_(None))).all()
        takers = Counter(row.contact_id for row in [*pending, *held])
        assert all(count == 1 for count in takers.values())
        assert {row.contact_id for row in pending} == _in(found, {"offered"})
        assert {row.contact_id for row in held} == _in(found, HELD)
        for row in [*pending, *held]:
            assert found[row.contact_id].agent_id == row.agent_id
        self._loads_add_up(tx, [*pending, *held])
        self._only_what_stands_aside_is_timed(tx, found, held)
        self._waited_time_is_kept(tx, found)

    def _loads_add_up(self, tx: Tx, taken: list[Any]) -> None:
        rules = load_settings(tx).channels
        for agent in tx.execute(select(agents)):
            mine = [row for row in taken if row.agent_id == agent.id]
            live = sum(row.cost for row in mine if not rules[row.channel].interruptible)
            deferred = sum(row.cost for row in mine if rules[row.channel].interruptible)
            assert (agent.live_load, agent.deferred_load) == (live, deferred)
            assert (live or deferred) <= agent.capacity
        counts = Counter((row.agent_id, row.channel) for row in taken)
        for line in tx.execute(select(agent_channels)):
            assert line.open == counts[line.agent_id, line.channel] <= line.maximum

    def _only_what_stands_aside_is_timed(
        self, tx: Tx, found: dict[str, Any], held: Sequence[Any]
    ) -> None:
        rules = load_settings(tx).channels
        live = {row.agent_id for row in held if not rules[row.channel].interruptible}
        for row in found.values():
            if row.state == "active" and row.interrupted_until is not None:
                assert rules[row.channel].interruptible
                assert row.agent_id in live

    def _waited_time_is_kept(self, tx: Tx, found: dict[str, Any]) -> None:
        settings = load_settings(tx)
        for row in found.values():
            if row.state not in WAITS | HELD:
                continue
            waited = routing.waited_now_us(settings, row, tx.now) / 1_000_000
            if row.id not in self.fresh:
                assert waited >= self.waited.get(row.id, 0) - 0.001, row.state
            self.waited[row.id] = waited


def _in(found: dict[str, Any], states: set[str]) -> set[str]:
    return {row.id for row in found.values() if row.state in states}


def _parked(tx: Tx, _: None) -> set[str]:
    return set(tx.execute(select(contacts.c.id).where(contacts.c.state == "parked")).scalars())


def _everything(tx: Tx, _: None) -> list[Any]:
    return [tx.execute(select(table)).all() for table in (contacts, agents, offers, assignments)]


@pytest.mark.parametrize("seed", range(5))
async def test_the_laws_hold_whatever_happens(store: Store, clock: ManualClock, seed: int) -> None:
    await store.write(open_center, None)
    await store.write(settle, {"return_s": {"webchat": 60.0, "email": 900.0}})
    await Course(Floor(store, clock), seed).play(100)
