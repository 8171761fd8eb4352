"""The simulated world around the real engine: who comes, who is there, who has what in hand.

A world has sources, which say when the next customer comes and what they are like, and workers with
their comings and goings. Here are those of a scenario, drawn at random; `recorded` has those of a
period that was.

A contact in hand stays a proposal whose transaction has not answered, until its handling ends: to
the engine that is the same load as an assignment, for half the events. Times are seconds since the
simulation began, which is also the engine's Unix time (of a recorded period: the real one).
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final, NamedTuple, Protocol

import msgspec

from hub.routing.model import (
    WALL,
    AgentPicture,
    AgentState,
    Demands,
    QueueRules,
    Rules,
    WaitingContact,
)

from .chance import Clockwork, Draw, draw_of, numbers_of
from .channels import CHANNELS
from .scenario import Agents, Arrivals, Scenario, Shift

WAITING, ANSWERED, ABANDONED = 0, 1, 2
# Read once: a member of an enumeration costs a fifth of a microsecond wherever it is named.
_READY: Final = AgentState.READY
_NOT_READY: Final = AgentState.NOT_READY
_EPOCH: Final = datetime.fromtimestamp(0.0, UTC)
BIN_S = 1800.0
"""The staff is looked at every half hour."""


class Kind(NamedTuple):
    """What the customers of a source have in common; figures are by these."""

    tier: str
    queue: str
    channel: str


class Customer(msgspec.Struct, frozen=True, gc=False):
    """One who comes. `handle_s`: with the agent. `patience_s`: gives up after so long a wait.
    `ring_s`: from the proposal until it is answered, the agent being taken meanwhile. `steps_s`:
    how long each skill step but the last lasts."""

    contact: WaitingContact
    handle_s: float
    patience_s: float = math.inf
    ring_s: float = 0.0
    steps_s: Sequence[float] = ()


class Source(Protocol):
    """Customers of one kind, one after the other."""

    @property
    def kind(self) -> Kind: ...

    @property
    def target_s(self) -> float: ...

    def next_after(self, now_s: float) -> float:
        """Return when the next one comes (inf: nobody any more), asked for each once in turn."""

    def customer(self, number: int, now_s: float) -> Customer:
        """Return the one who comes now; `number` counts everybody from 0."""


class Turn(IntEnum):
    """What an agent does: comes, stays without taking contacts, goes."""

    COMES = 0
    PAUSES = 1
    GOES = 2


def rules_of(scenario: Scenario) -> Rules:
    """Return the engine's rules: one clock that never stops, the channels that are used."""
    run = scenario.run
    caps = {} if run.cap_s is None else dict.fromkeys(scenario.channels, run.cap_s)
    return Rules(
        tiers=tuple(tier.name for tier in scenario.tiers),
        channels={name: CHANNELS[name] for name in scenario.channels},
        queues={
            name: QueueRules(name, strict=run.rule == "strict", cap_s=caps)
            for name in scenario.queues
        },
    )


def reserve_skill(tier: str) -> str:
    """The skill that stands for serving a tier: a reserve of agents is one the others' contacts
    ask for in vain."""
    return f"serves tier {tier}"


class Stream:
    """The customers of one [[arrivals]], with the random numbers that are theirs alone."""

    def __init__(self, scenario: Scenario, arrivals: Arrivals, name: str) -> None:
        seed = scenario.run.seed
        self.spec = arrivals
        self.kind = Kind(arrivals.tier, arrivals.queue, arrivals.channel)
        self.target_s = scenario.target_of(arrivals)
        self.clockwork = Clockwork(arrivals, numbers_of(seed, name, "arrive"))
        self.next_after: Callable[[float], float] = self.clockwork.next_after
        self.handle: Draw = draw_of(arrivals.handle, numbers_of(seed, name, "handle"))
        self.patience: Draw | None = None
        if arrivals.patience is not None:
            self.patience = draw_of(arrivals.patience, numbers_of(seed, name, "patience"))
        demands = dict(arrivals.demands)
        if any(agents.tiers is not None for agents in scenario.agents):
            demands[reserve_skill(arrivals.tier)] = 1
        self._steps: tuple[Demands, ...] = (tuple(sorted(demands.items())),)

    def customer(self, number: int, now_s: float) -> Customer:
        spec = self.spec
        contact = WaitingContact(
            id=f"{number:09d}",
            queue=spec.queue,
            tier=spec.tier,
            channel=spec.channel,
            calendar_id=WALL,
            target_s=self.target_s,
            virtual_start_s=now_s,
            steps=self._steps,
        )
        if self.patience is None:
            return Customer(contact, self.handle())
        return Customer(contact, self.handle(), self.patience())


def streams_of(scenario: Scenario) -> list[Stream]:
    """Return every stream that somebody comes by, named after what it is, so that the same one
    has the same customers in another scenario."""
    seen: Counter[str] = Counter()
    found = []
    for arrivals in scenario.arrivals:
        name = f"{arrivals.queue}/{arrivals.tier}/{arrivals.channel}"
        seen[name] += 1
        stream = Stream(scenario, arrivals, f"{name}/{seen[name]}")
        if not stream.clockwork.is_silent:
            found.append(stream)
    return found


@dataclass(frozen=True, slots=True)
class Ability:
    """What an agent can take; `maxima` and `costs` by channel, where they are their own. As one of
    `teams` they may help out other queues."""

    queues: frozenset[str]
    skills: Mapping[str, int]
    capacity: int = 100
    maxima: Mapping[str, int] = field(default_factory=dict)
    costs: Mapping[str, int] = field(default_factory=dict)
    teams: frozenset[str] = frozenset()


class Worker:
    """One simulated agent, and the contacts in hand: number → when its handling ends.

    Interruptible contacts stand still while a live one is in hand: `resting` has what is left of
    them, in seconds (routing.md 3.5). `stays`: signed in, though not on shift. `counts`: as staff,
    in what is told of it.
    """

    __slots__ = (
        "ability",
        "counts",
        "ends_s",
        "id",
        "idle_since",
        "is_on_shift",
        "live",
        "rest_until",
        "resting",
        "stays",
    )

    def __init__(self, key: str, ability: Ability) -> None:
        self.id = key
        self.ability = ability
        self.counts = True
        self.is_on_shift = self.stays = False
        self.idle_since = _EPOCH
        self.live = 0
        self.ends_s: dict[int, float] = {}
        self.resting: dict[int, float] = {}
        self.rest_until: dict[str, datetime] = {}

    @property
    def is_busy(self) -> bool:
        return bool(self.live or self.ends_s or self.resting)

    def picture(self) -> AgentPicture:
        """Return the agent as the engine is to see them: what is in hand it counts itself."""
        ability = self.ability
        return AgentPicture(
            id=self.id,
            state=_READY if self.is_on_shift else _NOT_READY,
            queues=ability.queues,
            teams=ability.teams,
            skills=ability.skills,
            capacity=ability.capacity,
            maxima=ability.maxima,
            costs=ability.costs,
            idle_since=self.idle_since,
            rest_until=self.rest_until,
        )


class Duty(NamedTuple):
    """`at_s`: when. `again`: also each period later."""

    at_s: float
    turn: Turn
    worker: Worker
    again: bool = False


@dataclass(slots=True)
class World:
    """All that a run plays, until `ends_s` at least. The first `left_out` of `contacts` are not
    measured. `goes_on`: others come after them, as they did; what still waits when nothing happens
    any more stays so. `looks_s`: when the staff is looked at, in order, perhaps without end."""

    rules: Rules
    sources: Sequence[Source]
    workers: Mapping[str, Worker]
    duties: Sequence[Duty]
    contacts: int
    left_out: int
    begins_s: float = 0.0
    ends_s: float = 0.0
    period_s: float = math.inf
    goes_on: bool = False
    looks_s: Iterable[float] = ()


def world_of(scenario: Scenario) -> World:
    """Return the world of a scenario, nobody signed in yet."""
    staff = _staff(scenario)
    return World(
        rules=rules_of(scenario),
        sources=streams_of(scenario),
        workers={worker.id: worker for worker, _ in staff},
        duties=[duty for worker, shift in staff for duty in _duties(worker, shift)],
        contacts=scenario.run.contacts,
        left_out=scenario.run.left_out,
        period_s=scenario.period_s,
    )


def _staff(scenario: Scenario) -> list[tuple[Worker, Shift | None]]:
    specs = [spec for spec in scenario.agents for _ in range(spec.count)]
    abilities = {id(spec): _ability(spec, scenario) for spec in scenario.agents}
    return [
        (Worker(f"agent-{number:05d}", abilities[id(spec)]), spec.shift)
        for number, spec in enumerate(specs, start=1)
    ]


def _ability(spec: Agents, scenario: Scenario) -> Ability:
    skills = dict(spec.proficiency)
    if any(agents.tiers is not None for agents in scenario.agents):
        names = scenario.targets_s if spec.tiers is None else spec.tiers
        skills |= {reserve_skill(tier): 1 for tier in names}
    queues = frozenset(scenario.queues if spec.queues is None else spec.queues)
    return Ability(queues, skills, spec.capacity)


def _duties(worker: Worker, shift: Shift | None) -> list[Duty]:
    if shift is None:
        return [Duty(0.0, Turn.COMES, worker)]
    turns = [
        Duty(shift.from_s, Turn.COMES, worker, again=True),
        Duty(shift.to_s, Turn.GOES, worker, again=True),
    ]
    over_the_end = shift.from_s > shift.to_s
    return [Duty(0.0, Turn.COMES, worker), *turns] if over_the_end else turns


class Log:
    """What happened to each contact, by its number from 0 in the order of arrival."""

    def __init__(self) -> None:
        self.stream = array("H")
        self.arrived_s = array("d")
        self.waited_s = array("d")  # until answered or gone
        self.outcome = bytearray()

    def __len__(self) -> int:
        return len(self.outcome)


class Staffing:
    """Agent-seconds signed in and busy, added up as they change."""

    def __init__(self, begins_s: float = 0.0) -> None:
        self.signed_in = self.busy = 0
        self.signed_in_s = self.busy_s = 0.0
        self._at_s = begins_s

    def until(self, now_s: float) -> tuple[float, float]:
        """Add up until now; return (busy, signed in) agent-seconds since the beginning."""
        passed_s, self._at_s = now_s - self._at_s, now_s
        self.signed_in_s += passed_s * self.signed_in
        self.busy_s += passed_s * self.busy
        return self.busy_s, self.signed_in_s
