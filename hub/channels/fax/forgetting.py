"""A customer is erased: the numbers that were faxed to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update

from hub.contacts.forgetting import Whose
from hub.storage import Tx

from .tables import fax_jobs


def forget(tx: Tx, whose: Whose) -> Sequence[str]:
    """Keep that something was faxed, and not to whom."""
    if whose.conversation_ids:  # none: their addresses stay
        theirs = fax_jobs.c.conversation_id.in_(whose.conversation_ids)
        tx.execute(update(fax_jobs).where(theirs).values(number=""))
    return ()
