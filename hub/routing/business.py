"""By whose hours something is counted that belongs to no queue: promises to customers."""

from __future__ import annotations

from collections import Counter

from .settings import RoutingSettings


def business_calendar(settings: RoutingSettings, queue_id: str | None) -> str | None:
    """Return the key of the calendar of a queue; without one, that of most queues. None: the set-up
    has no calendars.
    """
    queue = settings.queues.get(queue_id or "")
    if queue is not None and queue.calendar_id in settings.calendars:
        return queue.calendar_id
    used = Counter(
        queue.calendar_id
        for queue in settings.queues.values()
        if queue.calendar_id in settings.calendars
    )
    return min(used, key=lambda key: (-used[key], key), default=None)
