"""Shares and their interval: for any counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.care.ranking import MIN_RESULTS
from hub.reporting.model import rate_of

COUNTS = st.tuples(st.integers(0, 1_000_000), st.integers(0, 1_000_000)).map(
    lambda two: (min(two), max(two))
)


@given(COUNTS)
def test_the_share_lies_in_its_interval_and_that_in_0_to_1(counts: tuple[int, int]) -> None:
    numerator, denominator = counts
    rate = rate_of(numerator, denominator)
    if denominator < MIN_RESULTS:
        assert rate is None
        return
    assert rate is not None
    assert 0 <= rate.low <= rate.share <= rate.high <= 1
    assert rate.low < rate.high  # never sure


@given(COUNTS)
def test_the_interval_of_the_others_is_its_mirror(counts: tuple[int, int]) -> None:
    numerator, denominator = counts
    rate, others = rate_of(numerator, denominator), rate_of(denominator - numerator, denominator)
    if rate is None or others is None:
        assert rate is others
        return
    assert rate.low == pytest.approx(1 - others.high, abs=1e-9)
    assert rate.high == pytest.approx(1 - others.low, abs=1e-9)


@given(st.integers(0, 1_000), st.integers(MIN_RESULTS, 1_000), st.integers(2, 50))
def test_more_of_the_same_narrow_it(numerator: int, denominator: int, times: int) -> None:
    numerator = min(numerator, denominator)
    few = rate_of(numerator, denominator)
    many = rate_of(numerator * times, denominator * times)
    assert few is not None
    assert many is not None
    assert many.high - many.low < few.high - few.low


@given(COUNTS)
def test_one_more_that_went_well_lowers_no_end(counts: tuple[int, int]) -> None:
    numerator, denominator = counts
    if numerator == denominator:
        return
    rate, better = rate_of(numerator, denominator), rate_of(numerator + 1, denominator)
    if rate is None or better is None:
        assert rate is better
        return
    assert better.low >= rate.low
    assert better.high >= rate.high


@pytest.mark.parametrize(("numerator", "denominator"), [(1, 0), (-1, 5), (6, 5)])
def test_what_is_no_part_is_refused(numerator: int, denominator: int) -> None:
    with pytest.raises(ValueError, match="no part"):
        rate_of(numerator, denominator)
