"""How many agents each half hour needs for a service level: Erlang's formulas guess, the real
engine decides. Pure.

Agents alike, who take everything. Each half hour is simulated after the two before it, with the
agents found for those, many times over with the same customers for every number of agents (common
random numbers); the least number whose service level's lower 95 % bound meets the goal is found by
bisection. A few repetitions decide what is clear; where the goal lies within the interval, more do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import msgspec

from hub.core.errors import Invalid

from .demand import Demand
from .run import play
from .scenario import Agents, Arrivals, Interval, Run, Scenario, Shift
from .statistics import Estimate, estimate
from .theory import erlang_a, erlang_c_longer
from .world import ANSWERED, BIN_S, world_of

BEFORE = 2
"""Half hours that are simulated before the one asked about."""

MOST_AGENTS = 5_000
_MEASURED = (1_000, 5_000)  # contacts of the half hour, over all repetitions: first, if unclear
_FEWEST, _MOST = 10, 400  # repetitions
_PARTS = 20


@dataclass(frozen=True, slots=True)
class Needed:
    """What one half hour needs. `load`: agents' worth of work that comes; `guess`: by Erlang;
    `service_level`: simulated, None where nobody comes."""

    start_s: float
    contacts: float
    load: float
    guess: int
    agents: int
    service_level: Estimate | None


Tell = Callable[[int, int], None]


def staff(demand: Demand, goal: float, seed: int = 1, tell: Tell | None = None) -> list[Needed]:
    """Return what each half hour needs, in order. Raises Invalid for a goal that is no share."""
    if not 0 < goal < 1:
        raise Invalid(f"--goal {goal:g}: write a share between 0 and 1, 0.8.", code="staff.goal")
    found: list[Needed] = []
    levels = Levels(demand, goal, seed)
    for place in range(demand.bins):
        if tell is not None:
            tell(place, demand.bins)
        found.append(_needed(levels, place, [one.agents for one in found]))
    return found


def _needed(levels: Levels, place: int, before: Sequence[int]) -> Needed:
    demand, goal = levels.demand, levels.goal
    start_s = demand.begins_s + place * BIN_S
    contacts = sum(stream.rates_per_s[place] for stream in demand.streams) * BIN_S
    if contacts <= 0:
        return Needed(start_s, 0.0, 0.0, 0, 0, None)
    load, guess = load_of(demand, place), first_guess(demand, place, goal)

    def level(agents: int) -> Estimate:
        return levels.of(place, (*before[-BEFORE:], agents))

    agents = least(lambda count: _bounds(level(count))[0] >= goal, guess)
    return Needed(start_s, contacts, load, guess, agents, level(agents))


def least(meets: Callable[[int], bool], guess: int) -> int:
    """Return the least number from 1 on that meets, by bisection from a guess. Raises Invalid where
    MOST_AGENTS do not."""
    step, high = 1, guess
    while not meets(high):
        if high >= MOST_AGENTS:
            raise Invalid(
                f"Even {MOST_AGENTS} agents do not meet the goal.", code="staff.impossible"
            )
        high, step = min(high + step, MOST_AGENTS), 2 * step
    low = high - step // 2 if step > 1 else high - 1
    step = 1
    while low >= 1 and meets(low):
        high, step = low, 2 * step
        low = max(high - step, 0)
    while high - low > 1:
        middle = (low + high) // 2
        if meets(middle):
            high = middle
        else:
            low = middle
    return high


def load_of(demand: Demand, place: int) -> float:
    """Return how many agents' time comes in a half hour, were they busy all the time."""
    return sum(
        stream.rates_per_s[place]
        * stream.spec.handle.mean_s
        * demand.share_of_agent(stream.spec.channel)
        for stream in demand.streams
    )


def first_guess(demand: Demand, place: int, goal: float) -> int:
    """Return the least number by Erlang C whose share beyond the mean target leaves the goal; by
    Erlang A, where everybody has patience, the one whose mean wait is that share of the target."""
    streams = [stream for stream in demand.streams if stream.rates_per_s[place] > 0]
    rate = sum(stream.rates_per_s[place] for stream in streams)
    load = load_of(demand, place)
    handle_s = load / rate
    target_s = sum(stream.rates_per_s[place] * stream.target_s for stream in streams) / rate
    patience = [stream.spec.patience for stream in streams]
    gone_per_s = sum(
        stream.rates_per_s[place] / stream.spec.patience.mean_s
        for stream in streams
        if stream.spec.patience is not None
    )
    for agents in range(max(math.floor(load * 0.7), 1), MOST_AGENTS):
        if all(one is not None for one in patience):
            _, wait_s = erlang_a(agents, rate, handle_s, rate / gone_per_s)
            if wait_s <= (1 - goal) * target_s:
                return agents
        elif load < agents and erlang_c_longer(agents, rate, handle_s, target_s) <= 1 - goal:
            return agents
    return MOST_AGENTS


# ---- one half hour, simulated ------------------------------------------------------------------


class Levels:
    """Service levels that were simulated; half hours alike are simulated once."""

    def __init__(self, demand: Demand, goal: float, seed: int) -> None:
        self.demand, self.goal, self._seed = demand, goal, seed
        self._known: dict[tuple[object, ...], Estimate] = {}

    def of(self, place: int, agents: tuple[int, ...]) -> Estimate:
        """Return the service level with these agents, the last of them in the half hour."""
        parts = slice(place - len(agents) + 1, place + 1)
        key = (agents, *(stream.rates_per_s[parts] for stream in self.demand.streams))
        if key not in self._known:
            first, more = _MEASURED
            found = _level(self.demand, place, agents, self._seed, first)
            low, high = _bounds(found)
            if low < self.goal <= high:
                found = _level(self.demand, place, agents, self._seed, more)
            self._known[key] = found
        return self._known[key]


def _bounds(level: Estimate) -> tuple[float, float]:
    return level.ci95 or (level.value or 0.0, level.value or 0.0)


def _level(demand: Demand, place: int, agents: Sequence[int], seed: int, measured: int) -> Estimate:
    """Return the service level of a half hour, with these agents in it and in those before."""
    first = place - len(agents) + 1
    parts = range(first, place + 1)
    came = [sum(s.rates_per_s[part] for s in demand.streams) * BIN_S for part in parts]
    times = min(max(math.ceil(measured / came[-1]), _FEWEST), _MOST)
    streams = [s for s in demand.streams if any(s.rates_per_s[part] for part in parts)]
    scenario = Scenario(
        run=Run(contacts=max(round(sum(came) * times), 1), warmup=0, seed=seed, rule=demand.rule),
        tiers=list(demand.tiers),
        arrivals=[
            replace_spec(s.spec, s.target_s, [s.rates_per_s[part] for part in parts])
            for s in streams
        ],
        agents=shifts_of(agents, demand.capacity),
    )
    world = world_of(scenario)
    used = {s.spec.channel for s in streams}
    channels = {name: replace(demand.channels[name], gap_s=0.0) for name in sorted(used)}
    world.rules = replace(world.rules, channels=channels)
    played = play(world)
    length_s, begin_s = len(agents) * BIN_S, (len(agents) - 1) * BIN_S
    over, in_time = [0] * (times + 1), [0] * (times + 1)
    log = played.log
    for number in range(len(log)):
        turn, at_s = divmod(log.arrived_s[number], length_s)
        if at_s < begin_s or turn > times:
            continue
        target_s = played.sources[log.stream[number]].target_s
        over[int(turn)] += 1
        in_time[int(turn)] += log.outcome[number] == ANSWERED and log.waited_s[number] <= target_s
    return _estimate(over, in_time)


def _estimate(over: Sequence[int], in_time: Sequence[int]) -> Estimate:
    """Return the share in time; its interval by parts of repetitions."""
    total = sum(over)
    if not total:
        return Estimate(None)
    size = math.ceil(len(over) / _PARTS)
    levels = [
        sum(in_time[begin : begin + size]) / sum(over[begin : begin + size])
        for begin in range(0, len(over), size)
        if sum(over[begin : begin + size])
    ]
    return estimate(sum(in_time) / total, levels if len(levels) > 1 else ())


def replace_spec(spec: Arrivals, target_s: float, rates: Sequence[float]) -> Arrivals:
    """Return a stream with these rates, half hour by half hour; it asks for no skill, for agents
    are alike."""
    intervals = [Interval(for_s=BIN_S, rate_per_s=rate) for rate in rates]
    return msgspec.structs.replace(spec, rate_per_s=intervals, target_s=target_s, skills={})


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
