"""Opening hours of an ordinary week, in words: "Mon-Fri 09:00-12:00,13:30-18:00"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hub.core.errors import Invalid

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_INDEX = {name.lower(): index for index, name in enumerate(_DAYS)}
_MINUTES_A_DAY = 24 * 60
_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")

Span = tuple[int, int]
"""Minutes after the day's midnight, [open, close). A night has a close above 1440."""


@dataclass(frozen=True, slots=True)
class Week:
    """Spans of each weekday, Monday first. `always`: 24x7, which knows no holidays either."""

    days: tuple[tuple[Span, ...], ...]
    always: bool = False


ALWAYS = Week(days=(((0, _MINUTES_A_DAY),),) * 7, always=True)


def check_week(text: str) -> Week:
    """Read opening hours. Raises Invalid with what is wrong and an example.

    Groups are separated by ";": "Mon-Fri 09:00-18:00; Sat 10:00-14:00". A close at or before its
    open is a night over midnight that belongs to the day on which it opens. A later group replaces
    nothing: a weekday named twice has the spans of both. "24x7" is always open.
    """
    wanted = text.strip()
    if wanted.lower() in {"24x7", "24/7"}:
        return ALWAYS
    days: list[list[Span]] = [[] for _ in _DAYS]
    for group in filter(None, (part.strip() for part in wanted.split(";"))):
        names, _, spans = group.partition(" ")
        for index in _check_days(names, text):
            days[index].extend(_check_spans(spans, text))
    if not any(days):
        raise _unreadable(text, "they never open")
    return Week(days=tuple(tuple(sorted(spans)) for spans in days))


def check_spans(text: str) -> tuple[Span, ...]:
    """Read the hours of one special day: "10:00-14:00", or "closed"."""
    if text.strip().lower() == "closed":
        return ()
    return tuple(sorted(_check_spans(text, text)))


def _check_days(names: str, text: str) -> list[int]:
    found: list[int] = []
    for name in names.split(","):
        first, dash, last = name.partition("-")
        start = _DAY_INDEX.get(first.strip().lower())
        end = _DAY_INDEX.get(last.strip().lower()) if dash else start
        if start is None or end is None:
            raise _unreadable(text, f"{name!r} is no weekday")
        found.extend((start + step) % 7 for step in range((end - start) % 7 + 1))
    return found


def _check_spans(spans: str, text: str) -> list[Span]:
    if not spans.strip():
        raise _unreadable(text, "there is no time after the weekdays")
    return [_check_span(span.strip(), text) for span in spans.split(",")]


def _check_span(span: str, text: str) -> Span:
    match = _SPAN.fullmatch(span)
    if match is None:
        raise _unreadable(text, f"{span!r} is no span of time")
    open_hour, open_minute, close_hour, close_minute = map(int, match.groups())
    opens, closes = open_hour * 60 + open_minute, close_hour * 60 + close_minute
    if max(open_minute, close_minute) > 59 or opens >= _MINUTES_A_DAY or closes > _MINUTES_A_DAY:
        raise _unreadable(text, f"{span!r} is no time of day")
    return (opens, closes if closes > opens else closes + _MINUTES_A_DAY)


def _unreadable(text: str, why: str) -> Invalid:
    return Invalid(
        f"The hours {text!r} cannot be used: {why}. "
        'Write them like "Mon-Fri 09:00-12:00,13:30-18:00; Sat 10:00-14:00", or "24x7".'
    )
