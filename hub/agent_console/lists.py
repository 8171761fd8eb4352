"""The list of contacts: what waits by urgency, everything else newest first. Keyset paging only."""

from __future__ import annotations

import heapq
from datetime import datetime
from fractions import Fraction
from itertools import islice
from typing import Annotated, Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Row, and_, or_, select

from hub.contacts.access import Sight
from hub.contacts.model import WAITING, ContactState
from hub.contacts.tables import contacts
from hub.contacts.tags.service import tagged
from hub.core.errors import Malformed
from hub.routing.settings import RoutingSettings, clock_us
from hub.storage import Tx

MICROSECONDS = 1_000_000
_LAST_US = 2**62  # beyond every start that a column holds


class ByUrgency(msgspec.Struct, frozen=True, array_like=True, tag="u"):
    """Behind the contact with this wait: urgency is waited ÷ target at `as_of`, exactly."""

    as_of: datetime
    waited_us: Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
    target_s: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
    id: str


class ByTime(msgspec.Struct, frozen=True, array_like=True, tag="t"):
    at: datetime
    id: str


class ByPlace(msgspec.Struct, frozen=True, array_like=True, tag="p"):
    """Behind this contact as it stands: for who is shown other targets than the true ones."""

    as_of: datetime
    id: str


After = ByUrgency | ByPlace | ByTime


class Position(msgspec.Struct, frozen=True, array_like=True):
    """Where a list goes on. One of the two, after the kind of list."""

    at: After


class ContactFilter(NamedTuple):
    """`states` empty: all. The other fields "" do not filter. `unanswered`: of channels that
    write, those whose customer waits for an answer, however the contact stands or ended.
    """

    states: frozenset[ContactState]
    channel: str
    queue_id: str
    limit: int
    after: After | None = None
    unanswered: bool = False
    more: tuple[ColumnElement[bool], ...] = ()  # what else is asked of each row
    tag: str = ""

    @property
    def by_urgency(self) -> bool:
        waiting = ContactState.QUEUED in self.states and self.states <= WAITING
        return waiting and not self.unanswered


class Found(NamedTuple):
    rows: list[Row[Any]]
    after: After | None


def find_contacts(tx: Tx, sight: Sight, settings: RoutingSettings, wanted: ContactFilter) -> Found:
    """Return one page of the contacts in the sight.

    Unanswered ones: the longest unanswered first. Only queued ones, with or without those that
    ring: most urgent first at the first page's time, merged from one index range for each
    (calendar, target), and the few that ring (at most what agents are offered now). Others: by last
    message, merged from one range for each state.
    """
    if wanted.by_urgency:
        return _by_urgency(tx, sight, settings, wanted, _urgency_of(tx, sight, settings, wanted))
    after_time = wanted.after if isinstance(wanted.after, ByTime) else None
    if wanted.unanswered:
        return _by_unanswered(tx, sight, settings, wanted, after_time)
    return _by_time(tx, sight, wanted, after_time)


def _by_unanswered(
    tx: Tx, sight: Sight, settings: RoutingSettings, wanted: ContactFilter, after: ByTime | None
) -> Found:
    found = (
        select(contacts)
        .where(
            contacts.c.unanswered_since.is_not(None),
            contacts.c.channel.in_(settings.written_channels),
            contacts.c.state != ContactState.QUARANTINED,
            sight.contacts(),
            *_filters(wanted),
        )
        .order_by(contacts.c.unanswered_since, contacts.c.id)
        .limit(wanted.limit + 1)
    )
    if wanted.states:
        found = found.where(contacts.c.state.in_(sorted(wanted.states)))
    if after is not None:
        since = contacts.c.unanswered_since
        found = found.where(
            or_(since > after.at, and_(since == after.at, contacts.c.id > after.id))
        )
    rows = list(tx.execute(found))
    shown = rows[: wanted.limit]
    if len(rows) <= wanted.limit:
        return Found(shown, None)
    return Found(shown, ByTime(shown[-1].unanswered_since, shown[-1].id))


def _by_urgency(
    tx: Tx,
    sight: Sight,
    settings: RoutingSettings,
    wanted: ContactFilter,
    after: ByUrgency | None,
) -> Found:
    as_of = after.as_of if after else tx.now
    groups = tx.execute(
        select(contacts.c.calendar_id, contacts.c.target_s)
        .where(contacts.c.state == ContactState.QUEUED)
        .distinct()
    ).all()
    ranges = []
    for group in groups:
        clock = clock_us(settings, group.calendar_id, as_of)
        ranges.append(_urgent_range(tx, sight, wanted, group, clock, after))
    if ContactState.OFFERED in wanted.states:
        ranges.append(_ringing(tx, sight, settings, wanted, as_of, after))
    merged = list(islice(heapq.merge(*ranges), wanted.limit + 1))
    rows = [entry.row for entry in merged[: wanted.limit]]
    if len(merged) <= wanted.limit:
        return Found(rows, None)
    last = merged[wanted.limit - 1]
    if not sight.steers:
        return Found(rows, ByPlace(as_of, last.row.id))
    return Found(rows, ByUrgency(as_of, last.waited_us, last.row.target_s, last.row.id))


def _urgency_of(
    tx: Tx, sight: Sight, settings: RoutingSettings, wanted: ContactFilter
) -> ByUrgency | None:
    """Return where a list by urgency goes on. Raises Malformed for a contact not in the sight."""
    after = wanted.after
    if not isinstance(after, ByPlace):
        return after if isinstance(after, ByUrgency) else None
    row = tx.execute(select(contacts).where(contacts.c.id == after.id, sight.contacts())).first()
    if row is None:
        raise Malformed("This list has moved on: begin it anew.", code="bad_cursor")
    waited_us = clock_us(settings, row.calendar_id, after.as_of) - row.virtual_start_us
    return ByUrgency(after.as_of, waited_us, row.target_s, row.id)


class _Waiting:
    """One waiting contact in a merge: the more urgent one is the smaller, ties by id."""

    __slots__ = ("key", "row", "waited_us")

    def __init__(self, row: Row[Any], clock: int) -> None:
        self.row = row
        self.waited_us: int = clock - row.virtual_start_us
        self.key = (-Fraction(self.waited_us, max(1, row.target_s)), row.id)

    def __lt__(self, other: _Waiting) -> bool:
        return self.key < other.key


def _urgent_range(
    tx: Tx,
    sight: Sight,
    wanted: ContactFilter,
    group: Row[Any],
    clock: int,
    after: ByUrgency | None,
) -> list[_Waiting]:
    found = (
        select(contacts)
        .where(
            contacts.c.state == ContactState.QUEUED,
            contacts.c.calendar_id == group.calendar_id,
            contacts.c.target_s == group.target_s,
            sight.contacts(),
            *_filters(wanted),
        )
        .order_by(contacts.c.virtual_start_us, contacts.c.id)
        .limit(wanted.limit + 1)
    )
    if after is not None:
        found = found.where(_less_urgent(after, group.target_s, clock))
    return [_Waiting(row, clock) for row in tx.execute(found)]


def _ringing(
    tx: Tx,
    sight: Sight,
    settings: RoutingSettings,
    wanted: ContactFilter,
    as_of: datetime,
    after: ByUrgency | None,
) -> list[_Waiting]:
    """The contacts that ring at agents: they wait as well. Few, so they are sorted here."""
    found = select(contacts).where(
        contacts.c.state == ContactState.OFFERED, sight.contacts(), *_filters(wanted)
    )
    entries = [
        _Waiting(row, clock_us(settings, row.calendar_id, as_of)) for row in tx.execute(found)
    ]
    if after is not None:
        passed = (-Fraction(after.waited_us, max(1, after.target_s)), after.id)
        entries = [entry for entry in entries if entry.key > passed]
    return sorted(entries)


def _less_urgent(after: ByUrgency, target_s: int, clock: int) -> ColumnElement[bool]:
    """Return the condition "comes after that contact" in whole microseconds: no rounding.

    waited / target < waited₀ / target₀  ⟺  virtual_start > clock - waited₀ · target / target₀.
    """
    start, rest = divmod(
        clock * max(1, after.target_s) - after.waited_us * max(1, target_s), max(1, after.target_s)
    )
    start = max(-_LAST_US, min(_LAST_US, start))  # a made-up cursor may ask for anything
    later = contacts.c.virtual_start_us > start
    if rest:
        return later
    return or_(later, and_(contacts.c.virtual_start_us == start, contacts.c.id > after.id))


def _by_time(tx: Tx, sight: Sight, wanted: ContactFilter, after: ByTime | None) -> Found:
    ranges = []
    for state in sorted(wanted.states or frozenset(ContactState)):
        found = (
            select(contacts)
            .where(contacts.c.state == state, sight.contacts(), *_filters(wanted))
            .order_by(contacts.c.last_message_at.desc(), contacts.c.id.desc())
            .limit(wanted.limit + 1)
        )
        if after is not None:
            found = found.where(
                or_(
                    contacts.c.last_message_at < after.at,
                    and_(contacts.c.last_message_at == after.at, contacts.c.id < after.id),
                )
            )
        ranges.append(tx.execute(found).all())
    merged = list(
        islice(
            heapq.merge(*ranges, key=lambda row: (row.last_message_at, row.id), reverse=True),
            wanted.limit + 1,
        )
    )
    rows = merged[: wanted.limit]
    if len(merged) <= wanted.limit:
        return Found(rows, None)
    return Found(rows, ByTime(rows[-1].last_message_at, rows[-1].id))


def _filters(wanted: ContactFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = list(wanted.more)
    if wanted.channel:
        found.append(contacts.c.channel == wanted.channel)
    if wanted.queue_id:
        found.append(contacts.c.queue_id == wanted.queue_id)
    if wanted.tag:
        found.append(tagged([wanted.tag], contacts.c.id))
    return found
