"""What could not be parsed waits apart with its raw bytes until a person looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from hub.callbacks.wishes import Asking, keep_wishes
from hub.contacts import service as contact_service
from hub.contacts.commitments.wishes import find_words
from hub.contacts.model import ContactState, Direction, EndedAs
from hub.contacts.service import Move
from hub.contacts.tables import interactions
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
    _keep_wish(tx, row)
    tx.hint("contact.queued", row.id)


def _keep_wish(tx: Tx, row: Row[Any]) -> None:
    """What was let in may ask to be contacted, like any letter."""
    heard = (
        select(interactions.c.id, interactions.c.subject, interactions.c.text)
        .where(
            interactions.c.contact_id == row.id,
            interactions.c.conversation_id == row.conversation_id,
            interactions.c.direction == Direction.INBOUND,
        )
        .order_by(interactions.c.seq.desc())
        .limit(1)
    )
    entry = tx.execute(heard).first()
    words = None if entry is None else find_words(f"{entry.subject or ''}\n{entry.text}")
    if entry is not None and words is not None:
        wish = Asking(row.identity_id, row.id, row.queue_id, row.channel, entry.id, words)
        keep_wishes(tx, [wish])
