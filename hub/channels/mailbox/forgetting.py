"""A customer is erased: their mails as they came. The digest stays: the same mail is not filed
again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update

from hub.contacts.forgetting import Whose
from hub.storage import Tx

from .tables import raw_mails


def forget(tx: Tx, whose: Whose) -> Sequence[str]:
    theirs = raw_mails.c.blob_id.in_(whose.blob_ids)
    tx.execute(update(raw_mails).where(theirs).values(recipient="", last_error=None))
    return ()
