"""A customer is erased: the numbers of their calls, and what they said after the tone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from hub.contacts.forgetting import Whose
from hub.storage import Tx

from .tables import calls, messages, steps


def forget(tx: Tx, whose: Whose) -> Sequence[str]:
    """Keep that there were calls, and not with whom."""
    theirs = calls.c.contact_id.in_(whose.contact_ids)
    of_calls = select(calls.c.id).where(theirs)
    tx.execute(update(steps).where(steps.c.call_id.in_(of_calls)).values(detail="", error=None))
    gone = delete(messages).where(messages.c.contact_id.in_(whose.contact_ids))
    blob_ids = tx.execute(gone.returning(messages.c.blob_id)).scalars().all()
    blank = {"from_address": "", "to_address": "", "callback_number": None}
    tx.execute(update(calls).where(theirs).values(**blank))
    return blob_ids
