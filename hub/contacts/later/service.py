"""Rows of answers that go out later, and what their contact shows of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, delete, insert, select, update

from hub.contacts import service as contact_service
from hub.contacts.card_numbers import storable_words
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import new_id
from hub.storage import LIMIT, NOW, Look, Tx

from .meanwhile import last_seqs
from .model import MOST, Answer
from .tables import scheduled_replies as later


@dataclass(frozen=True, slots=True)
class Put:
    """`undo`: what the customer says meanwhile does not hold it, it is only to be taken back."""

    contact_id: str
    agent_id: str
    agent_name: str
    client_id: str
    answer: Answer
    send_at: datetime
    undo: bool = False


def put(tx: Tx, cmd: Put) -> Row[Any]:
    """Keep an answer until its time. Raises Invalid where too many wait.

    The contact was locked before, and what is sent was checked; it is not kept yet (`find_same`).
    """
    alike = [row for row in list_of(tx, cmd.contact_id) if (row.after_seqs is None) == cmd.undo]
    if len(alike) >= MOST:
        raise Invalid(f"{MOST} answers wait here already: cancel one.", code="later.many")
    row_id = new_id()
    tx.execute(
        insert(later).values(
            id=row_id,
            contact_id=cmd.contact_id,
            agent_id=cmd.agent_id,
            agent_name=cmd.agent_name,
            client_id=cmd.client_id,
            document=_document(tx, cmd.answer),
            send_at=cmd.send_at,
            made_at=tx.now,
            after_seqs=None if cmd.undo else last_seqs(tx, cmd.contact_id),
        )
    )
    show(tx, [cmd.contact_id])
    return tx.execute(select(later).where(later.c.id == row_id)).one()


def _document(tx: Tx, answer: Answer) -> str:
    """Return an answer as it is kept: without card numbers, as it will be sent."""
    hidden = storable_words(tx, answer.text, answer.html, answer.subject)
    return msgspec.json.encode(msgspec.structs.replace(answer, **hidden)).decode()


def find_same(tx: Tx, agent_id: str, client_id: str) -> Row[Any] | None:
    """Return the answer that its writer put aside under this id, locked; None: there is none."""
    same = (later.c.agent_id == agent_id, later.c.client_id == client_id)
    return tx.execute(select(later).where(*same).with_for_update()).first()


def list_undoable(tx: Tx, contact_id: str) -> Sequence[Row[Any]]:
    """Return what could still be taken back in a contact, the next first, locked.

    What goes out at this moment is left out.
    """
    found = select(later).where(later.c.contact_id == contact_id, later.c.held.is_(None))
    found = found.order_by(later.c.send_at, later.c.id).with_for_update(skip_locked=True)
    return [row for row in tx.execute(found) if row.after_seqs is None]


def list_of(tx: Tx, contact_id: str) -> Sequence[Row[Any]]:
    """Return what waits to go out in a contact, the next first."""
    found = select(later).where(later.c.contact_id == contact_id)
    return tx.execute(found.order_by(later.c.send_at, later.c.id)).all()


def get(tx: Tx, scheduled_id: str, version: int | None = None) -> Row[Any]:
    """Return one, locked for change. Raises NotFound, Conflict where it is not that version."""
    row = tx.execute(select(later).where(later.c.id == scheduled_id).with_for_update()).first()
    if row is None:
        raise NotFound("It was sent or cancelled already.", code="later.gone")
    if version is not None and row.version != version:
        raise Conflict("Somebody changed it meanwhile: look at it again.", code="later.changed")
    return row


def change(tx: Tx, row: Row[Any], changes: dict[str, Any]) -> None:
    tx.execute(
        update(later).where(later.c.id == row.id).values(version=later.c.version + 1, **changes)
    )
    show(tx, [row.contact_id])


def remove(tx: Tx, rows: Sequence[Row[Any]]) -> None:
    """They went out, or were taken back: nothing is left of them."""
    if rows:
        tx.execute(delete(later).where(later.c.id.in_(sorted(row.id for row in rows))))
        show(tx, {row.contact_id for row in rows})


_DUE = Look(
    select(later)
    .where(later.c.held.is_(None), later.c.send_at <= NOW)
    .order_by(later.c.send_at, later.c.id)
    .limit(LIMIT)
    .with_for_update(skip_locked=True)
)


def due(tx: Tx, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Return what is to go out now, the longest due first."""
    return _DUE(tx, now, limit)


def show(tx: Tx, contact_ids: Collection[str]) -> None:
    """Write on contacts what their rows show: when the next goes out, and whether one is held."""
    found = select(later.c.contact_id, later.c.send_at, later.c.held).where(
        later.c.contact_id.in_(sorted(contact_ids))
    )
    by_contact: dict[str, list[Row[Any]]] = {contact_id: [] for contact_id in contact_ids}
    for row in tx.execute(found):
        by_contact[row.contact_id].append(row)
    for contact_id, rows in sorted(by_contact.items()):
        changes = {
            "scheduled_at": min((row.send_at for row in rows), default=None),
            "scheduled_held": any(row.held is not None for row in rows),
        }
        contact_service.amend(tx, contact_id, changes)


def forget(tx: Tx, contact_ids: Sequence[str]) -> None:
    """Forget what was to go out in these contacts (their customer is erased)."""
    tx.execute(delete(later).where(later.c.contact_id.in_(contact_ids)))
