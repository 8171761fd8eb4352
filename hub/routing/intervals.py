"""The day in half hours: who came, who was answered, who left, and the service level of each.

A contact counts in the half hour and queue in which it first began to wait, read from segments, so
that came = answered + abandoned + left otherwise + still waiting in every row. Half hours that are
over and settled never change: they are kept. The last two are read again whenever somebody asks,
earlier ones in which somebody still waits at most once a minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, exists, select

from hub.contacts.model import ContactState, SegmentKind
from hub.contacts.tables import contacts, segments
from hub.storage import Tx

from .levels import Count, wait_of
from .settings import RoutingSettings, load_settings

STEP = timedelta(minutes=30)
_SETTLING = timedelta(seconds=60)  # how old the figures of an earlier half hour may be
_OPEN = frozenset(ContactState) - {ContactState.CLOSED, ContactState.ABANDONED}


Lines = dict[tuple[str, str], Count]  # by (queue, channel)


@dataclass(slots=True)
class _Kept:
    lines: Lines
    read_at: datetime
    settled: bool


@dataclass(slots=True)
class Intervals:
    """What was read of the present day; rebuilt from the store after a restart. Readers are
    threads: one reads, the others wait and find it done."""

    kept: dict[datetime, _Kept] = field(default_factory=dict)
    settings: RoutingSettings | None = None  # by which it was counted
    lock: Lock = field(default_factory=Lock)

    def stale(self, starts: Sequence[datetime], now: datetime) -> list[datetime]:
        """Return the half hours to read again, oldest first."""
        found = []
        for start in starts:
            one = self.kept.get(start)
            earlier = start + 2 * STEP <= now
            if one is None or not (one.settled or (earlier and now - one.read_at < _SETTLING)):
                found.append(start)
        return found


def day_so_far(
    tx: Tx, cache: Intervals, queue_ids: frozenset[str] | None
) -> list[tuple[datetime, Lines]]:
    """Return the half hours since midnight (the set-up's zone), for these queues (None: all)."""
    settings = load_settings(tx)
    with cache.lock:
        starts = _refresh(tx, settings, cache)
        kept = [(start, cache.kept[start].lines) for start in starts]
    return [
        (
            start,
            {
                key: count
                for key, count in lines.items()
                if queue_ids is None or key[0] in queue_ids
            },
        )
        for start, lines in kept
    ]


def start_of_day(settings: RoutingSettings, now: datetime) -> datetime:
    """Return the last midnight in the zone of the set-up."""
    local = now.astimezone(ZoneInfo(settings.zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _refresh(tx: Tx, settings: RoutingSettings, cache: Intervals) -> list[datetime]:
    if settings is not cache.settings:  # another promise, other levels
        cache.settings = settings
        cache.kept.clear()
    day = start_of_day(settings, tx.now).astimezone(UTC)
    starts = [day + STEP * number for number in range(int((tx.now - day) / STEP) + 1)]
    for start in [start for start in list(cache.kept) if start < day]:
        cache.kept.pop(start, None)
    for first, last in _runs(cache.stale(starts, tx.now)):
        _read(tx, settings, cache, first, last)
    return starts


def _runs(starts: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """Join neighbouring half hours: one range of the index for each run."""
    runs: list[tuple[datetime, datetime]] = []
    for start in starts:
        if runs and runs[-1][1] + STEP == start:
            runs[-1] = (runs[-1][0], start)
        else:
            runs.append((start, start))
    return runs


def _read(
    tx: Tx, settings: RoutingSettings, cache: Intervals, first: datetime, last: datetime
) -> None:
    lines: dict[datetime, Lines] = {}
    start = first
    while start <= last:
        lines[start] = {}
        start += STEP
    waiting: set[datetime] = set()
    for row in tx.execute(_first_waits(settings.queues, first, last + STEP)):
        start = first + STEP * int((row.started_at - first) / STEP)
        _count(lines[start].setdefault((row.queue_id, row.channel), Count()), settings, row, tx.now)
        if row.answered_at is None and row.state in _OPEN:
            waiting.add(start)
    for start, found in lines.items():
        settled = start + STEP <= tx.now and start not in waiting
        cache.kept[start] = _Kept(found, tx.now, settled)


def _first_waits(queues: Mapping[str, Any], since: datetime, until: datetime) -> Select[Any]:
    """The first waiting segments that began in a time: one index range for each queue."""
    earlier = segments.alias("earlier")
    return (
        select(
            segments.c.queue_id,
            segments.c.channel,
            segments.c.started_at,
            contacts.c.state,
            contacts.c.opened_at,
            contacts.c.answered_at,
            contacts.c.state_since,
        )
        .join(contacts, contacts.c.id == segments.c.contact_id)
        .where(
            segments.c.queue_id.in_(sorted(queues)),
            segments.c.started_at >= since,
            segments.c.started_at < until,
            segments.c.kind == SegmentKind.WAITING,
            ~exists(
                select(earlier.c.id).where(
                    earlier.c.contact_id == segments.c.contact_id,
                    earlier.c.started_at < segments.c.started_at,
                )
            ),
        )
    )


def _count(count: Count, settings: RoutingSettings, row: Row[Any], now: datetime) -> None:
    queue = settings.queues[row.queue_id]
    count.offered += 1
    over = row.answered_at is not None or row.state not in _OPEN
    until = (row.answered_at or row.state_since) if over else now
    wait_s = wait_of(settings, queue, row.channel, row.started_at, until)
    level = queue.service_level.get(row.channel)
    within = level is not None and wait_s <= level.within_s
    if row.answered_at is not None:
        count.answered += 1
        count.wait_s += wait_s
        count.within += within
    elif row.state == ContactState.ABANDONED:
        count.abandoned += 1
        count.short += wait_s < queue.short_abandon_s.get(row.channel, 0)
    elif not over:
        count.waiting += 1
        count.late += level is not None and not within
