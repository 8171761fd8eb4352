"""Card numbers in what was stored before they were masked, or while the set-up kept them.

A walk over every table that holds what was said or written: looked at by readers, changed by the
writer a few rows at a time, each judged once more in the transaction that changes it. How far it
came is committed, so that who is killed goes on there. What a legal hold keeps stays as it is,
unless it is asked for, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Table, bindparam, delete, select, update

from hub.accounts.audit import audit, audit_many
from hub.accounts.model import SYSTEM
from hub.callbacks.tables import callbacks
from hub.contacts.commitments.tables import commitment_entries, commitments
from hub.contacts.complaints.tables import complaints
from hub.contacts.keeping.progress import Place, find_place, note_place
from hub.contacts.keeping.tables import keeping_progress
from hub.contacts.research.tables import survey_answers
from hub.contacts.tables import attachments, contacts, conversations, interactions
from hub.core.card_numbers import mask_card_numbers, mask_card_numbers_in_file_name
from hub.core.errors import Invalid
from hub.customers.card_numbers import hides_card_numbers
from hub.customers.tables import customer_facts, customer_notes
from hub.storage import Tx

from .held_rows import held_rows
from .masking_entries import keep_entries, plan_entries

PIECE = 200  # rows that are looked at together
# By which the progress is kept: who masks what is held goes over what the others left.
_RULE, _HELD_RULE = "cards", "cards_held_too"
_OVER = "g"  # behind every id, which is hexadecimal: the table is done, others are not


class Said(NamedTuple):
    """A table in which something is said, its columns, and how those are masked; entries have a way
    of their own.
    """

    table: Table
    columns: tuple[str, ...] = ()
    mask: Callable[[str], str] = mask_card_numbers


SAID = {
    said.table.name: said
    for said in (
        Said(interactions),
        Said(
            contacts,
            ("subject", "preview", "disposition_note", "disposition_fields", "survey_comment"),
        ),
        Said(conversations, ("subject",)),
        Said(commitments, ("text", "outcome", "returned_reason")),
        Said(commitment_entries, ("text", "before")),
        Said(complaints, ("reason", "outcome")),
        Said(callbacks, ("note",)),
        Said(survey_answers, ("answer",)),
        Said(customer_facts, ("text",)),
        Said(customer_notes, ("text",)),
        Said(attachments, ("name",), mask_card_numbers_in_file_name),
    )
}


class Piece(NamedTuple):
    """The next rows of a table, by their ids. `held_too`: also those that a legal hold keeps."""

    table: str
    after: str = ""
    held_too: bool = False


class Found(NamedTuple):
    """`ids`: of rows in which something is to be masked. `held`: how many stay unmasked because of
    a legal hold. `last`: where the next piece begins; None: there is none.
    """

    looked_at: int
    ids: tuple[str, ...]
    held: int
    last: str | None


class Rows(NamedTuple):
    table: str
    ids: tuple[str, ...]
    held_too: bool = False


class Masked(NamedTuple):
    """`rows`: how many changed. `held`: how many were held since they were found."""

    rows: int
    held: int


class Ended(NamedTuple):
    """What a walk did: rows that changed, by table, and how many a legal hold kept."""

    masked: Mapping[str, int]
    held: int
    held_too: bool


def check_masks(tx: Tx, _: None) -> None:
    """Raise Invalid where the set-up has card numbers kept."""
    if not hides_card_numbers(tx):
        raise Invalid(
            "The set-up keeps card numbers ([privacy] hide_card_numbers = false): set it to true "
            "first, or what comes in next is kept as it is."
        )


def find_begin(tx: Tx, piece: Piece) -> str:
    """Return the id behind which a walk that was broken off goes on in a table; "": its begin."""
    return find_place(tx, _rule(piece.held_too), piece.table).last_id


def find_unmasked(tx: Tx, piece: Piece) -> Found:
    """Look at the next rows; nothing is changed."""
    said = SAID[piece.table]
    key = said.table.c.id
    rows = tx.execute(_rows(said, key > piece.after).order_by(key).limit(PIECE)).all()
    last = rows[-1].id if len(rows) == PIECE else None
    changes, held = _changes(tx, said, rows, held_too=piece.held_too)
    return Found(len(rows), tuple(sorted(changes)), len(held), last)


def mask_found(tx: Tx, found: Rows) -> Masked:
    """Mask what is to be masked in these rows now."""
    said = SAID[found.table]
    key = said.table.c.id
    these = _rows(said, key.in_(found.ids)).order_by(key).with_for_update()
    rows = tx.execute(these).all()
    changes, held = _changes(tx, said, rows, held_too=found.held_too)
    since = len(held.intersection(found.ids))
    if said.table is interactions:
        return Masked(keep_entries(tx, [one for led in changes.values() for one in led]), since)
    if not changes:
        return Masked(0, since)
    columns = [said.table.c[name] for name in said.columns]
    tx.execute(
        update(said.table)
        .where(key == bindparam("b_id"))
        .values({one: bindparam(f"b_{one.name}", type_=one.type) for one in columns}),
        [
            {"b_id": id_, **{f"b_{name}": value for name, value in values.items()}}
            for id_, values in changes.items()
        ],
    )
    hidden = {id_: {"reason": "card_number"} for id_ in changes}
    audit_many(tx, SYSTEM, "text.hide", found.table, hidden)
    return Masked(len(changes), since)


def note_far(tx: Tx, piece: Piece) -> None:
    """Keep that a table is done up to, and with, a row; `after` "": the whole table is."""
    note_place(tx, Place(tx.now, piece.after or _OVER), _rule(piece.held_too), piece.table)


def finish_masking(tx: Tx, ended: Ended) -> None:
    """Note in the audit log what a walk that came to its end has changed, by table, and how much
    stayed because of a legal hold; the next one begins anew.
    """
    over = (_RULE, _HELD_RULE) if ended.held_too else (_RULE,)
    tx.execute(delete(keeping_progress).where(keeping_progress.c.rule.in_(over)))
    told = {**ended.masked, "held": ended.held, "held_too": ended.held_too}
    audit(tx, SYSTEM, "privacy.mask_cards", "privacy", "cards", told)


def _rule(held_too: bool) -> str:
    return _HELD_RULE if held_too else _RULE


def _rows(said: Said, which: ColumnElement[bool]) -> Any:
    if said.table is interactions:
        return select(interactions).where(which)
    return select(said.table.c.id, *(said.table.c[name] for name in said.columns)).where(which)


def _changes(
    tx: Tx, said: Said, rows: Sequence[Row[Any]], *, held_too: bool
) -> tuple[dict[str, Any], set[str]]:
    """Return what is to be changed, by the id of the row that leads to it, and the ids of those
    that would be if no legal hold kept them.
    """
    if said.table is interactions:
        led = plan_entries(tx, rows)
        ids = {one.before.id for entries in led.values() for one in entries}
        held = set() if held_too else held_rows(tx, said.table.name, ids)
        left = {
            id_: [one for one in entries if one.before.id not in held]
            for id_, entries in led.items()
        }
        return {id_: entries for id_, entries in left.items() if entries}, held
    found = {}
    for row in rows:
        was = {name: row._mapping[name] for name in said.columns}
        masked = {name: _masked(value, said.mask) for name, value in was.items()}
        if masked != was:
            found[row.id] = masked
    held = set() if held_too else held_rows(tx, said.table.name, found)
    return {id_: changed for id_, changed in found.items() if id_ not in held}, held


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: _masked(one, mask) for key, one in value.items()}
    return value
