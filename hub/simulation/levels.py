"""The service level of one half hour with some agents, simulated. Pure.

The half hour and those before it are played one after the other, again and again. The first
repetitions are left out, for the lines begin empty; parts of the others tell how sure the whole is,
so they have to be longer than the lines take to forget: near full load, hours. Where the load is
always the same, Erlang's queue with the same customers takes off most of what is chance
(`control`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import msgspec

from .control import controlled, waits_of_erlang
from .demand import Demand, Stream
from .run import Played, play
from .scenario import Agents, Arrivals, Interval, Run, Scenario, Shift
from .statistics import Estimate, estimate
from .theory import erlang_c_longer
from .world import ANSWERED, BIN_S, world_of

_STAGES = ((1_000, 30_000), (5_000, 80_000), (20_000, 250_000))
"""Contacts of the half hour, and at most of all half hours, over all repetitions: first, and as
long as it is unclear."""

_SURE = 0.02  # half an interval: no wider, and the value decides what it can
_FEWEST, _MOST = 10, 400  # repetitions, but for longer parts
_LEAST_PARTS, _PARTS = 5, 20
_LEAD, _PART = 3.0, 2.0  # how often the lines forget before it is measured, and in a part


class Levels:
    """Service levels that were simulated; half hours alike are simulated once."""

    def __init__(self, demand: Demand, goal: float, seed: int) -> None:
        self.demand, self.goal, self._seed = demand, goal, seed
        self._known: dict[tuple[object, ...], Estimate] = {}

    def of(self, place: int, agents: tuple[int, ...]) -> Estimate:
        """Return the service level with these agents, the last of them in the half hour."""
        parts = tuple(self.demand.rates(place - back) for back in reversed(range(len(agents))))
        if len({*zip(agents, parts, strict=True)}) == 1:
            agents, parts = agents[-1:], parts[-1:]  # it is always like this
        key = (agents, parts)
        if key not in self._known:
            self._known[key] = self._simulated(_Cycle(self.demand, place, agents))
        return self._known[key]

    def meets(self, place: int, agents: tuple[int, ...]) -> bool:
        """Is the goal met, by the lower bound?"""
        return bounds(self.of(place, agents))[0] >= self.goal

    def _simulated(self, cycle: _Cycle) -> Estimate:
        found = Estimate(0.0)
        if cycle.forgets_s == math.inf:
            return found
        for measured, at_most in _STAGES:
            found = cycle.level(self._seed, cycle.plan(measured, at_most))
            low, high = bounds(found)
            if not low < self.goal <= high or (found.half_width or 0.0) <= _SURE:
                break
        return found


def bounds(level: Estimate) -> tuple[float, float]:
    """Return between which shares the level lies, for all that is known."""
    low, high = level.ci95 or (level.value or 0.0, level.value or 0.0)
    return max(low, 0.0), min(high, 1.0)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How often the half hours are played: `lead` times before it is measured, then `parts` parts
    of `size` repetitions."""

    lead: int
    parts: int
    size: int

    @property
    def times(self) -> int:
        return self.lead + self.parts * self.size


class _Cycle:
    """Half hours one after the other, and the agents in each; the last is asked about."""

    def __init__(self, demand: Demand, place: int, agents: Sequence[int]) -> None:
        self.demand, self.agents, self.place = demand, agents, place
        self.places = range(place - len(agents) + 1, place + 1)
        self.came = [sum(demand.rates(place)) * BIN_S for place in self.places]
        self.streams = [s for s in demand.streams if any(s.rates_per_s[p] for p in self.places)]
        self.length_s = len(agents) * BIN_S

    @property
    def is_steady(self) -> bool:
        """Is it Erlang's, but for who comes: always alike, and nobody leaves?"""
        if len(self.agents) > 1 or any(one.spec.patience for one in self.streams):
            return False
        return self.demand.load(self.place) < self.agents[-1]

    @property
    def forgets_s(self) -> float:
        """After so long a line has forgotten how it was: the relaxation time of Erlang's queue; of
        customers who leave, no longer than they stay. inf: it only grows, and nobody is in time."""
        load = sum(self.demand.load(place) for place in self.places)
        agents, came = sum(self.agents), sum(self.came)
        handle_s = load * BIN_S / came
        parts = len(self.agents)
        longest_s = math.inf
        if agents > load:
            longest_s = handle_s / (math.sqrt(agents / parts) - math.sqrt(load / parts)) ** 2
        stay_s = [
            math.inf if one.spec.patience is None else one.spec.patience.mean_s
            for one in self.streams
        ]
        return min(longest_s, max(handle_s, *stay_s))

    def plan(self, measured: int, at_most: int) -> _Plan:
        """Return how often it is to be played for so many contacts of the last half hour, and so
        many of all."""
        most = max(int(at_most / sum(self.came)), _FEWEST)
        least = self.forgets_s / self.length_s  # repetitions
        size = math.ceil(min(_PART * least, most / _LEAST_PARTS))
        lead = max(math.ceil(min(_LEAD * least, most / _LEAST_PARTS)), 1)
        wanted = min(max(math.ceil(measured / self.came[-1]), _FEWEST), _MOST)
        times = min(max(wanted, _FEWEST * size), most)
        parts = min(max(times // size, _LEAST_PARTS), _PARTS)
        return _Plan(lead, parts, math.ceil(times / parts))

    def level(self, seed: int, plan: _Plan) -> Estimate:
        """Return the service level of the last half hour."""
        scenario = self._scenario(seed, plan)
        world = world_of(scenario)
        used = {one.spec.channel for one in self.streams}
        channels = {name: replace(self.demand.channels[name], gap_s=0.0) for name in sorted(used)}
        world.rules = replace(world.rules, channels=channels)
        played = play(world)
        shares = self._shares(plan, played, _were_in_time(played))
        if len(shares) < 2:
            return Estimate(shares[0] if shares else None)
        if not self.is_steady:
            return estimate(sum(shares) / len(shares), shares)
        rate = sum(self.demand.rates(self.place))
        handle_s, target_s = self.demand.load(self.place) / rate, self.demand.target_s(self.place)
        agents = self.agents[-1]
        waits_s = waits_of_erlang(scenario, played.log, agents, handle_s)
        controls = self._shares(plan, played, [waited_s <= target_s for waited_s in waits_s])
        return controlled(shares, controls, 1 - erlang_c_longer(agents, rate, handle_s, target_s))

    def _scenario(self, seed: int, plan: _Plan) -> Scenario:
        contacts = max(round(sum(self.came) * plan.times), 1)
        return Scenario(
            run=Run(contacts=contacts, warmup=0, seed=seed, rule=self.demand.rule),
            tiers=list(self.demand.tiers),
            arrivals=[_arrivals(one, self.places) for one in self.streams],
            agents=shifts_of(self.agents, self.demand.capacity),
        )

    def _shares(self, plan: _Plan, played: Played, in_time: Sequence[bool]) -> list[float]:
        """Return the share in time of who came in the last half hour, part by part."""
        begin_s = self.length_s - BIN_S
        over, good = [0] * plan.parts, [0] * plan.parts
        for at_s, was_in_time in zip(played.log.arrived_s, in_time, strict=True):
            turn, since_s = divmod(at_s, self.length_s)
            part = (int(turn) - plan.lead) // plan.size
            if since_s >= begin_s and 0 <= part < plan.parts:
                over[part] += 1
                good[part] += was_in_time
        return [share / count for share, count in zip(good, over, strict=True) if count]


def _were_in_time(played: Played) -> list[bool]:
    log, targets_s = played.log, [source.target_s for source in played.sources]
    return [
        outcome == ANSWERED and waited_s <= targets_s[stream]
        for stream, waited_s, outcome in zip(log.stream, log.waited_s, log.outcome, strict=True)
    ]


def _arrivals(stream: Stream, places: Sequence[int]) -> Arrivals:
    """Return a stream with its rates of these half hours; it asks for no skill, for agents are
    alike."""
    intervals = [Interval(for_s=BIN_S, rate_per_s=stream.rates_per_s[place]) for place in places]
    return msgspec.structs.replace(
        stream.spec, rate_per_s=intervals, target_s=stream.target_s, skills={}
    )


def shifts_of(agents: Sequence[int], capacity: int) -> list[Agents]:
    """Return agents whose numbers are these, half hour by half hour."""
    shifts: list[Shift | None] = []
    for number in range(1, max(agents, default=0) + 1):
        place = 0
        for is_there, parts in groupby(count >= number for count in agents):
            length = len(list(parts))
            if is_there and length == len(agents):
                shifts.append(None)
            elif is_there:
                shifts.append(Shift(from_s=place * BIN_S, to_s=(place + length) * BIN_S))
            place += length
    return [
        Agents(count=len(list(alike)), capacity=capacity, shift=shift)
        for shift, alike in groupby(sorted(shifts, key=_when))
    ]


def _when(shift: Shift | None) -> tuple[float, float]:
    return (-1.0, -1.0) if shift is None else (shift.from_s, shift.to_s)
