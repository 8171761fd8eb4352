"""What a run reads: which orders count, what serving costs, in which currency, of which days."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event

from hub.care.value_run import RunTiers, run_tiers
from hub.customers.settings import Cost, CostRate, ExchangeRate, Value
from hub.customers.value import clv
from hub.customers.value.model import Flag
from hub.storage import Store, Tx
from tests.conftest import skip_missing
from tests.integration.customers.house import House, open_house

from .builders import (
    a_customer,
    an_effort,
    an_order,
    quiet,
    run,
    set_customer,
    set_rules,
    shop,
    tiers,
    values,
)

PER_MINUTE = Cost(rates=[CostRate(channel="phone", per_minute=100, per_contact=50)])


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


async def test_a_contact_that_we_caused_costs_nothing(house: House) -> None:
    def fill(tx: Tx, _: None) -> None:
        set_rules(tx, cost=PER_MINUTE)
        for name, minutes, caused in (("dear", 60, 0), ("caused", 0, 60), ("cheap", 1, 0)):
            address = a_customer(tx, name)
            an_order(tx, name, 1000, 400)
            an_order(tx, name, 1000)
            an_effort(tx, address, minutes, caused_minutes=caused, contacts=1 if minutes else 0)

    await house.store.write(fill, None)
    report = await run(house.store)
    found = await values(house.store)
    assert {name: row.cost_minor for name, row in found.items()} == {
        "dear": 6050,
        "caused": 0,
        "cheap": 150,
    }
    assert found["dear"].profit_minor == 1000 - 6050
    assert report.loss_making == 1
    assert (await tiers(house.store))["dear"] != "low"  # a loss alone lowers nobody


async def test_costs_follow_the_rate_of_their_day(house: House) -> None:
    rates = [
        CostRate(channel="phone", per_minute=100),
        CostRate(channel="phone", per_minute=200, valid_from=date(2026, 6, 1)),
    ]

    def fill(tx: Tx, _: None) -> None:
        set_rules(tx, cost=Cost(rates=rates))
        address = a_customer(tx, "ann")
        an_order(tx, "ann", 1000)
        an_effort(tx, address, 1, day="2026-05-31")
        an_effort(tx, address, 1, day="2026-06-01")
        an_effort(tx, address, 1, day="2026-07-01")  # after the run's day
        an_effort(tx, address, 1, day="2025-06-29")  # before its window

    await house.store.write(fill, None)
    await run(house.store)
    assert (await values(house.store))["ann"].cost_minor == 300


async def test_currencies_count_by_the_rate_of_their_day(house: House) -> None:
    value = Value(
        exchange=[
            ExchangeRate(currency="USD", rate=7.0),
            ExchangeRate(currency="USD", rate=6.0, valid_from=date(2026, 6, 1)),
            ExchangeRate(currency="JPY", rate=0.05),
        ],
        margin=0.5,
    )

    def fill(tx: Tx, _: None) -> None:
        set_rules(tx, value=value)
        a_customer(tx, "ann")
        an_order(tx, "ann", 100, 60, currency="USD")  # 1 USD in May
        an_order(tx, "ann", 100, 10, currency="USD", cost=50)
        an_order(tx, "ann", 200, 10, currency="JPY")  # 200 yen, which have no cents
        an_order(tx, "ann", 999, 10, currency="GBP")

    await house.store.write(fill, None)
    report = await run(house.store)
    ann = (await values(house.store))["ann"]
    assert (ann.revenue_minor, ann.orders) == (700 + 600 + 1000, 3)
    assert ann.margin_minor == 350 + 300 + 500
    assert ann.flags & Flag.NO_RATE
    assert report.no_rate == 1


async def test_a_shop_that_never_said_its_currency_is_counted_in_its_own(house: House) -> None:
    def fill(tx: Tx, _: None) -> None:
        a_customer(tx, "ann")
        for currency, amount in (("EUR", 1000), ("EUR", 500), ("USD", 700)):
            an_order(tx, "ann", amount, currency=currency)

    await house.store.write(fill, None)
    report = await run(house.store)
    assert (report.currency, report.revenue_minor, report.no_rate) == ("EUR", 1500, 1)

    def rates(tx: Tx, _: None) -> None:
        set_rules(tx, value=Value(exchange=[ExchangeRate(currency="USD", rate=7.0)]))

    await house.store.write(rates, None)
    report = await run(house.store)  # now somebody has: others are not counted
    assert (report.currency, report.revenue_minor, report.no_rate) == ("CNY", 4900, 2)


async def test_cancelled_and_returned_orders_count_as_what_they_are(house: House) -> None:
    def fill(tx: Tx, _: None) -> None:
        a_customer(tx, "ann")
        an_order(tx, "ann", 1000)
        an_order(tx, "ann", 5000, state="cancelled")
        an_order(tx, "ann", 5000, state="returned")
        an_order(tx, "ann", -300, state="returned")
        an_order(tx, "ann", 5000, -1)  # tomorrow's

    await house.store.write(fill, None)
    await run(house.store)
    ann = (await values(house.store))["ann"]
    assert (ann.revenue_minor, ann.orders) == (700, 1)


async def test_a_merged_record_counts_for_what_it_became(house: House) -> None:
    def fill(tx: Tx, _: None) -> None:
        shop(tx, [1000, 10])
        a_customer(tx, "a-old")
        an_order(tx, "a-old", 700, 50)
        a_customer(tx, "a-new")
        an_order(tx, "a-new", 300, 20)
        a_customer(tx, "b-old")
        an_order(tx, "b-old", 40, 600)
        a_customer(tx, "b-new")
        set_customer(tx, "a-old", merged_into_id="a-new")
        set_customer(tx, "b-old", merged_into_id="b-new")

    await house.store.write(fill, None)
    report = await run(house.store)
    found = await values(house.store)
    assert set(found) == {"c01", "c02", "a-new", "b-new"}
    assert (found["a-new"].revenue_minor, found["a-new"].orders) == (1000, 2)
    assert (found["b-new"].orders, found["b-new"].rank) == (0, None)
    assert (report.customers, report.lapsed) == (3, 1)


async def test_a_run_as_of_an_earlier_day_is_exact_to_the_day(house: House) -> None:
    def fill(tx: Tx, _: None) -> None:
        a_customer(tx, "ann")
        for days_ago, amount in ((0.5, 1), (1.5, 20), (366.5, 300), (367.5, 4000)):
            an_order(tx, "ann", amount, days_ago)

    await house.store.write(fill, None)
    day = await run_tiers(house.store, RunTiers(at=date(2026, 6, 29)), quiet)
    assert day.revenue_minor == 20 + 300
    assert day.window.until == datetime(2026, 6, 29, 16, tzinfo=UTC)
    assert (day.at, day.window.zone) == ("2026-06-29", "Asia/Shanghai")
    moment = await run(house.store)
    assert moment.revenue_minor == 1 + 20
    short = await run_tiers(house.store, RunTiers(at=date(2026, 6, 29), window_days=5), quiet)
    assert short.revenue_minor == 20


def _many(tx: Tx, amount: int) -> None:
    for at in range(amount):
        a_customer(tx, f"d{amount}-{at}")
        an_order(tx, f"d{amount}-{at}", 10 + at)


async def test_a_page_costs_the_same_for_one_as_for_many(house: House) -> None:
    """By counting statements of a run over 10 and over 500 customers."""
    counts = []
    for amount in (10, 500):
        await house.store.write(_many, amount)
        seen = 0

        def count(*_: Any) -> None:
            nonlocal seen
            seen += 1

        engine = house.store._read_engine
        event.listen(engine, "before_cursor_execute", count)
        await run(house.store)
        event.remove(engine, "before_cursor_execute", count)
        counts.append(seen)
    assert counts[1] <= counts[0] + 1  # who moves down is asked for complaints


async def test_without_the_extra_nobodys_future_is_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(tx: Tx, _: None) -> None:
        set_rules(tx, value=Value(clv=True))
        shop(tx, [9000, 900])

    await house.store.write(fill, None)
    monkeypatch.setattr(clv, "is_installed", lambda: False)
    report = await run(house.store)
    assert report.customers == 2
    assert {row.clv_minor for row in (await values(house.store)).values()} == {None}


async def test_with_the_extra_everybody_has_an_expected_value(house: House) -> None:
    if not clv.is_installed():
        skip_missing("numpy and scipy (the extra clv)")

    def fill(tx: Tx, _: None) -> None:
        set_rules(tx, value=Value(clv=True))
        chance = random.Random(7)  # noqa: S311 - no secret
        for at in range(120):
            a_customer(tx, f"c{at:03}")
            often, days_ago = chance.gammavariate(0.8, 60), chance.uniform(100, 360)
            while days_ago > 0:
                an_order(tx, f"c{at:03}", round(chance.gammavariate(3, 500)), days_ago)
                days_ago -= chance.expovariate(1 / (often + 1))
                if chance.random() < 0.2:
                    break

    await house.store.write(fill, None)
    await run(house.store)
    found = [row.clv_minor for row in (await values(house.store)).values()]
    assert len(found) == 120
    assert all(one is not None and one >= 0 for one in found)
    assert (await run(house.store)).unchanged
