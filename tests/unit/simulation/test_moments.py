"""A period in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.core.errors import Invalid
from hub.simulation.moments import parse_period

DAY_S = 86_400


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2026-03-10", "2026-03-09T16:00", "2026-03-10T16:00"),
        ("2026-03-10..2026-03-10", "2026-03-09T16:00", "2026-03-10T16:00"),
        ("2026-03-09..2026-03-15", "2026-03-08T16:00", "2026-03-15T16:00"),
        ("2026-03-10T09:00..2026-03-10T18:30", "2026-03-10T01:00", "2026-03-10T10:30"),
        ("2026-03-10T09:00Z..2026-03-10", "2026-03-10T09:00", "2026-03-10T16:00"),
    ],
)
def test_days_are_whole_and_of_the_organisations_zone(text: str, begin: str, end: str) -> None:
    assert parse_period(text, "Asia/Shanghai") == (at(begin), at(end))


def test_a_day_on_which_clocks_change_is_as_long_as_it_is() -> None:
    begin, end = parse_period("2026-03-29", "Europe/Rome")
    assert end - begin == DAY_S - 3600


@pytest.mark.parametrize("text", ["", "yesterday", "2026-03-10..", "..", "2026-13-01", "1..2..3"])
def test_what_is_no_period_is_refused_and_the_refusal_shows_one(text: str) -> None:
    with pytest.raises(Invalid, match="2026-03-10T09:00"):
        parse_period(text, "UTC")


@pytest.mark.parametrize(
    "text", ["9999-12-31", "2026-03-10..9999-12-31", "0001-01-01", "0001-01-01T00:00..2026-03-10"]
)
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_the_ends_of_the_calendar_are_refused(text: str, zone: str) -> None:
    with pytest.raises(Invalid, match="from 1970-01-02 on"):
        parse_period(text, zone)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Invalid, match="ends before it begins"):
        parse_period("2026-03-10..2026-03-09", "UTC")
