"""The real engine, simulated, gives what queueing theory says (routing.md section 4).

Each simulated mean must lie within 4 standard errors of the formula. The standard error comes from
20 batches, so Student's t with 19 degrees of freedom holds: chance alone puts about one comparison
in 1,300 outside, and the seeds are fixed. Where luck kept the lines short the batches differ less,
too (the spread of a mean wait grows with the mean): there the error is taken in proportion to what
theory expects. Of 400 runs of M/M/c at the loads of the grid none lay outside so; without, 6 did.
(Seed 15 of the case with 3 agents and 4 tiers is such a one: 1.8 % fewer customers than expected,
with 2 % less work each.) `test_textbook.py` knows no chance. To try other parameters, add a case:

    HUB_THEORY='{"agents": 7, "load": 0.8, "shares": [0.2, 0.8], "targets_s": [20, 60],
                 "rule": "strict", "contacts": 50000, "seed": 3}' pytest <this file> -k case
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import product

import msgspec
import pytest

from hub.simulation import theory
from hub.simulation.statistics import Estimate
from tests.unit.simulation.build import HANDLE_S, a_center, exponential, fixed, simulated

CONTACTS = 12_000
ERRORS = 4


@dataclass(frozen=True)
class Case:
    """`load`: ρ, offered load ÷ agents. `shares` of the contacts, the best tier first."""

    agents: int
    load: float
    shares: tuple[float, ...] = (1.0,)
    targets_s: tuple[float, ...] = ()
    rule: str = "urgency"
    cap_s: float | None = None
    contacts: int = CONTACTS
    seed: int = 1

    @property
    def rates(self) -> list[float]:
        total = self.load * self.agents / HANDLE_S
        return [total * share / sum(self.shares) for share in self.shares]

    @property
    def targets(self) -> list[float]:
        return list(self.targets_s) or [20.0 * 2**place for place in range(len(self.shares))]


def assert_agrees(found: Estimate, expected: float, what: str) -> None:
    assert found.value is not None
    assert found.standard_error is not None
    error = found.standard_error
    if found.value < expected:
        error *= expected / max(found.value, expected / 10)
    assert abs(found.value - expected) <= ERRORS * error, (
        f"{what}: simulated {found.value:.3f} ± {found.standard_error:.3f} (standard error), "
        f"theory {expected:.3f}"
    )


SHARES = ((1.0,), (0.3, 0.7), (0.2, 0.3, 0.5), (0.1, 0.2, 0.5, 0.2))
LOADS = {1: 0.7, 3: 0.75, 10: 0.8, 30: 0.85}
GRID = [
    Case(agents, LOADS[agents], shares, rule=rule, seed=seed)
    for seed, (agents, shares, rule) in enumerate(
        product(LOADS, SHARES, ("urgency", "strict")), 100
    )
    if rule == "urgency" or len(shares) > 1
]
GRID.append(Case(2, 0.75, (0.5, 0.5), (10.0, 100.0)))  # slopes far apart
if asked := os.environ.get("HUB_THEORY"):
    GRID.append(msgspec.json.decode(asked, type=Case))


def words(case: Case) -> str:
    return f"{case.rule}-{case.agents}agents-{len(case.shares)}tiers"


@pytest.mark.parametrize("case", GRID, ids=words)
def test_a_case_agrees_with_cobham_or_kleinrock_and_keeps_the_conservation_law(case: Case) -> None:
    rates, targets = case.rates, case.targets
    results = simulated(
        a_center(
            case.agents,
            rates,
            targets,
            rule=case.rule,
            cap_s=case.cap_s,
            contacts=case.contacts,
            seed=case.seed,
        )
    )
    if case.rule == "strict":
        expected = theory.cobham_s(case.agents, rates, HANDLE_S)
    else:
        slopes = [1 / target for target in targets]
        expected = theory.accumulating_s(case.agents, rates, HANDLE_S, slopes)
    for (name, tier), wait_s in zip(results.groups["tiers"].items(), expected, strict=True):
        assert_agrees(tier.figures["mean_wait_s"], wait_s, f"{case}: {name}")
    whole = results.groups["queues"]["default"].figures["mean_wait_s"]
    fifo_s = theory.erlang_c_wait_s(case.agents, sum(rates), HANDLE_S)
    assert_agrees(whole, fifo_s, f"{case}: Σλ·W = λ·W(FIFO)")
    assert_agrees(results.occupancy, case.load, f"{case}: occupancy")


@pytest.mark.parametrize("rule", ["urgency", "strict"])
@pytest.mark.parametrize("agents", [1, 10])
def test_the_conservation_law_holds_with_a_cap(rule: str, agents: int) -> None:
    case = Case(agents, 0.75, (0.3, 0.7))
    fifo_s = theory.erlang_c_wait_s(agents, sum(case.rates), HANDLE_S)
    center = a_center(agents, case.rates, rule=rule, cap_s=2 * fifo_s, contacts=CONTACTS)
    whole = simulated(center).groups["queues"]["default"]
    assert_agrees(whole.figures["mean_wait_s"], fifo_s, f"{rule}, {agents} agents, cap")


@pytest.mark.parametrize(("agents", "load"), [(1, 0.7), (5, 0.8), (14, 10 / 14), (30, 0.85)])
def test_erlang_c_gives_the_share_answered_within_a_time(agents: int, load: float) -> None:
    rate, target_s = load * agents / HANDLE_S, 20.0
    results = simulated(a_center(agents, [rate], [target_s], contacts=CONTACTS))
    longer = theory.erlang_c_longer(agents, rate, HANDLE_S, target_s)
    tier = results.groups["tiers"]["tier 1"]
    assert_agrees(tier.figures["service_level"], 1 - longer, "service level")
    assert_agrees(results.occupancy, load, "occupancy")


@pytest.mark.parametrize(
    ("agents", "load", "patience_s"),
    [(1, 0.9, 60.0), (5, 1.0, 120.0), (10, 1.2, 30.0), (30, 1.05, 90.0)],
)
def test_erlang_a_gives_who_gives_up_and_how_long_they_wait(
    agents: int, load: float, patience_s: float
) -> None:
    rate = load * agents / HANDLE_S
    center = a_center(agents, [rate], patience=exponential(patience_s), contacts=CONTACTS)
    tier = simulated(center).groups["tiers"]["tier 1"]
    abandoned, wait_s = theory.erlang_a(agents, rate, HANDLE_S, patience_s)
    assert_agrees(tier.figures["abandoned"], abandoned, "abandoned")
    assert_agrees(tier.figures["mean_wait_s"], wait_s, "mean wait")


@pytest.mark.parametrize(("agents", "load"), [(1, 0.5), (4, 0.9), (20, 1.1)])
def test_erlang_b_gives_who_is_lost_where_nobody_waits(agents: int, load: float) -> None:
    rate = load * agents / HANDLE_S
    center = a_center(agents, [rate], patience=fixed(0.000_01), contacts=CONTACTS)
    tier = simulated(center).groups["tiers"]["tier 1"]
    assert_agrees(tier.figures["abandoned"], theory.erlang_b(agents, load * agents), "lost")
