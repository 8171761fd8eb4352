"""Contacts that wait for their customer until a time, and return by themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from hub.contacts import service as contact_service
from hub.contacts.model import ContactState
from hub.contacts.service import Move
from hub.contacts.tables import contacts
from hub.routing import service as routing
from hub.routing.placement import Arrival, place
from hub.storage import LIMIT, NOW, Look, Tx

_COME_BACK = Look(
    select(contacts)
    .where(contacts.c.state == ContactState.PARKED, contacts.c.parked_until <= NOW)
    .order_by(contacts.c.parked_until)
    .limit(LIMIT)
    .with_for_update(skip_locked=True)
)


def fire_due_parked(tx: Tx, now: datetime, limit: int) -> int:
    """Parked until a time that has come: back in the queue, its agent preferred, waiting anew."""
    due = _COME_BACK(tx, now, limit)
    if not due:
        return 0
    placed = place(
        tx,
        [
            Arrival(
                row.queue_id,
                row.tier,
                row.channel,
                row.language,
                row.agent_id,
                now,
                waits_for_agent=True,
                promise=row.promise,
            )
            for row in due
        ],
    )
    contact_service.move_many(
        tx,
        [
            Move(
                row.id,
                ContactState.QUEUED,
                frozenset({ContactState.PARKED}),
                changes={
                    **columns,
                    "agent_id": None,
                    "parked_until": None,
                    "enqueued_at": now,
                },
            )
            for row, columns in zip(due, placed, strict=True)
        ],
    )
    routing.follow_contacts(tx, [row.id for row in due])
    for row in due:
        tx.hint("contact.queued", row.id)
    return len(due)
