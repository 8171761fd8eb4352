"""What is said when a contact closes: checked against what its reason and outcome ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Row, Table, exists, select

from hub.contacts.about import products_of
from hub.contacts.closing import Ask, BuiltIn, Unanswered, Values, kept_values, merged
from hub.contacts.commitments.tables import commitments
from hub.contacts.tables import outcomes, reasons
from hub.core.errors import Invalid
from hub.customers.card_numbers import hide_card_numbers
from hub.routing.settings import load_settings
from hub.storage import Tx

_NO_ACTION = "none"


@dataclass(frozen=True, slots=True)
class Disposition:
    """Why the customer came, how it ended, what is to be done next (None: nothing, explicitly).

    `fields`: what the reason or outcome asks for besides, by key.
    """

    reason_id: str | None = None
    outcome_id: str | None = None
    next_action: str | None = None
    note: str = ""
    fields: Values = field(default_factory=dict)


def check_disposition(
    tx: Tx, row: Row[Any], given: Disposition | None, *, required: bool
) -> dict[str, Any]:
    """Return the columns of a contact that keep it. Raises Invalid, naming the field to fill in."""
    if given is None or (given.reason_id is None and given.outcome_id is None):
        if required:
            raise Invalid(
                "Choose why the customer came and how it ended.", code="disposition.required"
            )
        note = _note(tx, given) if given else None
        return {"disposition_note": note} if note else {}
    if required and (given.reason_id is None or given.outcome_id is None):
        raise Invalid("Choose both a reason and an outcome.", code="disposition.incomplete")
    asked = merged(
        _asks(tx, reasons, given.reason_id, "reason"),
        _asks(tx, outcomes, given.outcome_id, "outcome"),
    )
    _check_built_in(tx, row, given, asked)
    return {
        "reason_id": given.reason_id,
        "outcome_id": given.outcome_id,
        "next_action": given.next_action,
        "disposition_note": _note(tx, given),
        "disposition_fields": _fields(tx, given, asked),
    }


def _note(tx: Tx, given: Disposition) -> str | None:
    return hide_card_numbers(tx, given.note.strip()) or None


def _asks(tx: Tx, table: Table, wanted: str | None, word: str) -> list[Ask]:
    if wanted is None:
        return []
    found = select(table.c.asks).where(table.c.id == wanted, table.c.retired.is_(False))
    row = tx.execute(found).first()
    if row is None:
        raise Invalid(f"There is no {word} {wanted!r}.", code=f"disposition.{word}")
    return msgspec.convert(row.asks, list[Ask])


def _check_built_in(tx: Tx, row: Row[Any], given: Disposition, asked: Mapping[str, bool]) -> None:
    if asked.get(BuiltIn.NOTE) and not given.note.strip():
        raise _missing(BuiltIn.NOTE, "Write a note: this reason or outcome asks for one.")
    if asked.get(BuiltIn.NEXT_ACTION) and given.next_action in (None, "", _NO_ACTION):
        raise _missing(BuiltIn.NEXT_ACTION, "Choose what is to be done next.")
    if asked.get(BuiltIn.PRODUCT) and not products_of(tx, row.id):
        raise _missing(BuiltIn.PRODUCT, "Say which product it is about, in the panel beside.")
    if asked.get(BuiltIn.COMMITMENT):
        made = exists().where(commitments.c.contact_id == row.id)
        if not tx.execute(select(made)).scalar_one():
            raise _missing(BuiltIn.COMMITMENT, "Make the commitment that was promised first.")


def _fields(tx: Tx, given: Disposition, asked: Mapping[str, bool]) -> dict[str, Any] | None:
    if not asked:
        return None
    known = {one.key: one for one in load_settings(tx).closing_fields}
    kept = kept_values(known, asked, given.fields)
    if isinstance(kept, Unanswered):
        raise _missing(kept.field, kept.message)
    hidden = {
        key: hide_card_numbers(tx, value) if isinstance(value, str) else value
        for key, value in kept.items()
    }
    return hidden or None


def _missing(asked: str, message: str) -> Invalid:
    return Invalid(message, code="disposition.field", field=asked)
