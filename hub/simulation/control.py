"""A queue whose service level is known exactly, fed with the same customers: where it was lucky,
the simulation was too, and that much is taken off (control variates: Law, Simulation Modeling and
Analysis, ch. 11). Pure.

The queue is Erlang's: the same arrivals, one line, agents alike, exponential handling times that
are long where those of the simulation are. Nobody leaves.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from statistics import fmean

from .chance import numbers_of
from .scenario import Distribution, Scenario
from .statistics import Estimate, estimate
from .world import Log, streams_of

_LEAST_PARTS = 4  # one is used up by the slope


def waits_of_erlang(scenario: Scenario, log: Log, agents: int, handle_s: float) -> Iterator[float]:
    """Yield how long each contact of a scenario that was run would wait in Erlang's queue, whose
    mean handling time is `handle_s`, in the order of arrival."""
    draws = [
        (stream.handle, _as_exponential(stream.spec.handle, scenario.run.seed))
        for stream in streams_of(scenario)
    ]
    free_s = [0.0] * agents
    for stream, at_s in zip(log.stream, log.arrived_s, strict=True):
        draw, long_as = draws[stream]
        begin_s = max(at_s, free_s[0])
        heapq.heapreplace(free_s, begin_s + handle_s * long_as(draw()))
        yield begin_s - at_s


def _as_exponential(handle: Distribution, seed: int) -> Callable[[float], float]:
    """Return what turns a handling time into the exponential one, of mean 1, that is as rare."""
    if handle.distribution == "exponential":
        return lambda time_s: time_s / handle.mean_s
    if handle.distribution == "lognormal" and handle.sigma is not None:
        sigma = handle.sigma
        mu = math.log(handle.mean_s) - sigma**2 / 2
        return lambda time_s: -math.log(math.erfc((math.log(time_s) - mu) / sigma / 2**0.5) / 2)
    numbers = numbers_of(seed, "control")
    return lambda _: numbers.expovariate(1.0)


def controlled(shares: Sequence[float], controls: Sequence[float], exact: float) -> Estimate:
    """Return a share, seen in several parts of a run, less the luck of these parts: `controls` is
    what Erlang's queue had in them, `exact` what it has in the long run."""
    mean, control = fmean(shares), fmean(controls)
    spread = sum((one - control) ** 2 for one in controls)
    if len(shares) < _LEAST_PARTS or spread == 0:
        return estimate(mean, shares if len(shares) > 1 else ())
    together = sum((a - mean) * (b - control) for a, b in zip(shares, controls, strict=True))
    slope = together / spread
    parts = [a - slope * (b - exact) for a, b in zip(shares, controls, strict=True)]
    plain = estimate(fmean(parts), parts)
    error = (plain.standard_error or 0.0) * math.sqrt((len(parts) - 1) / (len(parts) - 2))
    return Estimate(plain.value, error, plain.parts)
