"""Which questions among colleagues are open: as long as the contact is with who asked."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select, text

from hub.contacts.model import HELD, ContactState
from hub.contacts.tables import contacts
from hub.storage import Tx, in_words

from .tables import consults

_ASKABLE = sorted(HELD | {ContactState.PARKED})


def in_force() -> ColumnElement[bool]:
    """The condition on `contacts` and `consults` that the contact is still with who asked."""
    held = in_words(contacts.c.state, _ASKABLE)
    return and_(contacts.c.agent_id == consults.c.by_id, held)


def asked_of(
    tx: Tx, askers: Sequence[tuple[str, frozenset[str] | None]]
) -> dict[str, frozenset[str]]:
    """Return, by user, the contacts of the open questions put to them or to a queue of theirs.

    `askers`: users with the queues they see (None: all, who sees every contact anyway).
    """
    queues = sorted({queue for _, seen in askers for queue in seen or ()})
    users = sorted({user_id for user_id, _ in askers})
    rows = tx.execute(
        select(consults.c.agent_id, consults.c.queue_id, consults.c.contact_id)
        .join(contacts, contacts.c.id == consults.c.contact_id)
        .where(
            or_(consults.c.agent_id.in_(users), consults.c.queue_id.in_(queues)),
            consults.c.state == text("'open'"),
            in_force(),
        )
    ).all()
    return {
        user_id: frozenset(
            row.contact_id
            for row in rows
            if row.agent_id == user_id or (seen and row.queue_id in seen)
        )
        for user_id, seen in askers
    }
