"""Zones that a calendar file brings along (RFC 5545 §3.6.5): which offset they had at a time. Pure.

A stranger's rule is never followed step by step. Read are zones of one offset, and those whose
rules say "each year, on the nth weekday of that month", which is what programs write; of a zone
with any other rule nobody knows.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

_MAX_OBSERVANCES = 60
_LINE = re.compile(r"^([A-Z-]{2,20})(?:;[^:]*)?:(.*)$", re.I | re.S)
_OFFSET = re.compile(r"^([+-])(\d\d)(\d\d)(?:\d\d)?$")
_START = re.compile(r"^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z?$")
_DAY = re.compile(r"^(\d{4})(\d\d)(\d\d)")
_BY_DAY = re.compile(r"^([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)$")
_WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SAID = frozenset(("FREQ", "INTERVAL", "BYMONTH", "BYDAY", "UNTIL", "WKST"))


@dataclass(frozen=True, slots=True)
class _Yearly:
    """`nth`: -1 is the last one of the month. `until`: the last year."""

    month: int
    nth: int
    weekday: int  # 0 is Monday
    until: int


@dataclass(slots=True)
class _Observance:
    start: datetime | None = None  # by the clock there
    offset: timedelta | None = None
    rule: _Yearly | None = None

    def began(self, local: datetime) -> datetime | None:
        """Return when it last began, at or before `local`; None where it never had."""
        if self.start is None or local < self.start:
            return None
        if self.rule is None:
            return self.start
        last = min(local.year, self.rule.until)
        for year in (last, last - 1):
            day = _nth_weekday(year, self.rule) if year >= self.start.year else None
            at = (
                None
                if day is None
                else self.start.replace(year=year, month=self.rule.month, day=day)
            )
            if at is not None and self.start <= at <= local:
                return at
        return self.start


@dataclass(slots=True)
class Zone:
    """A zone of one file. `known`: every rule of it could be read."""

    observances: list[_Observance] = field(default_factory=list)
    known: bool = True

    def at(self, local: datetime) -> timezone | None:
        """Return the offset at a time by the clock there, without zone; None where nobody knows."""
        offsets = {one.offset for one in self.observances}
        if len(offsets) == 1 and (only := next(iter(offsets))) is not None:
            return timezone(only)  # whatever its rules
        if not self.known or not self.observances:
            return None
        begun = [(one.began(local), one) for one in self.observances]
        latest = max(
            ((at, one) for at, one in begun if at is not None),
            key=lambda found: found[0],
            default=(None, self.observances[0]),
        )[1]
        return None if latest.offset is None else timezone(latest.offset)


def read_zone(lines: Iterable[str]) -> Zone:
    """Return the zone of the unfolded lines between BEGIN:VTIMEZONE and its end; never raises."""
    zone = Zone()
    now: _Observance | None = None
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            continue
        name, value = found[1].upper(), found[2].strip().upper()
        if name == "BEGIN":
            now = _Observance()
        elif name == "END" and now is not None:
            zone.observances.append(now)
            now = None
            if len(zone.observances) > _MAX_OBSERVANCES:
                return Zone(known=False)
        elif now is not None:
            zone.known = _take(now, name, value) and zone.known
    if not all(one.start and one.offset is not None for one in zone.observances):
        zone.known = False
    return zone


def _take(observance: _Observance, name: str, value: str) -> bool:
    """Take one line in; False where it is one that cannot be followed."""
    if name == "DTSTART":
        observance.start = _start(value)
    elif name == "TZOFFSETTO":
        observance.offset = _offset(value)
    elif name == "RRULE":
        observance.rule = _yearly(value)
        return observance.rule is not None
    elif name == "RDATE":
        return False
    return True


def _start(value: str) -> datetime | None:
    found = _START.match(value)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the clock there
    except ValueError:
        return None


def _offset(value: str) -> timedelta | None:
    found = _OFFSET.match(value)
    if found is None:
        return None
    away = timedelta(hours=int(found[2]), minutes=int(found[3]))
    if away >= timedelta(hours=24):
        return None
    return -away if found[1] == "-" else away


def _yearly(value: str) -> _Yearly | None:
    parts = dict(part.partition("=")[::2] for part in value.split(";") if part)
    day = _BY_DAY.match(parts.get("BYDAY", ""))
    month = parts.get("BYMONTH", "")
    if (
        day is None
        or parts.get("FREQ") != "YEARLY"
        or parts.get("INTERVAL", "1") != "1"
        or not set(parts) <= _SAID
        or not (month.isdecimal() and 1 <= int(month) <= 12)
    ):
        return None
    until = _last_year(parts.get("UNTIL", ""), int(month))
    return None if until is None else _Yearly(int(month), int(day[1]), _WEEK.index(day[2]), until)


def _last_year(until: str, month: int) -> int | None:
    """Return the last year in which that month is not after `until`; None where it says no day."""
    if not until:
        return 9999
    found = _DAY.match(until)
    if found is None:
        return None
    try:  # told in UTC: the day there may be the next one
        last = date(int(found[1]), int(found[2]), int(found[3])) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return last.year if last.month >= month else last.year - 1


def _nth_weekday(year: int, rule: _Yearly) -> int | None:
    """Return the day of the month; None where that month has none."""
    if not 1 <= year <= 9999:
        return None
    first, days = monthrange(year, rule.month)
    found = [day for day in range(1, days + 1) if (first + day - 1) % 7 == rule.weekday]
    nth = rule.nth - 1 if rule.nth > 0 else rule.nth
    return found[nth] if -len(found) <= nth < len(found) else None
