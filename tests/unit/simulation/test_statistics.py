"""Figures and their confidence intervals, from waits that are known."""

from __future__ import annotations

import math
from random import Random

import pytest

from hub.simulation.statistics import (
    T_975,
    Estimate,
    Seen,
    difference,
    estimate,
    group_of,
    mean_group,
    percentile,
    seen_of,
    student_t,
)
from hub.simulation.world import ABANDONED, ANSWERED, WAITING


def seen(waited_s: list[float], *, answered: bool = True, target_s: float = 10.0) -> Seen:
    return Seen(
        waited_s,
        [answered] * len(waited_s),
        [answered and waited <= target_s for waited in waited_s],
    )


def test_the_figures_of_known_waits() -> None:
    figures = group_of(seen([float(n % 101) for n in range(20 * 101)])).figures
    values = {name: figure.value for name, figure in figures.items()}
    assert values == pytest.approx(
        {
            "mean_wait_s": 50,
            "mean_answer_s": 50,
            "p50_wait_s": 50,
            "p90_wait_s": 90,
            "p99_wait_s": 99,
            "abandoned": 0,
            "service_level": 11 / 101,
        }
    )
    assert figures["mean_wait_s"].ci95 == pytest.approx((50, 50))  # all batches alike


def test_who_gives_up_counts_in_the_wait_and_not_in_the_asa() -> None:
    half = Seen([2.0, 8.0] * 30, [True, False] * 30, [True, False] * 30)
    figures = group_of(half).figures
    assert figures["mean_wait_s"].value == 5
    assert figures["mean_answer_s"].value == 2
    assert figures["abandoned"].value == 0.5
    assert figures["service_level"].value == 0.5


def test_nobody_answered_has_no_asa_and_nobody_at_all_no_figure() -> None:
    assert group_of(seen([1.0] * 50, answered=False)).figures["mean_answer_s"] == Estimate(None)
    assert all(figure.value is None for figure in group_of(seen([])).figures.values())


def test_too_few_contacts_have_a_value_and_no_interval() -> None:
    figure = group_of(seen([1.0, 3.0])).figures["mean_wait_s"]
    assert (figure.value, figure.ci95) == (2.0, None)


def test_the_interval_is_students_t_of_the_batches() -> None:
    parts = [float(n) for n in range(20)]
    found = estimate(9.5, parts)
    error = math.sqrt(35.0) / math.sqrt(20)  # the variance of 0..19 is 35
    assert found.standard_error == pytest.approx(error)
    assert found.ci95 == pytest.approx((9.5 - T_975 * error, 9.5 + T_975 * error))


def test_95_percent_of_the_intervals_hold_the_true_mean() -> None:
    numbers = Random(5)  # noqa: S311 - a simulation, no secret
    held = 0
    for _ in range(400):
        low, high = group_of(seen([numbers.expovariate(0.1) for _ in range(400)])).figures[
            "mean_wait_s"
        ].ci95 or (0.0, 0.0)
        held += low <= 10 <= high
    assert 0.91 <= held / 400 <= 0.98


def test_percentiles_lie_between_neighbours() -> None:
    assert percentile([0.0, 10.0], 50) == 5
    assert percentile([7.0], 99) == 7
    assert percentile([1.0, 2.0, 3.0], 100) == 3


def test_a_difference_of_the_same_customers_is_surer() -> None:
    first = estimate(9.5, [float(n) for n in range(20)])
    second = estimate(10.5, [n + 1.0 for n in range(20)])
    paired = difference(first, second, paired=True)
    unpaired = difference(first, second, paired=False)
    assert paired.value == unpaired.value == 1
    assert paired.half_width == 0
    assert unpaired.half_width == pytest.approx((first.half_width or 0) * math.sqrt(2))
    assert difference(first, Estimate(None), paired=True).value is None
    assert difference(first, Estimate(3.0), paired=True) == Estimate(-6.5)


def test_student_t_is_that_of_the_tables() -> None:
    known = {1: 12.706, 2: 4.303, 4: 2.776, 9: 2.262, 19: 2.093, 99: 1.984}
    for freedom, value in known.items():
        assert student_t(freedom) == pytest.approx(value, rel=0.001)


def test_who_still_waits_is_in_no_figure() -> None:
    seen = seen_of([5.0, 900.0, 7.0], [ANSWERED, WAITING, ABANDONED], [10.0, 10.0, 10.0])
    assert list(seen.waited_s) == [5, 7]
    assert list(seen.in_time) == [True, False]


def test_several_runs_give_the_mean_and_how_it_varies() -> None:
    runs = [seen_of([wait], [ANSWERED], [10.0]) for wait in (4.0, 6.0, 20.0)]
    group = mean_group(runs)
    found = group.figures["mean_wait_s"]
    assert group.contacts == 1
    assert found.value == pytest.approx(10)
    assert found.parts == (4, 6, 20)
    assert found.half_width == pytest.approx(4.30265 * 8.717798 / 3**0.5, rel=1e-4)
    assert group.figures["service_level"].value == pytest.approx(2 / 3)
    assert mean_group(runs[:1]).figures["mean_wait_s"].ci95 is None
    assert mean_group([]).contacts == 0
