"""Random times: each stream of customers has random numbers of its own, from the seed and its name.

So a change of staff or rule meets the same customers (common random numbers), and a stream more or
less changes no other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from .scenario import Arrivals, Distribution

Draw = Callable[[], float]
"""The next random time, in seconds."""


def draw_of(chosen: Distribution, numbers: Random) -> Draw:
    """Return what draws from a distribution; its mean is `mean_s`."""
    mean_s = chosen.mean_s
    if chosen.distribution == "fixed":
        return lambda: mean_s
    if chosen.distribution == "exponential":
        rate, expovariate = 1 / mean_s, numbers.expovariate
        return lambda: expovariate(rate)
    sigma = chosen.sigma or 0.0
    mu, lognormvariate = math.log(mean_s) - sigma**2 / 2, numbers.lognormvariate
    return lambda: lognormvariate(mu, sigma)


def numbers_of(seed: int, *names: object) -> Random:
    """Return the random numbers of one thing: the same for the same seed and names."""
    return Random("/".join(map(str, (seed, *names))))  # noqa: S311 - a simulation, no secret


class Clockwork:
    """When the customers of one stream come: a Poisson process, its rate constant by intervals."""

    def __init__(self, arrivals: Arrivals, numbers: Random) -> None:
        self._intervals = [(one.for_s, one.rate_per_s) for one in arrivals.intervals]
        self._gap = draw_of(Distribution(distribution="exponential", mean_s=1.0), numbers)
        self._index = 0
        self._begun_s = 0.0  # when the present interval began
        self.is_silent = all(rate == 0 for _, rate in self._intervals)

    def next_after(self, now_s: float) -> float:
        """Return when the next one comes, asked for the moments it returned, one after the other.

        A gap of the unit process is used up at the rate of the intervals it goes through.
        """
        gap = self._gap()
        while True:
            for_s, rate = self._intervals[self._index]
            at_s = now_s + gap / rate if rate > 0 else math.inf
            end_s = self._begun_s + for_s
            if at_s < end_s:
                return at_s
            gap -= max(end_s - now_s, 0.0) * rate
            now_s = self._begun_s = end_s
            self._index = (self._index + 1) % len(self._intervals)
