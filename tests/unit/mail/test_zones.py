"""Zones that a calendar file brings along: as programs write them, and as strangers do."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.vendors.mail.zones import read_zone

BERLIN = (  # as Outlook writes it
    "BEGIN:STANDARD", "DTSTART:16010101T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10", "END:STANDARD",
    "BEGIN:DAYLIGHT", "DTSTART:16010101T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200",
    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3", "END:DAYLIGHT",
)  # fmt: skip
NEW_YORK = (  # as Google and Apple write it, with the rules of before
    "X-LIC-LOCATION:America/New_York",
    "BEGIN:DAYLIGHT", "TZOFFSETFROM:-0500",
    "RRULE:FREQ=YEARLY;UNTIL=20060402T070000Z;BYMONTH=4;BYDAY=1SU",
    "DTSTART:19870405T020000", "TZNAME:EDT", "TZOFFSETTO:-0400", "END:DAYLIGHT",
    "BEGIN:DAYLIGHT", "TZOFFSETFROM:-0500", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
    "DTSTART:20070311T020000", "TZNAME:EDT", "TZOFFSETTO:-0400", "END:DAYLIGHT",
    "BEGIN:STANDARD", "TZOFFSETFROM:-0400",
    "RRULE:FREQ=YEARLY;UNTIL=20061029T060000Z;BYMONTH=10;BYDAY=-1SU",
    "DTSTART:19871025T020000", "TZNAME:EST", "TZOFFSETTO:-0500", "END:STANDARD",
    "BEGIN:STANDARD", "TZOFFSETFROM:-0400", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
    "DTSTART:20071104T020000", "TZNAME:EST", "TZOFFSETTO:-0500", "END:STANDARD",
)  # fmt: skip
SYDNEY = (  # summer goes over the new year
    "BEGIN:STANDARD", "DTSTART:20080406T030000", "TZOFFSETFROM:+1100", "TZOFFSETTO:+1000",
    "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU", "END:STANDARD",
    "BEGIN:DAYLIGHT", "DTSTART:20081005T020000", "TZOFFSETFROM:+1000", "TZOFFSETTO:+1100",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU", "END:DAYLIGHT",
)  # fmt: skip
ZONES = {"Europe/Berlin": BERLIN, "America/New_York": NEW_YORK, "Australia/Sydney": SYDNEY}


@pytest.mark.parametrize("name", ZONES)
@given(hours=st.integers(0, 24 * 365 * 30))
def test_a_time_has_the_offset_that_the_world_knows(name: str, hours: int) -> None:
    """Outside of the hours of a change, in which a clock says a time twice or not at all."""
    first = 1996 if name == "America/New_York" else 2009  # the file says nothing of before
    local = datetime(first, 1, 1, 12) + timedelta(hours=hours)  # noqa: DTZ001 - by the clock there
    known = ZoneInfo(name)
    around = {(local + timedelta(hours=h)).replace(tzinfo=known).utcoffset() for h in (-3, 0, 3)}
    found = read_zone(ZONES[name]).at(local)
    assert found is not None
    assert found.utcoffset(None) in around


@pytest.mark.parametrize(
    ("until", "hours"),
    [("20070101T000000Z", 1), ("20060326T010000Z", 1), ("20070325T010000Z", 2), ("20061231", 1)],
)
def test_a_rule_that_ended_before_its_day_of_the_year_is_over(until: str, hours: int) -> None:
    """Berlin without summer time after that: a July of 2007."""
    rule = "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3"
    zone = read_zone([f"{line};UNTIL={until}" if line == rule else line for line in BERLIN])
    found = zone.at(datetime(2007, 7, 1, 12))  # noqa: DTZ001 - by the clock there
    assert found is not None
    assert found.utcoffset(None) == timedelta(hours=hours)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("BEGIN:STANDARD", "TZOFFSETTO:+08", "END:STANDARD"),
        (*BERLIN, "BEGIN:STANDARD", "TZOFFSETTO:+0800", "END:STANDARD"),
        (*BERLIN[:4], "RRULE:FREQ=SECONDLY", *BERLIN[5:]),
        (*BERLIN[:4], "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;BYSETPOS=1", *BERLIN[5:]),
        (*BERLIN[:4], "RRULE:FREQ=YEARLY;BYMONTH=13;BYDAY=-1SU", *BERLIN[5:]),
        (*BERLIN[:4], "RDATE:20260101T000000", *BERLIN[5:]),
        BERLIN * 40,
        ("BEGIN:STANDARD", "DTSTART:19709901T000000", "TZOFFSETTO:+9900", "END:STANDARD"),
    ],
)  # fmt: skip
def test_of_a_zone_with_another_rule_nobody_knows(lines: tuple[str, ...]) -> None:
    begun = process_time()
    assert read_zone(lines).at(datetime(2026, 7, 1)) is None  # noqa: DTZ001 - by the clock there
    assert process_time() - begun < 1


def test_a_zone_of_one_offset_has_it_at_any_time() -> None:
    """Also before it is said to begin, and whatever its rule, which is not followed."""
    one = (
        "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETTO:+0530", "RRULE:FREQ=SECONDLY",
        "END:STANDARD",
    )  # fmt: skip
    for year in (1, 1960, 9999):
        found = read_zone(one).at(datetime(year, 1, 1))  # noqa: DTZ001 - by the clock there
        assert found is not None
        assert found.utcoffset(None) == timedelta(hours=5, minutes=30)


_PIECES = st.sampled_from(
    [*BERLIN, *NEW_YORK, "END:DAYLIGHT", "RRULE:;=;", "DTSTART:00010101T000000"]
)


@given(st.lists(_PIECES | st.text(max_size=30), max_size=30), st.datetimes())
def test_nothing_that_is_written_raises(lines: list[str], local: datetime) -> None:
    read_zone(lines).at(local)
