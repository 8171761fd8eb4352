"""Contacts by what is due next: an SLA deadline, or the promised answer of one that waits.

Three streams, each in the order of an index, are merged: open deadlines, what waits (a range for
each calendar and target), what rings (few). A contact that two of them hold stands where the
earlier of the two is.

Deadlines are walked in their order, a bounded part at a time. Who is not shown the true targets is
not told a time by which to go on, so their part is of contacts they see, and its end is named by
the last of these; where they see few at all, what is due of those is read instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Subquery,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
    union,
)

from hub.contacts.access import Sight
from hub.contacts.model import FINAL, WAITING, ContactState
from hub.contacts.tables import contacts
from hub.core.errors import Malformed
from hub.routing.settings import RoutingSettings, calendar_of, clock_us
from hub.routing.sla.tables import deadlines
from hub.storage import Tx, in_words

from .ranges import Rest, ranges_of

MICROSECONDS = 1_000_000
_ROUNDS = (200, 5_000)  # deadlines looked at for one page, until it is full
_FEW_SEEN = 5_000  # of no more open contacts what is due is read, and put in order
_QUEUED = in_words(contacts.c.state, ("queued",))
_IN_HAND = ~in_words(contacts.c.state, ("closed", "abandoned", "queued"))
_COMING = and_(deadlines.c.ended_at.is_(None), deadlines.c.due_at.is_not(None))


class ByDue(msgspec.Struct, frozen=True, array_like=True, tag="d"):
    """Behind the contact of which something is due then. `at` None: as it stands, for who is
    shown other targets than the true ones; `by`: its deadline or its promised answer alone, where a
    walk ended there; "": what is sooner.
    """

    at: datetime | None
    id: str
    by: Literal["", "deadline", "promise"] = ""


class Due(NamedTuple):
    """`agent_id`: `rest` keeps what this agent has only; None: it does not say. `until`: nothing
    that is due later; None: all of it.
    """

    sight: Sight
    states: frozenset[str]
    rest: Rest
    limit: int
    agent_id: str | None = None
    after: ByDue | None = None
    until: datetime | None = None


class DueKeys(NamedTuple):
    ids: list[str]
    after: ByDue | None


class _Stream(NamedTuple):
    keys: list[tuple[datetime, str]]
    end: tuple[datetime, str] | None  # what comes behind it was not read


def nothing_due(columns: Any) -> ColumnElement[bool]:
    """The condition that keeps, of contacts that do not wait, those of which nothing is due."""
    due = exists(select(deadlines.c.id).where(deadlines.c.contact_id == columns.id, _COMING))
    return and_(columns.state.not_in(sorted(WAITING)), not_(due))


def by_due(tx: Tx, settings: RoutingSettings, wanted: Due) -> DueKeys:
    """Return the ids of one page, the soonest due first. Raises Malformed for a cursor of a
    contact of which nothing is due any more.
    """
    after = _place(tx, settings, wanted)
    read = _deadlines if wanted.agent_id is None else _deadlines_of_agent
    streams = [read(tx, settings, wanted, after)]
    if ContactState.QUEUED in wanted.states:
        streams += _queued(tx, settings, wanted, after)
    if ContactState.OFFERED in wanted.states:
        streams.append(_ringing(tx, settings, wanted, after))
    keys = sorted(key for stream in streams for key in stream.keys)
    ends = [stream.end for stream in streams if stream.end is not None]
    if ends:
        keys = [key for key in keys if key <= min(ends)]
    shown = keys[: wanted.limit]
    last = shown[-1] if len(keys) > wanted.limit else (min(ends) if ends else None)
    if last is None:
        return DueKeys([id_ for _, id_ in shown], None)
    ids = [id_ for _, id_ in shown]
    if wanted.sight.steers:
        return DueKeys(ids, ByDue(*last))
    if len(keys) > wanted.limit:
        return DueKeys(ids, ByDue(None, last[1]))
    return DueKeys(ids, ByDue(None, last[1], "deadline" if last == streams[0].end else "promise"))


def _place(tx: Tx, settings: RoutingSettings, wanted: Due) -> tuple[datetime, str] | None:
    if wanted.after is None:
        return None
    if wanted.after.at is not None:
        return wanted.after.at, wanted.after.id
    seen = (contacts.c.id == wanted.after.id, wanted.sight.contacts())
    row = tx.execute(select(contacts).where(*seen)).first()
    due = None
    if row is not None:
        by = wanted.after.by
        promised = None if by == "deadline" else promised_at(tx, settings, row)
        deadline = None if by == "promise" else _due_of(tx, [row.id]).get(row.id)
        due = _first(promised, deadline)
    if due is None:
        raise Malformed("This list has moved on: begin it anew.", code="bad_cursor")
    return due, wanted.after.id


def _first(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def promised_at(tx: Tx, settings: RoutingSettings, row: Row[Any]) -> datetime | None:
    """Return when a contact that waits is to be answered at the latest; None: it does not wait."""
    if row.state not in WAITING:
        return None
    return _moment(
        settings, row.calendar_id, row.virtual_start_us + row.target_s * MICROSECONDS, tx.now
    )


def _moment(settings: RoutingSettings, calendar_id: str, clock: int, near: datetime) -> datetime:
    """Return when a calendar's clock first shows that."""
    spec = settings.calendars.get(calendar_id)
    if spec is None:
        return datetime.fromtimestamp(0, near.tzinfo) + timedelta(microseconds=clock)
    return calendar_of(spec).first_at(clock / MICROSECONDS, near)


def _deadlines(
    tx: Tx, settings: RoutingSettings, wanted: Due, after: tuple[datetime, str] | None
) -> _Stream:
    """Looks at few deadlines first, at more where those did not fill the page, and no further."""
    if not wanted.sight.steers and (few := _few_seen(tx, wanted)) is not None:
        return _fitting(tx, settings, wanted, _of_contacts(few, wanted, after))
    found = _Stream([], None)
    for most in _ROUNDS:
        part = _part(wanted, after, most)
        found = _fitting(tx, settings, wanted, part)
        found = found if found.end is not None else _Stream(found.keys, _end(tx, part, most))
        if found.end is None or len(found.keys) >= wanted.limit:
            break
    return found


def _few_seen(tx: Tx, wanted: Due) -> list[str] | None:
    """Return the open contacts that this sight has, of which something may be due; None: many."""
    ranges = ranges_of(wanted.sight, frozenset(wanted.states - FINAL), None, None)
    if wanted.sight.asked:
        ranges.append(contacts.c.id.in_(sorted(wanted.sight.asked)))
    if not ranges:
        return []
    parts = [select(contacts.c.id).where(one).limit(_FEW_SEEN + 1).subquery() for one in ranges]
    ids = tx.execute(union(*(select(part.c.id) for part in parts)).limit(_FEW_SEEN + 1)).scalars()
    found = list(ids)
    return found if len(found) <= _FEW_SEEN else None


def _fitting(tx: Tx, settings: RoutingSettings, wanted: Due, part: Subquery) -> _Stream:
    """Return those of these deadlines that the filter shows: the first of each contact, where it is
    not answered for sooner.
    """
    found = (
        select(part.c.due_at, contacts.c.id, contacts.c.state, contacts.c.calendar_id,
               contacts.c.virtual_start_us, contacts.c.target_s)
        .join(contacts, contacts.c.id == part.c.contact_id)
        .where(
            _is_first(part.c),
            contacts.c.state.in_(sorted(wanted.states)),
            wanted.sight.contacts(),
            *wanted.rest(contacts.c),
        )
        .order_by(part.c.due_at, part.c.contact_id)
        .limit(wanted.limit + 1)
    )  # fmt: skip
    rows = tx.execute(found).all()
    keys = []
    for row in rows:
        promised = promised_at(tx, settings, row)
        if promised is None or row.due_at < promised:
            keys.append((row.due_at, row.id))
    full = len(rows) > wanted.limit
    return _Stream(keys, (rows[-1].due_at, rows[-1].id) if full else None)


def _is_first(columns: Any) -> ColumnElement[bool]:
    """The condition that keeps, of the open deadlines of a contact, the earliest."""
    other = deadlines.alias("earlier")
    same = and_(other.c.due_at == columns.due_at, other.c.id < columns.id)
    return not_(exists(select(other.c.id).where(
        other.c.contact_id == columns.contact_id,
        other.c.ended_at.is_(None),
        other.c.id != columns.id,
        or_(other.c.due_at < columns.due_at, same),
    )))  # fmt: skip


def _part(wanted: Due, after: tuple[datetime, str] | None, most: int) -> Subquery:
    """The next deadlines, in order: no more than `most` are read. For who is not told a time: of
    contacts they see, the first of each.
    """
    found = _behind(wanted, after)
    if not wanted.sight.steers:
        seen = select(contacts.c.id).where(
            contacts.c.id == deadlines.c.contact_id, wanted.sight.contacts()
        )
        found = found.where(exists(seen), _is_first(deadlines.c))
    ordered = found.order_by(deadlines.c.due_at, deadlines.c.contact_id, deadlines.c.id)
    return ordered.limit(most).subquery()


def _of_contacts(ids: Sequence[str], wanted: Due, after: tuple[datetime, str] | None) -> Subquery:
    """The deadlines of these contacts."""
    return _behind(wanted, after).where(deadlines.c.contact_id.in_(ids)).subquery()


def _behind(wanted: Due, after: tuple[datetime, str] | None) -> Select[Any]:
    due_at, contact_id = deadlines.c.due_at, deadlines.c.contact_id
    found = select(deadlines.c.id, due_at, contact_id).where(_COMING)
    if wanted.until is not None:
        found = found.where(due_at <= wanted.until)
    if after is not None:
        at, id_ = after
        found = found.where(due_at >= at, or_(due_at > at, and_(due_at == at, contact_id > id_)))
    return found


def _end(tx: Tx, part: Subquery, most: int) -> tuple[datetime, str] | None:
    """Return the last of these deadlines, where as many were there as are read."""
    found = select(part.c.due_at, part.c.contact_id)
    ordered = found.order_by(part.c.due_at, part.c.contact_id, part.c.id)
    row = tx.execute(ordered.offset(most - 1).limit(1)).first()
    return None if row is None else (row.due_at, row.contact_id)


def _deadlines_of_agent(
    tx: Tx, settings: RoutingSettings, wanted: Due, after: tuple[datetime, str] | None
) -> _Stream:
    """Few: what one agent has in hand. Of the others' deadlines none is read."""
    theirs = and_(_IN_HAND, contacts.c.agent_id == wanted.agent_id)
    found = select(contacts).where(theirs, wanted.sight.contacts(), *wanted.rest(contacts.c))
    rows = {row.id: row for row in tx.execute(found)}
    keys = []
    for id_, due in _due_of(tx, sorted(rows)).items():
        promised = promised_at(tx, settings, rows[id_])
        if (
            (promised is None or due < promised)
            and (after is None or (due, id_) > after)
            and (wanted.until is None or due <= wanted.until)
        ):
            keys.append((due, id_))
    return _Stream(keys, None)


def _queued(
    tx: Tx, settings: RoutingSettings, wanted: Due, after: tuple[datetime, str] | None
) -> list[_Stream]:
    groups = tx.execute(
        select(contacts.c.calendar_id, contacts.c.target_s).where(_QUEUED).distinct()
    ).all()
    return [_promised(tx, settings, wanted, after, group) for group in groups]


def _promised(
    tx: Tx,
    settings: RoutingSettings,
    wanted: Due,
    after: tuple[datetime, str] | None,
    group: Row[Any],
) -> _Stream:
    start = contacts.c.virtual_start_us
    found = (
        select(contacts.c.id, start)
        .where(
            _QUEUED,
            contacts.c.calendar_id == group.calendar_id,
            contacts.c.target_s == group.target_s,
            wanted.sight.contacts(),
            *wanted.rest(contacts.c),
        )
        .order_by(start, contacts.c.id)
        .limit(wanted.limit + 1)
    )

    def start_at(moment: datetime) -> int:
        clock = clock_us(settings, group.calendar_id, moment)
        target_s: int = group.target_s
        return clock - target_s * MICROSECONDS

    if after is not None:
        # Many that came outside business hours have the same start: their ids tell them apart. The
        # clock's own rounding is a microsecond.
        first = start_at(after[0])
        same = and_(start <= first + 1, contacts.c.id > after[1])
        found = found.where(start >= first - 1, or_(start > first + 1, same))
    if wanted.until is not None:
        found = found.where(start <= start_at(wanted.until) + 1)
    rows = [
        (_moment(settings, group.calendar_id,
                 row.virtual_start_us + group.target_s * MICROSECONDS, tx.now), row.id)
        for row in tx.execute(found)
    ]  # fmt: skip
    full = len(rows) > wanted.limit
    return _Stream(_earliest(tx, rows, wanted, after), max(rows) if full else None)


def _ringing(
    tx: Tx, settings: RoutingSettings, wanted: Due, after: tuple[datetime, str] | None
) -> _Stream:
    """Few: at most what agents are offered now."""
    found = select(contacts).where(
        in_words(contacts.c.state, ("offered",)), wanted.sight.contacts(), *wanted.rest(contacts.c)
    )
    rows = [
        (due, row.id)
        for row in tx.execute(found)
        if (due := promised_at(tx, settings, row)) is not None
    ]
    return _Stream(_earliest(tx, rows, wanted, after), None)


def _earliest(
    tx: Tx,
    keys: Sequence[tuple[datetime, str]],
    wanted: Due,
    after: tuple[datetime, str] | None,
) -> list[tuple[datetime, str]]:
    """Leave out what stands elsewhere: on a page before, too late, or by an earlier deadline."""
    sooner = _due_of(tx, [id_ for _, id_ in keys])
    return [
        (due, id_)
        for due, id_ in keys
        if (after is None or (due, id_) > after)
        and (wanted.until is None or due <= wanted.until)
        and (id_ not in sooner or due <= sooner[id_])
    ]


def _due_of(tx: Tx, ids: Sequence[str]) -> dict[str, datetime]:
    """Return the earliest open deadline of each of these contacts that has one."""
    if not ids:
        return {}
    found = (
        select(deadlines.c.contact_id, func.min(deadlines.c.due_at).label("due_at"))
        .where(deadlines.c.contact_id.in_(ids), deadlines.c.ended_at.is_(None))
        .group_by(deadlines.c.contact_id)
    )
    return {row.contact_id: row.due_at for row in tx.execute(found) if row.due_at is not None}
