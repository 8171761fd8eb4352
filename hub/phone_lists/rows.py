"""People of phone lists and their attempts, to and from their rows; nothing is decided here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from hub.storage import Tx
from hub.storage.bulk import update_values

from .model import Course, PersonState, Result
from .tables import phone_list_people

CHANGED = "phone_list.changed"  # the hint: of a list, its people or its calls


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a list as stored; the columns are described in `tables`."""

    list_id: str
    customer_id: str
    arm: str
    state: PersonState
    reason: str | None = None
    due_at: datetime | None = None
    agreed: bool = False
    failed: int = 0
    tried: Mapping[str, int] = field(default_factory=dict)
    identity_id: str | None = None
    contact_id: str | None = None
    last_at: datetime | None = None
    last_result: str | None = None

    def course(self, attempts: int) -> Course:
        return Course(attempts, self.failed)

    def ended(self, result: Result, at: datetime) -> Member:
        return replace(self, last_at=at, last_result=result.value)


_NAMES = (
    "list_id",
    "customer_id",
    "state",
    "reason",
    "due_at",
    "agreed",
    "failed",
    "tried",
    "identity_id",
    "contact_id",
    "last_at",
    "last_result",
)


def save(tx: Tx, changed: Sequence[Member]) -> None:
    """Write what has changed of people, in one statement; who shows their lists is told."""
    rows = [[getattr(one, name) for name in _NAMES] for one in changed]
    update_values(tx, phone_list_people, _NAMES, rows, keys=2)
    for list_id in sorted({one.list_id for one in changed}):
        tx.hint(CHANGED, list_id)


def member_of(row: Row[Any]) -> Member:
    values = dict(row._mapping)
    return Member(**{**values, "state": PersonState(values["state"])})


def find_of_contacts(tx: Tx, contact_ids: Collection[str]) -> dict[str, Member]:
    """Return, by contact, the people whose attempts these contacts are or were last; locked."""
    if not contact_ids:
        return {}
    table = phone_list_people.c
    rows = tx.execute(
        select(phone_list_people)
        .where(table.contact_id.in_(sorted(contact_ids)))
        .order_by(table.list_id, table.customer_id)
        .with_for_update()
    )
    return {row.contact_id: member_of(row) for row in rows}


def list_due(tx: Tx, list_id: str, now: datetime, limit: int) -> list[Member]:
    """Return whose time has come, the longest waiting first; locked."""
    table = phone_list_people.c
    rows = tx.execute(
        select(phone_list_people)
        .where(table.list_id == list_id, table.state == PersonState.DUE, table.due_at <= now)
        .order_by(table.due_at, table.customer_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [member_of(row) for row in rows]


def list_in(tx: Tx, list_id: str, states: Collection[PersonState], limit: int) -> list[Member]:
    """Return some who are in one of these states, in no order, which would cost a walk through all
    of a list; locked.
    """
    table = phone_list_people.c
    rows = tx.execute(
        select(phone_list_people)
        .where(table.list_id == list_id, table.state.in_(sorted(states)))
        .limit(limit)
        .with_for_update()
    )
    return [member_of(row) for row in rows]
