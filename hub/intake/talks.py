"""What every call has in common: it is joined, and its talk ends."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select, update

from hub.accounts.tables import users
from hub.contacts import service as contact_service
from hub.contacts.incoming_calls import note_agent
from hub.contacts.model import ContactState, EndedAs
from hub.contacts.service import Move
from hub.contacts.tables import conversations
from hub.routing import service as routing
from hub.storage import Tx


def joined(tx: Tx, row: Row[Any]) -> None:
    """The agent's audio has joined the customer's: the contact is answered."""
    routing.connected(tx, row.id)
    contact_service.amend(
        tx,
        row.id,
        {"answered_at": row.answered_at or tx.now, "unanswered_since": None, "unread": 0},
    )
    tx.execute(
        update(conversations)
        .where(conversations.c.id == row.conversation_id)
        .values(last_agent_id=row.agent_id, last_agent_at=tx.now, left_at=None, left_waited_us=None)
    )
    routing.follow_contacts(tx, [row.id])
    name = tx.execute(select(users.c.name).where(users.c.id == row.agent_id)).scalar_one_or_none()
    if name is not None:
        note_agent(tx, row, name)


def finish(tx: Tx, row: Row[Any]) -> None:
    """End the talk: to wrap-up where the queue has one, else closed as handled."""
    rule = routing.wrap_up_of(tx, row.queue_id, row.channel)
    if rule.mode is not routing.WrapMode.NONE:
        ends = {"wrap_until": rule.until(tx.now)}
        contact_service.move(tx, Move(row.id, ContactState.WRAP_UP, changes=ends))
        routing.follow_contacts(tx, [row.id])
        return
    contact_service.move(
        tx,
        Move(
            row.id,
            ContactState.CLOSED,
            changes={
                "ended_as": EndedAs.HANDLED,
                "closed_at": tx.now,
                "unanswered_since": contact_service.unanswered_at_end(row),
            },
        ),
    )
    routing.release(tx, [row.id], "ended")
    tx.hint("contact.closed", row.id)
