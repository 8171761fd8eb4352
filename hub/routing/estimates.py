"""How long one who waits is likely to wait, as a range. Pure: hub and simulation share it.

Those before them, and those who will overtake them, are served one after another at the recent
rate: x = each · (before + overtaking(x)), solved for x. Around it lies the range of eight in ten:
the sum of so many exponential gaps, over the mean of the gaps that the rate was measured by, is
F-distributed with twice both counts as degrees of freedom; and whoever is overtaken waits through
the busy periods that the overtaking make, whose spread is wider (Kleinrock 1976, Queueing Systems
II, section 3.3). How often it holds is measured by `hub simulate --estimates`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

RATE_WINDOW_S = 900.0  # the recent service rate is that of the last quarter of an hour
_RATE_LEAST = 3  # fewer assignments than this say nothing honest
_TAIL = 1.2816  # standard deviations that leave a tenth above, and a tenth below
_LONGEST_S = 4 * 3600.0
_HALVINGS = 24  # of four hours: to the millisecond
_STEEPEST = 0.9  # nearly all who are taken overtake: the spread has no end, and is cut here


class WaitRange(NamedTuple):
    """Seconds from now."""

    low_s: int
    high_s: int


class Rivals(NamedTuple):
    """Contacts of one tier and target in the queue of one who waits.

    `ahead`: would be taken before. `taken`: agents took so many in the last RATE_WINDOW_S, so
    about as many come. `gain`: so many of them overtake the one who waits for each that comes;
    below 0 they are overtaken.
    """

    ahead: int
    taken: int
    gain: float


class Kind(NamedTuple):
    """A tier, its target in seconds and a priority (0: ordinary): they wait behind one another."""

    tier: str
    target_s: float
    priority: int = 0


def rivals_of(
    own: Kind,
    ahead: Mapping[Kind, int],
    taken: Mapping[Kind, int],
    better: Collection[str] | None,
) -> list[Rivals]:
    """Return those who count for how long one of a kind waits, its own kind among them.

    Where urgency (waited ÷ target) decides, who comes in the first x · (1 - target ÷ own target)
    of the x that the one waits will be more urgent. `better`: the tiers that all go first, where
    the queue is strict. Nobody overtakes those of a higher priority.
    """
    found = []
    for kind in sorted({*ahead, *taken}):
        gain = 1 - kind.target_s / max(own.target_s, 1e-9)
        if kind.priority != own.priority:
            gain = 0.0
        elif better is not None and own.priority == 0 and kind.tier != own.tier:
            gain = 1.0 if kind.tier in better else 0.0
        found.append(Rivals(ahead.get(kind, 0), taken.get(kind, 0), gain))
    return found


def wait_range(rivals: Sequence[Rivals]) -> WaitRange | None:
    """Return the likely wait of one with such rivals, their own kind among them; None: too few
    were taken lately to say anything honest.
    """
    taken = sum(group.taken for group in rivals)
    if taken < _RATE_LEAST:
        return None
    each_s = RATE_WINDOW_S / taken
    likely_s = _solve(rivals, each_s)
    slope = sum(group.taken * group.gain for group in rivals if group.gain > 0) / taken
    steep = min(slope, _STEEPEST)
    before = likely_s / each_s * (1 - steep) ** 2 / (1 + steep)
    known = max(taken * (1 - steep) ** 2, 1.0)
    low, high = _quantile(-_TAIL, before, known), _quantile(_TAIL, before, known)
    return WaitRange(int(likely_s * low), math.ceil(min(likely_s * high, _LONGEST_S)))


def _solve(rivals: Sequence[Rivals], each_s: float) -> float:
    """Return x where the place, counted with all who come between, is reached after x seconds."""

    def before(wait_s: float) -> float:
        count = 1.0
        for group in rivals:
            moved = group.taken / RATE_WINDOW_S * group.gain * wait_s
            count += group.ahead + max(moved, -group.ahead)
        return max(count, 1.0)

    low_s, high_s = 0.0, _LONGEST_S
    for _ in range(_HALVINGS):
        middle_s = (low_s + high_s) / 2
        if each_s * before(middle_s) > middle_s:
            low_s = middle_s
        else:
            high_s = middle_s
    return high_s


def _quantile(deviations: float, count: float, of: float) -> float:
    """Return a quantile of the F distribution with 2 · count and 2 · of degrees of freedom.

    Paulson 1942, "An approximate normalization of the analysis of variance distribution": the
    cube root of F is nearly a ratio of two normal variables.
    """
    a, b = 1 / (9 * max(count, 0.3)), 1 / (9 * of)
    of_square = (1 - b) ** 2 - deviations**2 * b
    middle = (1 - a) * (1 - b)
    rest = (1 - a) ** 2 - deviations**2 * a
    root = math.sqrt(max(middle**2 - of_square * rest, 0.0))
    return max((middle + math.copysign(root, deviations)) / of_square, 0.0) ** 3
