"""Who waits in vain is told so, and may leave a message besides: nobody is signed in who could
answer, or all who could are busy, for longer than the entry point's set-up says.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from hub.callbacks import offering
from hub.contacts.by_mail.model import Alone, rules_in
from hub.contacts.inbound import Standing
from hub.contacts.joining.reads import kept_contact
from hub.contacts.model import WAITING
from hub.contacts.tables import contacts, entry_points
from hub.routing.standing import is_anybody_there
from hub.storage import Tx


def standing(tx: Tx, contact_id: str) -> Standing:
    """Say where a contact stands, what callback it is offered, and why it may rather leave a
    message. Raises NotFound.
    """
    found = offering.standing(tx, contact_id)
    if found.state not in WAITING or not found.open_now:
        return found
    row = tx.execute(
        select(contacts.c.queue_id, contacts.c.enqueued_at, entry_points.c.settings)
        .join(entry_points, entry_points.c.id == contacts.c.entry_point_id)
        .where(contacts.c.id == kept_contact(tx, contact_id))
    ).one()
    rules = rules_in(row.settings)
    patience = timedelta(seconds=rules.message_after_s)
    if not rules.mail or not patience or tx.now - row.enqueued_at < patience:
        return found
    there = is_anybody_there(tx, row.queue_id)
    return replace(found, alone=Alone.BUSY if there else Alone.NOBODY)
