"""A contact that closes with its last answer: as long as that can be taken back, so can the close.

Nothing of the close has happened until then: the contact is with its agent, in the state it was in,
no survey was asked and nobody was told. It does not close where that has changed meanwhile, where
the customer has written, or where its answer does not go out.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import select

from hub.contacts import service as contact_service
from hub.contacts.closing import Value
from hub.contacts.later import service as later
from hub.contacts.later.meanwhile import last_seqs, said_since
from hub.contacts.model import ContactState, InteractionKind
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, HubError
from hub.storage import Tx

from .dispositions import Disposition
from .handling import Close, Handle, check_close, close
from .messages import append_internal
from .taken import held_by_other

CLOSABLE = frozenset({ContactState.ACTIVE, ContactState.HOLD, ContactState.PARKED})


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was said of why the customer came and how it ended (Disposition)."""

    reason_id: str | None = None
    outcome_id: str | None = None
    next_action: str | None = None
    note: str = ""
    fields: dict[str, Value | None] = {}


class Closes(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who closes it, as what, and how it stood then. `seqs`: how far its conversations were."""

    by_id: str
    by_name: str
    state: str
    seqs: dict[str, int]
    survey: bool = False
    said: Said | None = None


def close_with_answer(tx: Tx, cmd: Close) -> None:
    """Close a contact as soon as what waits in it has gone out. Said again, the last word counts.

    Raises Conflict, Invalid, as `close` would now.
    """
    handle, disposition = cmd.handle, cmd.disposition
    row = contact_service.get_contact(tx, handle.contact_id)
    if row.agent_id != handle.by_id:
        raise held_by_other(tx, row)
    if ContactState(row.state) not in CLOSABLE:
        raise Conflict(f"The contact is {row.state} and cannot be closed.", code="close.state")
    check_close(tx, row, disposition)
    said = None
    if disposition is not None:
        said = Said(
            disposition.reason_id,
            disposition.outcome_id,
            disposition.next_action,
            disposition.note,
            dict(disposition.fields),
        )
    seqs = last_seqs(tx, row.id)
    closes = Closes(handle.by_id, handle.by_name, row.state, seqs, handle.survey, said)
    contact_service.amend(tx, row.id, {"closes": msgspec.to_builtins(closes)})


def closing_of(tx: Tx, contact_ids: Collection[str]) -> list[str]:
    """Return which of these contacts are to close with their answers."""
    chosen = contacts.c.id.in_(sorted(set(contact_ids)))
    rows = tx.execute(select(contacts.c.id, contacts.c.closes).where(chosen))
    # Not asked of the database: on PostgreSQL what is nothing may be a null of JSON.
    return sorted(row.id for row in rows if row.closes is not None)


def keep_open(tx: Tx, contact_ids: Collection[str]) -> None:
    """An answer was taken back, or does not go out: its contact stays open."""
    for contact_id in closing_of(tx, contact_ids):
        contact_service.amend(tx, contact_id, {"closes": None})


def finish_closing(tx: Tx, contact_ids: Collection[str]) -> None:
    """Close those of these contacts whose last answer has gone out."""
    for contact_id in closing_of(tx, contact_ids):
        waits = (
            row.after_seqs is None and row.held is None for row in later.list_of(tx, contact_id)
        )
        if not any(waits):
            _finish(tx, contact_id)


def _finish(tx: Tx, contact_id: str) -> None:
    row = contact_service.get_contact(tx, contact_id)
    closes = msgspec.convert(row.closes, Closes)
    keep_open(tx, [contact_id])
    if (row.state, row.agent_id) != (closes.state, closes.by_id):
        return
    if said_since(tx, contact_id, closes.seqs):
        _tell(tx, contact_id, "customer_wrote", "")
        return
    said = None if closes.said is None else Disposition(**msgspec.structs.asdict(closes.said))
    handle = Handle(contact_id, closes.by_id, closes.by_id, closes.by_name, survey=closes.survey)
    try:
        with tx.attempt():
            close(tx, Close(handle, said))
    except HubError as error:  # the set-up, or what it asks for, is another one by now
        _tell(tx, contact_id, "refused", error.message)


def _tell(tx: Tx, contact_id: str, why: str, detail: str) -> None:
    """Its agent believes it closed: the timeline says that, and why, it did not."""
    row = contact_service.get_contact(tx, contact_id)
    meta = {"code": f"not_closed_{why}", "detail": detail}
    append_internal(
        tx, row, InteractionKind.SYSTEM, "", author_id=None, author_name=None, meta=meta
    )
