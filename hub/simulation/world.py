"""The simulated world around the real engine: who comes, who is there, who has what in hand.

A contact in hand stays a proposal whose transaction has not answered, until its handling ends: to
the engine that is the same load as an assignment, for half the events. Times are seconds since the
simulation began, which is also the engine's Unix time.
"""

from __future__ import annotations

from array import array
from collections import Counter
from datetime import UTC, datetime

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
        self.target_s = scenario.targets_s[arrivals.tier]
        self.clockwork = Clockwork(arrivals, numbers_of(seed, name, "arrive"))
        self.handle: Draw = draw_of(arrivals.handle, numbers_of(seed, name, "handle"))
        self.patience: Draw | None = None
        if arrivals.patience is not None:
            self.patience = draw_of(arrivals.patience, numbers_of(seed, name, "patience"))
        demands = dict(arrivals.demands)
        if any(agents.tiers is not None for agents in scenario.agents):
            demands[reserve_skill(arrivals.tier)] = 1
        self._steps: tuple[Demands, ...] = (tuple(sorted(demands.items())),)

    def contact(self, number: int, now_s: float) -> WaitingContact:
        """Return the contact that comes now."""
        spec = self.spec
        return WaitingContact(
            id=f"{number:09d}",
            queue=spec.queue,
            tier=spec.tier,
            channel=spec.channel,
            calendar_id=WALL,
            target_s=self.target_s,
            virtual_start_s=now_s,
            steps=self._steps,
        )


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


class Worker:
    """One simulated agent, and the contacts in hand: number → when its handling ends.

    Interruptible contacts stand still while a live one is in hand: `resting` has what is left of
    them, in seconds (routing.md 3.5).
    """

    __slots__ = (
        "_parts",
        "ends_s",
        "id",
        "idle_since_s",
        "is_on_shift",
        "live",
        "resting",
        "shift",
    )

    def __init__(self, key: str, spec: Agents, scenario: Scenario) -> None:
        skills = dict(spec.proficiency)
        if any(agents.tiers is not None for agents in scenario.agents):
            names = scenario.targets_s if spec.tiers is None else spec.tiers
            skills |= {reserve_skill(tier): 1 for tier in names}
        queues = frozenset(scenario.queues if spec.queues is None else spec.queues)
        self._parts = (queues, skills, spec.capacity)
        self.id = key
        self.shift: Shift | None = spec.shift
        self.is_on_shift = False
        self.idle_since_s = 0.0
        self.live = 0
        self.ends_s: dict[int, float] = {}
        self.resting: dict[int, float] = {}

    @property
    def is_busy(self) -> bool:
        return bool(self.live or self.ends_s or self.resting)

    def picture(self) -> AgentPicture:
        """Return the agent as the engine is to see them: what is in hand it counts itself."""
        queues, skills, capacity = self._parts
        return AgentPicture(
            id=self.id,
            state=AgentState.READY if self.is_on_shift else AgentState.NOT_READY,
            queues=queues,
            skills=skills,
            capacity=capacity,
            idle_since=datetime.fromtimestamp(self.idle_since_s, UTC),
        )


def workers_of(scenario: Scenario) -> dict[str, Worker]:
    """Return every agent by id, nobody signed in yet."""
    specs = [spec for spec in scenario.agents for _ in range(spec.count)]
    keys = (f"agent-{number:05d}" for number in range(1, len(specs) + 1))
    return {key: Worker(key, spec, scenario) for key, spec in zip(keys, specs, strict=False)}


class Log:
    """What happened to each contact, by its number from 0 in the order of arrival."""

    def __init__(self) -> None:
        self.stream = array("H")
        self.waited_s = array("d")  # until answered or gone
        self.outcome = bytearray()

    def __len__(self) -> int:
        return len(self.outcome)


class Staffing:
    """Agent-seconds signed in and busy, added up as they change."""

    def __init__(self) -> None:
        self.signed_in = self.busy = 0
        self.signed_in_s = self.busy_s = 0.0
        self._at_s = 0.0

    def until(self, now_s: float) -> tuple[float, float]:
        """Add up until now; return (busy, signed in) agent-seconds since the beginning."""
        passed_s, self._at_s = now_s - self._at_s, now_s
        self.signed_in_s += passed_s * self.signed_in
        self.busy_s += passed_s * self.busy
        return self.busy_s, self.signed_in_s
