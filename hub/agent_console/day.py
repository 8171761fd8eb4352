"""The wallboard's chart: today in half hours, by the moment contacts began to wait."""

from __future__ import annotations

from datetime import datetime

from hub.contacts.model import Channel
from hub.routing.intervals import STEP, Intervals, day_so_far
from hub.routing.levels import Count
from hub.storage import Store, Tx
from hub.web import Access, Principal, Query, View, route

from .readers import visible_queues


class DayQuery(Query, frozen=True):
    """`channel`: one channel; else all, whose service levels do not mix (seconds and hours)."""

    channel: Channel | None = None


class HalfHour(View, frozen=True):
    """`level`: answered within the promise ÷ (answered + abandoned - short abandons).

    None where nothing was eligible, or where all channels are asked for. `late` wait still, past
    the promise: they will count as missed.
    """

    start: datetime
    offered: int
    answered: int
    abandoned: int
    waiting: int
    late: int
    level: float | None


class DayView(View, frozen=True):
    at: datetime
    step_s: int
    half_hours: list[HalfHour]


class DayRoutes:
    """`day`: what was read of it, so that few half hours are read again however many look."""

    def __init__(self, store: Store, day: Intervals) -> None:
        self._store = store
        self._intervals = day

    @route("GET", "/api/v1/board/day", access=Access.SUPERVISOR, summary="Today in half hours")
    async def day(self, principal: Principal, query: DayQuery) -> DayView:
        return await self._store.read(self._day, (principal, query))

    def _day(self, tx: Tx, asked: tuple[Principal, DayQuery]) -> DayView:
        principal, query = asked
        found = day_so_far(tx, self._intervals, visible_queues(tx, principal))
        half_hours = []
        for start, lines in found:
            total = Count()
            for (_, channel), count in lines.items():
                if query.channel is None or channel == query.channel:
                    total.add(count)
            half_hours.append(_half_hour(start, total, measured=query.channel is not None))
        return DayView(at=tx.now, step_s=int(STEP.total_seconds()), half_hours=half_hours)


def _half_hour(start: datetime, total: Count, *, measured: bool) -> HalfHour:
    level = total.level if measured else None
    return HalfHour(
        start=start,
        offered=total.offered,
        answered=total.answered,
        abandoned=total.abandoned,
        waiting=total.waiting,
        late=total.late,
        level=None if level is None else round(level, 4),
    )
