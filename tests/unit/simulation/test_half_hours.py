"""Half hours by the clock on the wall, in any zone, over any change of clocks."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.simulation.half_hours import HalfHours, moment_of, wall_s
from hub.simulation.world import BIN_S

DAY_S = 86_400
CHANGES = (
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),  # by half an hour
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Pacific/Apia", "2011-12-30"),  # a day that never was
    ("Asia/Kathmandu", "2026-03-29"),  # 5:45 ahead, always
)


def begin_of(change: tuple[str, str], quarters: int) -> tuple[int, str]:
    zone, day = change
    begin = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    return int(begin.timestamp()) + 900 * quarters, zone


begins = st.builds(begin_of, st.sampled_from(CHANGES), st.integers(-4 * 96, 96))
lengths = st.builds(lambda days, s: days * DAY_S + s, st.integers(0, 7), st.integers(1, DAY_S))


@given(begins, lengths)
def test_every_second_lies_in_one_half_hour_but_for_a_short_end(
    begins_in: tuple[int, str], length: int
) -> None:
    begin, zone = begins_in
    halves = HalfHours(begin, begin + length, zone)
    assert 1 <= len(halves) <= 48
    assert all(one > 0 for one in halves.seen_s)
    left_out_s = length - sum(halves.seen_s)
    assert 0 <= left_out_s < 300
    assert sum(s for _, s in halves.parts_of(begin, begin + length)) == length - left_out_s
    assert halves.place_of(begin - 1) is None
    assert halves.place_of(begin + length) is None


@given(begins, lengths, st.integers(0, 999))
def test_moments_in_a_half_hour_are_less_than_it_apart_on_the_wall(
    begins_in: tuple[int, str], length: int, thousandths: int
) -> None:
    begin, zone = begins_in
    halves, place = HalfHours(begin, begin + length, zone), ZoneInfo(zone)
    at_s = begin + thousandths * length // 1000
    found = halves.place_of(at_s)
    if found is None:
        assert begin + length - at_s <= 300
        return
    first, now = (
        (wall_s(one, place) - wall_s(begin, place)) % DAY_S // BIN_S
        for one in (halves.starts_s[found], at_s)
    )
    assert first == now
    assert [part for part, _ in halves.parts_of(at_s, at_s + 1)] == [found]


@given(begins, st.integers(0, DAY_S - 1))
def test_what_the_clock_shows_is_found_again(begins_in: tuple[int, str], after_s: int) -> None:
    begin, zone = begins_in
    place = ZoneInfo(zone)
    shown_s = wall_s(begin + after_s, place)
    moment_s = moment_of(shown_s, place)
    assert wall_s(moment_s, place) == shown_s
    assert moment_s <= begin + after_s


@pytest.mark.parametrize(
    ("first", "days"), [("2026-03-29", 1.0), ("2026-10-25", 1.0), ("2026-03-23", 7.0)]
)
def test_days_are_those_of_the_calendar(first: str, days: float) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    begin = datetime.fromisoformat(first).replace(tzinfo=berlin)
    end_s = moment_of(wall_s(begin.timestamp(), berlin) + days * DAY_S, berlin)
    assert HalfHours(begin.timestamp(), end_s, "Europe/Berlin").days == days


def test_clocks_may_change_in_the_midst_of_a_half_hour() -> None:
    """From a quarter past midnight half hours begin at :15 and :45; clocks change at 2."""
    begin, zone = begin_of(("Europe/Berlin", "2026-03-29"), 1)
    halves = HalfHours(begin, begin + 2 * DAY_S, zone)
    minutes_s = 60 * 105  # 2 o'clock, that is 3
    assert halves.place_of(begin + minutes_s - 1) == 3
    after = halves.place_of(begin + minutes_s + 1)
    assert after == halves.place_of(begin + minutes_s + 1 + DAY_S) != 3
