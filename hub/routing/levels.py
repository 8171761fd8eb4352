"""Service level: answered within T ÷ (answered + abandoned − short abandons), per queue and
channel.

A wait is what its customer waited: wall seconds where they are there, open seconds of the queue's
calendar where they write (routing.md section 1). Counted where a contact first began to wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from hub.hours import Calendar, elapsed

from .settings import QueueSettings, RoutingSettings, calendar_of


class ChannelLevel(msgspec.Struct, frozen=True, kw_only=True):
    """`value` is None while nothing was eligible: a screen shows a dash, not 0 %."""

    channel: str
    within_s: int
    goal: float
    value: float | None
    answered_within: int
    answered: int
    abandoned: int
    short_abandoned: int
    wait_s: float  # sum over the answered


@dataclass(slots=True)
class Count:
    """One (queue, channel) over some time. `late`: waits still, past the promised time."""

    offered: int = 0
    answered: int = 0
    within: int = 0
    abandoned: int = 0
    short: int = 0
    late: int = 0
    waiting: int = 0
    wait_s: float = 0.0  # sum over the answered

    def add(self, other: Count) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def level(self) -> float | None:
        """Answered within T ÷ (answered + abandoned - short abandons); None: nothing eligible."""
        eligible = self.answered + self.abandoned - self.short
        return self.within / eligible if eligible else None


def levels_of(queue: QueueSettings, counts: Mapping[str, Count]) -> list[ChannelLevel]:
    """Return a queue's service levels, in the order of its promises, from counts by channel."""
    return [
        _level(channel, queue, counts.get(channel) or Count()) for channel in queue.service_level
    ]


def wait_of(
    settings: RoutingSettings,
    queue: QueueSettings,
    channel: str,
    since: datetime,
    until: datetime,
) -> float:
    """Return the seconds that a wait counts: of the wall, or of the queue's calendar."""
    calendar = _clock(settings, queue, channel)
    wall_s: float = (until - since).total_seconds()
    return wall_s if calendar is None else elapsed(calendar, since, until)


def _clock(settings: RoutingSettings, queue: QueueSettings, channel: str) -> Calendar | None:
    """The calendar of a channel that waits in business time; None for the wall."""
    rules = settings.channels.get(channel)
    spec = settings.calendars.get(queue.calendar_id)
    return calendar_of(spec) if rules and rules.business_time and spec else None


def _level(channel: str, queue: QueueSettings, count: Count) -> ChannelLevel:
    wanted = queue.service_level[channel]
    value = count.level
    return ChannelLevel(
        channel=channel,
        within_s=wanted.within_s,
        goal=wanted.goal,
        value=None if value is None else round(value, 4),
        answered_within=count.within,
        answered=count.answered,
        abandoned=count.abandoned,
        short_abandoned=count.short,
        wait_s=round(count.wait_s, 3),
    )
