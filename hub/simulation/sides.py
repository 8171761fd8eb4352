"""The two sides of a replay: what was recorded, and what the model makes of some rules. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from .course import Came, Course, Staff, course_of, parts_of, staff_between
from .period import Agent, Period, merged, ready_spans
from .recorded import Chances, Script
from .run import Look, play
from .statistics import Estimate, Figures, Seen, estimate, groups_of, mean_group, seen_of
from .world import WAITING

Tell = Callable[[str, int, int], None]
"""Told what is done ("read", "play"), and how far: so many of so many (0: nobody knows)."""


@dataclass(frozen=True, slots=True)
class Side:
    """What was, or would have been. `waiting`: contacts that still waited when the record ended."""

    figures: Figures
    course: Course
    waiting: float


class Progress:
    """Tells how far the runs are."""

    def __init__(self, tell: Tell | None, runs: int) -> None:
        self._tell, self._runs, self._done = tell, runs, 0

    def within(self, done: int, total: int) -> None:
        if self._tell is not None:
            share = done / total if total else 1.0
            self._tell("play", round(1000 * (self._done + share)), 1000 * self._runs)

    def next(self) -> None:
        self.within(1, 1)
        self._done += 1


class _Run:
    """What became of the visits in one run (or in truth): waited on their clock, outcome."""

    def __init__(self, waited_s: Sequence[float], outcomes: Sequence[int]) -> None:
        self.waited_s, self.outcomes = waited_s, outcomes


def played_side(script: Script, chances: Chances, runs: int, done: Progress) -> Side:
    """Return what would have been, in so many runs."""
    found: list[_Run] = []
    looks: list[list[Look]] = []
    for run in range(runs):
        played = play(script.world(chances.of_run(run)), done.within)
        found.append(_Run(*script.outcomes(played)))
        looks.append(played.looks)
        done.next()
    period = script.period
    shares = [occupancy_of(period, look) for look in looks]
    known = [share for share in shares if share is not None]
    occupancy = Estimate(None)
    if known:
        occupancy = estimate(fmean(known), known if len(known) == runs > 1 else ())
    edges = parts_of(period.from_s, period.to_s)
    return _side(script, found, occupancy, staff_between(edges, looks))


def occupancy_of(period: Period, looks: Sequence[Look]) -> float | None:
    """Return how much of their time agents were busy in a run; None: nobody was there."""
    inside = [look for look in looks if period.from_s <= look.at_s <= period.to_s]
    first, last = inside[0], inside[-1]
    if last.signed_in_s <= first.signed_in_s:
        return None
    return (last.busy_s - first.busy_s) / (last.signed_in_s - first.signed_in_s)


def recorded_side(script: Script) -> Side:
    """Return what really happened, on the clocks of the rules in force."""
    period = script.period
    edges = parts_of(period.from_s, period.to_s)
    staff, occupancy = recorded_staff(period, edges)
    return _side(script, [_Run(*script.as_recorded())], occupancy, staff)


def _side(script: Script, runs: Sequence[_Run], occupancy: Estimate, staff: Staff) -> Side:
    period, tiers = script.period, script.settings.tiers
    lines = list(script.lines)
    numbers = {
        index: [
            n for n in script.lines[line] if period.from_s <= period.visits[n].at_s < period.to_s
        ]
        for index, line in enumerate(lines)
    }
    targets = [script.places[line].target_s for line in lines]
    kinds = [line.kind for line in lines]

    def seen(run: _Run, members: frozenset[int]) -> Seen:
        chosen = sorted((n, index) for index in members for n in numbers[index])
        return seen_of(
            [run.waited_s[n] for n, _ in chosen],
            [run.outcomes[n] for n, _ in chosen],
            [targets[index] for _, index in chosen],
        )

    there = {
        by: list(dict.fromkeys(sorted(kind[place] for kind in kinds)))
        for place, by in enumerate(("tiers", "queues", "channels"))
    }
    there["tiers"].sort(key=lambda tier: tiers.index(tier) if tier in tiers else len(tiers))
    groups = groups_of(there, kinds, lambda members: mean_group([seen(r, members) for r in runs]))
    came = [
        [
            Came(
                period.visits[n].at_s, kinds[index].tier, targets[index], run.waited_s[n],
                run.outcomes[n],
            )
            for index, members in numbers.items()
            for n in members
        ]
        for run in runs
    ]  # fmt: skip
    edges = parts_of(period.from_s, period.to_s)
    waiting = fmean(sum(one.outcome == WAITING for one in run) for run in came)
    return Side(Figures(groups, occupancy), course_of(edges, came, staff, there["tiers"]), waiting)


def recorded_staff(
    period: Period, edges: Sequence[float], hidden: Collection[str] = ()
) -> tuple[Staff, Estimate]:
    """Return the agents of each part, and how much of their time they had a contact in hand;
    `hidden` ones left out."""
    held: dict[str, list[tuple[float, float]]] = {}
    for visit in period.visits:
        if visit.agent_id is not None:
            until_s = visit.at_s + visit.wait_s
            span = (until_s - visit.ring_s, until_s + visit.handle_s)
            held.setdefault(visit.agent_id, []).append(span)
    busy_s, there_s = [0.0] * (len(edges) - 1), [0.0] * (len(edges) - 1)
    agents = {agent.id: agent for agent in period.conditions.agents}
    for agent_id in sorted({*agents, *held} - set(hidden)):
        agent = agents.get(agent_id, Agent(agent_id))
        busy = merged(held.get(agent_id, ()))
        _add(busy_s, edges, busy)
        _add(there_s, edges, merged([*busy, *ready_spans(agent, period.until_s)]))
    spans = [end - begin for begin, end in pairwise(edges)]
    staff = [
        (busy / span, there / span)
        for busy, there, span in zip(busy_s, there_s, spans, strict=True)
    ]
    total_s = sum(there_s)
    return staff, Estimate(sum(busy_s) / total_s if total_s > 0 else None)


def _add(sums: list[float], edges: Sequence[float], spans: Sequence[tuple[float, float]]) -> None:
    step_s = edges[1] - edges[0]
    for begin, end in spans:
        first = max(int((begin - edges[0]) // step_s), 0)
        last = min(int((end - edges[0]) // step_s), len(sums) - 1)
        for place in range(first, last + 1):
            sums[place] += max(min(end, edges[place + 1]) - max(begin, edges[place]), 0.0)
