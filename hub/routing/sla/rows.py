"""Deadlines and the contacts they belong to, read and written set-based."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from hub.contacts.model import ContactState, Direction, EndedAs
from hub.contacts.tables import contacts
from hub.storage import Tx
from hub.storage.bulk import Cell, Statement, insert_rows, tx_time

from .model import Deadline, Facts, SlaClock
from .policies import DeadlineKind
from .tables import deadlines

# Resolved: our work with the customer is over. A customer who left, spam and copies count nothing.
_OVER = frozenset({ContactState.WRAP_UP, ContactState.CLOSED, ContactState.ABANDONED})
_UNSETTLED = frozenset({EndedAs.SPAM, EndedAs.MERGED})


@dataclass(frozen=True, slots=True)
class Followed:
    """A contact, locked by the caller, and its open deadlines."""

    contact: Row[Any]
    facts: Facts
    deadlines: dict[DeadlineKind, Deadline]


_CONTACT = (
    contacts.c.id,
    contacts.c.conversation_id,
    contacts.c.queue_id,
    contacts.c.channel,
    contacts.c.sla_policy_id,
    contacts.c.promised_at,
    contacts.c.direction,
    contacts.c.state,
    contacts.c.ended_as,
    contacts.c.opened_at,
    contacts.c.unanswered_since,
    contacts.c.answered_at,
)
_DEADLINE = tuple(column.label(f"d_{column.name}") for column in deadlines.c)


def has_deadlines(row: Row[Any]) -> bool:
    """Say whether a row of contacts may have any: others cost no statement."""
    return row.sla_policy_id is not None or row.promised_at is not None


def find_followed(tx: Tx, contact_ids: Collection[str]) -> list[Followed]:
    """Return those of these contacts that have a policy, a promised time or an open deadline. One
    statement.
    """
    rows = tx.execute(
        select(*_CONTACT, *_DEADLINE)
        .outerjoin(
            deadlines,
            (deadlines.c.contact_id == contacts.c.id) & deadlines.c.ended_at.is_(None),
        )
        .where(contacts.c.id.in_(sorted(contact_ids)))
        .order_by(contacts.c.id)
    ).all()
    found: dict[str, Followed] = {}
    for row in rows:
        if not has_deadlines(row) and row.d_id is None:
            continue
        one = found.setdefault(row.id, Followed(row, facts_of(row), {}))
        if row.d_id is not None:
            deadline = _deadline(row._mapping, "d_")
            one.deadlines[deadline.kind] = deadline
    return list(found.values())


def find_resolutions(tx: Tx, conversation_ids: Collection[str]) -> list[Deadline]:
    """Return the resolutions of these conversations that have ended."""
    rows = tx.execute(
        select(deadlines).where(
            deadlines.c.conversation_id.in_(sorted(conversation_ids)),
            deadlines.c.kind == DeadlineKind.RESOLUTION,
            deadlines.c.ended_at.is_not(None),
        )
    )
    return [deadline_of(row) for row in rows]


def facts_of(row: Row[Any]) -> Facts:
    """Return what deadlines go by of a row of contacts."""
    state = ContactState(row.state)
    over = state in _OVER or state is ContactState.QUARANTINED
    return Facts(
        opened_at=row.opened_at,
        unanswered_since=row.unanswered_since,
        answered=row.answered_at is not None,
        ours=row.direction == Direction.OUTBOUND,
        parked=state is ContactState.PARKED,
        over=over,
        settled=state in (ContactState.WRAP_UP, ContactState.CLOSED)
        and row.ended_as not in _UNSETTLED,
    )


def deadline_of(row: Row[Any]) -> Deadline:
    """Return the deadline of a row of the table."""
    return _deadline(row._mapping)


def _deadline(row: Any, prefix: str = "") -> Deadline:  # Any: SQLAlchemy's mapping of a row
    values = {name: row[prefix + name] for name in _NAMES}
    clock = SlaClock(values.pop("used_us"), values.pop("start_us"))
    return Deadline(**{**values, "kind": DeadlineKind(values["kind"])}, clock=clock)


_NAMES = tuple(column.name for column in deadlines.c)


def insert_deadlines(tx: Tx, new: Sequence[Deadline]) -> None:
    """Write deadlines that begin. One statement."""
    insert_rows(
        tx,
        deadlines,
        [{name: _value(deadline, name) for name in _NAMES} for deadline in new],
    )


def _value(deadline: Deadline, name: str) -> Any:  # Any: the value of a column
    if name == "used_us":
        return deadline.clock.used_us
    if name == "start_us":
        return deadline.clock.start_us
    value = getattr(deadline, name)
    return str(value) if isinstance(value, DeadlineKind) else value


_UPDATE = Statement("""
UPDATE sla_deadlines
SET contact_id = {text 1}, policy_id = {text 2}, calendar_id = {text 3}, target_us = {integer 4},
    used_us = {integer 5}, start_us = {integer 6}, fired_us = {integer 7}, due_at = {time 8},
    look_at = {time 9}, warned_at = {time 10}, breached_at = {time 11}, met_at = {time 12},
    decided_at = {time 13}, ended_at = {time 14}
FROM {rows} WHERE sla_deadlines.id = {text 0}
""")
_TIMES = ("due_at", "look_at", "warned_at", "breached_at", "met_at", "decided_at", "ended_at")


def update_deadlines(tx: Tx, changed: Iterable[Deadline]) -> None:
    """Write deadlines that changed. One statement."""
    rows = [_cells(tx, deadline) for deadline in changed]
    if rows:
        _UPDATE(tx, rows)


def _cells(tx: Tx, deadline: Deadline) -> list[Cell]:
    times = [getattr(deadline, name) for name in _TIMES]
    return [
        deadline.id,
        deadline.contact_id,
        deadline.policy_id,
        deadline.calendar_id,
        deadline.target_us,
        deadline.clock.used_us,
        deadline.clock.start_us,
        deadline.fired_us,
        *(None if at is None else tx_time(tx, at) for at in times),
    ]
