"""When two prices cannot both be true."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.contacts.commitments.quotes import Quote, price_conflicts
from hub.testing.clock import NOON

ONE = Quote("q1", "lamp", "Desk lamp", 10_000, "CNY", NOON + timedelta(days=7))
NEW = replace(ONE, id="q2", price_minor=9_000)


def test_another_price_for_the_same_product_is_a_conflict() -> None:
    assert price_conflicts(NEW, [ONE], NOON) == ["q1"]


@pytest.mark.parametrize(
    "standing",
    [
        replace(ONE, price_minor=9_000),
        replace(ONE, product_id="table"),
        replace(ONE, valid_until=NOON),
        replace(ONE, id="q2"),
    ],
)
def test_the_same_price_another_product_an_old_one_and_itself_are_none(standing: Quote) -> None:
    assert price_conflicts(NEW, [standing], NOON) == []


def test_the_same_amount_in_another_currency_is_a_conflict() -> None:
    assert price_conflicts(replace(NEW, price_minor=10_000, currency="EUR"), [ONE], NOON) == ["q1"]


def test_a_product_without_an_id_is_known_by_its_name() -> None:
    typed = replace(NEW, product_id=None, product_name="ＤＥＳＫ  lamp")
    assert price_conflicts(typed, [ONE], NOON) == ["q1"]
    assert price_conflicts(replace(typed, product_name=""), [ONE], NOON) == []


def test_a_price_without_an_end_stands() -> None:
    assert price_conflicts(NEW, [replace(ONE, valid_until=None)], NOON) == ["q1"]
