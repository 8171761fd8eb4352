"""A calendar file (RFC 5545, 5546) → what a card shows of its events. Pure.

Times are told as moments wherever their zone is known: of the IANA database, by the names of
Windows, or from the file (`zones`). Rules of repetition are told and never followed: a stranger's
rule may have any number of steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Calendar, Component

from .charsets import decode, scrub_line, scrub_text
from .zones import Zone, read_zone

MAX_BYTES = 131_072
Clock = Callable[[datetime], date]
"""At a moment → which day it is where the event is."""
_MAX_EVENTS = 20
_MAX_TIMES = 20  # of a series, that are left out or added
_MAX_PEOPLE = 50
_MAX_LINE = 400
_MAX_PARTS = 31  # of one part of a rule
_FOLD = re.compile(r"(?<!\n)\n+[ \t]")  # within a line: also over empty ones, as the library reads
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
class Event:
    """`changed`: it was sent before, in another form. `instead_of`: it speaks of one time of a
    series, by when that was; `onwards`: of all after it, too. `left_out`, `added`: times of the
    series, the first ones; `left_out_count`, `added_count`: all of them.

    `uid`, `sequence`, `stamp`: which event, and the how-manieth word on it (RFC 5546 §2.1.4).
    """

    uid: str
    sequence: int
    stamp: datetime | None
    cancelled: bool
    changed: bool
    instead_of: Moment | None
    onwards: bool
    summary: str
    location: str
    start: Moment | None
    end: Moment | None
    all_day: bool
    organizer: Person | None
    attendees: tuple[Person, ...]
    attendee_count: int
    recurrence: Recurrence | None
    left_out: tuple[Moment, ...]
    left_out_count: int
    added: tuple[Moment, ...]
    added_count: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """`method`: request, cancel, reply, counter, publish and the like, "" for none. `events`: each
    as its newest word in the file says, a series before its single times. `more`: how many further
    ones are in the file.
    """

    method: str
    events: tuple[Event, ...]
    more: int


def read_invitation(data: bytes) -> Invitation | None:
    """Return what the file invites to; None where it is no calendar, or holds no event. Never
    raises, whatever a stranger has written.
    """
    if len(data) > MAX_BYTES:
        return None
    text, zones = _without_zones(scrub_text(decode(data)))
    try:
        calendar = Calendar.from_ical(text)
        events = [part for part in calendar.walk() if part.name in ("VEVENT", "VTODO")]
        return _invitation(calendar, events, zones) if events else None
    except Exception:  # of the library or of what is no value at all: then there is no card
        return None


def _without_zones(text: str) -> tuple[str, dict[str, Zone]]:
    """Return the calendar without its zones, and those by name.

    None may be left: the library would keep it by its name for the files of everybody else.
    """
    kept: list[str] = []
    zones: dict[str, Zone] = {}
    own: list[str] = []
    name = ""
    inside = False
    for line in _FOLD.sub("", text).split("\n"):
        mark = _mark(line)
        if mark == "BEGIN:VTIMEZONE":
            inside, name, own = True, "", []
        elif mark == "END:VTIMEZONE":
            inside = False
            if name:
                zones[name] = read_zone(own)
        elif not inside:
            kept.append(line)
        elif match := _TZID.match(line):
            name = match[1].strip()
        else:
            own.append(line)
    return "\r\n".join(kept) + "\r\n", zones


def _mark(line: str) -> str:
    """Return the name and the value of a line as the library compares them: BEGIN:VTIMEZONE also
    where there are blanks in the name, or parameters.
    """
    head, _, value = line.upper().rpartition(":")
    name = re.split("[:;]", head, maxsplit=1)[0]
    return f"{''.join(name.split())}:{value.strip()}"


def _invitation(calendar: Component, found: list[Component], zones: dict[str, Zone]) -> Invitation:
    method = _line(calendar.get("METHOD")).lower()
    events = _newest([_event(event, method, zones) for event in found[: 10 * _MAX_EVENTS]])
    further = len(found) - len(found[: 10 * _MAX_EVENTS])
    return Invitation(
        method=method if method.isalpha() else "",
        events=tuple(events[:_MAX_EVENTS]),
        more=len(events[_MAX_EVENTS:]) + further,
    )


def _newest(events: list[Event]) -> list[Event]:
    """Return the last word on each event, in the order of the file, a series before its times."""
    latest: dict[tuple[str, str], Event] = {}
    order: dict[str, int] = {}
    for number, event in enumerate(events):
        uid = event.uid or f"#{number}"
        order.setdefault(uid, number)
        key = (uid, event.instead_of.local if event.instead_of else "")
        if key not in latest or _word(event) >= _word(latest[key]):
            latest[key] = event
    return [latest[key] for key in sorted(latest, key=lambda key: (order[key[0]], key[1]))]


def _word(event: Event) -> tuple[int, datetime]:
    return event.sequence, event.stamp or datetime.min.replace(tzinfo=UTC)


def _event(event: Component, method: str, zones: dict[str, Zone]) -> Event:
    start = _moment(event.get("DTSTART"), zones)
    all_day = start is not None and "T" not in start.local
    people = _listed(event.get("ATTENDEE"))
    organizer = event.get("ORGANIZER")
    sequence = _number(event.get("SEQUENCE"))
    instead_of = event.get("RECURRENCE-ID")
    stamp = _moment(event.get("DTSTAMP"), zones)
    left_out, added = (_moments(event.get(name), zones) for name in ("EXDATE", "RDATE"))
    return Event(
        uid=_line(event.get("UID")),
        sequence=sequence,
        stamp=None if stamp is None else stamp.at,
        cancelled=method == "cancel" or _line(event.get("STATUS")).upper() == "CANCELLED",
        changed=method in ("request", "publish") and sequence > 0,
        instead_of=_moment(instead_of, zones),
        onwards=instead_of is not None and "RANGE" in instead_of.params,
        summary=_line(event.get("SUMMARY")),
        location=_line(event.get("LOCATION")),
        start=start,
        end=_end(event, start, zones, all_day=all_day),
        all_day=all_day,
        organizer=None if organizer is None else _person(organizer),
        attendees=tuple(_person(one) for one in people[:_MAX_PEOPLE]),
        attendee_count=len(people),
        recurrence=_recurrence(event.get("RRULE"), _clock_of(event.get("DTSTART"), start, zones)),
        left_out=left_out[:_MAX_TIMES],
        left_out_count=len(left_out),
        added=added[:_MAX_TIMES],
        added_count=len(added),
    )


def _moment(value: Any, zones: dict[str, Zone]) -> Moment | None:
    value = value[0] if isinstance(value, list) and value else value
    return None if value is None else _told(getattr(value, "dt", None), value.params, zones)


def _moments(value: Any, zones: dict[str, Zone]) -> tuple[Moment, ...]:
    """Return the times of EXDATE or RDATE, whose lines may each have a zone, in their order."""
    told = [
        _told(one.dt[0] if isinstance(one.dt, tuple) else one.dt, line.params, zones)
        for line in _listed(value)
        for one in getattr(line, "dts", ())
    ]
    return tuple(sorted((one for one in told if one is not None), key=lambda one: one.local))


def _told(told: Any, params: Any, zones: dict[str, Zone]) -> Moment | None:
    if isinstance(told, datetime):
        name = str(params.get("TZID", ""))
        local = told.replace(tzinfo=None)
        zone = zones.get(name)
        if told.tzinfo is None and zone is not None:
            told = told.replace(tzinfo=zone.at(local))
        at = None if told.tzinfo is None else told.astimezone(UTC)
        return Moment(at, local.isoformat(timespec="minutes"), scrub_line(name)[:100])
    return Moment(None, told.isoformat(), "") if isinstance(told, date) else None


def _end(
    event: Component, start: Moment | None, zones: dict[str, Zone], *, all_day: bool
) -> Moment | None:
    end = _moment(event.get("DTEND") or event.get("DUE"), zones)
    end = end or _after(start, event.get("DURATION"))
    return _last_day(end) if all_day else end


def _clock_of(value: Any, start: Moment | None, zones: dict[str, Zone]) -> Clock:
    """Return what says which day it is there, at a time in UTC."""
    value = value[0] if isinstance(value, list) and value else value
    told = getattr(value, "dt", None)
    if not isinstance(told, datetime) or start is None or start.at is None:
        return lambda at: at.astimezone(UTC).date()
    if told.tzinfo is not None:
        zone = told.tzinfo
        return lambda at: at.astimezone(zone).date()
    away = told - start.at.replace(tzinfo=None)
    own = zones[str(value.params.get("TZID", ""))]
    return lambda at: at.astimezone(own.at(at.replace(tzinfo=None) + away) or UTC).date()


def _last_day(end: Moment | None) -> Moment | None:
    """The end of a whole day is the day after it (RFC 5545 §3.6.1)."""
    if end is None or "T" in end.local:
        return None
    return Moment(None, (date.fromisoformat(end.local) - timedelta(days=1)).isoformat(), "")


def _after(start: Moment | None, duration: Any) -> Moment | None:
    lasts = getattr(duration, "dt", None)
    if start is None or not isinstance(lasts, timedelta):
        return None
    if "T" not in start.local:
        return Moment(None, (date.fromisoformat(start.local) + lasts).isoformat(), "")
    local = datetime.fromisoformat(start.local) + lasts
    at = None if start.at is None else start.at + lasts
    return Moment(at, local.isoformat(timespec="minutes"), start.zone)


def _person(value: Any) -> Person:
    address = re.sub(r"^mailto:", "", str(value).strip(), flags=re.I)
    answer = str(value.params.get("PARTSTAT", "")).upper()
    known = answer in ("ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED")
    name = scrub_line(str(value.params.get("CN", "")))[:200]
    return Person(scrub_line(address)[:320], name, answer.lower() if known else "")


def _recurrence(rule: Any, day_there: Clock) -> Recurrence | None:
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
        until=_day_of(until, day_there),
        by_day=tuple(day for day in days if _DAY.match(day)),
        by_month_day=tuple(int(day) for day in month_days if re.fullmatch(r"-?\d{1,2}", day)),
        by_month=tuple(int(month) for month in months if re.fullmatch(r"\d{1,2}", month)),
        plain=frequency in _FREQUENCIES and set(rule) <= _SAID,
    )


def _day_of(until: Any, day_there: Clock) -> str | None:
    """Return the last day of a series by the clock of its events: UNTIL is told in UTC (RFC 5545
    §3.3.10), where an evening in New York is the next day.
    """
    if isinstance(until, datetime) and until.tzinfo is not None:
        with suppress(OverflowError):  # the end of all time, and an hour
            return day_there(until).isoformat()
    if isinstance(until, datetime):
        return until.date().isoformat()
    return until.isoformat() if isinstance(until, date) else None


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
