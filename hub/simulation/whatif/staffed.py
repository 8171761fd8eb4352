"""How many agents a queue needs each half hour, beside who was there. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.simulation.changes import Target, with_target
from hub.simulation.demand import Demand, demand_of_period, half_hours_of
from hub.simulation.period import Period, ready_spans
from hub.simulation.recorded import takes
from hub.simulation.staffing import staff

from .days import Base
from .shapes import HalfHourView, StaffView
from .tally import SHARE, measure
from .task import StaffAsked, Task

Tell = Callable[[str, float | None], None]


def staffed(base: Base, task: Task, asked: StaffAsked, tell: Tell) -> StaffView:
    """Return the least numbers that meet the goal. Raises Invalid where nobody called or chatted,
    and for a goal that no number meets."""
    period = base.period
    if asked.within_s is not None:
        period = _promising(period, asked.queue, asked.within_s)
    demand = demand_of_period(period, [asked.queue])
    if base.share is not None:
        demand = _times(demand, base.share)
    needed = staff(demand, asked.goal, 1, lambda done, all_: tell("staff", done / max(all_, 1)))
    there = there_by_half_hour(
        base.period, asked.queue, {stream.spec.channel for stream in demand.streams}
    )
    zone = ZoneInfo(task.days.zone)
    return StaffView(
        zone=task.days.zone,
        queue=asked.queue,
        goal=asked.goal,
        within_s=asked.within_s,
        days=list(base.days),
        volume=task.days.volume,
        half_hours=[
            HalfHourView(
                start=datetime.fromtimestamp(one.start_s, zone).strftime("%H:%M"),
                contacts=round(one.contacts, 2),
                load=round(one.load, 3),
                guess=one.guess,
                agents=one.agents,
                there=round(there[place], 2),
                service_level=None
                if one.service_level is None
                else measure(one.service_level, SHARE),
            )
            for place, one in enumerate(needed)
        ],
        not_staffed_s={name: round(s, 1) for name, s in (demand.not_staffed or {}).items()},
    )


def _promising(period: Period, queue: str, within_s: int) -> Period:
    """Return the period with this answer time promised to everybody of a queue who calls or
    chats."""
    conditions = period.conditions
    settings = conditions.settings
    for channel, by_tier in settings.queue(queue).target_s.items():
        rules = settings.channels.get(channel)
        if rules is None or rules.business_time:
            continue
        for tier in by_tier:
            if tier in settings.tiers:
                conditions = with_target(conditions, Target(queue, tier, channel, within_s))
    return replace(period, conditions=conditions)


def _times(demand: Demand, share: float) -> Demand:
    """Return the demand of days that were laid together, as the mean day times the volume."""
    streams = tuple(
        replace(one, rates_per_s=tuple(rate * share for rate in one.rates_per_s))
        for one in demand.streams
    )
    work = {name: s * share for name, s in (demand.not_staffed or {}).items()}
    return replace(demand, streams=streams, not_staffed=work)


def there_by_half_hour(period: Period, queue: str, channels: Collection[str]) -> list[float]:
    """Return how many agents took contacts of a queue by some of these channels, on average: of
    several days the mean day, of a half hour that is going on as far as it was seen."""
    settings = period.conditions.settings
    halves = half_hours_of(period)
    there_s = [0.0] * len(halves)
    for agent in period.conditions.agents:
        if queue not in agent.queues or not any(takes(agent, settings, one) for one in channels):
            continue
        for begin, end in ready_spans(agent, period.until_s):
            for place, inside_s in halves.parts_of(begin, end):
                there_s[place] += inside_s
    return [total / seen for total, seen in zip(there_s, halves.seen_s, strict=True)]
