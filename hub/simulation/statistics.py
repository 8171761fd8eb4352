"""What a run says: figures by tier, queue and channel, each with its confidence interval.

Batch means (Law, Simulation Modeling and Analysis, ch. 9): the contacts of a group, in the order of
arrival and without the warm-up, are cut into BATCHES equal parts. Waits of neighbours hang
together, those of long parts hardly do: so the spread of the parts tells how sure the whole is, by
Student's t. Percentiles go by the percentile of each part. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, stdev

from .run import BATCHES, Ran
from .scenario import Scenario
from .world import ANSWERED

T_975 = 2.0930240544
"""Student's t with BATCHES - 1 = 19 degrees of freedom: ± so many standard errors hold 95 %."""

_LEAST = 2 * BATCHES  # fewer contacts in a group: no interval


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure. `standard_error` is None where too few contacts were seen to tell; `value` is where
    there was none. `parts`: the same figure of each batch."""

    value: float | None
    standard_error: float | None = None
    parts: tuple[float, ...] = ()

    @property
    def half_width(self) -> float | None:
        """Half the 95 % confidence interval."""
        return None if self.standard_error is None else T_975 * self.standard_error

    @property
    def ci95(self) -> tuple[float, float] | None:
        if self.value is None or self.half_width is None:
            return None
        return (self.value - self.half_width, self.value + self.half_width)


@dataclass(frozen=True, slots=True)
class Group:
    """The contacts of one tier, queue or channel, and their figures by name, in order."""

    contacts: int
    figures: dict[str, Estimate]


@dataclass(frozen=True, slots=True)
class Results:
    """`groups`: tiers, queues, channels; then by name."""

    scenario: Scenario
    simulated_s: float
    groups: dict[str, dict[str, Group]]
    occupancy: Estimate


@dataclass(frozen=True, slots=True)
class Seen:
    """Contacts in the order of arrival: waited until answered or gone, in seconds; answered;
    answered within the target of their tier."""

    waited_s: Sequence[float]
    answered: Sequence[bool]
    in_time: Sequence[bool]

    def __len__(self) -> int:
        return len(self.waited_s)

    def part(self, begin: int, end: int) -> Seen:
        return Seen(self.waited_s[begin:end], self.answered[begin:end], self.in_time[begin:end])


Figure = Callable[[Seen], float]


def _mean_wait_s(seen: Seen) -> float:
    return fmean(seen.waited_s)


def _mean_answer_s(seen: Seen) -> float:
    """ASA: the mean wait of the answered (nan: nobody was)."""
    waits = [
        waited for waited, answered in zip(seen.waited_s, seen.answered, strict=True) if answered
    ]
    return fmean(waits) if waits else math.nan


def _percentile_s(percent: float) -> Figure:
    return lambda seen: percentile(sorted(seen.waited_s), percent)


def _abandoned(seen: Seen) -> float:
    return 1 - sum(seen.answered) / len(seen)


def _service_level(seen: Seen) -> float:
    """Answered within the target ÷ (answered + abandoned)."""
    return sum(seen.in_time) / len(seen)


FIGURES: dict[str, Figure] = {
    "mean_wait_s": _mean_wait_s,
    "mean_answer_s": _mean_answer_s,
    "p50_wait_s": _percentile_s(50),
    "p90_wait_s": _percentile_s(90),
    "p99_wait_s": _percentile_s(99),
    "abandoned": _abandoned,
    "service_level": _service_level,
}


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the value below which `percent` of the values lie, between the two next to it."""
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def results_of(ran: Ran) -> Results:
    """Return the figures of a run."""
    scenario = ran.scenario
    specs = [stream.spec for stream in ran.streams]
    kinds = {
        "tiers": (list(scenario.targets_s), [spec.tier for spec in specs]),
        "queues": (scenario.queues, [spec.queue for spec in specs]),
        "channels": (scenario.channels, [spec.channel for spec in specs]),
    }
    groups: dict[str, dict[str, Group]] = {}
    known: dict[frozenset[int], Group] = {}  # one queue of one channel is counted once
    for kind, (names, of_stream) in kinds.items():
        groups[kind] = {}
        for name in names:
            members = frozenset(i for i, its_name in enumerate(of_stream) if its_name == name)
            if members not in known:
                known[members] = group_of(_seen(ran, members))
            groups[kind][name] = known[members]
    return Results(scenario, ran.simulated_s, groups, _occupancy(ran.marks))


def _seen(ran: Ran, members: frozenset[int]) -> Seen:
    log, targets_s = ran.log, [stream.target_s for stream in ran.streams]
    numbers = [n for n in range(ran.scenario.run.left_out, len(log)) if log.stream[n] in members]
    answered = [log.outcome[n] == ANSWERED for n in numbers]
    waited_s = [log.waited_s[n] for n in numbers]
    in_time = [
        log.outcome[n] == ANSWERED and log.waited_s[n] <= targets_s[log.stream[n]] for n in numbers
    ]
    return Seen(waited_s, answered, in_time)


def group_of(seen: Seen) -> Group:
    """Return the figures of contacts in the order of arrival."""
    count = len(seen)
    if not count:
        return Group(0, {name: Estimate(None) for name in FIGURES})
    edges = [count * batch // BATCHES for batch in range(BATCHES + 1)]
    parts = []
    if count >= _LEAST:
        parts = [seen.part(*pair) for pair in pairwise(edges)]
    return Group(
        count,
        {
            name: estimate(figure(seen), [figure(part) for part in parts])
            for name, figure in FIGURES.items()
        },
    )


def estimate(value: float, parts: Sequence[float]) -> Estimate:
    """Return a figure with what its spread over the batches says (no parts: no interval)."""
    if math.isnan(value):
        return Estimate(None)
    if not parts or any(math.isnan(part) for part in parts):
        return Estimate(value)
    return Estimate(value, stdev(parts) / math.sqrt(len(parts)), tuple(parts))


def difference(first: Estimate, second: Estimate, *, paired: bool) -> Estimate:
    """Return second − first. `paired`: both met the same customers, so batch goes with batch."""
    if first.value is None or second.value is None:
        return Estimate(None)
    value = second.value - first.value
    if first.standard_error is None or second.standard_error is None:
        return Estimate(value)
    if paired and len(first.parts) == len(second.parts):
        return estimate(value, [b - a for a, b in zip(first.parts, second.parts, strict=True)])
    return Estimate(value, math.hypot(first.standard_error, second.standard_error))


def _occupancy(marks: Sequence[tuple[float, float]]) -> Estimate:
    """Busy ÷ signed-in agent-seconds from the end of the warm-up to the last arrival."""
    parts = []
    for (busy_then, there_then), (busy, there) in pairwise(marks):
        parts.append((busy - busy_then) / (there - there_then) if there > there_then else math.nan)
    (busy_0, there_0), (busy_1, there_1) = marks[0], marks[-1]
    if there_1 <= there_0:
        return Estimate(None)
    return estimate((busy_1 - busy_0) / (there_1 - there_0), parts)
