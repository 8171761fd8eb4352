"""Periods, and shares with their interval. Pure: no I/O, no clock; every function takes `now`.

A share of fewer than MIN_RESULTS is not told: the counts are. The interval is Wilson's (1927), at
95 %, as everywhere in the hub (care.ranking).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.care.ranking import MIN_RESULTS, wilson
from hub.core.errors import Invalid

USUAL_DAYS = 30
_FIRST_YEAR, _LAST_YEAR = 1980, 2200


class Rate(NamedTuple):
    """A share and the ends of its interval, 0-1."""

    share: float
    low: float
    high: float


class Period(NamedTuple):
    """Half open: `begin` <= moment < `end`, UTC. `first`, `last`: its days in `zone`."""

    first: date
    last: date
    zone: str
    begin: datetime
    end: datetime


def rate_of(numerator: int, denominator: int) -> Rate | None:
    """Return the share with its interval; None where there are too few to say anything.

    Raises ValueError where the numerator is no part of the denominator.
    """
    if not 0 <= numerator <= denominator:
        raise ValueError(f"{numerator} are no part of {denominator}")
    if denominator < MIN_RESULTS:
        return None
    low, high = wilson(numerator, denominator)
    share = numerator / denominator
    # At 0 and at all of them the end of the interval is the share itself, but for rounding.
    return Rate(share, min(low, share), max(high, share))


def period_of(since: str, until: str, zone: str, now: datetime) -> Period:
    """Return the days from `since` to `until`, both included ("2026-06-30"; "": the usual).

    Without an end it is today in `zone`; without a beginning the period has USUAL_DAYS days.
    Raises Invalid.
    """
    last = _day(until, "until") or now.astimezone(ZoneInfo(zone)).date()
    first = _day(since, "since") or last - timedelta(days=USUAL_DAYS - 1)
    if first > last:
        raise Invalid("The period ends before it begins.", code="report.period", field="until")
    return Period(first, last, zone, _begin(first, zone), _begin(last + timedelta(days=1), zone))


def _day(typed: str, field: str) -> date | None:
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        day = date.min
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise Invalid("Write the day as 2026-06-30.", field=field)
    return day


def _begin(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone))
