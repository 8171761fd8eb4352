"""What those who act on many contacts write on their timelines: one system entry for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from hub.contacts import service as contact_service
from hub.contacts.tables import contacts, conversations
from hub.storage import Tx

Said = Mapping[str, str | int | None]
"""The entry's code and what its words name."""


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, as the timeline names them. `id` None: nobody, a rule does."""

    id: str | None
    name: str


def lock_heads(tx: Tx, contact_ids: Sequence[str]) -> dict[str, int]:
    """Lock the conversations of these contacts (they come before contacts): id -> last seq."""
    wanted = select(contacts.c.conversation_id).where(contacts.c.id.in_(sorted(set(contact_ids))))
    rows = tx.execute(
        select(conversations.c.id, conversations.c.last_seq)
        .where(conversations.c.id.in_(wanted))
        .order_by(conversations.c.id)
        .with_for_update()
    )
    return {row.id: row.last_seq for row in rows}


def tell_each(
    tx: Tx, said: Iterable[tuple[Row[Any], Said]], heads: Mapping[str, int], by: By
) -> list[str]:
    """Append a system entry to the conversation of each contact, and return their ids.

    `heads`: last seq of each conversation, locked.
    """
    who = (by.id, by.name)
    entries = [contact_service.system_entry(tx, row, meta, who) for row, meta in said]
    contact_service.append_system(tx, entries, heads)
    return [entry.id for entry in entries]
