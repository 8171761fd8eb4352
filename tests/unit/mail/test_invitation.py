"""Invitations of the usual programs, and what strangers write instead of one."""

from __future__ import annotations

from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.vendors.mail.invitation import MAX_BYTES, Invitation, Moment, Person, read_invitation


def calendar(*lines: str, method: str = "REQUEST", before: tuple[str, ...] = ()) -> bytes:
    whole = (
        "BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", *before,
        "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", "",
    )  # fmt: skip
    return "\r\n".join(whole).encode()


def read(*lines: str, method: str = "REQUEST", before: tuple[str, ...] = ()) -> Invitation:
    found = read_invitation(calendar(*lines, method=method, before=before))
    assert found is not None
    return found


def test_an_invitation_says_what_when_where_and_who() -> None:
    found = read(
        "SUMMARY:Visit\\, first floor", "LOCATION:上海\\, 徐汇", "DTSTART:20260302T010000Z",
        "DTEND:20260302T020000Z", 'ORGANIZER;CN="Li, Na":mailto:li@shop.test',
        "ATTENDEE;PARTSTAT=ACCEPTED;CN=Chen:MAILTO:chen@customer.test",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:wang@customer.test", "SEQUENCE:0",
    )  # fmt: skip
    assert (found.method, found.cancelled, found.changed) == ("request", False, False)
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
    found = read("SUMMARY:Visit", *lines, method=method)
    assert (found.method, found.cancelled, found.changed) == told


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
    assert read("RECURRENCE-ID:20260302T010000Z").one_of_series


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


def test_several_events_are_counted_and_the_first_is_shown() -> None:
    found = read("SUMMARY:First", "END:VEVENT", "BEGIN:VEVENT", "SUMMARY:Second")
    assert (found.summary, found.more) == ("First", 1)


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
