"""The timer of phone lists: people are listed, then released to the queue, one for each agent who
is free.

One turn of a list is a fixed number of statements. Everything it needs is in the database, so a
restart goes on where it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select, update

from hub.campaigns.model import State, arm_of
from hub.contacts.model import FINAL, Channel, ContactState
from hub.contacts.outages.service import find_outage
from hub.contacts.tables import contacts
from hub.routing.queue_states import stopped_queues
from hub.routing.reads import floor_of
from hub.storage import LIMIT, NOW, Look, Tx
from hub.storage.bulk import Statement, insert_values, read_time, update_values

from . import flight, guard
from .attempts import moved
from .dialling import not_called
from .figures import add_talks
from .judging import Listed, judge
from .line import enter, withdraw
from .model import IN_HAND, Halt, PersonState, Reason, Result, after_attempt
from .reads import arms_of, find_line, has_queue, meant
from .results import unsaid
from .rows import CHANGED, Member, list_due, list_in, save
from .service import halt_list
from .tables import phone_list_people, phone_lists

MOST = 50  # people of one turn
_LISTS = 10  # whose turns are done at once
_MORE = 20  # looked at beside as many as agents are free: some may not be called
_PAGE = 500  # people who are listed, or closed, in one turn
_SOON = timedelta(seconds=1)  # an agent may be free by then
_IN_HAND = timedelta(seconds=5)
_SKIPPED = timedelta(minutes=30)

_FIRST_DUE = Statement("""
SELECT due_at FROM phone_list_people WHERE list_id = :list AND state = 'due'
ORDER BY due_at LIMIT 1
""")


_NEXT = Look(
    select(phone_lists)
    .where(phone_lists.c.next_at.is_not(None), phone_lists.c.next_at <= NOW)
    .order_by(phone_lists.c.next_at)
    .limit(LIMIT)
    .with_for_update(skip_locked=True)
)


def fire_due_phone_lists(tx: Tx, now: datetime, limit: int) -> int:
    """Do the next turns of the lists that have waited longest; return how many people they moved.

    A fixed number of statements for each list, however many people.
    """
    count = 0
    for row in _NEXT(tx, now, _LISTS):
        count += _turn(tx, row, now, limit)
        if count >= limit:
            break
    return count


def _turn(tx: Tx, row: Row[Any], now: datetime, limit: int) -> int:
    if row.state == State.PAUSED:
        return _withdraw(tx, row)
    if row.state == State.STOPPED:
        return _finish(tx, row, Reason.STOPPED)
    if now >= row.ends_at:
        return _finish(tx, row, Reason.WINDOW_OVER)
    if row.filled_to is not None:
        return _fill(tx, row)
    if now < row.starts_at:
        _set(tx, row, next_at=row.starts_at)
        return 0
    add_talks(tx, row.id)
    return _settle(tx, row) + _release(tx, row, now, min(limit, MOST))


def _set(tx: Tx, row: Row[Any], **values: Any) -> None:
    tx.execute(update(phone_lists).where(phone_lists.c.id == row.id).values(**values))


# ---- who is in it -------------------------------------------------------------------------------

_PERSON = ("list_id", "customer_id", "arm", "state", "due_at")
_NEW = (*_PERSON, "agreed", "failed", "tried")


def _fill(tx: Tx, row: Row[Any]) -> int:
    """Write down the next page of people: their arm, and that they are due."""
    asked = meant(row)
    column = asked.selected_columns[0]
    page = asked.where(column > (row.filled_to or "")).order_by(column).limit(_PAGE)
    ids = list(tx.execute(page).scalars())
    arms = arms_of(row)
    people = []
    for id_ in ids:
        arm = arm_of(arms, row.id, id_)
        state = PersonState.HELD_OUT if arm.holdout else PersonState.DUE
        due_at = None if arm.holdout else row.starts_at
        people.append((row.id, id_, arm.key, state.value, due_at))
    if row.group_id is None:
        update_values(tx, phone_list_people, _PERSON, people, keys=2)
    else:
        more: list[tuple[object, ...]] = [(*one, False, 0, {}) for one in people]
        insert_values(tx, phone_list_people, _NEW, more)
    done = len(ids) < _PAGE
    _set(tx, row, filled_to=None if done else ids[-1], next_at=max(row.starts_at, tx.now))
    return len(ids)


# ---- who leaves ---------------------------------------------------------------------------------


def _withdraw(tx: Tx, row: Row[Any]) -> int:
    """A list that rests has nobody in the queue; whom an agent has goes on."""
    out = withdraw(tx, list_in(tx, row.id, [PersonState.QUEUED], _PAGE))
    save(tx, out)
    _set(tx, row, next_at=tx.now if len(out) == _PAGE else None)
    return len(out)


def _finish(tx: Tx, row: Row[Any], reason: Reason) -> int:
    """Give those who were not called in time the reason, a page a turn; then it is over, once no
    agent has anybody of it any more.
    """
    _settle(tx, row)
    out = withdraw(tx, list_in(tx, row.id, [PersonState.QUEUED], _PAGE))
    save(tx, out)
    waiting = list_in(tx, row.id, [PersonState.DUE, PersonState.LISTED], _PAGE)
    ended = PersonState.SUPPRESSED
    save(tx, [replace(one, state=ended, reason=reason, due_at=None) for one in waiting])
    if waiting or out:
        _set(tx, row, next_at=tx.now)
    elif list_in(tx, row.id, IN_HAND, 1):
        _set(tx, row, next_at=tx.now + _IN_HAND)
    else:
        _end(tx, row)
    return len(waiting)


def _end(tx: Tx, row: Row[Any]) -> None:
    state = State.STOPPED if row.state == State.STOPPED else State.DONE
    over = {"next_at": None, "filled_to": None, "finished_at": row.finished_at or tx.now}
    _set(tx, row, state=state, version=row.version + 1, **over)
    tx.hint(CHANGED, row.id)


def _settle(tx: Tx, row: Row[Any]) -> int:
    """Go on with people whose contacts ended on other ways: somebody closed them, or their wrap-up
    was over before a result was given.
    """
    table = phone_list_people.c
    ended = (
        select(phone_list_people.c.customer_id, contacts.c.answered_at)
        .join(contacts, contacts.c.id == table.contact_id)
        .where(
            table.list_id == row.id,
            table.state.in_(sorted(IN_HAND)),
            contacts.c.state.in_(sorted(FINAL)),
        )
        .limit(MOST)
    )
    talked = {one.customer_id: one.answered_at is not None for one in tx.execute(ended)}
    if not talked:
        return 0
    members = [one for one in list_in(tx, row.id, IN_HAND, _PAGE) if one.customer_id in talked]
    dialled = flight.find_attempts(tx, [one.contact_id for one in members if one.contact_id])
    flight.end_undecided(tx, dialled)  # else they would count as under way for good
    save(tx, [_settled(tx, row, one, dialled, talked=talked[one.customer_id]) for one in members])
    return len(members)


def _settled(
    tx: Tx, row: Row[Any], member: Member, dialled: Mapping[str, Row[Any]], *, talked: bool
) -> Member:
    """Return what becomes of somebody whose contact is over, and no news of it came here."""
    if talked:
        return unsaid(member)
    if member.contact_id not in dialled:
        return replace(member, state=PersonState.DUE, due_at=tx.now + _SKIPPED)
    after = after_attempt(member.course(row.attempts), Result.FAILED, row.gaps, tx.now)
    return moved(member.ended(Result.FAILED, tx.now), after)


# ---- a turn -------------------------------------------------------------------------------------


def _release(tx: Tx, row: Row[Any], now: datetime, limit: int) -> int:
    """Let as many into the queue as free agents may take."""
    point = find_line(tx, row)
    if point is None or not has_queue(tx, row):
        halt_list(tx, row, Halt.SENDER_GONE if point is None else Halt.QUEUE_GONE)
        return 0
    if find_outage(tx, Channel.PHONE) is not None:
        _set(tx, row, next_at=now + _IN_HAND)  # attempts would be used up, and nobody rung
        return 0
    most = min(limit, _room(tx, row))
    due = list_due(tx, row.id, now, min(limit, most + _MORE)) if most else []
    asked = [Listed(one.customer_id, one.tried, one.agreed) for one in due]
    judged = list(zip(due, judge(tx, row, asked), strict=True))
    going = [(one, verdict) for one, verdict in judged if verdict.permit is not None][:most]
    entered = enter(tx, row, point, going)
    others = [not_called(row, one, verdict) for one, verdict in judged if verdict.permit is None]
    save(tx, [*entered, *others])
    _plan(tx, row, now)
    return len(entered) + len(others)


def _room(tx: Tx, row: Row[Any]) -> int:
    """Return how many more may wait: an agent counts once, however many lists they serve."""
    stopped = stopped_queues(tx)
    if row.queue_id in stopped.paused | stopped.closed:
        return 0
    floor = floor_of(tx, _queues(tx, row.queue_id))
    free = [served for served in floor.idle.values() if row.queue_id in served]
    if not free:
        return 0
    people = phone_list_people.c
    waiting = (
        select(func.count())
        .select_from(phone_list_people)
        .join(contacts, contacts.c.id == people.contact_id)
        .where(
            people.state == PersonState.QUEUED,
            contacts.c.state == ContactState.QUEUED,
            contacts.c.queue_id.in_(sorted(frozenset().union(*free))),
        )
    )
    return guard.to_release(len(free), int(tx.execute(waiting).scalar_one()))


def _queues(tx: Tx, queue_id: str) -> Sequence[str]:
    """Return the queues of running lists: their agents may be the same."""
    table = phone_lists.c
    running = select(table.queue_id).where(table.state == State.RUNNING).distinct()
    return sorted({queue_id, *tx.execute(running).scalars()})


def _plan(tx: Tx, row: Row[Any], now: datetime) -> None:
    """Set when it is the list's turn again."""
    first = _FIRST_DUE(tx, [], list=row.id)
    if first:
        due_at = read_time(first[0].due_at)
        later = min(due_at, now + _IN_HAND)  # whose contacts have ended is looked at, too
        _set(tx, row, next_at=max(later, now + _SOON))
    elif list_in(tx, row.id, IN_HAND, 1):
        _set(tx, row, next_at=now + _IN_HAND)
    else:
        _end(tx, row)
