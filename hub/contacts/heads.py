"""Conversations are locked before their contacts, always: so nobody waits for another in a ring."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from hub.storage import Tx

from .tables import contacts, conversations


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
