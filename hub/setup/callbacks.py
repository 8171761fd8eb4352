"""What can be wrong with the rules of callbacks in a set-up file. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub.callbacks.model import Times
from hub.core.errors import Fault, Invalid
from hub.hours import Calendar, check_calendar
from hub.routing.settings import CalendarSpec

from .hours import named_hours
from .model import Setup

_EXAMPLE = 'write for example window = "09:00-20:00"'


def callback_problems(setup: Setup) -> Iterator[Fault]:
    """Yield each problem by the path of its key, with what to write instead."""
    everywhere = setup.callback
    if everywhere is not None:
        yield from _rules(setup, "callback", everywhere.window, everywhere.abandoned_for)
    usual = "09:00-20:00" if everywhere is None else everywhere.window
    for index, queue in enumerate(setup.queues):
        own = queue.callback
        path = f"queues[{index}].callback"
        if own is not None:
            yield from _rules(setup, path, own.window, own.abandoned_for or ())
        if (own is None and everywhere is None) or (own is not None and not own.enabled):
            continue
        window = usual if own is None or own.window is None else own.window
        hours = named_hours(setup).get(queue.hours)
        if hours is not None and not _meet(hours, window):
            yield Fault(
                f"{path}.window",
                f"{window!r} never meets the hours {queue.hours!r} of the queue; "
                "give it another window, or callback = { enabled = false }",
            )


def _rules(
    setup: Setup, path: str, window: str | None, abandoned_for: Sequence[str]
) -> Iterator[Fault]:
    if window is not None and _calendar(f"Mon-Sun {window}", setup.timezone) is None:
        yield Fault(f"{path}.window", f"{window!r} is no span of the day; {_EXAMPLE}")
    tiers = sorted(tier.key for tier in setup.tiers)
    for tier in abandoned_for:
        if tier not in tiers:
            yield Fault(
                f"{path}.abandoned_for", f"there is no tier {tier!r}; known: {', '.join(tiers)}"
            )


def _meet(hours: CalendarSpec, window: str) -> bool:
    """Say whether there is a time in both; what cannot be read is told elsewhere."""
    opens, spans = _calendar(hours.hours, hours.zone), _calendar(f"Mon-Sun {window}", hours.zone)
    return opens is None or spans is None or Times(opens, spans).meet()


def _calendar(hours: str, zone: str) -> Calendar | None:
    try:
        return check_calendar(hours, "none", zone)
    except Invalid:
        return None
