"""Who is best, with figures, or "not enough data"."""

from __future__ import annotations

import pytest

from hub.care.ranking import NotEnough, Ranked, Record, Wanted, rank_people, wilson


def order(*records: Record, grade: int = 0) -> list[str]:
    return [one.record.user_id for one in rank_people(records, Wanted(grade))]


def test_wilsons_interval_is_that_of_the_books() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 and 15 of 148.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_many_good_results_are_more_than_few_perfect_ones() -> None:
    few, many = Record("few", "Few", 5, 5), Record("many", "Many", 100, 97)
    assert order(few, many) == ["many", "few"]


def test_under_five_results_nothing_is_said_of_anybody() -> None:
    [one] = rank_people([Record("new", "New", promised=2, kept=2, asked=2, satisfied=2)], Wanted())
    assert isinstance(one, NotEnough)
    [five] = rank_people([Record("new", "New", promised=3, kept=3, asked=2, satisfied=2)], Wanted())
    assert isinstance(five, Ranked)
    assert (five.place, five.share) == (1, 1.0)


def test_who_cannot_do_it_is_left_out_and_who_is_busy_comes_after() -> None:
    able, weak = Record("able", "A", 9, 5, grade=4), Record("weak", "W", 9, 9, grade=2)
    busy = Record("busy", "B", 90, 90, grade=5, busy=True)
    assert order(weak, busy, able, grade=3) == ["able", "busy"]


def test_those_without_data_come_by_grade_and_by_how_little_they_have_to_do() -> None:
    one, other = Record("1", "A", grade=3, open=4), Record("2", "B", grade=3, open=1)
    best = Record("3", "C", grade=5, open=9)
    assert order(one, other, best) == ["3", "2", "1"]
