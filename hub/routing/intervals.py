"""The day in half hours: who came, who was answered, who left, and the service level of each.

A contact counts in the half hour and queue in which it first began to wait, read from segments, so
that came = answered + abandoned + left otherwise + still waiting in every row. What ended as spam
did not come, unless it is taken back; what was answered first counts until the day is read anew.
Who came in a half hour that is over is known for good, and so is what became of who no longer
waits: only who still waits, and what is spam, is looked at again, in earlier half hours every few
seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from sys import intern
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, or_, select

from hub.contacts.model import ContactState, Direction, EndedAs, SegmentKind
from hub.contacts.tables import contacts, segments
from hub.storage import Tx

from .levels import Count, wait_of
from .settings import RoutingSettings, load_settings

STEP = timedelta(minutes=30)
_COMMITTED = timedelta(seconds=30)  # a contact is stored so long after it came, at the latest
_FRESH = timedelta(seconds=4)  # how old the figures of an earlier half hour may be (I9: 5 s)
_ASKED_AT_ONCE = 5_000  # contacts
_OPEN = frozenset(ContactState) - {ContactState.CLOSED, ContactState.ABANDONED}


Lines = dict[tuple[str, str], Count]  # by (queue, channel)


@dataclass(slots=True)
class _Wait:
    """A contact's first wait, and what became of it when it was last looked at."""

    queue_id: str
    channel: str
    started_at: datetime
    state: str
    answered_at: datetime | None
    state_since: datetime

    @property
    def over(self) -> bool:
        return self.answered_at is not None or self.state not in _OPEN


@dataclass(slots=True)
class _Kept:
    """A half hour: the contacts that waited no more, counted, and those that did, by their id.
    `spam`: those that count for nothing while they are it.
    """

    over: Lines
    waiting: dict[str, _Wait]
    spam: dict[str, _Wait]
    lines: Lines  # all of them, as of `read_at`
    read_at: datetime
    complete: bool  # nobody can be added any more


@dataclass(slots=True)
class Intervals:
    """What was read of the present day; rebuilt from the store after a restart. Readers are
    threads: one reads, the others wait and find it done."""

    kept: dict[datetime, _Kept] = field(default_factory=dict)
    settings: RoutingSettings | None = None  # by which it was counted
    lock: Lock = field(default_factory=Lock)

    def unread(self, starts: Sequence[datetime]) -> list[datetime]:
        """Return the half hours in which somebody may have come since, oldest first."""
        return [
            start for start in starts if start not in self.kept or not self.kept[start].complete
        ]

    def unsettled(self, now: datetime) -> dict[datetime, _Kept]:
        """Return the complete half hours whose waiting contacts are to be looked at again."""
        return {
            start: one
            for start, one in self.kept.items()
            if one.complete
            and (one.waiting or one.spam)
            and (start + 2 * STEP > now or now - one.read_at >= _FRESH)
        }


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
    _look_again(tx, settings, cache.unsettled(tx.now))
    for first, last in _runs(cache.unread(starts)):
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
    """Read half hours anew: who came in them, and what became of each."""
    found: dict[datetime, _Kept] = {}
    start = first
    while start <= last:
        complete = start + STEP + _COMMITTED <= tx.now
        found[start] = _Kept({}, {}, {}, {}, tx.now, complete)
        start += STEP
    for row in tx.execute(_first_waits(settings.queues, first, last + STEP)):
        wait = _Wait(
            intern(row.queue_id),
            intern(row.channel),
            row.started_at,
            intern(row.state),
            row.answered_at,
            row.state_since,
        )
        kept = found[first + STEP * int((wait.started_at - first) / STEP)]
        if row.ended_as == EndedAs.SPAM:
            kept.spam[row.contact_id] = wait
        elif wait.over:
            _count(kept.over, settings, wait, tx.now)
        else:
            kept.waiting[row.contact_id] = wait
    for kept in found.values():
        _sum(kept, settings, tx.now)
    cache.kept.update(found)


def _look_again(tx: Tx, settings: RoutingSettings, unsettled: Mapping[datetime, _Kept]) -> None:
    """Move those who wait no more to the counted ones; let those count that are spam no more."""
    spam = {contact_id: kept for kept in unsettled.values() for contact_id in kept.spam}
    rescued = list(spam)
    for place in range(0, len(rescued), _ASKED_AT_ONCE):
        for row in tx.execute(_no_spam(rescued[place : place + _ASKED_AT_ONCE])):
            kept = spam[row.id]
            wait = kept.waiting[row.id] = kept.spam.pop(row.id)
            wait.state, wait.state_since = row.state, row.state_since
    where = {contact_id: kept for kept in unsettled.values() for contact_id in kept.waiting}
    asked = list(where)
    for place in range(0, len(asked), _ASKED_AT_ONCE):
        for row in tx.execute(_gone(asked[place : place + _ASKED_AT_ONCE])):
            kept = where[row.id]
            wait = kept.waiting.pop(row.id)
            wait.state, wait.answered_at = row.state, row.answered_at
            wait.state_since = row.state_since
            if row.ended_as == EndedAs.SPAM:
                kept.spam[row.id] = wait
            else:
                _count(kept.over, settings, wait, tx.now)
    for kept in unsettled.values():
        kept.read_at = tx.now
        _sum(kept, settings, tx.now)


def _sum(kept: _Kept, settings: RoutingSettings, now: datetime) -> None:
    lines: Lines = {}
    for key, count in kept.over.items():
        lines.setdefault(key, Count()).add(count)
    for wait in kept.waiting.values():
        _count(lines, settings, wait, now)
    kept.lines = lines


def _gone(contact_ids: Sequence[str]) -> Select[Any]:
    """Those of the contacts that wait no more."""
    return select(
        contacts.c.id,
        contacts.c.state,
        contacts.c.answered_at,
        contacts.c.state_since,
        contacts.c.ended_as,
    ).where(
        contacts.c.id.in_(contact_ids),
        or_(contacts.c.answered_at.is_not(None), contacts.c.state.not_in(_OPEN)),
    )


def _no_spam(contact_ids: Sequence[str]) -> Select[Any]:
    """Those of the contacts that somebody has taken back."""
    return select(contacts.c.id, contacts.c.state, contacts.c.state_since).where(
        contacts.c.id.in_(contact_ids),
        or_(contacts.c.ended_as.is_(None), contacts.c.ended_as != EndedAs.SPAM),
    )


def _first_waits(queues: Mapping[str, Any], since: datetime, until: datetime) -> Select[Any]:
    """The first waiting segments that began in a time: one index range for each queue."""
    earlier = segments.alias("earlier")
    return (
        select(
            segments.c.contact_id,
            segments.c.queue_id,
            segments.c.channel,
            segments.c.started_at,
            contacts.c.state,
            contacts.c.answered_at,
            contacts.c.state_since,
            contacts.c.ended_as,
        )
        .join(contacts, contacts.c.id == segments.c.contact_id)
        .where(
            segments.c.queue_id.in_(sorted(queues)),
            segments.c.started_at >= since,
            segments.c.started_at < until,
            segments.c.kind == SegmentKind.WAITING,
            contacts.c.direction == Direction.INBOUND,  # a callback: its call came and was counted
            ~exists(
                select(earlier.c.id).where(
                    earlier.c.contact_id == segments.c.contact_id,
                    earlier.c.started_at < segments.c.started_at,
                )
            ),
        )
    )


def _count(lines: Lines, settings: RoutingSettings, wait: _Wait, now: datetime) -> None:
    count = lines.setdefault((wait.queue_id, wait.channel), Count())
    queue = settings.queues[wait.queue_id]
    count.offered += 1
    until = (wait.answered_at or wait.state_since) if wait.over else now
    wait_s = wait_of(settings, queue, wait.channel, wait.started_at, until)
    level = queue.service_level.get(wait.channel)
    within = level is not None and wait_s <= level.within_s
    if wait.answered_at is not None:
        count.answered += 1
        count.wait_s += wait_s
        count.within += within
    elif wait.state == ContactState.ABANDONED:
        count.abandoned += 1
        count.short += wait_s < queue.short_abandon_s.get(wait.channel, 0)
    elif not wait.over:
        count.waiting += 1
        count.late += level is not None and not within
