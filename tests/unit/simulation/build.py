"""Builders for simulated scenarios."""

from __future__ import annotations

from collections.abc import Sequence

from hub.simulation.run import run
from hub.simulation.scenario import (
    DEFAULT_QUEUE,
    Agents,
    Arrivals,
    Distribution,
    Interval,
    Run,
    Scenario,
    Tier,
)
from hub.simulation.statistics import Results, results_of

HANDLE_S = 60.0


def exponential(mean_s: float) -> Distribution:
    return Distribution(distribution="exponential", mean_s=mean_s)


def fixed(mean_s: float) -> Distribution:
    return Distribution(distribution="fixed", mean_s=mean_s)


def a_stream(
    tier: str = "tier 1",
    rate_per_s: float | list[Interval] = 0.01,
    *,
    channel: str = "phone",
    handle: Distribution | None = None,
    patience: Distribution | None = None,
    queue: str = DEFAULT_QUEUE,
    skills: dict[str, int] | None = None,
) -> Arrivals:
    return Arrivals(
        tier=tier,
        channel=channel,
        rate_per_s=rate_per_s,
        handle=handle or exponential(HANDLE_S),
        patience=patience,
        queue=queue,
        skills=skills or {},
    )


def a_center(
    agents: int | Sequence[Agents],
    rates: Sequence[float],
    targets_s: Sequence[float] = (),
    *,
    rule: str = "urgency",
    cap_s: float | None = None,
    patience: Distribution | None = None,
    contacts: int = 2_000,
    seed: int = 1,
) -> Scenario:
    """Return a centre of one queue and channel with a stream of exponential calls for each tier."""
    names = [f"tier {number}" for number in range(1, len(rates) + 1)]
    targets = list(targets_s) or [20.0 * 2**place for place in range(len(rates))]
    return Scenario(
        run=Run(contacts=contacts, seed=seed, rule=rule, cap_s=cap_s),
        tiers=[Tier(name=n, target_s=t) for n, t in zip(names, targets, strict=True)],
        arrivals=[
            a_stream(name, rate, patience=patience) for name, rate in zip(names, rates, strict=True)
        ],
        agents=[Agents(count=agents)] if isinstance(agents, int) else list(agents),
    )


def simulated(scenario: Scenario) -> Results:
    return results_of(run(scenario))
