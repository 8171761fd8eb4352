"""A customer is erased: their visits and what they uploaded."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, or_

from hub.contacts.forgetting import Whose
from hub.storage import Tx

from .tables import webchat_uploads, webchat_visitors


def forget(tx: Tx, whose: Whose) -> Sequence[str]:
    """Delete the visits whose ids are their addresses; their pages begin anew."""
    ids = [value for kind, value in whose.addresses if kind == "visitor"]
    uploads = delete(webchat_uploads).where(webchat_uploads.c.visitor_id.in_(ids))
    blob_ids = tx.execute(uploads.returning(webchat_uploads.c.blob_id)).scalars().all()
    theirs = or_(webchat_visitors.c.id.in_(ids), webchat_visitors.c.speaks_as.in_(ids))
    tx.execute(delete(webchat_visitors).where(theirs))
    return blob_ids
