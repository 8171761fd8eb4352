"""What a run says: figures by tier, queue and channel, each with its confidence interval.

Batch means (Law, Simulation Modeling and Analysis, ch. 9): the contacts of a group, in the order of
arrival and without the warm-up, are cut into BATCHES equal parts. Waits of neighbours hang
together, those of long parts hardly do: so the spread of the parts tells how sure the whole is, by
Student's t. Percentiles go by the percentile of each part. Pure.

Several runs of one period are parts, too: the figure is the mean of theirs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress, pairwise
from statistics import NormalDist, fmean, stdev

from .run import BATCHES, Ran
from .scenario import Scenario
from .world import ANSWERED, WAITING, Kind

T_975 = 2.0930240544
"""Student's t with BATCHES - 1 = 19 degrees of freedom: ± so many standard errors hold 95 %."""

_T_OF_FEW = {1: 12.7062047, 2: 4.30265273, 3: 3.18244631}
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
        if self.standard_error is None:
            return None
        freedom = len(self.parts) - 1 if len(self.parts) > 1 else BATCHES - 1
        return student_t(freedom) * self.standard_error

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


Groups = dict[str, dict[str, Group]]
"""Tiers, queues, channels; then by name."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of contacts, by group, and of the agents."""

    groups: Groups
    occupancy: Estimate


@dataclass(frozen=True, slots=True)
class Results(Figures):
    """The figures of a scenario that was run."""

    scenario: Scenario
    simulated_s: float


@dataclass(frozen=True)
class Seen:
    """Contacts in the order of arrival: waited until answered or gone, in seconds; answered;
    answered within the target of their tier."""

    waited_s: Sequence[float]
    answered: Sequence[bool]
    in_time: Sequence[bool]

    def __len__(self) -> int:
        return len(self.waited_s)

    @cached_property
    def ordered_s(self) -> list[float]:
        """What they waited, the least first."""
        return sorted(self.waited_s)

    def part(self, begin: int, end: int) -> Seen:
        return Seen(self.waited_s[begin:end], self.answered[begin:end], self.in_time[begin:end])


Figure = Callable[[Seen], float]


def _mean_wait_s(seen: Seen) -> float:
    return fmean(seen.waited_s)


def _mean_answer_s(seen: Seen) -> float:
    """ASA: the mean wait of the answered (nan: nobody was)."""
    waits = list(compress(seen.waited_s, seen.answered))
    return fmean(waits) if waits else math.nan


def _percentile_s(percent: float) -> Figure:
    return lambda seen: percentile(seen.ordered_s, percent)


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


NOBODY = Group(0, {name: Estimate(None) for name in FIGURES})


def student_t(freedom: int) -> float:
    """Return how many standard errors hold 95 %. Abramowitz & Stegun 26.7.5, off by less than
    0.1 % from 4 degrees of freedom on."""
    if freedom == BATCHES - 1:
        return T_975
    if freedom in _T_OF_FEW:
        return _T_OF_FEW[freedom]
    z = NormalDist().inv_cdf(0.975)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return float(z + sum(term / freedom**power for power, term in enumerate(terms, start=1)))


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the value below which `percent` of the values lie, between the two next to it."""
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def results_of(ran: Ran) -> Results:
    """Return the figures of a run."""
    scenario, log = ran.scenario, ran.log
    left_out = scenario.run.left_out
    streams = log.stream[left_out:]
    waited_s, outcomes = log.waited_s[left_out:], log.outcome[left_out:]
    kinds = [source.kind for source in ran.streams]
    targets_s = [source.target_s for source in ran.streams]
    names = {
        "tiers": list(scenario.targets_s),
        "queues": scenario.queues,
        "channels": scenario.channels,
    }

    def seen(members: frozenset[int]) -> Seen:
        of_them = [stream in members for stream in streams]
        return seen_of(
            list(compress(waited_s, of_them)),
            list(compress(outcomes, of_them)),
            [targets_s[stream] for stream in compress(streams, of_them)],
        )

    groups = groups_of(names, kinds, lambda members: group_of(seen(members)))
    return Results(groups, _occupancy(ran.played.marks), scenario, ran.simulated_s)


def groups_of(
    names: Mapping[str, Sequence[str]],
    kinds: Sequence[Kind],
    group: Callable[[frozenset[int]], Group],
) -> Groups:
    """Return the groups by these names; `group` makes one of the indexes of its kinds."""
    groups: Groups = {}
    known: dict[frozenset[int], Group] = {}  # one queue of one channel is counted once
    for place, (by, wanted) in enumerate(names.items()):
        groups[by] = {}
        for name in wanted:
            members = frozenset(i for i, kind in enumerate(kinds) if kind[place] == name)
            if members not in known:
                known[members] = group(members)
            groups[by][name] = known[members]
    return groups


def seen_of(waited_s: Sequence[float], outcomes: Sequence[int], targets_s: Sequence[float]) -> Seen:
    """Return contacts as the figures need them; who still waits is left out."""
    if WAITING in outcomes:
        over = [n for n, outcome in enumerate(outcomes) if outcome != WAITING]
        waited_s, outcomes = [waited_s[n] for n in over], [outcomes[n] for n in over]
        targets_s = [targets_s[n] for n in over]
    answered = [outcome == ANSWERED for outcome in outcomes]
    in_time = [
        was_answered and waited <= target
        for was_answered, waited, target in zip(answered, waited_s, targets_s, strict=True)
    ]
    return Seen(waited_s, answered, in_time)


def group_of(seen: Seen) -> Group:
    """Return the figures of contacts in the order of arrival."""
    count = len(seen)
    if not count:
        return NOBODY
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


def mean_group(runs: Sequence[Seen]) -> Group:
    """Return the figures of the same contacts in several runs: the mean, and how it varies."""
    seen = [run for run in runs if len(run)]
    if not seen:
        return NOBODY
    count = round(fmean(len(run) for run in runs))
    figures = {}
    for name, figure in FIGURES.items():
        values = [figure(run) for run in seen]
        known = [value for value in values if not math.isnan(value)]
        mean = fmean(known) if known else math.nan
        figures[name] = estimate(mean, values if len(values) == len(runs) > 1 else ())
    return Group(count, figures)


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
