"""The named hours of a set-up, each with its zone and its holidays. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from hub.core.errors import Fault, Invalid
from hub.hours import check_calendar
from hub.routing.model import WALL
from hub.routing.settings import CalendarSpec

from .model import Setup
from .naming import half_named
from .reading import key_path

HOLIDAYS = "calendar"  # the key under `hours` that names the holiday calendar


def named_hours(setup: Setup) -> dict[str, CalendarSpec]:
    """Return the hours of the set-up by name; what one of them leaves out is the set-up's own."""
    usual = setup.hours.get(HOLIDAYS, "none")
    found = {}
    for name, hours in setup.hours.items():
        if name == HOLIDAYS:
            continue
        week = hours if isinstance(hours, str) else hours.week
        zone = "" if isinstance(hours, str) else hours.zone
        days = "" if isinstance(hours, str) else hours.calendar
        found[name] = CalendarSpec(
            hours=week,
            days=days or (usual if isinstance(usual, str) else "none"),
            zone=zone or setup.timezone,
            special=dict(setup.special_days),
        )
    return found


def hours_problems(setup: Setup) -> Iterator[Fault]:
    """Yield what is wrong with the hours, each with its place and what to write instead."""
    if "default" not in setup.hours:
        yield Fault("hours.default", 'is missing; write for example default = "24x7"')
    if WALL in setup.hours:
        yield Fault(f"hours.{WALL}", "stands for the time on the wall; take another name")
    yield from _wrong("timezone", zone=setup.timezone)
    for index, team in enumerate(setup.teams):
        yield from _wrong(f"teams[{index}].zone", zone=team.zone or "UTC")
    for day, text in setup.special_days.items():
        yield from _wrong(f"special_days.{day}", special={day: text})
    for name, hours in setup.hours.items():
        path = key_path("hours", name)
        if name == HOLIDAYS and isinstance(hours, str):
            yield from _wrong(path, days=hours)
        elif name == HOLIDAYS:
            yield Fault(path, f'names the holidays; write for example {HOLIDAYS} = "CN+workdays"')
        elif isinstance(hours, str):
            yield from _wrong(path, week=hours)
        else:
            yield from _wrong(f"{path}.week", week=hours.week)
            yield from _wrong(f"{path}.zone", zone=hours.zone or "UTC")
            yield from _wrong(f"{path}.calendar", days=hours.calendar or "none")
            yield from half_named(path, hours.zh, hours.en)


def _wrong(
    path: str,
    *,
    week: str = "24x7",
    days: str = "none",
    zone: str = "UTC",
    special: Mapping[date, str] | None = None,
) -> Iterator[Fault]:
    """Yield what is wrong with one part of a calendar."""
    try:
        check_calendar(week, days, zone, special)
    except Invalid as problem:
        yield Fault(path, problem.message)
