"""What queueing theory says, to compare the engine with: routing.md section 4 (docs/design).

`c` agents alike, Poisson arrivals, exponential handling of mean `handle_s`; a = λ · handle_s is the
offered load, ρ = a ÷ c. Rates are contacts a second, waits seconds. Tiers come best first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def erlang_b(agents: int, load: float) -> float:
    """Return the share that finds all busy where nobody waits. Erlang 1917; recursion."""
    blocked = 1.0
    for k in range(1, agents + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(agents: int, load: float) -> float:
    """Return the share that has to wait, all of whom do. Erlang 1917; load < agents."""
    blocked = erlang_b(agents, load)
    return agents * blocked / (agents - load * (1 - blocked))


def erlang_c_wait_s(agents: int, rate: float, handle_s: float) -> float:
    """Return the mean wait of everybody, first come, first served."""
    return erlang_c(agents, rate * handle_s) / (agents / handle_s - rate)


def erlang_c_longer(agents: int, rate: float, handle_s: float, than_s: float) -> float:
    """Return the share that waits longer than `than_s`."""
    return erlang_c(agents, rate * handle_s) * math.exp(-(agents / handle_s - rate) * than_s)


def erlang_a(agents: int, rate: float, handle_s: float, patience_s: float) -> tuple[float, float]:
    """Return (share that gives up, mean wait of everybody) with exponential patience.

    Palm 1957: birth–death with death rate min(n, c)·μ + (n − c)⁺·θ; P(gives up) = θ·W.
    """
    weights = [1.0]
    for n in range(1, 1_000_000):
        leave = min(n, agents) / handle_s + max(n - agents, 0) / patience_s
        weights.append(weights[-1] * rate / leave)
        if n > agents and weights[-1] < 1e-15 * max(weights):
            break
    waiting = sum(max(n - agents, 0) * weight for n, weight in enumerate(weights)) / sum(weights)
    wait_s = waiting / rate  # Little
    return wait_s / patience_s, wait_s


def cobham_s(agents: int, rates: Sequence[float], handle_s: float) -> list[float]:
    """Return the mean wait of each tier under strict priority. Cobham 1954."""
    first_s = _first_s(agents, rates, handle_s)
    waits, before = [], 0.0
    for rate in rates:
        with_this = before + rate * handle_s / agents
        waits.append(first_s / ((1 - before) * (1 - with_this)))
        before = with_this
    return waits


def accumulating_s(
    agents: int, rates: Sequence[float], handle_s: float, slopes: Sequence[float]
) -> list[float]:
    """Return the mean wait of each tier where priority grows by its slope (waited ÷ target: the
    slope is 1 ÷ target). Kleinrock 1964. Slopes fall from the best tier on.

    W_p = [W0/(1−ρ) − Σ_{b_i<b_p} ρ_i W_i (1 − b_i/b_p)] ÷ [1 − Σ_{b_i>b_p} ρ_i (1 − b_p/b_i)],
    the tier of the least slope first.
    """
    shares = [rate * handle_s / agents for rate in rates]
    common_s = _first_s(agents, rates, handle_s) / (1 - sum(shares))
    waits = [0.0] * len(rates)
    for p in sorted(range(len(rates)), key=lambda tier: slopes[tier]):
        slope = slopes[p]
        slower = [i for i in range(len(rates)) if slopes[i] < slope]
        faster = [i for i in range(len(rates)) if slopes[i] > slope]
        above = common_s - sum(shares[i] * waits[i] * (1 - slopes[i] / slope) for i in slower)
        waits[p] = above / (1 - sum(shares[i] * (1 - slope / slopes[i]) for i in faster))
    return waits


def _first_s(agents: int, rates: Sequence[float], handle_s: float) -> float:
    """W0: the mean time until an agent is free, for one who comes and is next."""
    return erlang_c(agents, sum(rates) * handle_s) * handle_s / agents
