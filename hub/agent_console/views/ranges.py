"""Contacts by the time of their last message: ranges of indexes, merged; none is walked far.

A range is walked by its index for at most some rows, and what else the filter asks is asked of
those: whatever is combined, a page costs the same. Where a walk ends before the page is full, the
page is short and says where to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Subquery, and_, literal, or_, select, union_all

from hub.agent_console.lists import ByTime
from hub.contacts.access import Sight
from hub.contacts.model import FINAL
from hub.contacts.tables import contacts
from hub.storage import Tx, in_words

Columns = Any  # the columns of `contacts`, or those of a part of it under the same names
Rest = Callable[[Columns], list[ColumnElement[bool]]]
"""What a filter asks beside its ranges, of the columns it is given."""

_ROUNDS = (200, 1_000, 5_000)  # rows looked at for one page, until it is full
_MOST_RANGES = 60
_AGENT_OPEN = ~in_words(contacts.c.state, ("closed", "abandoned", "queued"))
_AGENT_OVER = in_words(contacts.c.state, ("closed", "abandoned")) & contacts.c.agent_id.is_not(None)
_WALKED = (
    contacts.c.id, contacts.c.last_message_at, contacts.c.unanswered_since, contacts.c.state,
    contacts.c.channel, contacts.c.queue_id, contacts.c.tier, contacts.c.agent_id,
    contacts.c.priority, contacts.c.language, contacts.c.reason_id, contacts.c.opened_at,
    contacts.c.conversation_id, contacts.c.identity_id,
)  # fmt: skip


class Walk(NamedTuple):
    """`ranges`: conditions, each with an index behind it that has the order. `by`: the column of
    that order.
    """

    ranges: Sequence[ColumnElement[bool]]
    rest: Rest
    newest_first: bool
    limit: int
    after: ByTime | None = None
    by: str = "last_message_at"


class Keys(NamedTuple):
    ids: list[str]
    after: ByTime | None


def ranges_of(
    sight: Sight, states: frozenset[str], queues: frozenset[str] | None, agent_id: str | None
) -> list[ColumnElement[bool]]:
    """Return the ranges that hold what a filter can show to this sight; they do not overlap.

    `queues` None: those of the sight. `agent_id`: only what this agent holds or held.
    """
    seen = sight.queues if queues is None else queues
    if sight.queues is not None and seen is not None:
        seen &= sight.queues
    if agent_id is not None:
        return _of_agent(states, agent_id)
    named = sorted(states)
    if seen is None:
        return [contacts.c.state == state for state in named]
    ranges = [
        and_(contacts.c.queue_id == queue_id, contacts.c.state == state)
        for queue_id in sorted(seen)
        for state in named
    ]
    if len(ranges) > _MOST_RANGES:
        return [contacts.c.state == state for state in named]
    if sight.queues is not None:
        elsewhere = contacts.c.queue_id.not_in(sorted(sight.queues))
        ranges += [and_(one, elsewhere) for one in _of_agent(states, sight.user_id)]
        if sight.asked:
            asked = contacts.c.id.in_(sorted(sight.asked))
            others = or_(contacts.c.agent_id.is_(None), contacts.c.agent_id != sight.user_id)
            ranges.append(and_(asked, elsewhere, others))
    return ranges


def _of_agent(states: frozenset[str], agent_id: str) -> list[ColumnElement[bool]]:
    theirs = contacts.c.agent_id == agent_id
    ranges = []
    if states & FINAL:
        ranges.append(and_(theirs, _AGENT_OVER))
    if states - FINAL:
        ranges.append(and_(theirs, _AGENT_OPEN))
    return ranges


def walk(tx: Tx, wanted: Walk) -> Keys:
    """Return the ids of one page in order, and where to go on; None: there is no more.

    Looks at few rows first, at more where those did not fill the page.
    """
    ids: list[str] = []
    after = wanted.after
    for rows in _ROUNDS:
        if not wanted.ranges:
            break
        left = wanted._replace(limit=wanted.limit - len(ids), after=after)
        found, after = _walk_once(tx, left, max(left.limit + 1, rows // len(wanted.ranges)))
        ids += found
        if after is None or len(ids) >= wanted.limit:
            break
    return Keys(ids, after)


def _walk_once(tx: Tx, wanted: Walk, most: int) -> Keys:
    asked = [
        _found(wanted, number, _part(wanted, one, most))
        for number, one in enumerate(wanted.ranges)
    ]  # fmt: skip
    rows = tx.execute(union_all(*(select(one) for one in asked))).all()
    counts = [0] * len(asked)
    for row in rows:
        counts[row.range] += 1
    ends = _ends(tx, wanted, [i for i, n in enumerate(counts) if n <= wanted.limit], most)
    return _page(wanted, [(row.at, row.id) for row in rows], ends)


def _found(wanted: Walk, number: int, part: Subquery) -> Subquery:
    found = select(literal(number).label("range"), part.c.id, part.c[wanted.by].label("at"))
    fitting = found.where(*wanted.rest(part.c)).order_by(*_order(part.c, wanted))
    return fitting.limit(wanted.limit + 1).subquery()


def _page(wanted: Walk, keys: list[tuple[datetime, str]], ends: list[tuple[datetime, str]]) -> Keys:
    keys.sort(reverse=wanted.newest_first)
    end = (max(ends) if wanted.newest_first else min(ends)) if ends else None
    if end is not None:
        keys = [key for key in keys if (key >= end if wanted.newest_first else key <= end)]
    shown = keys[: wanted.limit]
    if len(keys) > wanted.limit:
        return Keys([key[1] for key in shown], ByTime(*shown[-1]))
    return Keys([key[1] for key in shown], None if end is None else ByTime(*end))


def _part(wanted: Walk, one: ColumnElement[bool], most: int) -> Subquery:
    """The first rows of a range, in order: no more than `most` are read."""
    found = select(*_WALKED).where(one, *_behind(wanted)).order_by(*_order(contacts.c, wanted))
    return found.limit(most).subquery()


def _ends(tx: Tx, wanted: Walk, which: list[int], most: int) -> list[tuple[datetime, str]]:
    """Return the last row looked at of each of these ranges that go on behind it."""
    if not which:
        return []
    by = contacts.c[wanted.by]
    asked = [
        select(by.label("at"), contacts.c.id)
        .where(wanted.ranges[number], *_behind(wanted))
        .order_by(*_order(contacts.c, wanted))
        .offset(most - 1)
        .limit(2)
        .subquery()
        for number in which
    ]
    numbered = [
        select(literal(number).label("range"), part.c.at, part.c.id)
        for number, part in zip(which, asked, strict=True)
    ]
    last: dict[int, list[tuple[datetime, str]]] = {}
    for row in tx.execute(union_all(*numbered)):
        last.setdefault(row.range, []).append((row.at, row.id))
    pairs = [sorted(pair, reverse=wanted.newest_first) for pair in last.values() if len(pair) == 2]
    return [pair[0] for pair in pairs]


def _behind(wanted: Walk) -> list[ColumnElement[bool]]:
    """Behind the last row shown. The first condition bounds the walk of the index."""
    if wanted.after is None:
        return []
    by, at, id_ = contacts.c[wanted.by], wanted.after.at, wanted.after.id
    if wanted.newest_first:
        return [by <= at, or_(by < at, and_(by == at, contacts.c.id < id_))]
    return [by >= at, or_(by > at, and_(by == at, contacts.c.id > id_))]


def _order(columns: Columns, wanted: Walk) -> list[ColumnElement[Any]]:
    ordered = [columns[wanted.by], columns.id]
    return [one.desc() for one in ordered] if wanted.newest_first else ordered
