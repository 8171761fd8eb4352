"""Service level: answered within T ÷ (answered + abandoned − short abandons), per queue and
channel.

A wait is what its customer waited: wall seconds where they are there, open seconds of the queue's
calendar where they write (routing.md section 1). Counted by the moment a contact was opened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, or_, select

from hub.contacts.model import ContactState, Direction
from hub.contacts.tables import contacts
from hub.hours import Calendar, elapsed
from hub.storage import Tx

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


class _Count:
    __slots__ = ("abandoned", "answered", "short", "wait_s", "within")

    def __init__(self) -> None:
        self.within = self.answered = self.abandoned = self.short = 0
        self.wait_s = 0.0


def levels_since(
    tx: Tx, settings: RoutingSettings, queue_ids: Sequence[str], since: datetime
) -> dict[str, list[ChannelLevel]]:
    """Return the service levels of these queues over contacts opened since then."""
    counts: defaultdict[tuple[str, str], _Count] = defaultdict(_Count)
    found = select(
        contacts.c.queue_id,
        contacts.c.channel,
        contacts.c.state,
        contacts.c.opened_at,
        contacts.c.answered_at,
        contacts.c.state_since,
    ).where(
        contacts.c.queue_id.in_(queue_ids),
        contacts.c.last_message_at >= since,  # indexed; no contact is older than its last message
        contacts.c.opened_at >= since,
        contacts.c.direction == Direction.INBOUND,  # who we called did not wait for us
        or_(
            contacts.c.answered_at.is_not(None),
            contacts.c.state == ContactState.ABANDONED,
        ),
    )
    for row in tx.execute(found):
        queue = settings.queues.get(row.queue_id)
        if queue is not None:
            _count(counts[row.queue_id, row.channel], settings, queue, row)
    return {
        queue_id: [
            _level(channel, settings.queues[queue_id], counts[queue_id, channel])
            for channel in settings.queues[queue_id].service_level
        ]
        if queue_id in settings.queues
        else []
        for queue_id in queue_ids
    }


def _count(count: _Count, settings: RoutingSettings, queue: QueueSettings, row: Row[Any]) -> None:
    level = queue.service_level.get(row.channel)
    if level is None:
        return
    until = row.answered_at or row.state_since
    wait_s = wait_of(settings, queue, row.channel, row.opened_at, until)
    if row.answered_at is not None:
        count.answered += 1
        count.wait_s += wait_s
        count.within += wait_s <= level.within_s
    elif wait_s < queue.short_abandon_s.get(row.channel, 0):
        count.short += 1
        count.abandoned += 1
    else:
        count.abandoned += 1


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


def _level(channel: str, queue: QueueSettings, count: _Count) -> ChannelLevel:
    eligible = count.answered + count.abandoned - count.short
    wanted = queue.service_level[channel]
    return ChannelLevel(
        channel=channel,
        within_s=wanted.within_s,
        goal=wanted.goal,
        value=round(count.within / eligible, 4) if eligible else None,
        answered_within=count.within,
        answered=count.answered,
        abandoned=count.abandoned,
        short_abandoned=count.short,
        wait_s=round(count.wait_s, 3),
    )
