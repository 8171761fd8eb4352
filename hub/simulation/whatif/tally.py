"""Figures by channel, and within it by tier and queue: what seconds and hours have in common is
never shown in one figure. Pure."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

from hub.simulation.recorded import Script
from hub.simulation.statistics import FIGURES, Estimate, difference, estimate, seen_of
from hub.simulation.world import ANSWERED, WAITING

from .shapes import CourseView, GroupView, Measure, Measures, PartView

SHOWN = ("mean_wait_s", "p90_wait_s", "service_level", "abandoned")
_SHARES = {"service_level", "abandoned"}


class Bounds(NamedTuple):
    """What a figure can be: its interval, made from how far runs lie apart, may go beyond."""

    low: float
    high: float


SHARE = Bounds(0.0, 1.0)
SHARE_DIFFERENCE = Bounds(-1.0, 1.0)
_SECONDS = Bounds(0.0, math.inf)
_SECONDS_DIFFERENCE = Bounds(-math.inf, math.inf)


class Key(NamedTuple):
    channel: str
    by: str  # all, tier, queue
    name: str


class _Cell:
    """Contacts of one group in one run."""

    def __init__(self) -> None:
        self.waited_s: list[float] = []
        self.outcomes: list[int] = []
        self.targets_s: list[float] = []

    def extend(self, other: _Cell) -> None:
        self.waited_s += other.waited_s
        self.outcomes += other.outcomes
        self.targets_s += other.targets_s


class _Part:
    __slots__ = ("in_time", "over", "waited_s")

    def __init__(self) -> None:
        self.over = self.in_time = 0
        self.waited_s = 0.0


class Tally:
    """One side, run by run; only contacts of `queues` (None: all) are in it. `days`: so many were
    laid together to one (a record)."""

    def __init__(
        self, edges: Sequence[float], queues: Collection[str] | None, days: int = 1
    ) -> None:
        self._edges, self._queues, self._days = edges, queues, days
        self._figures: defaultdict[Key, list[dict[str, float]]] = defaultdict(list)
        self._contacts: defaultdict[Key, int] = defaultdict(int)
        self._parts: dict[str, list[_Part]] = {}
        self._waiting = self._runs = 0
        self._busy: list[float] = []

    @property
    def keys(self) -> list[Key]:
        return list(self._figures)

    @property
    def waiting(self) -> float:
        """Who still waited at the end, on average."""
        return self._waiting / max(self._runs, 1) / self._days

    def add(self, script: Script, waited_s: Sequence[float], outcomes: Sequence[int]) -> None:
        """Count a run: what became of each visit of the script."""
        self._runs += 1
        cells: defaultdict[Key, _Cell] = defaultdict(_Cell)
        begins_s, ends_s = script.period.from_s, script.period.to_s
        visits = script.period.visits
        for line, numbers in script.lines.items():
            tier, queue, channel = line.kind
            if self._queues is not None and queue not in self._queues:
                continue
            cell, target_s = _Cell(), script.places[line].target_s
            for number in numbers:
                if begins_s <= (at_s := visits[number].at_s) < ends_s:
                    cell.waited_s.append(waited_s[number])
                    cell.outcomes.append(outcomes[number])
                    self._place(channel, at_s, waited_s[number], outcomes[number], target_s)
            cell.targets_s = [target_s] * len(cell.waited_s)
            for key in (
                Key(channel, "all", ""),
                Key(channel, "tier", tier),
                Key(channel, "queue", queue),
            ):
                cells[key].extend(cell)
        for key, cell in cells.items():
            self._count(key, cell)

    def add_staff(self, occupancy: float | None) -> None:
        """Count how busy the agents were in a run; None: nobody was there."""
        if occupancy is not None:
            self._busy.append(occupancy)

    @property
    def occupancy(self) -> Estimate:
        if not self._busy:
            return Estimate(None)
        return estimate(fmean(self._busy), self._busy if len(self._busy) > 1 else ())

    def _count(self, key: Key, cell: _Cell) -> None:
        if not cell.outcomes:
            return
        self._contacts[key] += len(cell.outcomes)
        if key.by == "all":
            self._waiting += cell.outcomes.count(WAITING)
        seen = seen_of(cell.waited_s, cell.outcomes, cell.targets_s)
        if len(seen):
            self._figures[key].append({name: FIGURES[name](seen) for name in SHOWN})

    def _place(
        self, channel: str, at_s: float, waited_s: float, outcome: int, target_s: float
    ) -> None:
        if outcome == WAITING:
            return
        count = len(self._edges) - 1
        parts = self._parts.setdefault(channel, [_Part() for _ in range(count)])
        part = parts[min(max(bisect_right(self._edges, at_s) - 1, 0), count - 1)]
        part.over += 1
        part.waited_s += waited_s
        part.in_time += outcome == ANSWERED and waited_s <= target_s

    def contacts(self, key: Key) -> float:
        return self._contacts[key] / max(self._runs, 1) / self._days

    def estimates(self, key: Key) -> Mapping[str, Estimate]:
        """Return the figures of a group: the mean over the runs, and how sure it is."""
        runs = self._figures.get(key, [])
        found = {}
        for name in SHOWN:
            values = [run[name] for run in runs]
            mean = fmean(values) if values else math.nan
            found[name] = estimate(mean, values if len(values) == self._runs > 1 else ())
        return found

    def course(self, channel: str) -> list[PartView]:
        """Return the parts of the time, on average over the runs."""
        times = max(self._runs, 1) * self._days
        empty = [_Part() for _ in self._edges[1:]]
        return [
            PartView(
                contacts=round(part.over / times, 3),
                mean_wait_s=round(part.waited_s / part.over, 3) if part.over else None,
                service_level=round(part.in_time / part.over, 4) if part.over else None,
            )
            for part in self._parts.get(channel, empty)
        ]


class Sides(NamedTuple):
    """What was, what the model makes of it, and of the changes."""

    recorded: Tally
    model: Tally
    changed: Tally | None


def groups_of(sides: Sides, tiers: Sequence[str], queues: Sequence[str]) -> list[GroupView]:
    """Return every group that somebody came of: a channel whole, its tiers, its queues."""
    order = {name: place for names in (tiers, queues) for place, name in enumerate(names)}
    rank = {"all": 0, "tier": 1, "queue": 2}
    keys = {*sides.recorded.keys, *sides.model.keys}
    wanted = sorted(keys, key=lambda key: (key.channel, rank[key.by], order.get(key.name, 99)))
    return [_group(sides, key) for key in wanted]


def _group(sides: Sides, key: Key) -> GroupView:
    model = sides.model.estimates(key)
    changed = None if sides.changed is None else sides.changed.estimates(key)
    differences = None
    if changed is not None:
        differences = {name: difference(model[name], changed[name], paired=True) for name in SHOWN}
    return GroupView(
        channel=key.channel,
        by=key.by,
        name=key.name,
        contacts=round(sides.recorded.contacts(key) or sides.model.contacts(key), 2),
        recorded=_measures(sides.recorded.estimates(key)),
        model=_measures(model),
        changed=None if changed is None else _measures(changed),
        difference=None
        if differences is None
        else _measures(differences, SHARE_DIFFERENCE, _SECONDS_DIFFERENCE),
    )


def courses_of(sides: Sides, channels: Sequence[str]) -> list[CourseView]:
    """Return the course of each channel."""
    return [
        CourseView(
            channel=channel,
            recorded=sides.recorded.course(channel),
            model=sides.model.course(channel),
            changed=None if sides.changed is None else sides.changed.course(channel),
        )
        for channel in channels
    ]


def _measures(
    figures: Mapping[str, Estimate], shares: Bounds = SHARE, seconds: Bounds = _SECONDS
) -> Measures:
    return {
        name: measure(one, shares if name in _SHARES else seconds) for name, one in figures.items()
    }


def measure(one: Estimate, bounds: Bounds) -> Measure:
    """Return a figure as it is sent, its interval within what it can be."""
    if one.value is None:
        return Measure(value=None)
    low, high = one.ci95 or (None, None)
    return Measure(
        value=round(one.value, 4),
        low=None if low is None else round(max(low, bounds.low), 4),
        high=None if high is None else round(min(high, bounds.high), 4),
    )
