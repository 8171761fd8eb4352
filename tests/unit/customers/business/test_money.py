"""Amounts as people write them, exactly in minor units, or a reason."""

from __future__ import annotations

import pytest

from hub.customers.business.money import check_currency, decimals_of, parse_amount
from hub.customers.imports.model import Reason


@pytest.mark.parametrize(
    ("written", "currency", "minor"),
    [
        ("12.50", "CNY", 1250),
        ("12.5", "CNY", 1250),
        ("12.", "CNY", 1200),
        ("12.500", "CNY", 1250),  # nothing is lost
        ("0.1", "USD", 10),
        ("-3", "USD", -300),
        ("+7.00", "EUR", 700),
        ("1,234,567.89", "CNY", 123456789),
        ("1000", "JPY", 1000),
        ("1000.00", "JPY", 1000),
        ("1.234", "KWD", 1234),
        ("1,234,567", "KWD", 1234567000),
        ("1,234.5", "KWD", 1234500),
        ("￥１２８．００", "CNY", 12800),  # full-width, as typed
        ("128元", "CNY", 12800),
        ("\u221212.50", "CNY", -1250),
        ("9007199254740.99", "CNY", 900719925474099),  # no float has passed through
    ],
)
def test_an_amount_is_exact(written: str, currency: str, minor: int) -> None:
    assert parse_amount(written, currency) == minor


@pytest.mark.parametrize(
    ("written", "currency", "code"),
    [
        ("12.505", "CNY", "amount.too_fine"),
        ("12.5", "JPY", "amount.too_fine"),
        ("1.2345", "KWD", "amount.too_fine"),
        ("12,50", "CNY", "amount.not_one"),
        ("1.234,50", "CNY", "amount.not_one"),
        ("1,234", "KWD", "amount.not_one"),  # a thousand, or one and a bit
        ("1e5", "CNY", "amount.not_one"),
        ("NaN", "CNY", "amount.not_one"),
        ("Infinity", "CNY", "amount.not_one"),
        ("", "CNY", "amount.not_one"),
        ("--5", "CNY", "amount.not_one"),
        ("5-", "CNY", "amount.not_one"),
        (".", "CNY", "amount.not_one"),
        ("٣", "CNY", "amount.not_one"),
        ("9" * 20, "CNY", "amount.too_large"),
        ("9" * 4000, "CNY", "amount.not_one"),
    ],
)
def test_what_is_no_amount_is_refused_never_rounded(written: str, currency: str, code: str) -> None:
    refused = parse_amount(written, currency)
    assert isinstance(refused, Reason)
    assert refused.code == code


def test_currencies_are_those_of_iso_4217() -> None:
    assert [check_currency(text) for text in ("CNY", " usd ", "ｊｐｙ")] == ["CNY", "USD", "JPY"]
    assert [decimals_of(code) for code in ("CNY", "JPY", "KWD", "CLF")] == [2, 0, 3, 4]
    words = ("RMB", "人民币", "￥", "元", "US$", "€", "hk$")
    assert [check_currency(text) for text in words] == [*["CNY"] * 4, "USD", "EUR", "HKD"]
    for text in ("", "XXX", "币", "CNYX"):
        assert isinstance(check_currency(text), Reason)
