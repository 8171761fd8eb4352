"""A calendar file (RFC 5545, 5546) → what a card shows of its first event. Pure.

Times are told as moments wherever their zone is known: of the IANA database, by the names of
Windows, or from the file where it has one offset all year. Rules of zones in the file are never
followed: a stranger's rule may have any number of steps. Nor are rules of repetition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from icalendar import Calendar, Component

from .charsets import decode, scrub_line, scrub_text

MAX_BYTES = 131_072
_MAX_PEOPLE = 50
_MAX_LINE = 400
_MAX_PARTS = 31  # of one part of a rule
_FOLD = re.compile(r"(?<!\n)\n+[ \t]")  # within a line: also over empty ones, as the library reads
_OFFSET = re.compile(r"^TZOFFSETTO[^:]*:([+-])(\d\d)(\d\d)", re.I)
_TZID = re.compile(r"^TZID[^:]*:(.{1,200})$", re.I)
_DAY = re.compile(r"^[+-]?\d{0,2}(?:MO|TU|WE|TH|FR|SA|SU)$")
_FREQUENCIES = frozenset(("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))
# What the words of a card can say of a rule; another part makes it a rule of its own.
_SAID = frozenset(("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST"))


@dataclass(frozen=True, slots=True)
class Person:
    """`answer`: accepted, declined, tentative, delegated; "" where none is known."""

    address: str
    name: str
    answer: str


@dataclass(frozen=True, slots=True)
class Moment:
    """`at`: UTC; None for a day, or a time of no known zone: then `local` is all that is known
    (2026-03-02, 2026-03-02T09:00). `zone`: as it is written there, "" for none.
    """

    at: datetime | None
    local: str
    zone: str


@dataclass(frozen=True, slots=True)
class Recurrence:
    """`plain`: all of the rule is in these fields. `by_day`: MO, -1FR (the last Friday)."""

    frequency: str  # daily, weekly, monthly, yearly, or "" for a rule of its own
    interval: int
    count: int | None
    until: str | None  # the day
    by_day: tuple[str, ...]
    by_month_day: tuple[int, ...]
    by_month: tuple[int, ...]
    plain: bool


@dataclass(frozen=True, slots=True)
class Invitation:
    """`method`: request, cancel, reply, counter, publish and the like, "" for none. `changed`: it
    was sent before, in another form. `one_of_series`: it speaks of one time of a series. `more`:
    how many further events are in the file.
    """

    method: str
    cancelled: bool
    changed: bool
    one_of_series: bool
    summary: str
    location: str
    start: Moment | None
    end: Moment | None
    all_day: bool
    organizer: Person | None
    attendees: tuple[Person, ...]
    attendee_count: int
    recurrence: Recurrence | None
    more: int


def read_invitation(data: bytes) -> Invitation | None:
    """Return what the file invites to; None where it is no calendar, or holds no event. Never
    raises, whatever a stranger has written.
    """
    if len(data) > MAX_BYTES:
        return None
    text, offsets = _without_zones(scrub_text(decode(data)))
    try:
        calendar = Calendar.from_ical(text)
        events = [part for part in calendar.walk() if part.name in ("VEVENT", "VTODO")]
        return _invitation(calendar, events, offsets) if events else None
    except Exception:  # of the library or of what is no value at all: then there is no card
        return None


def _without_zones(text: str) -> tuple[str, dict[str, timezone]]:
    """Return the calendar without its zones, and the offsets of those that have a single one.

    None may be left: the library would keep it by its name for the files of everybody else.
    """
    kept: list[str] = []
    offsets: dict[str, timezone] = {}
    found: set[timezone] = set()
    name = ""
    inside = False
    for line in _FOLD.sub("", text).split("\n"):
        mark = _mark(line)
        if mark == "BEGIN:VTIMEZONE":
            inside, name, found = True, "", set()
        elif mark == "END:VTIMEZONE":
            inside = False
            if name and len(found) == 1:
                offsets[name] = found.pop()
        elif not inside:
            kept.append(line)
        elif match := _TZID.match(line):
            name = match[1].strip()
        elif match := _OFFSET.match(line):
            away = timedelta(hours=int(match[2]), minutes=int(match[3]))
            if away < timedelta(hours=24):
                found.add(timezone(-away if match[1] == "-" else away))
    return "\r\n".join(kept) + "\r\n", offsets


def _mark(line: str) -> str:
    """Return the name and the value of a line as the library compares them: BEGIN:VTIMEZONE also
    where there are blanks in the name, or parameters.
    """
    head, _, value = line.upper().rpartition(":")
    name = re.split("[:;]", head, maxsplit=1)[0]
    return f"{''.join(name.split())}:{value.strip()}"


def _invitation(
    calendar: Component, events: list[Component], offsets: dict[str, timezone]
) -> Invitation:
    event = events[0]
    method = _line(calendar.get("METHOD")).lower()
    start = _moment(event.get("DTSTART"), offsets)
    end = _moment(event.get("DTEND") or event.get("DUE"), offsets)
    all_day = start is not None and "T" not in start.local
    people = _listed(event.get("ATTENDEE"))
    organizer = event.get("ORGANIZER")
    changed = method in ("request", "publish") and _number(event.get("SEQUENCE")) > 0
    return Invitation(
        method=method if method.isalpha() else "",
        cancelled=method == "cancel" or _line(event.get("STATUS")).upper() == "CANCELLED",
        changed=changed,
        one_of_series=event.get("RECURRENCE-ID") is not None,
        summary=_line(event.get("SUMMARY")),
        location=_line(event.get("LOCATION")),
        start=start,
        end=_last_day(end) if all_day else end or _after(start, event.get("DURATION")),
        all_day=all_day,
        organizer=None if organizer is None else _person(organizer),
        attendees=tuple(_person(one) for one in people[:_MAX_PEOPLE]),
        attendee_count=len(people),
        recurrence=_recurrence(event.get("RRULE")),
        more=len(events) - 1,
    )


def _moment(value: Any, offsets: dict[str, timezone]) -> Moment | None:
    told = getattr(value, "dt", None)
    if isinstance(told, datetime):
        zone = str(value.params.get("TZID", ""))
        offset = offsets.get(zone)
        if told.tzinfo is None and offset is not None:
            told = told.replace(tzinfo=offset)
        local = told.replace(tzinfo=None).isoformat(timespec="minutes")
        at = None if told.tzinfo is None else told.astimezone(UTC)
        return Moment(at, local, scrub_line(zone)[:100])
    return Moment(None, told.isoformat(), "") if isinstance(told, date) else None


def _last_day(end: Moment | None) -> Moment | None:
    """The end of a whole day is the day after it (RFC 5545 §3.6.1)."""
    if end is None or "T" in end.local:
        return None
    return Moment(None, (date.fromisoformat(end.local) - timedelta(days=1)).isoformat(), "")


def _after(start: Moment | None, duration: Any) -> Moment | None:
    lasts = getattr(duration, "dt", None)
    if start is None or not isinstance(lasts, timedelta):
        return None
    local = datetime.fromisoformat(start.local) + lasts
    at = None if start.at is None else start.at + lasts
    return Moment(at, local.isoformat(timespec="minutes"), start.zone)


def _person(value: Any) -> Person:
    address = re.sub(r"^mailto:", "", str(value).strip(), flags=re.I)
    answer = str(value.params.get("PARTSTAT", "")).upper()
    known = answer in ("ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED")
    name = scrub_line(str(value.params.get("CN", "")))[:200]
    return Person(scrub_line(address)[:320], name, answer.lower() if known else "")


def _recurrence(rule: Any) -> Recurrence | None:
    if isinstance(rule, list):
        rule = rule[0] if rule else None
    if rule is None:
        return None
    frequency = str(next(iter(rule.get("FREQ", ())), "")).upper()
    until = next(iter(rule.get("UNTIL", ())), None)
    parts = [_texts(rule.get(name, ())) for name in ("BYDAY", "BYMONTHDAY", "BYMONTH")]
    days, month_days, months = parts
    return Recurrence(
        frequency=frequency.lower() if frequency in _FREQUENCIES else "",
        interval=max(1, _number(next(iter(rule.get("INTERVAL", ())), 1))),
        count=_number(next(iter(rule.get("COUNT", ())), 0)) or None,
        until=until.isoformat()[:10] if isinstance(until, date) else None,
        by_day=tuple(day for day in days if _DAY.match(day)),
        by_month_day=tuple(int(day) for day in month_days if re.fullmatch(r"-?\d{1,2}", day)),
        by_month=tuple(int(month) for month in months if re.fullmatch(r"\d{1,2}", month)),
        plain=frequency in _FREQUENCIES and set(rule) <= _SAID,
    )


def _texts(values: Iterable[Any]) -> list[str]:
    return [str(value) for value in list(values)[:_MAX_PARTS]]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _number(value: Any) -> int:
    return min(int(value), 1_000_000) if isinstance(value, int) else 0


def _line(value: Any) -> str:
    value = value[0] if isinstance(value, list) and value else value
    return "" if value is None else scrub_line(str(value))[:_MAX_LINE].strip()
