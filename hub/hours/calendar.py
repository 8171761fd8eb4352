"""Open-time arithmetic: how long was it open between two moments, when will so much have passed.

Every question is answered on the calendar's *open clock*: seconds open since the start of 2020,
which stands still while closed. The clock of a year is worked out once, from its open intervals in
UTC, and read by binary search. Pure: no clock of its own; all moments are aware datetimes, and
those returned are UTC.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.core.errors import Invalid

from .days import NO_HOLIDAYS, Days, check_days, days_of_year
from .week import ALWAYS, Span, Week, check_spans, check_week

_ANCHOR_YEAR = 2020
_HORIZON_YEARS = 50  # no promise is longer; a sum beyond it is a mistake in the set-up
_DAY = timedelta(days=1)
_FRIDAY, _MONDAY = 4, 0


@dataclass(frozen=True, slots=True)
class _Year:
    """Open intervals of one local year as Unix seconds; `passed[i]` is open before interval i."""

    starts: tuple[float, ...]
    ends: tuple[float, ...]
    passed: tuple[float, ...]
    total: float

    def position(self, at: float) -> float:
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return 0.0
        return self.passed[index] + min(at, self.ends[index]) - self.starts[index]


@dataclass(frozen=True)
class Calendar:
    """When it is open: an ordinary week in a zone, less holidays, plus special days.

    Nights belong to the day on which they open; a holiday closes the night that opens on it. A
    make-up working day has the hours of the nearest ordinary weekday. Where clocks change, opening
    is at the first and closing at the last passing of its wall time.
    """

    week: Week
    days: Days
    zone: ZoneInfo
    special: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    _years: dict[int, _Year] = field(default_factory=dict, repr=False, compare=False)
    _bases: dict[int, float] = field(default_factory=dict, repr=False, compare=False)

    def __hash__(self) -> int:
        return hash((self.week, self.days, self.zone.key, frozenset(self.special.items())))

    def position(self, at: datetime) -> float:
        """Return the open clock at `at`, in seconds: never going back, still while closed."""
        year = at.astimezone(self.zone).year
        return self._base(year) + self._year(year).position(at.timestamp())

    def first_at(self, position: float, near: datetime) -> datetime:
        """Return the first moment when the open clock shows `position`; look around `near`."""
        year = self._year_with(position, near, first=True)
        index_of = self._year(year)
        left = position - self._base(year)
        index = max(bisect_left(index_of.passed, left) - 1, 0)
        return _moment(index_of.starts[index] + left - index_of.passed[index])

    def last_at(self, position: float, near: datetime) -> datetime:
        """Return the last moment when the open clock shows `position`: the opening, if it stood."""
        year = self._year_with(position, near, first=False)
        index_of = self._year(year)
        left = position - self._base(year)
        index = max(bisect_right(index_of.passed, left) - 1, 0)
        return _moment(index_of.starts[index] + left - index_of.passed[index])

    def ends(self, at: datetime) -> datetime:
        """Return the end of the open interval that `at` lies in: at most that of its year."""
        year = self._year(at.astimezone(self.zone).year)
        return _moment(year.ends[bisect_right(year.starts, at.timestamp()) - 1])

    def _year_with(self, position: float, near: datetime, *, first: bool) -> int:
        """Return the year in whose open time `position` falls."""
        year = near.astimezone(self.zone).year
        for _ in range(_HORIZON_YEARS):
            base = self._base(year)
            end = base + self._year(year).total
            if position < base or (first and position == base):
                year -= 1
            elif position > end or (not first and position == end):
                year += 1
            else:
                return year
        raise ValueError(f"open time of more than {_HORIZON_YEARS} years asked of {self!r}")

    def _base(self, year: int) -> float:
        """The open clock at the start of `year`."""
        known = self._bases.get(year)
        if known is None:
            if year >= _ANCHOR_YEAR:
                known = sum(self._year(past).total for past in range(_ANCHOR_YEAR, year))
            else:
                known = -sum(self._year(past).total for past in range(year, _ANCHOR_YEAR))
            self._bases[year] = known
        return known

    def _year(self, year: int) -> _Year:
        known = self._years.get(year)
        if known is None:
            known = self._years[year] = self._build(year)
        return known

    def _build(self, year: int) -> _Year:
        low = _unix(date(year, 1, 1), 0, self.zone, last=False)
        high = _unix(date(year + 1, 1, 1), 0, self.zone, last=False)
        merged: list[tuple[float, float]] = []
        for raw_start, raw_end in sorted(self._intervals(year)):
            start, end = max(raw_start, low), min(raw_end, high)
            if start >= end:
                continue
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        lengths = [end - start for start, end in merged]
        passed = tuple(accumulate(lengths, initial=0.0))
        return _Year(
            starts=tuple(start for start, _ in merged),
            ends=tuple(end for _, end in merged),
            passed=passed[:-1],
            total=passed[-1],
        )

    def _intervals(self, year: int) -> Iterator[tuple[float, float]]:
        """Yield the intervals that open in `year` or in the last night before it."""
        day = date(year, 1, 1) - _DAY
        while day.year <= year:
            for opens, closes in self.spans(day):
                yield (
                    _unix(day, opens, self.zone, last=False),
                    _unix(day, closes, self.zone, last=True),
                )
            day += _DAY

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return the open spans that begin on the local `day`."""
        if day in self.special:
            return self.special[day]
        weekday = day.weekday()
        if self.week.always:
            return self.week.days[weekday]
        exceptions = days_of_year(self.days, day.year)
        if day in exceptions.closed:
            return ()
        if day in exceptions.worked:
            return self.week.days[_FRIDAY if weekday == 5 else _MONDAY]
        return self.week.days[weekday]


def check_calendar(
    hours: str, days: str = "none", zone: str = "UTC", special: Mapping[date, str] | None = None
) -> Calendar:
    """Make a calendar from the words of the set-up. Raises Invalid with what to write instead."""
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise Invalid(
            f"The time zone {zone!r} is not known; write one of the IANA names, such as "
            '"Asia/Shanghai" or "Europe/Rome".'
        ) from unknown
    extra = {day: check_spans(text) for day, text in (special or {}).items()}
    return Calendar(check_week(hours), check_days(days), place, extra)


ALWAYS_OPEN = Calendar(ALWAYS, NO_HOLIDAYS, ZoneInfo("UTC"))


def elapsed(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Return the seconds open between `start` and `end`; negative if `end` is before `start`."""
    return calendar.position(end) - calendar.position(start)


def add_open(calendar: Calendar, start: datetime, seconds: float) -> datetime:
    """Return the first moment from `start` on by which it has been open for `seconds` (≥ 0)."""
    if seconds <= 0:
        return start.astimezone(UTC)
    return calendar.first_at(calendar.position(start) + seconds, start)


def subtract_open(calendar: Calendar, end: datetime, seconds: float) -> datetime:
    """Return the last moment from which it will have been open for `seconds` (≥ 0) at `end`.

    Where that moment is a closing time, the opening after it is meant: nothing was lost between.
    """
    if seconds <= 0:
        return end.astimezone(UTC)
    return min(calendar.last_at(calendar.position(end) - seconds, end), end.astimezone(UTC))


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Say whether it is open at `at`; at a closing time it is closed."""
    return next_opening(calendar, at) == at


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """Return `at` itself if it is open then, else the next opening."""
    moment = at.astimezone(UTC)
    return max(calendar.last_at(calendar.position(moment), moment), moment)


def next_closing(calendar: Calendar, at: datetime) -> datetime | None:
    """Return when it closes next, after `at`; None if it does not for a year to come."""
    end = calendar.ends(next_opening(calendar, at))
    last = at + timedelta(days=366)
    while end < last and is_open(calendar, end):  # midnight of the new year is no closing
        end = calendar.ends(end)
    return None if end >= last else end


def _moment(unix: float) -> datetime:
    return datetime.fromtimestamp(round(unix, 6), UTC)


def _unix(day: date, minutes: int, zone: ZoneInfo, *, last: bool) -> float:
    """Return the Unix time of a wall time, first or last passing; of a skipped one, the jump."""
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001 - wall
    before = wall.replace(tzinfo=zone, fold=0)
    after = wall.replace(tzinfo=zone, fold=1)
    first, second = before.timestamp(), after.timestamp()
    if first <= second:
        return second if last else first
    return _jump(zone, second, first)


def _jump(zone: ZoneInfo, low: float, high: float) -> float:
    """Find the moment between two Unix times at which the zone's offset changes, to the second."""
    offset = datetime.fromtimestamp(low, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return float(high)
