"""A customer is erased: their visits and what they uploaded."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, union

from hub.contacts.forgetting import Whose
from hub.contacts.inbound import IdentityKind
from hub.contacts.model import Channel
from hub.contacts.tables import entry_points
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
    points = select(entry_points.c.id).where(entry_points.c.channel == Channel.WEBCHAT)
    theirs = (  # each read by an index of its own
        v.id.in_(ids),
        v.speaks_as.in_(ids),
        v.conversation_id.in_(whose.conversation_ids),
        v.entry_point_id.in_(points) & v.external_id.in_(signed),
    )
    return tx.execute(union(*(select(v.id).where(one) for one in theirs))).scalars().all()
