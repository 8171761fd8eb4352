"""Laws of open time, against a slow oracle that looks at every minute of the wall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.hours import (
    Calendar,
    add_open,
    check_calendar,
    elapsed,
    is_open,
    next_opening,
    subtract_open,
)

CALENDARS = [
    check_calendar(hours, days, zone)
    for hours, days, zone in [
        ("24x7", "none", "UTC"),
        ("Mon-Fri 09:00-12:00,13:30-18:00", "CN+workdays", "Asia/Shanghai"),
        ("Mon-Sun 20:00-04:00; Sat 03:00-05:00", "US", "America/New_York"),
        ("Mon-Fri 09:00-17:00; Sat 10:00-14:00", "IT", "Europe/Rome"),
        ("Tue 23:15-23:45", "none", "Australia/Lord_Howe"),
    ]
]
FIRST = datetime(2024, 6, 1, tzinfo=UTC)
calendars = st.sampled_from(CALENDARS)
moments = st.integers(0, 4 * 365 * 24 * 3600).map(lambda s: FIRST + timedelta(seconds=s))
amounts = st.integers(1, 400 * 3600)


@given(calendars, moments, moments, moments)
def test_open_time_adds_up(calendar: Calendar, a: datetime, b: datetime, c: datetime) -> None:
    whole = elapsed(calendar, a, c)
    assert abs(elapsed(calendar, a, b) + elapsed(calendar, b, c) - whole) < 1e-5


@given(calendars, moments, moments)
def test_open_time_is_never_more_than_wall_time(
    calendar: Calendar, a: datetime, b: datetime
) -> None:
    first, last = min(a, b), max(a, b)
    assert -1e-5 <= elapsed(calendar, first, last) <= (last - first).total_seconds() + 1e-5


@given(calendars, moments, amounts)
def test_a_deadline_is_the_first_moment_with_that_much_open_time(
    calendar: Calendar, start: datetime, seconds: int
) -> None:
    due = add_open(calendar, start, seconds)
    assert abs(elapsed(calendar, start, due) - seconds) < 1e-3
    assert elapsed(calendar, start, due - timedelta(seconds=1)) < seconds


@given(calendars, moments, amounts)
def test_taking_back_undoes_adding(calendar: Calendar, start: datetime, seconds: int) -> None:
    opening = next_opening(calendar, start)
    due = add_open(calendar, opening, seconds)
    assert abs(subtract_open(calendar, due, seconds) - opening) < timedelta(milliseconds=1)


@given(calendars, moments)
def test_the_next_opening_is_open_and_nothing_opens_before_it(
    calendar: Calendar, at: datetime
) -> None:
    opening = next_opening(calendar, at)
    assert opening >= at
    assert is_open(calendar, opening)
    assert elapsed(calendar, at, opening) < 1e-5


@settings(max_examples=40, deadline=None)
@given(calendars, moments, st.integers(1, 3 * 24 * 60))
def test_open_time_is_what_the_wall_clock_shows_minute_by_minute(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    first = start.replace(second=0)
    shown = sum(
        _wall_says_open(calendar, first + timedelta(minutes=step)) for step in range(minutes)
    )
    counted = elapsed(calendar, first, first + timedelta(minutes=minutes))
    # A repeated hour stays open between its two closings: only there may they differ.
    if _offset_is_steady(calendar.zone, first, minutes):
        assert abs(counted - 60 * shown) < 1e-5


def _wall_says_open(calendar: Calendar, at: datetime) -> bool:
    wall = at.astimezone(calendar.zone)
    minute = wall.hour * 60 + wall.minute
    yesterday = wall.date() - timedelta(days=1)
    return any(low <= minute < high for low, high in calendar.spans(wall.date())) or any(
        low <= minute + 1440 < high for low, high in calendar.spans(yesterday)
    )


def _offset_is_steady(zone: ZoneInfo, start: datetime, minutes: int) -> bool:
    around = (start - timedelta(days=2), start + timedelta(days=2, minutes=minutes))
    return len({at.astimezone(zone).utcoffset() for at in around}) == 1
