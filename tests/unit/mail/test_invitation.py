"""Invitations of the usual programs, and what strangers write instead of one."""

from __future__ import annotations

from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.vendors.mail.calendar import text_of_calendar
from hub.vendors.mail.invitation import (
    MAX_BYTES,
    Event,
    Invitation,
    Moment,
    Person,
    read_invitation,
)


def calendar(*lines: str, method: str = "REQUEST", before: tuple[str, ...] = ()) -> bytes:
    whole = (
        "BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", *before,
        "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", "",
    )  # fmt: skip
    return "\r\n".join(whole).encode()


def read_all(*lines: str, method: str = "REQUEST", before: tuple[str, ...] = ()) -> Invitation:
    found = read_invitation(calendar(*lines, method=method, before=before))
    assert found is not None
    return found


def read(*lines: str, method: str = "REQUEST", before: tuple[str, ...] = ()) -> Event:
    [event] = read_all(*lines, method=method, before=before).events
    return event


NEXT = ("END:VEVENT", "BEGIN:VEVENT")


def test_an_invitation_says_what_when_where_and_who() -> None:
    found = read(
        "SUMMARY:Visit\\, first floor", "LOCATION:上海\\, 徐汇", "DTSTART:20260302T010000Z",
        "DTEND:20260302T020000Z", 'ORGANIZER;CN="Li, Na":mailto:li@shop.test',
        "ATTENDEE;PARTSTAT=ACCEPTED;CN=Chen:MAILTO:chen@customer.test",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:wang@customer.test", "SEQUENCE:0",
    )  # fmt: skip
    assert (found.cancelled, found.changed) == (False, False)
    assert (found.summary, found.location) == ("Visit, first floor", "上海, 徐汇")
    assert found.start == Moment(datetime(2026, 3, 2, 1, 0, tzinfo=UTC), "2026-03-02T01:00", "")
    assert found.end is not None
    assert found.end.at == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    assert found.organizer == Person("li@shop.test", "Li, Na", "")
    assert found.attendees == (
        Person("chen@customer.test", "Chen", "accepted"),
        Person("wang@customer.test", "", ""),
    )


@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "China Standard Time", '"China Standard Time"', "Customized 8"]
)
def test_a_time_is_a_moment_where_its_zone_is_known(zone: str) -> None:
    own = (
        "BEGIN:VTIMEZONE", "TZID:Customized 8", "BEGIN:STANDARD", "DTSTART:16010101T000000",
        "TZOFFSETFROM:+0800", "TZOFFSETTO:+0800", "RRULE:FREQ=SECONDLY", "END:STANDARD",
        "END:VTIMEZONE",
    )  # fmt: skip
    begun = process_time()
    found = read(f"DTSTART;TZID={zone}:20260302T090000", "DURATION:PT1H30M", before=own)
    assert process_time() - begun < 1  # a zone whose rule never ends is not followed
    assert found.start is not None
    assert found.end is not None
    assert found.start.at == datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    assert found.end.at == datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


def test_a_time_of_a_zone_that_nobody_knows_stays_as_it_is_written() -> None:
    found = read("DTSTART;TZID=Office:20260302T090000")
    assert found.start == Moment(None, "2026-03-02T09:00", "Office")
    assert read("DTSTART:20260302T090000").start == Moment(None, "2026-03-02T09:00", "")


def test_whole_days_end_on_their_last_day() -> None:
    found = read("DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260304")
    assert found.all_day
    assert (found.start, found.end) == (
        Moment(None, "2026-03-02", ""),
        Moment(None, "2026-03-03", ""),
    )


@pytest.mark.parametrize(
    ("method", "lines", "told"),
    [
        ("REQUEST", ("SEQUENCE:2",), ("request", False, True)),
        ("CANCEL", ("SEQUENCE:3",), ("cancel", True, False)),
        ("REQUEST", ("STATUS:CANCELLED",), ("request", True, False)),
        ("REPLY", ("SEQUENCE:1",), ("reply", False, False)),
        ("X-1;DROP", (), ("", False, False)),
    ],
)
def test_what_became_of_it(
    method: str, lines: tuple[str, ...], told: tuple[str, bool, bool]
) -> None:
    found = read_all("SUMMARY:Visit", *lines, method=method)
    [event] = found.events
    assert (found.method, event.cancelled, event.changed) == told


OWN = (  # a zone nobody else knows, with summer time
    "BEGIN:VTIMEZONE", "TZID:Works", "BEGIN:DAYLIGHT", "DTSTART:20000326T020000",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0400",
    "END:DAYLIGHT", "BEGIN:STANDARD", "DTSTART:20001029T030000",
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500",
    "END:STANDARD", "END:VTIMEZONE",
)  # fmt: skip


@pytest.mark.parametrize(
    ("start", "until", "last"),
    [
        ("DTSTART;TZID=America/New_York:20260504T203000", "20260602T003000Z", "2026-06-01"),
        ("DTSTART;TZID=Asia/Shanghai:20260504T070000", "20260531T230000Z", "2026-06-01"),
        ("DTSTART;TZID=Works:20260504T203000", "20260602T003000Z", "2026-06-01"),
        # In winter it is an hour earlier there: the evening ends the day before.
        ("DTSTART;TZID=Works:20260504T233000", "20261202T043000Z", "2026-12-01"),
        ("DTSTART:20260504T203000Z", "20260602T003000Z", "2026-06-02"),
        ("DTSTART:20260504T203000", "20260602T203000", "2026-06-02"),
        ("DTSTART;VALUE=DATE:20260504", "20260602", "2026-06-02"),
        ("DTSTART;TZID=Asia/Shanghai:20260504T070000", "99991231T235959Z", "9999-12-31"),
    ],
)
def test_a_series_ends_on_a_day_of_its_own_clock(start: str, until: str, last: str) -> None:
    rule = read(start, f"RRULE:FREQ=DAILY;UNTIL={until}", before=OWN).recurrence
    assert rule is not None
    assert rule.until == last


def test_whole_days_last_as_long_as_is_said() -> None:
    found = read("DTSTART;VALUE=DATE:20260302", "DURATION:P3D")
    assert found.all_day
    assert found.end == Moment(None, "2026-03-04", "")


def test_a_rule_is_told_in_parts_and_one_of_its_own_as_such() -> None:
    rule = read("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20260601T000000Z").recurrence
    assert rule is not None
    assert (rule.frequency, rule.interval, rule.by_day) == ("weekly", 2, ("MO", "WE"))
    assert (rule.until, rule.count, rule.plain) == ("2026-06-01", None, True)
    last = read("RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=5").recurrence
    assert last is not None
    assert (last.by_day, last.count, last.plain) == (("-1FR",), 5, True)
    own = read("RRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO").recurrence
    assert own is not None
    assert not own.plain


@pytest.mark.parametrize(
    "begin",
    [
        "BEGIN:VTIM\r\n EZONE",
        "BEGIN:VTIM\r\n\r\n\tEZONE",
        "BE GIN:VTIMEZONE",
        "BEGIN;A=B:VTIMEZONE",
    ],
)
def test_what_a_file_says_of_a_zone_holds_in_no_other_file(begin: str) -> None:
    zone = (
        begin, "TZID:Ours", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0900",
        "TZOFFSETTO:+0900", "END:STANDARD", begin.replace("BEGIN", "END").replace("BE GIN", "E ND"),
    )  # fmt: skip
    when = "DTSTART;TZID=Ours:20260302T090000"
    assert read(when, before=zone).start == Moment(
        datetime(2026, 3, 2, tzinfo=UTC), "2026-03-02T09:00", "Ours"
    )
    assert read(when).start == Moment(None, "2026-03-02T09:00", "Ours")


def test_every_event_of_a_file_is_told_and_those_beyond_twenty_are_counted() -> None:
    found = read_all("SUMMARY:First", *NEXT, "SUMMARY:Second", "DTSTART:20260302T010000Z")
    assert [event.summary for event in found.events] == ["First", "Second"]
    many = read_all(*[line for _ in range(300) for line in ("SUMMARY:x", *NEXT)], "SUMMARY:x")
    assert (len(many.events), many.more) == (20, 281)


def test_a_series_tells_its_exceptions_and_stands_before_its_single_times() -> None:
    found = read_all(
        "UID:a", "RECURRENCE-ID;TZID=Asia/Shanghai:20260309T090000", "SUMMARY:Later that day",
        "DTSTART;TZID=Asia/Shanghai:20260309T150000", "SEQUENCE:1", *NEXT,
        "UID:a", "RECURRENCE-ID:20260316T010000Z", "STATUS:CANCELLED", "SEQUENCE:2", *NEXT,
        "UID:a", "SUMMARY:Every Monday", "DTSTART;TZID=Asia/Shanghai:20260302T090000",
        "RRULE:FREQ=WEEKLY;BYDAY=MO", "EXDATE;TZID=Asia/Shanghai:20260330T090000,20260323T090000",
        "RDATE;VALUE=PERIOD:20260401T010000Z/PT1H",
    )  # fmt: skip
    series, moved, dropped = found.events
    assert series.summary == "Every Monday"
    assert [one.at for one in series.left_out] == [
        datetime(2026, 3, 23, 1, tzinfo=UTC), datetime(2026, 3, 30, 1, tzinfo=UTC),
    ]  # fmt: skip
    assert [one.at for one in series.added] == [datetime(2026, 4, 1, 1, tzinfo=UTC)]
    assert moved.instead_of == Moment(
        datetime(2026, 3, 9, 1, tzinfo=UTC), "2026-03-09T09:00", "Asia/Shanghai"
    )
    assert (dropped.cancelled, moved.cancelled, series.cancelled) == (True, False, False)
    onwards = read("RECURRENCE-ID;RANGE=THISANDFUTURE:20260302T010000Z")
    assert (onwards.onwards, moved.onwards) == (True, False)


def test_of_two_words_on_one_event_the_later_counts() -> None:
    stamp = "DTSTAMP:202601{:02}T000000Z"
    found = read_all(
        "UID:a", "SUMMARY:Third", "SEQUENCE:1", stamp.format(3), *NEXT,
        "UID:a", "SUMMARY:First", "SEQUENCE:0", stamp.format(9), *NEXT,
        "UID:a", "SUMMARY:Second", "SEQUENCE:1", stamp.format(2), *NEXT,
        "SUMMARY:Nameless", *NEXT, "SUMMARY:Nameless, too",
    )  # fmt: skip
    assert [event.summary for event in found.events] == ["Third", "Nameless", "Nameless, too"]


def test_many_left_out_times_are_counted_and_the_first_are_told() -> None:
    times = ",".join(f"202603{day:02}T010000Z" for day in range(1, 31))
    found = read(f"EXDATE:{times}")
    assert (len(found.left_out), found.left_out_count) == (20, 30)


def test_the_words_of_a_mail_without_others_tell_every_event() -> None:
    text = calendar("SUMMARY:First", *NEXT, "SUMMARY:Second", "LOCATION:Hall").decode()
    assert text_of_calendar(text) == "First\n\nSecond\nHall"
    assert text_of_calendar(text.partition("LOCATION")[0]) == "First\n\nSecond"
    assert text_of_calendar("BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR") == ""


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x00\xff", b"BEGIN:VCALENDAR", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VEVENT\r\n" * 5_000, b"END:VCALENDAR\r\n", b"<html>not one</html>",
        calendar("SUMMARY:x") + b"x" * MAX_BYTES,
    ],
)  # fmt: skip
def test_what_is_no_calendar_has_no_card(data: bytes) -> None:
    assert read_invitation(data) is None


def test_many_people_are_counted_and_not_all_shown() -> None:
    found = read(*[f"ATTENDEE:mailto:p{number}@customer.test" for number in range(900)])
    assert (len(found.attendees), found.attendee_count) == (50, 900)


@pytest.mark.parametrize(
    "lines",
    [
        ("SUMMARY" + ";A=B" * 30_000 + ":x",), ("RRULE:FREQ=DAILY;BYDAY=" + "MO," * 30_000 + "TU",),
        ("EXDATE:" + "20260101T000000Z," * 7_000 + "20260101T000000Z",),
        ("SUMMARY:a", *[" b"] * 30_000), ("DTSTART:99999999T999999",),
        ("DTSTART;VALUE=DATE:00010101", "DTEND;VALUE=DATE:00010101"),
        ("DTSTART:99991231T235959Z", "DURATION:P9999D"), ("SEQUENCE:x", "RRULE:FREQ=;COUNT=x"),
    ],
)  # fmt: skip
def test_hostile_lines_take_no_time_and_break_nothing(lines: tuple[str, ...]) -> None:
    begun = process_time()
    read_invitation(calendar(*lines))
    assert process_time() - begun < 4


_PIECES = st.sampled_from(
    [
        "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "TZID:a", "DTSTART:", " ",
        "DTSTART;TZID=a:20260302T090000", "RRULE:FREQ=WEEKLY", "TZOFFSETTO:+9999", "ATTENDEE;CN=",
        "DURATION:-P1D", "SUMMARY:\x85x", "ORGANIZER:mailto:", "SEQUENCE:-1", ";:;",
        "END:VCALENDAR",
    ]
)  # fmt: skip


@given(st.lists(_PIECES | st.text(max_size=20), max_size=20))
def test_nothing_that_is_written_raises(lines: list[str]) -> None:
    text = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"])
    read_invitation(text.encode("utf-8", "surrogatepass"))
