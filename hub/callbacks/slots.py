"""Times that a customer may choose for a callback. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from .model import Times

MOST = 40
WITHIN = timedelta(days=7)
_MINUTE = timedelta(minutes=1)
_NOTICE = timedelta(minutes=30)
_STEP = timedelta(hours=1)
_ROOM = timedelta(minutes=15)  # before it closes: the call has to begin, and may take its turn


def list_slots(times: Times, zone: str, now: datetime) -> list[datetime]:
    """Return times (UTC) within a week at which customers may be called, an hour apart: the full
    hours of `zone` (IANA), and each opening. None where hours and window never meet.
    """
    begun = now.replace(second=0, microsecond=0)
    return list(_slots(times, zone, begun if begun == now else begun + _MINUTE))


@lru_cache(maxsize=64)
def _slots(times: Times, zone: str, now: datetime) -> tuple[datetime, ...]:
    """Return them for a full minute: many ask within one, and it takes a while to find them."""
    local = ZoneInfo(zone)
    found: list[datetime] = []
    moment = _opening(times, now + _NOTICE)
    while moment is not None and moment <= now + WITHIN and len(found) < MOST:
        hour = moment.astimezone(local).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        opens_then = times.next_open(moment - _ROOM) == moment
        closes = times.closes(moment)
        if (moment == hour or opens_then) and (closes is None or closes - moment >= _ROOM):
            found.append(moment.astimezone(UTC))
        following = hour + _STEP  # no later than now where half an hour comes twice: Lord Howe
        moment = _opening(times, following if following > moment else moment + _ROOM)
    return tuple(found)


def _opening(times: Times, moment: datetime) -> datetime | None:
    try:
        return times.next_open(moment)
    except ValueError:
        return None
