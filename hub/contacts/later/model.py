"""What an answer that goes out later is made of, and the times one chooses. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from hub.core.errors import Invalid

MOST = 10  # of one contact
UNDO_S = 30.0  # the longest time to take an answer back
_LONGEST = timedelta(days=366)
_SOONEST = timedelta(seconds=30)
_MORNING = time(9)
_EVENING = time(18)
_MONDAY = 0


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As desk.commands.Reply. `instant`: the committed entry is the delivery (web chat)."""

    text: str
    html: str | None = None
    subject: str | None = None
    to: tuple[str, ...] | None = None
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    attachment_ids: tuple[str, ...] = ()
    article_ids: tuple[str, ...] = ()
    instant: bool = False
    aside_of: str | None = None
    conversation_id: str | None = None  # one that was merged into the contact, to answer on


class Preset(NamedTuple):
    id: str
    at: datetime  # UTC


def presets(now: datetime, zone: str) -> list[Preset]:
    """Return the times one usually means, on the clock of `zone`, the soonest first."""
    clock = ZoneInfo(zone)
    local = now.astimezone(clock)

    def at(days: int, hour: time) -> datetime:
        day = local.date() + timedelta(days=days)
        return datetime.combine(day, hour, clock).astimezone(UTC)

    to_monday = (_MONDAY - local.weekday()) % 7 or 7
    evening = [Preset("evening", at(0, _EVENING))] if local.hour < _EVENING.hour - 1 else []
    monday = [Preset("monday", at(to_monday, _MORNING))] if to_monday > 1 else []
    hour = now + timedelta(hours=1)
    return [
        Preset("hour", hour.replace(second=0, microsecond=0)),
        *evening,
        Preset("tomorrow", at(1, _MORNING)),
        *monday,
    ]


def check_time(now: datetime, at: datetime) -> datetime:
    """Return a chosen time in UTC. Raises Invalid where it is past or too far away."""
    if at.tzinfo is None:
        raise Invalid("Give the time with its zone.", code="later.zone", field="send_at")
    if at < now + _SOONEST:
        raise Invalid(
            "That time is past, or now: send it, or choose a later one.", code="later.past"
        )
    if at > now + _LONGEST:
        raise Invalid("Choose a time within a year.", code="later.far")
    return at.astimezone(UTC)
