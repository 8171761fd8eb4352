"""A period in words: 2026-03-10, 2026-03-10..2026-03-12, 2026-03-10T09:00..2026-03-10T18:00."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.core.errors import Invalid


def parse_period(text: str, zone: str) -> tuple[float, float]:
    """Return (from, to) in Unix seconds. Days and times without a zone are those of `zone`.

    A day begins at its midnight and, as the end, is meant whole. Raises Invalid.
    """
    first, dots, last = text.partition("..")
    place = ZoneInfo(zone)
    try:
        begin = _moment(text, first, place, is_end=False)
        end = _moment(text, last if dots else first, place, is_end=True)
    except (OverflowError, ValueError):  # beyond the calendar's first and last day
        begin = end = -1.0
    if begin < 0:
        raise Invalid(
            f"--replay {text}: nothing can be recorded then; write days from 1970-01-02 on.",
            code="replay.bad_period",
        )
    if end <= begin:
        raise Invalid(f"--replay {text}: ends before it begins.", code="replay.bad_period")
    return begin, end


def _moment(text: str, part: str, zone: ZoneInfo, *, is_end: bool) -> float:
    try:
        day = date.fromisoformat(part)
    except ValueError:
        pass
    else:
        day += timedelta(days=is_end)
        return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
    try:
        moment = datetime.fromisoformat(part)
    except ValueError:
        raise Invalid(
            f"--replay {text}: write a day (2026-03-10), days (2026-03-09..2026-03-15) or times "
            "(2026-03-10T09:00..2026-03-10T18:00).",
            code="replay.bad_period",
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
