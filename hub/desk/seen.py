"""How far an agent has read what a customer wrote."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select, update

from hub.contacts.tables import contacts, conversations
from hub.storage import Tx


class Seen(NamedTuple):
    """How far an agent has read: the last seq of the conversation."""

    conversation_id: str
    seq: int


def mark_seen(tx: Tx, cmd: tuple[str, str]) -> Seen | None:
    """(contact id, agent id): the agent has read it up to now; None where it is not theirs."""
    contact_id, agent_id = cmd
    head = tx.execute(
        select(conversations.c.id, conversations.c.last_seq)
        .join(contacts, contacts.c.conversation_id == conversations.c.id)
        .where(contacts.c.id == contact_id, contacts.c.agent_id == agent_id)
    ).first()
    if head is None:
        return None
    changed = tx.execute(
        update(contacts)
        .where(contacts.c.id == contact_id, contacts.c.agent_id == agent_id, contacts.c.unread > 0)
        .values(unread=0, version=contacts.c.version + 1)
    )
    if changed.rowcount:
        tx.hint("contact.changed", contact_id)
    return Seen(head.id, head.last_seq)
