"""What could not be parsed waits apart with its raw bytes until a person looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select

from hub.callbacks.wishes import Asking, keep_wishes
from hub.contacts import service as contact_service
from hub.contacts.commitments.wishes import find_words
from hub.contacts.model import FINAL, ContactState, Direction, EndedAs
from hub.contacts.service import Move
from hub.contacts.tables import contacts, interactions, segments
from hub.core.errors import Conflict
from hub.routing.placement import Arrival, place
from hub.routing.service import follow_contacts
from hub.storage import Tx

_QUARANTINED = frozenset({ContactState.QUARANTINED})
UNDO = timedelta(hours=24)
"""How long what was thrown out of quarantine can be put back."""


@dataclass(frozen=True, slots=True)
class Release:
    """`as_spam`: close it; else it goes to its queue, in which it has waited since it came. Its
    deadlines begin now: nobody could have served it before.
    """

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
    waited_s = (tx.now - row.opened_at).total_seconds()
    arrival = Arrival(row.queue_id, row.tier, row.channel, row.language, waited_s=waited_s)
    columns = place(tx, [arrival])[0]
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


def restore_quarantined(tx: Tx, contact_id: str) -> None:
    """Put back into quarantine what was thrown out of it. Raises NotFound, IllegalMove where it did
    not end so, Conflict where it is too late or its customer has written again meanwhile.
    """
    row = contact_service.get_contact(tx, contact_id)
    waited = select(segments.c.id).where(segments.c.contact_id == row.id).limit(1)
    if row.quarantine_reason is None or tx.execute(waited).first() is not None:
        raise Conflict("The contact did not end in quarantine.", code="quarantine.gone")
    if row.closed_at is None or row.closed_at < tx.now - UNDO:
        raise Conflict("It can be put back for a day, and no longer.", code="quarantine.too_late")
    others = select(contacts.c.id).where(
        contacts.c.conversation_id == row.conversation_id,
        contacts.c.state.not_in(sorted(FINAL)),
    )
    if tx.execute(others.limit(1)).first() is not None:
        raise Conflict(
            "Something newer of the same conversation is open.", code="quarantine.goes_on"
        )
    changes = {"ended_as": None, "closed_at": None}
    order = Move(row.id, ContactState.QUARANTINED, changes=changes)
    contact_service.bring_back(tx, order, EndedAs.SPAM)


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
