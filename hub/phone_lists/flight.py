"""Attempts under way and decided: what was told of each, and how many were abandoned."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from hub.storage import Tx

from . import guard
from .figures import NOT_HUMAN, TALKED, Change, hour_of, note
from .model import RULES, AnsweredBy, Result
from .opening import asks_first
from .rows import CHANGED
from .tables import phone_list_attempts, phone_list_hours

_attempt = phone_list_attempts.c
_hour = phone_list_hours.c


class Counted(NamedTuple):
    """Of the last 30 days. `answered` by a person; `in_flight`: not decided yet, by whomever they
    were dialled: any of them may end abandoned.
    """

    answered: int
    abandoned: int
    in_flight: int


def count(tx: Tx, list_id: str) -> Counted:
    """Count the calls of a list so that the share of the abandoned is never too low: who answered
    counts where somebody is known to have, who was abandoned unless it was a machine.

    What was decided is kept by hour: of the hour in which the 30 days begin alone the attempts are
    read, so that this costs the same however many were made.
    """
    since = tx.now - guard.OVER
    kept = select(
        func.coalesce(func.sum(_hour.answered), 0), func.coalesce(func.sum(_hour.abandoned), 0)
    ).where(_hour.list_id == list_id, _hour.hour > hour_of(since))
    edge = select(
        func.coalesce(func.sum(case((_is_person(), 1), else_=0)), 0),
        func.coalesce(func.sum(case((_attempt.abandoned, 1), else_=0)), 0),
    ).where(
        _attempt.list_id == list_id,
        _attempt.dialled_at > since,
        _attempt.dialled_at < hour_of(since) + _HOUR,
    )
    undecided = select(func.count()).where(
        _attempt.list_id == list_id,
        _attempt.dialled_at > since,
        _attempt.joined_at.is_(None),
        _attempt.ended_at.is_(None),
    )
    decided: list[Any] = [tx.execute(asked).one() for asked in (kept, edge)]
    answered, abandoned = (sum(int(one[place]) for one in decided) for place in (0, 1))
    return Counted(answered, abandoned, int(tx.execute(undecided).scalar_one()))


def room_of(tx: Tx, row: Row[Any]) -> int:
    """Return how many more calls of a list (its row) the hub may make by itself now: none where
    something is said before the agent.
    """
    if asks_first(tx, row.queue_id):
        return 0
    found = count(tx, row.id)
    return guard.room(found.answered, found.abandoned, found.in_flight, row.abandon_permille)


def find_attempts(tx: Tx, contact_ids: Collection[str]) -> dict[str, Row[Any]]:
    """Return the attempts of these contacts, locked."""
    rows = tx.execute(
        select(phone_list_attempts)
        .where(_attempt.contact_id.in_(sorted(contact_ids)))
        .order_by(_attempt.contact_id)
        .with_for_update()
    )
    return {row.contact_id: row for row in rows}


def add(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write attempts (columns of the table, `list_id` and `dialled_at` among them) that begin, or
    were made elsewhere. Their lists are locked.
    """
    tx.execute(insert(phone_list_attempts), rows)
    note(tx, [Change(None, row) for row in rows])


def change(tx: Tx, attempt: Row[Any], **news: Any) -> bool:
    """Keep what was told of an attempt, each fact once; return whether it counts as abandoned."""
    known = {**attempt._asdict()}
    for name, value in news.items():
        if name == "result" or known[name] is None:
            known[name] = value
    known["abandoned"] = _is_abandoned(known)
    changed = {name: known[name] for name in (*news, "abandoned")}
    tx.execute(
        update(phone_list_attempts)
        .where(_attempt.contact_id == attempt.contact_id)
        .values(**changed)
    )
    note(tx, [Change(attempt._asdict(), known)])
    tx.hint(CHANGED, attempt.list_id)
    return bool(known["abandoned"])


def end_undecided(tx: Tx, attempts: Mapping[str, Row[Any]]) -> None:
    """These (by contact) are over, and nothing more is told of them."""
    over = [one for one in attempts.values() if one.joined_at is None and one.ended_at is None]
    if not over:
        return
    news = {"ended_at": tx.now, "result": Result.FAILED.value}
    changes: list[Change] = []
    alone: list[str] = []
    for one in over:
        known = {**one._asdict(), **news}
        known["abandoned"] = _is_abandoned(known)
        changes.append(Change(one._asdict(), known))
        if known["abandoned"]:
            alone.append(one.contact_id)
    tx.execute(
        update(phone_list_attempts)
        .where(_attempt.contact_id.in_(sorted(one.contact_id for one in over)))
        .values(**news, abandoned=_attempt.contact_id.in_(alone))
    )
    note(tx, changes)


_HOUR = timedelta(hours=1)


def _is_person() -> ColumnElement[bool]:
    """Ask the database what `figures.answered` says of a row."""
    machine = func.coalesce(_attempt.answered_by, "").in_(sorted(NOT_HUMAN))
    human = or_(_attempt.answered_by == AnsweredBy.HUMAN, _attempt.result.in_(TALKED))
    return or_(_attempt.abandoned, and_(_attempt.answered_at.is_not(None), human, ~machine))


def _is_abandoned(known: Mapping[str, Any]) -> bool:
    answered: datetime | None = known["answered_at"]
    joined: datetime | None = known["joined_at"]
    if answered is None or known["answered_by"] in NOT_HUMAN:
        return False
    if joined is None:
        return known["ended_at"] is not None
    return guard.is_abandoned((joined - answered).total_seconds())


def forget(tx: Tx, attempt: Row[Any]) -> None:
    """The customer's phone was never asked for: it was no attempt, and counts nowhere."""
    contact_id = attempt.contact_id
    tx.execute(delete(phone_list_attempts).where(_attempt.contact_id == contact_id))
    note(tx, [Change(attempt._asdict(), None)])


def is_talk(result: str | None) -> bool:
    """Say whether a person was on the line, by what an agent said of it."""
    return result is not None and RULES[Result(result)].human
