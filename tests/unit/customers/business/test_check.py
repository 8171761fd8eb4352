"""Moments, states, ids and revisions as systems and people write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec import Raw, json

from hub.customers.business import check
from hub.customers.business.csv_rows import OrderRows
from hub.customers.business.feed_rows import ORDERS
from hub.customers.business.model import CaseState, OrderState, is_revenue
from hub.customers.business.rows import Order
from hub.customers.imports.model import Reason

ZONE = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-31", datetime(2026, 3, 30, 16, tzinfo=UTC)),
        ("2026/3/31", datetime(2026, 3, 30, 16, tzinfo=UTC)),
        ("2026年3月31日", datetime(2026, 3, 30, 16, tzinfo=UTC)),
        ("2026-03-31T18:00", datetime(2026, 3, 31, 10, tzinfo=UTC)),
        ("2026-03-31 18:00:05", datetime(2026, 3, 31, 10, 0, 5, tzinfo=UTC)),
        ("2026-03-31T18:00:05.25Z", datetime(2026, 3, 31, 18, 0, 5, 250_000, tzinfo=UTC)),
        ("2026-03-31T18:00:05+02:00", datetime(2026, 3, 31, 16, 0, 5, tzinfo=UTC)),
        ("2026-03-31T18:00:05-0330", datetime(2026, 3, 31, 21, 30, 5, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_by_its_zone_or_the_set_ups(written: str, moment: datetime) -> None:
    assert check.check_time(written, ZONE, "ordered_at") == moment


@pytest.mark.parametrize(
    "written",
    """|tomorrow|2026-13-01|2026-02-30|31.03.2026|03/31/2026|0001-01-01|9999-12-31
    |2026-03-31T25:00|2026-03-31T10:00+99:00|20260331|2026-03-31T""".replace("\n    ", "").split(
        "|"
    ),
)
def test_what_is_no_moment_is_refused(written: str) -> None:
    refused = check.check_time(written, ZONE, "ordered_at")
    assert isinstance(refused, Reason)
    assert refused.code == "ordered_at.not_one"


def test_states_are_known_by_what_shops_call_them() -> None:
    assert check.check_state("已发货") is OrderState.SHIPPED
    assert check.check_state(" Refunded ") is OrderState.RETURNED
    assert check.check_case_state("维修中") is CaseState.REPAIRING
    assert isinstance(check.check_state("lost"), Reason)


def test_only_what_was_returned_has_an_amount_below_nothing() -> None:
    assert check.check_sign(-1, OrderState.RETURNED) is None
    assert check.check_sign(0, None) is None
    for state in (None, OrderState.PAID, OrderState.CANCELLED):
        refused = check.check_sign(-1, state)
        assert refused is not None
        assert refused.code == "amount.negative"


def test_only_a_return_takes_a_cost_back() -> None:
    assert check.check_cost(-8, -10) is None
    assert check.check_cost(0, 10) is None
    assert check.check_cost(None, 10) is None
    for amount in (10, 0, None):
        refused = check.check_cost(-9000, amount)
        assert refused is not None
        assert refused.code == "cost.negative"


def test_a_row_with_a_cost_below_nothing_is_refused_from_files_and_feeds() -> None:
    row = {
        "external_id": "o1",
        "customer_external_id": "k1",
        "ordered_at": "2026-03-31",
        "amount": "10",
        "currency": "CNY",
        "cost": "-9000",
    }
    refused = OrderRows(ZONE).read(row)
    assert isinstance(refused, tuple)
    assert [one.code for one in refused] == ["cost.negative"]
    kept = OrderRows(ZONE).read(row | {"amount": "-10", "cost": "-8", "state": "returned"})
    assert isinstance(kept, Order)
    assert (kept.amount_minor, kept.cost_minor) == (-1000, -800)
    sent = {key: row[key] for key in ("external_id", "customer_external_id", "ordered_at")} | {
        "amount_minor": 1000,
        "currency": "CNY",
    }
    line = {"product": "p", "cost_minor": -1}
    for more in ({"cost_minor": -900_000}, {"lines": [line]}):
        answer = ORDERS.read(Raw(json.encode(sent | more)), ZONE)
        assert isinstance(answer, tuple)
        assert [one.code for one in answer] == ["cost.negative"]
    back = {"amount_minor": -1000, "cost_minor": -800, "state": "returned", "lines": [line]}
    assert isinstance(ORDERS.read(Raw(json.encode(sent | back)), ZONE), Order)


def test_what_counts_as_revenue() -> None:
    assert is_revenue("paid", 5)
    assert not is_revenue("cancelled", 5)
    assert not is_revenue("returned", 5)  # it came back whole
    assert is_revenue("returned", -5)  # it is taken back from the revenue


@pytest.mark.parametrize("hostile", ["a\x00b", "\ud800", "a\u202eb", "x" * 121, "   "])
def test_an_id_is_text(hostile: str) -> None:
    assert isinstance(check.check_id(hostile, "external_id"), Reason)
    assert isinstance(check.check_customer(hostile * 3), Reason)


def test_an_id_has_one_form() -> None:
    assert check.check_id("  A  1 ", "external_id") == "A 1"
    assert check.check_id("e\u0301", "external_id") == "é"
    assert check.check_customer(" 10 023 ") == "10 023"


@pytest.mark.parametrize("written", ["-1", "1.5", "x", "²", "9" * 30])
def test_a_revision_is_a_number(written: str) -> None:
    assert isinstance(check.check_revision(written), Reason)
