"""Callbacks to and from their rows; nothing is decided here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, insert, select, update

from hub.core.errors import NotFound
from hub.customers.tables import identities
from hub.storage import LIMIT, NOW, Look, Tx
from hub.storage.aside import aside
from hub.storage.bulk import Statement

from .model import OPEN, CallbackKind, CallbackState, Progress
from .tables import callbacks


@dataclass(frozen=True, slots=True)
class Callback:
    """One callback as stored; the columns are described in `tables`."""

    id: str
    kind: CallbackKind
    state: CallbackState
    channel: str
    entry_point_id: str
    queue_id: str
    conversation_id: str
    identity_id: str
    number: str
    language: str | None
    tier: str
    made_at: datetime
    attempts: int
    failed: int = 0
    due_at: datetime | None = None
    source_contact_id: str | None = None
    contact_id: str | None = None
    waited_us: int = 0
    priority: int = 0
    requirements: Mapping[str, int] = field(default_factory=dict)
    skill_step: int = 0
    excluded_agent_id: str | None = None
    asked_for_at: datetime | None = None
    last_at: datetime | None = None
    last_outcome: str | None = None
    last_reason: str | None = None
    made_by: str | None = None
    finished_at: datetime | None = None
    finished_by: str | None = None
    note: str | None = None
    version: int = 1

    @property
    def progress(self) -> Progress:
        return Progress(self.state, self.attempts, self.failed, self.due_at)

    @property
    def is_message(self) -> bool:
        """Its contact is the spoken message itself: to be heard, whatever becomes of this."""
        own = self.contact_id is not None and self.contact_id == self.source_contact_id
        return own and self.kind is CallbackKind.VOICEMAIL

    def moved(self, progress: Progress) -> Callback:
        """Return it with what the model decided."""
        return replace(self, state=progress.state, failed=progress.failed, due_at=progress.due_at)


# What a callback is keeps its columns; how far it is changes these.
_CHANGING = (
    "state",
    "queue_id",
    "tier",
    "failed",
    "due_at",
    "contact_id",
    "waited_us",
    "priority",
    "requirements",
    "skill_step",
    "excluded_agent_id",
    "asked_for_at",
    "last_at",
    "last_outcome",
    "last_reason",
    "finished_at",
    "finished_by",
    "note",
)


def add(tx: Tx, new: Sequence[Callback]) -> None:
    if new:
        tx.execute(insert(callbacks), [asdict(one) for one in new])
        _hint(tx, new)


def save(tx: Tx, changed: Sequence[Callback]) -> None:
    """Write how far these callbacks are, in one statement."""
    if not changed:
        return
    tx.execute(
        update(callbacks)
        .where(callbacks.c.id == bindparam("b_id"))
        .values(
            version=callbacks.c.version + 1,
            **{name: bindparam(f"b_{name}", type_=callbacks.c[name].type) for name in _CHANGING},
        ),
        [
            {"b_id": one.id, **{f"b_{name}": getattr(one, name) for name in _CHANGING}}
            for one in changed
        ],
    )
    _hint(tx, changed)


def get_locked(tx: Tx, callback_id: str) -> Callback:
    """Return a callback, locked for change. Raises NotFound."""
    row = tx.execute(
        select(callbacks).where(callbacks.c.id == callback_id).with_for_update()
    ).first()
    if row is None:
        raise NotFound("There is no such callback.")
    return callback_of(row)


def count_made(tx: Tx, user_id: str) -> int:
    """Count the open callbacks that this user agreed on with a customer."""
    number: int = tx.execute(
        select(func.count()).where(callbacks.c.made_by == user_id, callbacks.c.state.in_(OPEN))
    ).scalar_one()
    return number


def hand_over(tx: Tx, from_id: str, to_id: str) -> int:
    """Make open callbacks that one user agreed on another one's to answer for; return how many."""
    changed = tx.execute(
        update(callbacks)
        .where(callbacks.c.made_by == from_id, callbacks.c.state.in_(OPEN))
        .values(made_by=to_id, version=callbacks.c.version + 1)
        .returning(callbacks.c.id)
    ).scalars()
    ids = list(changed)
    for callback_id in ids:
        tx.hint("callback.changed", callback_id)
    return len(ids)


def find_by_ids(tx: Tx, ids: Collection[str]) -> list[Callback]:
    """Return those of these callbacks that are open, locked."""
    rows = tx.execute(
        select(callbacks)
        .where(callbacks.c.id.in_(sorted(ids)), callbacks.c.state.in_(OPEN))
        .order_by(callbacks.c.id)
        .with_for_update()
    )
    return [callback_of(row) for row in rows]


def find_of_contacts(tx: Tx, contact_ids: Collection[str]) -> dict[str, Callback]:
    """Return, by contact, the open callbacks whose attempts these contacts are; locked."""
    if not contact_ids:
        return {}
    rows = tx.execute(
        select(callbacks)
        .where(callbacks.c.contact_id.in_(sorted(contact_ids)), aside(callbacks.c.state).in_(OPEN))
        .order_by(callbacks.c.id)
        .with_for_update()
    )
    return {row.contact_id: callback_of(row) for row in rows}


def find_open_of_customer(tx: Tx, customer_id: str) -> Callback | None:
    """Return a customer's open callback, locked."""
    row = tx.execute(
        select(callbacks)
        .join(identities, identities.c.id == callbacks.c.identity_id)
        .where(identities.c.customer_id == customer_id, callbacks.c.state.in_(OPEN))
        .order_by(callbacks.c.id)
        .limit(1)
        .with_for_update(of=callbacks)
    ).first()
    return None if row is None else callback_of(row)


def find_open_asked(tx: Tx, contact_id: str, identity_id: str | None = None) -> list[Callback]:
    """Return the open callbacks that were asked for in a contact, or by an identity; locked."""
    whose = callbacks.c.source_contact_id == contact_id
    if identity_id is not None:
        whose |= callbacks.c.identity_id == identity_id
    rows = tx.execute(
        select(callbacks)
        .where(whose, callbacks.c.state.in_(OPEN))
        .order_by(callbacks.c.id)
        .with_for_update()
    )
    return [callback_of(row) for row in rows]


_OF_NUMBER = Statement("""
SELECT b.id FROM {rows} JOIN callbacks b ON b.number = {text 0}
WHERE b.state IN ('waiting', 'queued', 'dialling') ORDER BY b.id
""")


_LOCK_NUMBER = Statement("SELECT pg_advisory_xact_lock(hashtextextended({text 0}, 0)) FROM {rows}")


def lock_number(tx: Tx, number: str) -> None:
    """Let nobody else place a callback to a number until this transaction has ended: of two that
    ask in the same instant in two processes, the second one finds the first. SQLite has one writer.
    """
    if tx.dialect == "postgresql":
        _LOCK_NUMBER(tx, [[f"callback:{number}"]])


def find_open_of_number(tx: Tx, number: str) -> Callback | None:
    """Return the open callback to a number (E.164), whoever asked for it; locked."""
    found = find_by_ids(tx, [row.id for row in _OF_NUMBER(tx, [[number]])])
    return found[0] if found else None


def _due(which: ColumnElement[bool]) -> Look:
    return Look(
        select(callbacks)
        .where(callbacks.c.due_at.is_not(None), callbacks.c.due_at <= NOW, which)
        .order_by(callbacks.c.due_at)
        .limit(LIMIT)
        .with_for_update(skip_locked=True)
    )


_DUE = _due(callbacks.c.state != CallbackState.DIALLING)
_DIALLING_DUE = _due(aside(callbacks.c.state) == CallbackState.DIALLING)


def list_due(tx: Tx, now: datetime, limit: int) -> list[Callback]:
    """Return callbacks whose timer has come, the oldest first; locked. Not those that are dialled:
    see `list_dialling_due`.
    """
    return [callback_of(row) for row in _DUE(tx, now, limit)]


def list_dialling_due(tx: Tx, now: datetime, limit: int) -> list[Callback]:
    """Return those who were called first and are not on the line in time; locked."""
    return [callback_of(row) for row in _DIALLING_DUE(tx, now, limit)]


def callback_of(row: Row[Any]) -> Callback:
    values = dict(row._mapping)
    return Callback(
        **{
            **values,
            "kind": CallbackKind(values["kind"]),
            "state": CallbackState(values["state"]),
        }
    )


# Where else somebody sees what becomes of them: in the chat in which they were asked for.
_ASKED_IN = Statement("""
SELECT DISTINCT c.conversation_id AS id FROM {rows} JOIN contacts c ON c.id = {text 0}
WHERE c.conversation_id <> {text 1}
""")


def _hint(tx: Tx, changed: Sequence[Callback]) -> None:
    for one in changed:
        tx.hint("callback.changed", one.id)
    asked = [[one.source_contact_id, one.conversation_id] for one in changed]
    asked = [cells for cells in asked if cells[0] is not None]
    for row in _ASKED_IN(tx, asked) if asked else ():
        tx.hint("conversation.contact", row.id)
