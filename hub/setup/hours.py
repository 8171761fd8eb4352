"""The named hours of a set-up, each with its zone and its holidays. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from hub.core.errors import Fault, Invalid
from hub.hours import check_calendar
from hub.routing.settings import CalendarSpec

from .model import Setup

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
    if not isinstance(setup.hours.get(HOLIDAYS, ""), str):
        yield Fault(
            f"hours.{HOLIDAYS}", f'names the holidays; write for example {HOLIDAYS} = "CN+workdays"'
        )
    for name, spec in named_hours(setup).items():
        try:
            check_calendar(spec.hours, spec.days, spec.zone, spec.special)
        except Invalid as problem:
            yield Fault(f"hours.{name}", problem.message)
