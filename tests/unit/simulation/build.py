"""Builders for simulated scenarios."""

from __future__ import annotations

from collections.abc import Sequence

from hub.simulation.run import run
from hub.simulation.scenario import Agents, Arrivals, Distribution, Run, Scenario, Tier
from hub.simulation.statistics import Results, results_of

HANDLE_S = 60.0


def exponential(mean_s: float) -> Distribution:
    return Distribution(distribution="exponential", mean_s=mean_s)


def a_stream(tier: str = "tier 1", rate_per_s: float = 0.01, **more: object) -> Arrivals:
    spec: dict[str, object] = {
        "tier": tier,
        "channel": "phone",
        "rate_per_s": rate_per_s,
        "handle": exponential(HANDLE_S),
    }
    return Arrivals(**(spec | more))  # type: ignore[arg-type] - a builder takes any key


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
