"""How long customers would have waited, from how long they did. Pure.

Who was answered would have waited longer: that is all their wait tells of their patience, so it is
censored. Kaplan & Meier 1958: the share that waits longer than t is the product, over the waits t_i
≤ t of those who left, of 1 − left_i ÷ still waiting_i. Beyond the longest of those waits patience
goes on exponentially, at the rate of leaving in all the time waited (its maximum likelihood under
censoring), for there is nothing to tell more.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import groupby

LEAST_LEFT = 10
"""With fewer who left, a queue goes by all of its channel."""


class Patience:
    """The patience of some customers, estimated. `left` of `waits` contacts gave up."""

    def __init__(self, waits: Iterable[tuple[float, bool]]) -> None:
        """`waits`: (seconds waited, whether they left)."""
        ordered = sorted(waits)
        self.waits = len(ordered)
        self.left = sum(left for _, left in ordered)
        waited_s = sum(wait for wait, _ in ordered)
        self.rate_per_s = self.left / waited_s if waited_s > 0 else 0.0
        self._at_s: list[float] = []
        self._stay: list[float] = []  # the share that waits longer than `_at_s` of this place
        share, at_risk = 1.0, self.waits
        for at_s, group in groupby(ordered, key=lambda one: one[0]):
            together = list(group)
            gone = sum(left for _, left in together)
            if gone:
                share *= 1 - gone / at_risk
                self._at_s.append(at_s)
                self._stay.append(share)
            at_risk -= len(together)

    @property
    def mean_s(self) -> float:
        """The mean, were it exponential: time waited ÷ those who left (inf: nobody did)."""
        return 1 / self.rate_per_s if self.rate_per_s else math.inf

    def longer_than(self, wait_s: float) -> float:
        """Return the share that waits longer."""
        place = bisect_right(self._at_s, wait_s)
        return self._stay[place - 1] if place else 1.0

    def draw_s(self, beyond_s: float, chance: float) -> float:
        """Return a patience above `beyond_s`, seconds; inf where nobody ever left, or nobody waited
        at all. `chance`: 0–1, a random number."""
        if not self.rate_per_s:
            return math.inf
        wanted = chance * self.longer_than(beyond_s)
        place = bisect_left(self._stay, -wanted, key=lambda share: -share)
        if place < len(self._at_s) and self._at_s[place] > beyond_s:
            return self._at_s[place]
        last_s, share = max(self._at_s[-1], beyond_s), self._stay[-1]
        remaining = wanted / share if share > 0 else chance
        return last_s - math.log(max(remaining, 1e-12)) / self.rate_per_s


def patience_by_group(
    waits: Sequence[tuple[str, str, float, bool]],
) -> dict[tuple[str, str], Patience]:
    """Return the patience of each (queue, channel) among (queue, channel, waited, left)."""
    found = {}
    for key in dict.fromkeys((queue, channel) for queue, channel, *_ in waits):
        own = Patience(
            (wait, left) for queue, channel, wait, left in waits if (queue, channel) == key
        )
        if own.left < LEAST_LEFT:
            own = Patience((wait, left) for _, channel, wait, left in waits if channel == key[1])
        found[key] = own
    return found
