"""A recovery is due in business days: nobody is asked to do it while it is closed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contacts.research.recovery import due_in_days
from hub.hours import check_calendar, is_open

OFFICE = check_calendar("Mon-Fri 09:00-18:00", zone="UTC")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("10T14:00", "11T14:00"),  # Tuesday: the same hour tomorrow
        ("13T17:00", "16T17:00"),  # Friday: Monday
        ("13T22:00", "16T18:00"),  # after hours: at the end of Monday
        ("14T05:00", "16T09:00"),  # Saturday night: when Monday begins
    ],
)
def test_one_business_day(now: str, due: str) -> None:
    assert due_in_days(at(now), 1, OFFICE) == at(due)


def test_several_days_leave_the_weekend_out() -> None:
    assert due_in_days(at("12T10:00"), 3, OFFICE) == at("17T10:00")


def test_without_hours_a_day_is_a_day() -> None:
    assert due_in_days(at("13T17:00"), 1, None) == at("14T17:00")


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 - hypothesis adds the zone
    st.integers(1, 10),
)
def test_it_is_later_and_while_it_is_open(moment: datetime, days: int) -> None:
    now = moment.replace(tzinfo=UTC)
    due = due_in_days(now, days, OFFICE)
    assert due > now
    assert is_open(OFFICE, due) or due.hour == 18
