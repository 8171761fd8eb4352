"""How many contacts a second the simulator handles on one core, and what limits it.

The figure is the whole of `hub simulate`: the run, its statistics, without starting Python. One
agent is the least work for the engine, a mixed centre is what people will simulate.
"""

from __future__ import annotations

import cProfile
import pstats
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import click

from hub.simulation.check import check_scenario
from hub.simulation.run import run
from hub.simulation.scenario import Agents, Arrivals, Distribution, Run, Scenario, Tier
from hub.simulation.statistics import results_of

from .figures import Figure, progress, show

_GOAL = 50_000
_SAMPLE = Path(__file__).parents[1] / "config" / "scenario.example.toml"


def calls(agents: int, tiers: int, contacts: int, load: float = 0.85) -> Scenario:
    """Return a centre of calls: one queue, so many tiers, exponential handling of 180 s."""
    names = [f"tier {number}" for number in range(tiers)]
    handle = Distribution(distribution="exponential", mean_s=180)
    rate = load * agents / 180 / tiers
    return Scenario(
        run=Run(contacts=contacts),
        tiers=[Tier(name=name, target_s=20.0 * 2**place) for place, name in enumerate(names)],
        arrivals=[
            Arrivals(tier=name, channel="phone", rate_per_s=rate, handle=handle) for name in names
        ],
        agents=[Agents(count=agents)],
    )


def scenarios(contacts: int) -> Iterator[tuple[str, Scenario]]:
    yield "1 agent, 1 tier, calls", calls(1, 1, contacts)
    yield "30 agents, 4 tiers, calls", calls(30, 4, contacts)
    yield "300 agents, 4 tiers, calls", calls(300, 4, contacts)
    sample = check_scenario(_SAMPLE.read_text("utf-8"), contacts=contacts)
    yield "the sample: calls, chats, a skill, shifts", sample


def contacts_a_second(scenario: Scenario) -> float:
    began = time.process_time()
    results_of(run(scenario))
    return scenario.run.contacts / (time.process_time() - began)


def shares(scenario: Scenario) -> list[tuple[str, float]]:
    """Return the share of the time in each file, the largest first, as cProfile sees it."""
    profile = cProfile.Profile()
    profile.enable()
    results_of(run(scenario))
    profile.disable()
    spent: defaultdict[str, float] = defaultdict(float)
    for (file, _, _), (_, _, own_s, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]  # typeshed lacks it
        parts = Path(file).parts
        spent["/".join(parts[-2:]) if "hub" in parts else "Python"] += own_s
    total = sum(spent.values())
    return sorted(((name, s / total) for name, s in spent.items()), key=lambda one: -one[1])


@click.command()
@click.option("--contacts", default=50_000, help="For each scenario.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(contacts: int, *, quick: bool) -> None:
    """Print contacts a second of CPU beside the goal, and where the time goes."""
    contacts = 1_000 if quick else contacts
    chosen = dict(scenarios(contacts))
    with progress(len(chosen) + 1) as step:
        figures = []
        for name, scenario in chosen.items():
            step(name)
            speed = contacts_a_second(scenario)
            figures.append(
                Figure(f"simulated contacts: {name}", speed, "/s of CPU", at_least=_GOAL)
            )
        step("where the time goes")
        for name, share in shares(chosen["30 agents, 4 tiers, calls"])[:8]:
            figures.append(Figure(f"30 agents, share of {name}", 100 * share, "%"))
    show(f"hub simulate, {contacts:,} contacts a scenario", figures)


if __name__ == "__main__":
    main()
