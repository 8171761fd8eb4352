"""How many agents each half hour needs for a service level: Erlang's formulas guess, the real
engine decides. Pure.

Agents alike, who take everything. Each half hour is simulated after the two before it, with the
agents found for those, many times over with the same customers for every number of agents (common
random numbers); the least number whose service level's lower 95 % bound meets the goal is found by
bisection (`levels`). A half hour like the one before it, which needs fewer only because that one
had more, keeps what such a load needs in the long run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.core.errors import Invalid

from .demand import Demand
from .levels import Levels
from .statistics import Estimate
from .theory import erlang_a, erlang_c_longer
from .world import BIN_S

BEFORE = 2
"""Half hours that are simulated before the one asked about."""

MOST_AGENTS = 5_000


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
    demand = levels.demand
    start_s = demand.starts_s[place]
    contacts = sum(demand.rates(place)) * BIN_S
    if contacts <= 0:
        return Needed(start_s, 0.0, 0.0, 0, 0, None)
    guess = first_guess(demand, place, levels.goal)
    recent = tuple(before[-BEFORE:])
    agents = least(lambda count: levels.meets(place, (*recent, count)), guess)
    if before and demand.rates(place) == demand.rates(place - 1):
        while agents < before[-1] and not levels.meets(place, (agents,)):
            agents += 1
    level = levels.of(place, (*recent, agents))
    return Needed(start_s, contacts, demand.load(place), guess, agents, level)


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


def first_guess(demand: Demand, place: int, goal: float) -> int:
    """Return the least number by Erlang C whose share beyond the mean target leaves the goal; by
    Erlang A, where everybody has patience, the one whose mean wait is that share of the target."""
    streams = [stream for stream in demand.streams if stream.rates_per_s[place] > 0]
    rate, load, target_s = sum(demand.rates(place)), demand.load(place), demand.target_s(place)
    handle_s = load / rate
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
