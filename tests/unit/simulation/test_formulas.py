"""The formulas of theory against the cases of routing.md section 4."""

from __future__ import annotations

import pytest

from hub.simulation import theory


@pytest.mark.parametrize(
    ("agents", "load", "waits"), [(2, 1, 1 / 3), (10, 8, 0.409180151), (100, 95, 0.506456854)]
)
def test_erlang_c(agents: int, load: float, waits: float) -> None:
    assert theory.erlang_c(agents, load) == pytest.approx(waits, abs=1e-8)


def test_erlang_b_of_one_agent_is_a_over_1_plus_a() -> None:
    assert theory.erlang_b(1, 2.0) == pytest.approx(2 / 3)
    assert theory.erlang_b(0, 2.0) == 1


def test_the_service_level_of_a_call_center() -> None:
    rate = 100 / 30 / 60
    assert theory.erlang_c(14, rate * 180) == pytest.approx(0.174132, abs=1e-6)
    assert theory.erlang_c_wait_s(14, rate, 180) == pytest.approx(7.836, abs=1e-3)
    assert 1 - theory.erlang_c_longer(14, rate, 180, 20) == pytest.approx(0.888350, abs=1e-6)


@pytest.mark.parametrize(
    ("agents", "rates", "waits"),
    [(1, (0.3, 0.5), (1.142857, 5.714286)), (2, (0.5, 1.0), (0.428571, 1.714286))],
)
def test_cobham(agents: int, rates: tuple[float, ...], waits: tuple[float, ...]) -> None:
    assert theory.cobham_s(agents, rates, 1.0) == pytest.approx(waits, abs=1e-6)


def test_accumulating_priority() -> None:
    waits = theory.accumulating_s(1, (0.3, 0.5), 1.0, (2, 1))
    assert waits == pytest.approx((2.823529, 4.705882), abs=1e-6)


def test_accumulating_priority_lies_between_first_come_and_strict() -> None:
    rates = (0.1, 0.3, 0.2, 0.2)
    fifo_s = theory.erlang_c_wait_s(1, sum(rates), 1.0)
    assert theory.accumulating_s(1, rates, 1.0, (1, 1, 1, 1)) == pytest.approx([fifo_s] * 4)
    strict = theory.accumulating_s(1, rates, 1.0, (1e12, 1e8, 1e4, 1))
    assert strict == pytest.approx(theory.cobham_s(1, rates, 1.0), rel=1e-3)


@pytest.mark.parametrize("slopes", [(1, 1, 1), (8, 4, 1), (3, 1, 1)])
def test_both_priorities_keep_the_conservation_law(slopes: tuple[float, ...]) -> None:
    rates = (0.2, 0.1, 0.5)
    whole = sum(rates) * theory.erlang_c_wait_s(1, sum(rates), 1.0)
    for waits in (
        theory.accumulating_s(1, rates, 1.0, slopes),
        theory.cobham_s(1, rates, 1.0),
    ):
        kept = sum(rate * wait for rate, wait in zip(rates, waits, strict=True))
        assert kept == pytest.approx(whole)


def test_erlang_a_becomes_erlang_c_with_endless_patience_and_erlang_b_with_none() -> None:
    abandoned, wait_s = theory.erlang_a(3, 2.0, 1.0, 1e9)
    assert abandoned == pytest.approx(0, abs=1e-6)
    assert wait_s == pytest.approx(theory.erlang_c_wait_s(3, 2.0, 1.0), rel=1e-6)
    assert theory.erlang_a(3, 2.0, 1.0, 1e-9)[0] == pytest.approx(theory.erlang_b(3, 2.0))


def test_erlang_a_where_patience_is_as_long_as_handling_is_an_endless_row_of_agents() -> None:
    """θ = μ: the number present is Poisson(a), whatever the number of agents."""
    from math import exp, factorial

    load, agents = 4.0, 3
    waiting = sum((n - agents) * exp(-load) * load**n / factorial(n) for n in range(agents, 60))
    assert theory.erlang_a(agents, load, 1.0, 1.0)[1] == pytest.approx(waiting / load)
