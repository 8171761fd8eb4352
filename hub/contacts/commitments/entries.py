"""The record of a commitment: who said, took, returned, handed over or postponed what, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select

from hub.accounts.model import Actor
from hub.core.ids import new_id
from hub.customers.card_numbers import hider
from hub.storage import Tx
from hub.storage.bulk import insert_rows
from hub.web.shapes import View

from .model import EntryKind
from .tables import commitment_entries

MAX_ENTRIES = 500  # of one commitment that are shown: more is a mistake of a machine


class EntryView(View, frozen=True):
    """`before`: what was changed, as it was: owner_kind, owner_id, due_at."""

    seq: int
    kind: str
    text: str
    author_id: str | None
    author_name: str
    at: datetime
    before: dict[str, str | int | None]


class NewEntry(NamedTuple):
    commitment_id: str
    kind: EntryKind
    text: str
    actor: Actor
    before: Mapping[str, str | int | None] = {}


def add_entries(tx: Tx, entries: Sequence[NewEntry]) -> None:
    """Append entries to commitments that this transaction has locked: two statements for all."""
    if not entries:
        return
    table = commitment_entries.c
    last: dict[str, int] = {
        row.commitment_id: row.seq
        for row in tx.execute(
            select(table.commitment_id, func.max(table.seq).label("seq"))
            .where(table.commitment_id.in_(sorted({one.commitment_id for one in entries})))
            .group_by(table.commitment_id)
        )
    }
    hide = hider(tx)
    rows: list[dict[str, Any]] = []
    for one in entries:
        seq = last[one.commitment_id] = last.get(one.commitment_id, 0) + 1
        rows.append(
            {
                "id": new_id(),
                "commitment_id": one.commitment_id,
                "seq": seq,
                "kind": str(one.kind),
                "text": hide(one.text),
                "author_id": one.actor.id,
                "author_name": one.actor.name[:120],
                "at": tx.now,
                "before": dict(one.before),
            }
        )
    insert_rows(tx, commitment_entries, rows)


def list_entries(tx: Tx, commitment_id: str) -> list[EntryView]:
    """Return the record of one commitment, the oldest first."""
    table = commitment_entries.c
    rows = tx.execute(
        select(
            table.seq, table.kind, table.text, table.author_id, table.author_name, table.at,
            table.before,
        )
        .where(table.commitment_id == commitment_id)
        .order_by(table.seq.desc())
        .limit(MAX_ENTRIES)
    )  # fmt: skip
    return [EntryView(**row._mapping) for row in rows][::-1]


def handed_by(tx: Tx, commitment_id: str, owner_id: str) -> list[str]:
    """Return who handed a commitment to this owner, the newest last."""
    table = commitment_entries.c
    rows = tx.execute(
        select(table.author_id, table.before)
        .where(
            table.commitment_id == commitment_id,
            table.kind == EntryKind.HAND_OVER,
            table.author_id.is_not(None),
        )
        .order_by(table.seq)
    )
    return [row.author_id for row in rows if row.before.get("to") == owner_id]
