"""A customer is erased: their mails as they came. The digest stays: the same mail is not filed
again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update

from hub.contacts.forgetting import Whose
from hub.storage import Tx

from .service import RawState
from .tables import raw_mails


def forget(tx: Tx, whose: Whose) -> Sequence[str]:
    theirs = raw_mails.c.blob_id.in_(whose.blob_ids)
    # Whatever names a file keeps it: left behind by a crash, it is removed as nobody's.
    nothing = {"blob_id": "", "recipient": "", "peer": None, "mail_from": None, "last_error": None}
    nothing["state"] = RawState.FILED
    tx.execute(update(raw_mails).where(theirs).values(nothing))
    return ()
