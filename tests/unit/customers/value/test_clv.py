"""What customers will bring, against published figures and against histories made by the model."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import Any

import pytest

from hub.customers.value.clv import (
    Frequency,
    History,
    Spending,
    expected_purchases,
    expected_value,
    fit_frequency,
    fit_spending,
    is_installed,
    lifetime_values,
)
from hub.customers.value.model import UNKNOWN, Bought, window_at
from tests.conftest import skip_missing

CDNOW = Frequency(r=0.243, alpha=4.414, a=0.793, b=2.426)
"""Fader, Hardie & Lee, Marketing Science 24 (2005), table 2: weeks, 2,357 customers of CDNOW."""
CDNOW_SPENDING = Spending(p=6.25, q=3.74, gamma=15.44)
"""Fader & Hardie, The Gamma-Gamma Model of Monetary Value (2013): dollars, the same customers."""


@pytest.fixture
def np() -> Any:
    if not is_installed():
        skip_missing("numpy and scipy (the extra clv)")
    return import_module("numpy")


def test_a_customer_of_cdnow_buys_as_often_as_was_published(np: Any) -> None:
    """Fader, Hardie & Lee, Implementing the BG/NBD Model in Excel (2005): 1.226 in 39 weeks."""
    first = History(np.array([2.0]), np.array([30.43]), np.array([38.86]), np.array([0.0]))
    assert expected_purchases(CDNOW, first, 39)[0] == pytest.approx(1.226, abs=0.0005)


def test_who_never_bought_again_is_worth_the_mean_of_means(np: Any) -> None:
    nobody = History(np.array([0.0]), np.zeros(1), np.ones(1), np.array([99.0]))
    mean = CDNOW_SPENDING.p * CDNOW_SPENDING.gamma / (CDNOW_SPENDING.q - 1)
    assert expected_value(CDNOW_SPENDING, nobody)[0] == pytest.approx(mean)
    often = History(np.array([1000.0]), np.zeros(1), np.ones(1), np.array([99.0]))
    assert expected_value(CDNOW_SPENDING, often)[0] == pytest.approx(99, rel=0.01)


def made(np: Any, count: int) -> History:
    """Histories that the two models make with the parameters of CDNOW."""
    chance = np.random.default_rng(20050501)
    rate = chance.gamma(CDNOW.r, 1 / CDNOW.alpha, count)
    leaves = chance.beta(CDNOW.a, CDNOW.b, count)
    seen = chance.uniform(27, 39, count)
    x, tx = np.zeros(count), np.zeros(count)
    for one in range(count):
        at = chance.exponential(1 / rate[one])
        while at <= seen[one]:
            x[one], tx[one] = x[one] + 1, at
            if chance.random() < leaves[one]:
                break
            at += chance.exponential(1 / rate[one])
    scale = chance.gamma(CDNOW_SPENDING.q, 1 / CDNOW_SPENDING.gamma, count)
    times = np.maximum(x, 1)
    mean = chance.gamma(CDNOW_SPENDING.p * times) / (times * scale)
    return History(x, np.round(tx, 2), np.round(seen, 2), mean)


def test_the_parameters_that_made_histories_are_found_again(np: Any) -> None:
    history = made(np, 10_000)
    frequency = fit_frequency(history)
    assert frequency is not None
    assert frequency.r == pytest.approx(CDNOW.r, rel=0.15)
    assert frequency.alpha == pytest.approx(CDNOW.alpha, rel=0.2)
    assert frequency.a / (frequency.a + frequency.b) == pytest.approx(0.246, abs=0.05)
    spending = fit_spending(history)
    assert spending is not None
    mean = spending.p * spending.gamma / (spending.q - 1)
    assert mean == pytest.approx(35.2, rel=0.1)


def test_too_few_who_bought_again_make_no_model(np: Any) -> None:
    assert fit_frequency(made(np, 30)) is None
    once = History(np.zeros(500), np.zeros(500), np.full(500, 9.0), np.ones(500))
    assert fit_frequency(once) is None
    assert fit_spending(once) is None


def test_every_customer_of_a_run_has_a_value_that_grows_with_what_they_did(np: Any) -> None:
    window = window_at(date(2026, 6, 30), 365, "UTC")
    bought = Bought()
    for one in range(400):
        orders = 1 + one % 8
        first = window.from_us + (one % 97) * 86_400_000_000
        last = first if orders == 1 else window.until_us - (1 + one % 60) * 86_400_000_000
        amount = 1000 * orders + one
        bought.add(
            f"c{one:03}",
            (orders, amount, amount, 0, 0, first, last, 0, orders, amount),
        )
    values = lifetime_values(bought, window, 365)
    assert values is not None
    assert UNKNOWN not in values
    assert min(values) >= 0
    often = [value for one, value in enumerate(values) if one % 8 == 7]
    once = [value for one, value in enumerate(values) if one % 8 == 0]
    assert sum(often) / len(often) > 2 * sum(once) / len(once)
    assert lifetime_values(bought, window, 365) == values  # the same again
    assert lifetime_values(Bought(), window, 365) is None
