"""How often the range that customers are told holds, judged by what then happened."""

from __future__ import annotations

from hub.simulation.coverage import Told, coverage_of
from hub.simulation.run import Ran, run
from hub.simulation.scenario import Agents, Arrivals, Distribution, Run, Scenario, Tier
from hub.simulation.world import ABANDONED, ANSWERED


def one_agent(contacts: int, *, patience_s: float | None = None) -> Scenario:
    fixed = Distribution(distribution="fixed", mean_s=10)
    patience = None
    if patience_s is not None:
        patience = Distribution(distribution="fixed", mean_s=patience_s)
    return Scenario(
        run=Run(contacts=contacts, warmup=0),
        tiers=[Tier(name="gold", target_s=20)],
        arrivals=[
            Arrivals(tier="gold", channel="phone", rate_per_s=0.09, handle=fixed, patience=patience)
        ],
        agents=[Agents(count=1)],
    )


def watched(scenario: Scenario) -> tuple[Ran, Told]:
    told = Told()
    return run(scenario, watch=told), told


def test_who_waits_is_told_and_nobody_else() -> None:
    ran, told = watched(one_agent(400))
    waited = {n for n in range(400) if ran.log.waited_s[n] > 0}
    assert set(told.ranges) == waited
    silent = [n for n, likely in told.ranges.items() if likely is None]
    assert silent == sorted(silent)[:3]  # until three had been taken


def test_each_is_judged_by_its_own_range() -> None:
    ran, told = watched(one_agent(400, patience_s=45))
    held = coverage_of(ran, told)
    judged = within = longer = 0
    for number, likely in told.ranges.items():
        waited_s, outcome = ran.log.waited_s[number], ran.log.outcome[number]
        if likely is None or (outcome == ABANDONED and waited_s <= likely.high_s):
            continue  # told nothing, or gone before it could be judged
        judged += 1
        longer += waited_s > likely.high_s
        within += outcome == ANSWERED and likely.low_s <= waited_s <= likely.high_s
    assert any(outcome == ABANDONED for outcome in ran.log.outcome)
    assert held[""] == held["gold"]
    assert held[""].waited == len(told.ranges)
    assert held[""].within.value == within / judged
    assert held[""].longer.value == longer / judged
    shares = (held[""].within, held[""].sooner, held[""].longer)
    assert abs(sum(share.value or 0 for share in shares) - 1) < 1e-9
    assert held[""].within.ci95 is not None
