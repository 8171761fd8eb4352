"""Open-time arithmetic by example: routing.md section 4 and the days that are not like others."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.core.errors import Invalid
from hub.hours import (
    ALWAYS_OPEN,
    Calendar,
    add_open,
    check_calendar,
    elapsed,
    is_open,
    next_closing,
    next_opening,
    subtract_open,
)

ROME = ZoneInfo("Europe/Rome")
SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = check_calendar("Mon-Fri 09:00-17:00", zone="Europe/Rome")
SPLIT = check_calendar("Mon-Fri 09:00-13:00,14:00-18:00", zone="Europe/Rome")
FINANCE = check_calendar("Mon-Fri 09:00-12:00,13:30-18:00", "CN+workdays", "Asia/Shanghai")


def rome(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ROME)


def china(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("calendar", "start", "minutes", "due"),
    [
        (OFFICE, rome(13, 16, 30), 60, rome(16, 9, 30)),
        (OFFICE, rome(13, 17), 1, rome(16, 9, 1)),
        (OFFICE, rome(16, 9), 480, rome(16, 17)),
        (SPLIT, rome(16, 12, 30), 60, rome(16, 14, 30)),
    ],
)
def test_deadlines_fall_where_the_rules_say(
    calendar: Calendar, start: datetime, minutes: int, due: datetime
) -> None:
    assert add_open(calendar, start, minutes * 60) == due


def test_a_mail_of_the_evening_is_as_old_in_the_morning() -> None:
    assert elapsed(OFFICE, rome(16, 16, 50), rome(17, 9)) == 600


def test_taking_open_time_back_leads_to_the_moment_it_began() -> None:
    assert subtract_open(OFFICE, rome(17, 9, 5), 600) == rome(16, 16, 55)


def test_taking_back_exactly_to_an_opening_means_the_opening_and_not_the_closing_before() -> None:
    assert subtract_open(OFFICE, rome(17, 9, 5), 300) == rome(17, 9)


def test_it_is_open_from_the_opening_up_to_the_closing() -> None:
    assert is_open(OFFICE, rome(16, 9))
    assert not is_open(OFFICE, rome(16, 17))
    assert not is_open(OFFICE, rome(15, 12))


def test_the_next_opening_of_a_weekend_is_monday_morning() -> None:
    assert next_opening(OFFICE, rome(14, 11)) == rome(16, 9)
    assert next_opening(OFFICE, rome(16, 11)) == rome(16, 11)


def test_a_night_runs_over_midnight_and_belongs_to_the_day_it_opens() -> None:
    night = check_calendar("Fri 22:00-06:00", zone="Europe/Rome")
    assert elapsed(night, rome(13, 0), rome(20, 0)) == 8 * 3600
    assert is_open(night, rome(14, 5, 59))
    assert not is_open(night, rome(13, 5))


def test_a_night_over_new_year_is_counted_once() -> None:
    night = check_calendar("Mon-Sun 20:00-04:00", zone="Europe/Rome")
    eve = datetime(2026, 12, 31, 12, tzinfo=ROME)
    assert elapsed(night, eve, datetime(2027, 1, 1, 12, tzinfo=ROME)) == 8 * 3600


def test_a_chinese_holiday_is_closed_and_its_make_up_sunday_is_open() -> None:
    assert not is_open(FINANCE, china(2, 17, 10))  # Spring Festival
    assert not is_open(FINANCE, china(2, 20, 10))  # a Friday off, worked on Saturday the 14th
    assert is_open(FINANCE, china(2, 14, 10))
    assert is_open(FINANCE, china(9, 20, 10))
    assert not is_open(FINANCE, china(9, 19, 10))  # an ordinary Saturday


def test_a_promise_over_the_golden_week_skips_it() -> None:
    assert add_open(FINANCE, china(9, 30, 17, 30), 3600) == china(10, 8, 9, 30)


def test_make_up_days_stay_closed_where_only_holidays_are_asked_for() -> None:
    plain = check_calendar("Mon-Fri 09:00-18:00", "CN", "Asia/Shanghai")
    assert not is_open(plain, china(2, 14, 10))


def test_always_open_knows_no_holidays() -> None:
    always = check_calendar("24x7", "CN+workdays", "Asia/Shanghai")
    assert elapsed(always, china(2, 16, 0), china(2, 18, 0)) == 2 * 86400


def test_a_special_day_has_its_own_hours() -> None:
    calendar = check_calendar(
        "Mon-Fri 09:00-17:00",
        zone="Europe/Rome",
        special={date(2026, 3, 16): "10:00-12:00", date(2026, 3, 17): "closed"},
    )
    assert elapsed(calendar, rome(16, 0), rome(18, 0)) == 2 * 3600


def test_a_night_in_which_the_clocks_go_forward_is_an_hour_shorter() -> None:
    night = check_calendar("Sat 22:00-06:00", zone="Europe/Rome")
    assert elapsed(night, rome(28, 12), rome(29, 12)) == 7 * 3600


def test_a_night_in_which_the_clocks_go_back_is_an_hour_longer() -> None:
    night = check_calendar("Sat 22:00-06:00", zone="Europe/Rome")
    assert elapsed(night, rome(24, 12, month=10), rome(25, 12, month=10)) == 9 * 3600


def test_an_opening_inside_the_skipped_hour_is_the_jump_itself() -> None:
    early = check_calendar("Sun 02:30-04:00", zone="Europe/Rome")
    assert next_opening(early, rome(28, 12)) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_times_before_the_clock_was_set_to_zero_are_counted_too() -> None:
    start = datetime(2019, 12, 30, 9, tzinfo=ROME)
    assert elapsed(OFFICE, start, datetime(2020, 1, 2, 9, tzinfo=ROME)) == 3 * 8 * 3600


def test_the_default_calendar_counts_wall_seconds() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert add_open(ALWAYS_OPEN, start, 90) == datetime(2026, 1, 1, 0, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "hours",
    ["", "Mon-Fri", "Mon-Fri 9-17", "Moon 09:00-17:00", "Mon 09:00-25:00", "Mon 09:61-10:00"],
)
def test_unreadable_hours_are_refused_with_an_example(hours: str) -> None:
    with pytest.raises(Invalid, match="Mon-Fri 09:00-12:00,13:30-18:00"):
        check_calendar(hours)


@pytest.mark.parametrize("days", ["XX", "DE-QQ"])
def test_an_unknown_holiday_calendar_is_refused_with_an_example(days: str) -> None:
    with pytest.raises(Invalid, match=r"CN\+workdays"):
        check_calendar("24x7", days)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(Invalid, match="Asia/Shanghai"):
        check_calendar("24x7", zone="Mars/Olympus")


def test_the_next_closing_is_that_of_the_span_it_is_in_or_of_the_next() -> None:
    assert next_closing(SPLIT, rome(13, 10)) == rome(13, 13)
    assert next_closing(SPLIT, rome(13, 13)) == rome(13, 18)
    assert next_closing(SPLIT, rome(13, 18)) == rome(16, 13)  # Friday evening → Monday


def test_a_night_over_new_year_closes_in_the_morning_and_always_open_never() -> None:
    nights = check_calendar("Mon-Sun 22:00-06:00", zone="Europe/Rome")
    eve = datetime(2026, 12, 31, 23, tzinfo=ROME)
    assert next_closing(nights, eve) == datetime(2027, 1, 1, 6, tzinfo=ROME)
    assert next_closing(ALWAYS_OPEN, eve) is None
