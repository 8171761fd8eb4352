"""How a queue calls back, from the rules in force."""

from __future__ import annotations

from functools import lru_cache

from hub.hours import ALWAYS_OPEN, Calendar, check_calendar
from hub.routing.settings import CallbackRules, RoutingSettings, calendar_of

from .model import Plan, Times

_USUAL = CallbackRules()


def rules_of(settings: RoutingSettings, queue_id: str) -> CallbackRules | None:
    """Return the rules of a queue; None where it calls nobody back, or is gone."""
    queue = settings.queues.get(queue_id)
    return None if queue is None else queue.callback


def plan_of(settings: RoutingSettings, queue_id: str) -> Plan:
    """Return the plan of a queue. What was promised before the rules changed is still kept: in the
    usual window, but where that never meets the queue's hours (nobody looks whether it does) in
    those alone.
    """
    own = rules_of(settings, queue_id)
    rules = own or _USUAL
    times = times_of(settings, queue_id, rules.window)
    if own is None and not times.meet():
        times = Times(times.hours, ALWAYS_OPEN)
    return Plan(
        times=times,
        attempts=rules.attempts,
        gap_s=rules.gap_s,
        first_delay_s=rules.first_delay_s,
    )


def times_of(settings: RoutingSettings, queue_id: str, window: str) -> Times:
    """Return when customers of a queue may be called, both in the zone of its calendar."""
    queue = settings.queues.get(queue_id)
    spec = None if queue is None else settings.calendars.get(queue.calendar_id)
    hours = ALWAYS_OPEN if spec is None else calendar_of(spec)
    return Times(hours, _window(window, settings.zone if spec is None else spec.zone))


def zone_of(settings: RoutingSettings, queue_id: str) -> str:
    """Return the IANA zone in which times are told to customers of a queue."""
    queue = settings.queues.get(queue_id)
    spec = None if queue is None else settings.calendars.get(queue.calendar_id)
    return settings.zone if spec is None else spec.zone


@lru_cache(maxsize=64)
def _window(window: str, zone: str) -> Calendar:
    return check_calendar(f"Mon-Sun {window}", "none", zone)
