"""What could not be parsed waits apart with its raw bytes until a person looks at it."""

from __future__ import annotations

from dataclasses import dataclass

from hub.contacts import service as contact_service
from hub.contacts.model import ContactState, EndedAs
from hub.contacts.service import Move
from hub.routing.placement import Arrival, place
from hub.routing.service import follow_contacts
from hub.storage import Tx

_QUARANTINED = frozenset({ContactState.QUARANTINED})


@dataclass(frozen=True, slots=True)
class Release:
    """`as_spam`: close it; else it goes to its queue and begins to wait now."""

    contact_id: str
    as_spam: bool = False


def release_quarantined(tx: Tx, cmd: Release) -> None:
    """Let a quarantined contact into the queue, or close it as spam. Raises IllegalMove."""
    row = contact_service.get_contact(tx, cmd.contact_id)
    if cmd.as_spam:
        contact_service.move(
            tx,
            Move(
                row.id,
                ContactState.CLOSED,
                _QUARANTINED,
                changes={"ended_as": EndedAs.SPAM, "closed_at": tx.now, "unanswered_since": None},
            ),
        )
        return
    columns = place(tx, [Arrival(row.queue_id, row.tier, row.channel, row.language)])[0]
    contact_service.move(
        tx,
        Move(
            row.id,
            ContactState.QUEUED,
            _QUARANTINED,
            changes={**columns, "enqueued_at": tx.now},
        ),
    )
    follow_contacts(tx, [row.id], begins_at=tx.now)
    tx.hint("contact.queued", row.id)
