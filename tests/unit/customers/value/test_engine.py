"""Rank, cuts, trend and scores, on figures that can be checked by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from hub.customers.settings import CostRate, ExchangeRate
from hub.customers.value.engine import named_of, rank, scores, would_rise
from hub.customers.value.model import NAMES, Bought, Flag, RfmName, Shares, Window, window_at
from hub.customers.value.money import (
    Exchange,
    ServingCosts,
    in_minor,
    in_units,
    share_of,
)

UNTIL = datetime(2026, 7, 1, tzinfo=UTC)
WINDOW = Window(UNTIL - timedelta(days=365), UNTIL, 365)
LONG_AGO, LATELY = WINDOW.from_us - 1, WINDOW.until_us - 86_400_000_000


def bought(*rows: tuple[str, int, int, int, int]) -> Bought:
    """(id, orders, revenue, cost to serve, revenue of the newer half), all with us for long."""
    made = Bought()
    for customer_id, orders, revenue, cost, newer in rows:
        made.add(
            customer_id,
            (orders, revenue, revenue, cost, newer, LONG_AGO, LATELY, 0, orders, revenue),
        )
    return made.in_order()


def test_customers_are_ranked_by_profit_and_ties_by_id() -> None:
    found = rank(
        bought(("b", 1, 100, 0, 0), ("a", 1, 100, 0, 0), ("c", 1, 500, 450, 0)), Shares(), WINDOW
    )
    assert list(found.rank) == [1, 2, 3]  # a, b, c
    assert list(found.profit) == [100, 100, 50]


def test_a_loss_is_found_whatever_the_revenue() -> None:
    found = rank(bought(("a", 9, 900, 1000, 0), ("b", 1, 100, 0, 0)), Shares(), WINDOW)
    assert found.rank[0] == 2
    assert found.flags[0] & Flag.LOSS_MAKING
    assert found.totals.loss_making == 1


def test_who_would_be_one_of_the_best_at_the_pace_of_the_newer_half_rises() -> None:
    rows = [("a", 4, 7000, 0, 3500), ("b", 4, 2000, 0, 200)]
    rising, steady, once = (
        ("c", 3, 1000, 0, 1000),
        ("d", 3, 1000, 0, 500),
        ("e", 1, 1000, 0, 1000),
    )
    found = rank(bought(*rows, rising, steady, once), Shares(best=700_000), WINDOW)
    flags = dict(zip("abcde", found.flags, strict=True))
    assert flags["a"] & Flag.BEST
    assert [name for name, one in flags.items() if one & Flag.RISING] == ["c"]
    assert found.totals.rising == 1
    assert would_rise(None, 3, 1000, 1000, 1000, 1) is False


def test_the_tail_is_who_buys_least_and_not_who_makes_a_loss() -> None:
    rows = (("a", 9, 8000, 0, 0), ("b", 9, 900, 2000, 0), ("c", 9, 900, 3000, 0))
    least = (("d", 1, 60, 0, 0), ("e", 1, 39, 0, 0), ("f", 1, 39, 0, 0))
    found = rank(bought(*rows, *least), Shares(), WINDOW)  # 9938 in all, a hundredth is 99
    tail = [name for name, one in zip("abcdef", found.flags, strict=True) if one & Flag.TAIL]
    assert tail == ["e", "f"]
    assert (found.totals.tail_count, found.totals.tail_revenue) == (2, 78)
    assert found.totals.tail_top == 39
    one = rank(bought(*rows, *least), Shares(tail=7_000), WINDOW)  # 69: only one of two equals
    assert [bool(flags & Flag.TAIL) for flags in one.flags[-2:]] == [False, True]


def test_nothing_sold_has_no_best_and_no_tail() -> None:
    found = rank(bought(("a", 1, 0, 0, 0), ("b", 0, 0, 10, 0)), Shares(), WINDOW)
    assert (found.totals.customers, found.totals.lapsed) == (1, 1)
    assert (found.totals.best_count, found.totals.tail_count) == (0, 0)
    assert found.rank[1] == -1
    assert NAMES[found.named[1]] is RfmName.LOST
    assert rank(Bought(), Shares(), WINDOW).totals.customers == 0


def test_the_window_is_a_day_and_so_many_before_it() -> None:
    found = window_at(date(2026, 6, 30), 365, "Asia/Shanghai")
    assert found.from_ == datetime(2025, 6, 29, 16, tzinfo=UTC)
    assert found.until == datetime(2026, 6, 30, 16, tzinfo=UTC)
    spring = window_at(date(2026, 3, 29), 1, "Europe/Berlin")  # a day of 23 hours
    assert spring.until - spring.from_ == timedelta(hours=47)
    moment = datetime(2026, 6, 30, 12, tzinfo=UTC)
    exact = window_at(moment, 10, "Asia/Shanghai")
    assert (exact.from_, exact.until) == (moment - timedelta(days=10), moment)


def test_fifths_are_shared_by_who_is_alike() -> None:
    assert scores([10, 20, 30, 40, 50]) == [1, 2, 3, 4, 5]
    assert scores([7, 7, 7]) == [3, 3, 3]
    assert scores([1, 1, 1, 1, 9]) == [3, 3, 3, 3, 5]
    assert scores([]) == []


@pytest.mark.parametrize(
    ("rfm", "name"),
    [
        (555, RfmName.CHAMPIONS),
        (511, RfmName.NEW),
        (155, RfmName.CANNOT_LOSE),
        (134, RfmName.AT_RISK),
        (111, RfmName.LOST),
        (333, RfmName.NEED_ATTENTION),
    ],
)
def test_scores_have_names(rfm: int, name: RfmName) -> None:
    assert named_of(rfm) is name


def test_amounts_are_exchanged_by_the_rate_of_their_day() -> None:
    rates = [
        ExchangeRate(currency="JPY", rate=0.05),
        ExchangeRate(currency="USD", rate=7.25, valid_from=date(2026, 1, 1)),
        ExchangeRate(currency="USD", rate=7.0, valid_from=date(2026, 6, 1)),
    ]
    exchange = Exchange("CNY", rates)
    assert exchange.convert(100, "CNY", date(2020, 1, 1)) == 100
    assert exchange.convert(100, "USD", date(2026, 5, 31)) == 725
    assert exchange.convert(100, "USD", date(2026, 6, 1)) == 700
    assert exchange.convert(100, "USD", date(2025, 12, 31)) is None
    assert exchange.convert(1000, "JPY", date(2026, 1, 1)) == 5000  # 1,000 yen are 50 yuan
    assert exchange.convert(1, "XYZ", date(2026, 1, 1)) is None


def test_money_is_shown_in_units_of_its_currency() -> None:
    assert (in_units(1234, "CNY"), in_units(1234, "JPY"), in_units(1234, "KWD")) == (
        12.34,
        1234.0,
        1.234,
    )
    assert in_units(12_345, "CLF") == 1.2345  # as orders keep it
    exchange = Exchange("CNY", [ExchangeRate(currency="CLF", rate=200)])
    assert exchange.convert(10_000, "CLF", date(2026, 1, 1)) == 20_000


def test_what_serving_costs_is_rounded_once() -> None:
    costs = ServingCosts([CostRate(channel="phone", per_minute=3, per_contact=10)])
    assert costs.are_known
    assert in_minor(costs.cost_us("phone", "2026-06-01", 2, 90_000_000)) == 25  # 20 and 4.5
    assert costs.cost_us("email", "2026-06-01", 9, 90_000_000) == 0
    assert not ServingCosts([]).are_known


def test_a_share_of_an_amount_is_exact_where_it_is_all_of_it() -> None:
    big = 10**17 + 1
    assert share_of(big, 1.0) == big
    assert share_of(101, 0.3) == 30
    assert share_of(-101, 0.5) == -50
