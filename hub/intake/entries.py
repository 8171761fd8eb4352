"""Entries that the hub or a customer makes on the conversation of a contact."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from hub.contacts import service as contact_service
from hub.contacts.model import Direction, InteractionKind
from hub.contacts.service import NewInteraction
from hub.contacts.tables import conversations
from hub.core.ids import new_id
from hub.storage import Tx


def append_entry(
    tx: Tx,
    contact: Row[Any],
    kind: InteractionKind,
    direction: Direction,
    text: str,
    at: datetime,
    meta: dict[str, Any],
) -> str:
    """Append one entry by the hub or the customer to the contact's conversation; return its id."""
    last_seq = tx.execute(
        select(conversations.c.last_seq)
        .where(conversations.c.id == contact.conversation_id)
        .with_for_update()
    ).scalar_one()
    entry = NewInteraction(
        id=new_id(),
        conversation_id=contact.conversation_id,
        contact_id=contact.id,
        identity_id=contact.identity_id,
        channel=contact.channel,
        kind=kind,
        direction=direction,
        text=text,
        at=at,
        meta=meta,
    )
    seq = contact_service.append(tx, [entry], {contact.conversation_id: last_seq})[0]
    tx.execute(
        update(conversations)
        .where(conversations.c.id == contact.conversation_id)
        .values(last_seq=seq, last_at=tx.now, version=conversations.c.version + 1)
    )
    return entry.id
