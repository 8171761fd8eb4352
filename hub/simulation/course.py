"""The course of a time: by half hours (longer parts of long times) who came, how many were served
in time, how many agents were there and busy; and the waits of each tier. Pure."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from .run import Look, Ran
from .statistics import percentile
from .world import ANSWERED, BIN_S, WAITING

MOST_BINS = 96
_STEPS_S = tuple(BIN_S * count for count in (1, 2, 4, 8, 12, 24, 48, 7 * 48))
PERCENTS = tuple(range(101))


class Bin(NamedTuple):
    """One part. `service_level`: of who came in it, answered within their target ÷ (answered +
    left); None: nobody. `busy`, `signed_in`: agents on average; None: not known."""

    start_s: float
    contacts: float
    service_level: float | None
    busy: float | None = None
    signed_in: float | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """`waits_s`: of each tier the 0th to 100th percentile of the waits of everybody."""

    step_s: float
    bins: tuple[Bin, ...]
    waits_s: Mapping[str, tuple[float, ...]]


class Came(NamedTuple):
    """One contact: when, of which tier, and what became of it."""

    at_s: float
    tier: str
    target_s: float
    waited_s: float
    outcome: int


Staff = Sequence[tuple[float, float] | None]
"""Of each part the agents (busy, signed in) on average."""


def edges_of(from_s: float, to_s: float) -> list[float]:
    """Return where the parts begin, and the end: MOST_BINS of them at most."""
    step_s = next(
        (step for step in _STEPS_S if (to_s - from_s) / step <= MOST_BINS),
        math.ceil((to_s - from_s) / MOST_BINS / BIN_S) * BIN_S,
    )
    count = max(math.ceil((to_s - from_s) / step_s), 1)
    return [from_s + step_s * number for number in range(count + 1)]


def parts_of(from_s: float, to_s: float) -> list[float]:
    """Return the same, but that the last part ends with the time."""
    return [*edges_of(from_s, to_s)[:-1], to_s]


def course_of(
    edges: Sequence[float], runs: Sequence[Iterable[Came]], staff: Staff, tiers: Sequence[str]
) -> Course:
    """Return the course of the same time in one or several runs."""
    places = len(edges) - 1
    over, in_time = [0] * places, [0] * places
    waits: dict[str, list[float]] = {tier: [] for tier in tiers}
    for run in runs:
        for one in run:
            place = bisect_right(edges, one.at_s) - 1
            if one.outcome == WAITING or not 0 <= place < places:
                continue
            over[place] += 1
            in_time[place] += one.outcome == ANSWERED and one.waited_s <= one.target_s
            waits.setdefault(one.tier, []).append(one.waited_s)
    bins = [
        Bin(
            edges[place],
            over[place] / len(runs),
            in_time[place] / over[place] if over[place] else None,
            *(staff[place] or (None, None)),
        )
        for place in range(places)
    ]
    return Course(
        edges[1] - edges[0],
        tuple(bins),
        {tier: _percentiles(found) for tier, found in waits.items() if found},
    )


def _percentiles(waits_s: list[float]) -> tuple[float, ...]:
    waits_s.sort()
    return tuple(percentile(waits_s, percent) for percent in PERCENTS)


def staff_between(edges: Sequence[float], runs: Sequence[Sequence[Look]]) -> Staff:
    """Return the agents of each part, on average over the runs, from what was seen at its edges."""
    seen = [{look.at_s: look for look in looks} for looks in runs]
    staff: list[tuple[float, float] | None] = []
    for begin, end in pairwise(edges):
        parts = [(run[begin], run[end]) for run in seen if begin in run and end in run]
        if not parts:
            staff.append(None)
            continue
        span_s = (end - begin) * len(parts)
        busy = sum(after.busy_s - before.busy_s for before, after in parts) / span_s
        there = sum(after.signed_in_s - before.signed_in_s for before, after in parts) / span_s
        staff.append((busy, there))
    return staff


def course_of_scenario(ran: Ran) -> Course:
    """Return the course of a scenario's period: all its periods, one laid over the other. It was
    run with looks."""
    period_s, log, begin = ran.scenario.period_s, ran.log, ran.scenario.run.left_out
    edges = edges_of(0.0, period_s)
    sources = [(source.kind.tier, source.target_s) for source in ran.streams]
    came = (
        Came(log.arrived_s[n] % period_s, *sources[log.stream[n]], log.waited_s[n], log.outcome[n])
        for n in range(begin, len(log))
    )
    busy_s, there_s, seen_s = ([0.0] * (len(edges) - 1) for _ in range(3))
    begun_s = log.arrived_s[begin]
    for before, after in pairwise(ran.played.looks):
        if before.at_s >= begun_s:
            place = min(bisect_right(edges, before.at_s % period_s), len(edges) - 1) - 1
            busy_s[place] += after.busy_s - before.busy_s
            there_s[place] += after.signed_in_s - before.signed_in_s
            seen_s[place] += after.at_s - before.at_s
    staff: Staff = [
        (busy / seen, there / seen) if seen else None
        for busy, there, seen in zip(busy_s, there_s, seen_s, strict=True)
    ]
    return course_of(edges, [came], staff, list(ran.scenario.targets_s))
