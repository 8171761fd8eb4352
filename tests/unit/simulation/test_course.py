"""The course of a time: half hours, longer parts of long times, the waits of each tier."""

from __future__ import annotations

import pytest

from hub.simulation.course import (
    MOST_BINS,
    Came,
    course_of,
    course_of_scenario,
    edges_of,
    parts_of,
    staff_between,
)
from hub.simulation.run import Look, run
from hub.simulation.scenario import Agents, Interval, Run, Scenario, Shift, Tier
from hub.simulation.world import ABANDONED, ANSWERED, BIN_S, WAITING

from .build import a_stream, fixed

DAY_S = 86_400.0


@pytest.mark.parametrize(
    ("length_s", "step_s"),
    [(60.0, 1800), (DAY_S, 1800), (2 * DAY_S, 1800), (3 * DAY_S, 3600), (30 * DAY_S, 43_200)],
)
def test_the_parts_are_half_hours_or_longer_where_there_would_be_too_many(
    length_s: float, step_s: float
) -> None:
    edges = edges_of(100.0, 100.0 + length_s)
    assert edges[1] - edges[0] == step_s
    assert edges[0] == 100
    assert edges[-1] >= 100 + length_s
    assert len(edges) - 1 <= MOST_BINS


def test_a_very_long_time_has_few_parts_too() -> None:
    assert len(edges_of(0.0, 4000 * DAY_S)) - 1 <= MOST_BINS


def test_the_last_part_ends_with_the_time() -> None:
    assert parts_of(100.0, 4100.0) == [100, 1900, 3700, 4100]
    assert parts_of(100.0, 3700.0) == [100, 1900, 3700]
    assert parts_of(100.0, 160.0) == [100, 160]


def test_each_part_counts_who_came_in_it() -> None:
    first = [
        Came(0.0, "gold", 20.0, 20.0, ANSWERED),
        Came(10.0, "gold", 20.0, 21.0, ANSWERED),
        Came(20.0, "low", 20.0, 5.0, ABANDONED),
        Came(30.0, "low", 20.0, 900.0, WAITING),
        Came(1800.0, "low", 20.0, 0.0, ANSWERED),
        Came(9999.0, "low", 20.0, 0.0, ANSWERED),
    ]
    second = [Came(0.0, "gold", 20.0, 0.0, ANSWERED)]
    edges = [0.0, 1800.0, 3600.0, 5400.0]
    course = course_of(edges, [first, second], [(1.0, 2.0), None, None], ["gold", "low", "none"])
    assert [part.contacts for part in course.bins] == [2, 0.5, 0]
    assert [part.service_level for part in course.bins] == [2 / 4, 1, None]
    assert course.bins[0][-2:] == (1.0, 2.0)
    assert course.bins[1][-2:] == (None, None)
    assert set(course.waits_s) == {"gold", "low"}
    assert course.waits_s["gold"][0] == 0
    assert course.waits_s["gold"][50] == 20
    assert course.waits_s["gold"][100] == 21


def test_agents_between_two_looks_are_means_over_the_runs_that_saw_both() -> None:
    first = [Look(0.0, 0.0, 0.0), Look(10.0, 20.0, 40.0), Look(20.0, 20.0, 80.0)]
    second = [Look(0.0, 0.0, 0.0), Look(10.0, 0.0, 20.0)]
    assert staff_between([0.0, 10.0, 20.0, 30.0], [first, second]) == [(1, 3), (0, 4), None]


def test_the_periods_of_a_scenario_are_laid_over_each_other() -> None:
    rates = [Interval(for_s=BIN_S, rate_per_s=0.1), Interval(for_s=BIN_S, rate_per_s=0.0)]
    scenario = Scenario(
        run=Run(contacts=3_000, warmup=100),
        tiers=[Tier(name="gold", target_s=20)],
        arrivals=[a_stream("gold", rates, handle=fixed(50))],
        agents=[Agents(count=8), Agents(count=2, shift=Shift(from_s=0, to_s=BIN_S))],
    )
    busy, quiet = course_of_scenario(run(scenario, looks=True)).bins
    assert busy.contacts == 2_900
    assert quiet.contacts == 0
    assert busy.signed_in == pytest.approx(10)
    assert quiet.signed_in == pytest.approx(8, abs=0.2)
    assert busy.busy == pytest.approx(5, abs=0.3)
