"""Which days are holidays and which weekend days are worked instead (调休), from `holidays`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import holidays

from hub.core.errors import Invalid

_WORKDAYS = "+workdays"


@dataclass(frozen=True, slots=True)
class Days:
    """A holiday calendar: country ("CN"), its part ("BY" of "DE-BY"), and whether make-up working
    days open as an ordinary weekday. An empty country has no holidays."""

    country: str = ""
    part: str | None = None
    make_up: bool = False


NO_HOLIDAYS = Days()


@dataclass(frozen=True, slots=True)
class YearDays:
    """The exceptions of one year."""

    closed: frozenset[date]
    worked: frozenset[date]


def check_days(text: str) -> Days:
    """Read a holiday calendar: "CN+workdays", "DE-BY", "none". Raises Invalid if it is unknown."""
    wanted = text.strip()
    if wanted.lower() in {"", "none"}:
        return NO_HOLIDAYS
    make_up = wanted.endswith(_WORKDAYS)
    country, _, part = wanted.removesuffix(_WORKDAYS).partition("-")
    days = Days(country=country, part=part or None, make_up=make_up)
    try:
        _known(days)
    except NotImplementedError as unknown:
        raise Invalid(
            f"The holiday calendar {text!r} is not known ({unknown}). Write an ISO country code "
            'with an optional part, and "+workdays" for make-up working days: "CN+workdays", '
            '"DE-BY"; or "none".'
        ) from unknown
    return days


@lru_cache(maxsize=256)
def days_of_year(days: Days, year: int) -> YearDays:
    """Return the holidays and the worked weekend days of `year`.

    Governments publish make-up days year by year: for a year not yet published there are none.
    """
    if not days.country:
        return YearDays(frozenset(), frozenset())
    found = holidays.country_holidays(days.country, subdiv=days.part, years=year, expand=False)
    worked = {day for day in found.weekend_workdays if day.year == year} if days.make_up else set()
    closed = {day for day in found if day.year == year}
    return YearDays(closed=frozenset(closed - worked), worked=frozenset(worked))


def _known(days: Days) -> None:
    holidays.country_holidays(days.country, subdiv=days.part)
