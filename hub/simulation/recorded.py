"""The world of a period that was, to be played again: the same customers at the same moments, the
agents who were there, the rules asked about. Pure.

The first run takes handling times as they were. Every further run hands those of the same queue,
channel and tier out in another order: the work of the day stays the same, who brings it does not.
What was not seen is drawn: the patience of who was answered, beyond their wait (`patience`), and
ring and handling time of who left, from those of their group. Each run has random numbers of its
own, which do not hang on the rules: two set-ups meet the same customers.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from hub.routing.model import Demands, Rules, SkillStep, WaitingContact
from hub.routing.settings import RoutingSettings, rules_of

from .chance import numbers_of
from .course import parts_of
from .patience import Patience, patience_by_group
from .period import Agent, Conditions, Period, Visit, nobody_answered
from .run import Played
from .world import ABANDONED, ANSWERED, Ability, Customer, Duty, Kind, Worker, World

Pool = tuple[str, str, str]


class Line(NamedTuple):
    """Visits of one kind and promise: they have one target and one clock."""

    kind: Kind
    promise: str | None


class Place(NamedTuple):
    """What the rules say of a line: its target in seconds, the clock it waits on."""

    target_s: float
    calendar_id: str


class Drawn(NamedTuple):
    """What one run takes for granted of each visit, in the order of arrival; seconds."""

    handle_s: list[float]
    patience_s: list[float]
    ring_s: list[float]


class Chances:
    """Draws the runs of a period."""

    def __init__(self, period: Period, seed: int) -> None:
        self._visits = period.visits
        self._seed = seed
        self.patience: dict[tuple[str, str], Patience] = patience_by_group(
            [
                (one.kind.queue, one.kind.channel, one.wait_s, one.outcome == ABANDONED)
                for one in period.visits
            ]
        )
        self._pools: defaultdict[Pool, list[float]] = defaultdict(list)
        self._by_channel: defaultdict[str, list[float]] = defaultdict(list)
        self._rings: defaultdict[str, list[float]] = defaultdict(list)
        for visit in period.visits:
            if visit.outcome == ANSWERED:
                self._pools[_pool(visit)].append(visit.handle_s)
                self._by_channel[visit.kind.channel].append(visit.handle_s)
                self._rings[visit.kind.channel].append(visit.ring_s)
        unserved = {one.kind.channel for one in period.visits} - set(self._by_channel)
        if unserved:
            raise nobody_answered(unserved)

    def of_run(self, run: int) -> Drawn:
        """Return the chances of a run, counted from 0."""
        pools = {key: list(times) for key, times in self._pools.items()}
        if run:
            for key, times in pools.items():
                numbers_of(self._seed, run, "handle", *key).shuffle(times)
        next_of = {key: iter(times) for key, times in pools.items()}
        unknown = numbers_of(self._seed, run, "unknown")
        drawn = Drawn([], [], [])
        for visit in self._visits:
            key, chance, pick = _pool(visit), unknown.random(), unknown.random()
            if visit.outcome == ANSWERED:
                drawn.handle_s.append(next(next_of[key]))
                drawn.ring_s.append(visit.ring_s)
            else:
                times = self._pools.get(key) or self._by_channel[visit.kind.channel]
                rings = self._rings[visit.kind.channel]
                drawn.handle_s.append(times[int(pick * len(times))])
                drawn.ring_s.append(rings[int(pick * len(rings))])
            if visit.outcome == ABANDONED:
                drawn.patience_s.append(visit.wait_s)
            else:
                group = self.patience[visit.kind.queue, visit.kind.channel]
                drawn.patience_s.append(group.draw_s(visit.wait_s, chance))
        return drawn


def _pool(visit: Visit) -> Pool:
    return (visit.kind.queue, visit.kind.channel, visit.kind.tier)


class Script:
    """A period under some conditions: all that its runs have in common."""

    def __init__(self, period: Period, conditions: Conditions) -> None:
        self.period = period
        self.settings = conditions.settings
        self.rules: Rules = rules_of(conditions.settings)
        self.agents = conditions.agents
        self.lines: dict[Line, list[int]] = {}  # the places of their visits
        for number, visit in enumerate(period.visits):
            self.lines.setdefault(Line(visit.kind, visit.promise), []).append(number)
        self.places = {line: place_of(self.settings, self.rules, line) for line in self.lines}
        self.steps_s = {key: lasting_s(queue.steps) for key, queue in self.settings.queues.items()}
        self._demanded: dict[tuple[object, ...], tuple[Demands, ...]] = {}

    def world(self, drawn: Drawn) -> World:
        """Return the world of one run."""
        workers = {
            agent.id: Worker(agent.id, ability_of(agent, self.settings)) for agent in self.agents
        }
        duties = [
            Duty(turn.at_s, turn.turn, workers[agent.id])
            for agent in self.agents
            for turn in agent.turns
        ]
        period = self.period
        return World(
            rules=self.rules,
            sources=[_Source(self, line, numbers, drawn) for line, numbers in self.lines.items()],
            workers=workers,
            duties=duties,
            contacts=sum(visit.at_s < period.to_s for visit in period.visits),
            left_out=sum(visit.at_s < period.from_s for visit in period.visits),
            begins_s=period.begins_s,
            ends_s=period.to_s,
            goes_on=True,
            looks_s=parts_of(period.from_s, period.to_s),
        )

    def outcomes(self, played: Played) -> tuple[list[float], list[int]]:
        """Return how long each visit waited, on its own clock, and what became of it."""
        waited_s, outcomes = [0.0] * len(self.period.visits), [0] * len(self.period.visits)
        next_of = [iter(numbers) for numbers in self.lines.values()]
        calendars = [self.places[line].calendar_id for line in self.lines]
        log = played.log
        for index, at_s, wait_s, outcome in zip(
            log.stream, log.arrived_s, log.waited_s, log.outcome, strict=True
        ):
            number = next(next_of[index])
            waited_s[number] = on_clock_s(self.rules, calendars[index], at_s, wait_s)
            outcomes[number] = outcome
        return waited_s, outcomes

    def as_recorded(self) -> tuple[list[float], list[int]]:
        """Return the same (see `outcomes`) of what really happened."""
        clocks = {line: self.places[line].calendar_id for line in self.lines}
        visits = self.period.visits
        waited_s = [
            on_clock_s(self.rules, clocks[Line(one.kind, one.promise)], one.at_s, one.wait_s)
            for one in visits
        ]
        return waited_s, [one.outcome for one in visits]

    def contact(self, line: Line, visit: Visit, number: int) -> WaitingContact:
        """Return who comes, as the rules see them."""
        target_s, calendar_id = self.places[line]
        now = datetime.fromtimestamp(visit.at_s, UTC)
        held = datetime.fromtimestamp(visit.at_s + visit.held_s, UTC) if visit.held_s else None
        return WaitingContact(
            id=f"{number:09d}",
            queue=visit.kind.queue,
            tier=visit.kind.tier,
            channel=visit.kind.channel,
            calendar_id=calendar_id,
            target_s=max(target_s, 1),
            virtual_start_s=self.rules.clock_s(calendar_id, now) - visit.kept_s,
            steps=self.demands(visit),
            priority=visit.priority,
            preferred_agent_id=visit.preferred_agent_id,
            held_until=held,
        )

    def demands(self, visit: Visit) -> tuple[Demands, ...]:
        """Return what each skill step asks for."""
        key = (visit.kind.queue, visit.language, *sorted(visit.requirements.items()))
        known = self._demanded.get(key)
        if known is None:
            known = self._demanded[key] = demands_of(
                self.settings, self.period.conditions.settings, visit
            )
        return known


class _Source:
    """The visits of a line, one after the other."""

    def __init__(self, script: Script, line: Line, numbers: Sequence[int], drawn: Drawn) -> None:
        self._script = script
        self._line = line
        self._numbers = numbers
        self._drawn = drawn
        self._coming = 0
        self.kind = line.kind
        self.target_s = script.places[line].target_s

    def next_after(self, now_s: float) -> float:
        place, self._coming = self._coming, self._coming + 1
        if place >= len(self._numbers):
            return math.inf
        return self._script.period.visits[self._numbers[place]].at_s

    def customer(self, number: int, now_s: float) -> Customer:
        place = self._numbers[self._coming - 1]
        drawn, visit = self._drawn, self._script.period.visits[place]
        return Customer(
            self._script.contact(self._line, visit, number),
            drawn.handle_s[place],
            drawn.patience_s[place],
            drawn.ring_s[place],
            self._script.steps_s[visit.kind.queue],
        )


def place_of(settings: RoutingSettings, rules: Rules, line: Line) -> Place:
    """Return the target and clock of a line (routing.placement). Raises Invalid where the queue or
    its target is not in the set-up."""
    tier, queue_id, channel = line.kind
    queue = settings.queue(queue_id)
    promise = line.promise if line.promise in queue.target_s else None
    target_s = settings.target_s(queue_id, tier, promise or channel)
    calendar_id = rules.calendar_id(queue_id, channel) if promise is None else queue.calendar_id
    return Place(target_s, calendar_id)


def on_clock_s(rules: Rules, calendar_id: str, at_s: float, wait_s: float) -> float:
    """Return how much of a wait counts on its clock: open seconds, for what waits on a calendar."""
    if calendar_id not in rules.calendars:
        return wait_s
    begin, end = (datetime.fromtimestamp(at, UTC) for at in (at_s, at_s + wait_s))
    return rules.clock_s(calendar_id, end) - rules.clock_s(calendar_id, begin)


def lasting_s(steps: Sequence[SkillStep]) -> list[float]:
    """Return how long each skill step lasts, but for the one that holds for good."""
    lasts = [step.for_s for step in steps[:-1]]
    until = lasts.index(None) if None in lasts else len(lasts)
    return [for_s for for_s in lasts[:until] if for_s is not None]


def demands_of(
    settings: RoutingSettings, recorded: RoutingSettings, visit: Visit
) -> tuple[Demands, ...]:
    """Return what each skill step of the queue asks for, with the contact's own demands: the higher
    of both. The customer's language is demanded as the set-up asked about says."""
    spoken = frozenset(recorded.languages.values())
    own = {skill: grade for skill, grade in visit.requirements.items() if skill not in spoken}
    queue = settings.queues[visit.kind.queue]
    if queue.language_grade and visit.language:
        skill = settings.languages.get(visit.language) or settings.languages.get(
            visit.language.split("-")[0]
        )
        if skill is not None:
            own[skill] = max(queue.language_grade, own.get(skill, 0))
    return tuple(_higher(dict(step.demands), own) for step in queue.steps)


def _higher(first: Mapping[str, int], second: Mapping[str, int]) -> Demands:
    skills = {*first, *second}
    return tuple(sorted((name, max(first.get(name, 0), second.get(name, 0))) for name in skills))


def takes(agent: Agent, settings: RoutingSettings, channel: str) -> bool:
    """Whether an agent's profile leaves room for a channel at all."""
    maxima = settings.profile(agent.profile_id).maxima
    return maxima.get(channel, settings.channels[channel].maximum) > 0


def ability_of(agent: Agent, settings: RoutingSettings) -> Ability:
    """Return what an agent can take under a set-up."""
    profile = settings.profile(agent.profile_id)
    return Ability(
        agent.queues,
        agent.skills,
        settings.capacity,
        profile.maxima,
        profile.costs,
        agent.teams,
    )
