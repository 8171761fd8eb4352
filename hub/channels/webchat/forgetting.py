"""A customer is erased: their visits and what they uploaded."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, or_, select

from hub.contacts.forgetting import Whose
from hub.contacts.inbound import IdentityKind
from hub.storage import Tx

from .tables import webchat_uploads, webchat_visitors


def forget(tx: Tx, whose: Whose) -> Sequence[str]:
    """Delete the visits whose ids are their addresses, and those that went on with them: by a link,
    on another device, or under the name of the site. Their pages begin anew.
    """
    ids = _visits_of(tx, whose)
    uploads = delete(webchat_uploads).where(webchat_uploads.c.visitor_id.in_(ids))
    blob_ids = tx.execute(uploads.returning(webchat_uploads.c.blob_id)).scalars().all()
    tx.execute(delete(webchat_visitors).where(webchat_visitors.c.id.in_(ids)))
    return blob_ids


def _visits_of(tx: Tx, whose: Whose) -> Sequence[str]:
    v = webchat_visitors.c
    ids = [value for kind, value in whose.addresses if kind == IdentityKind.VISITOR]
    signed = [value for kind, value in whose.addresses if kind == IdentityKind.EXTERNAL]
    theirs = or_(
        v.id.in_(ids),
        v.speaks_as.in_(ids),
        v.conversation_id.in_(whose.conversation_ids),
        v.external_id.in_(signed),
    )
    return tx.execute(select(v.id).where(theirs)).scalars().all()
