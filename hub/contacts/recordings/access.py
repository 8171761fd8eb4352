"""The only way to a recording on behalf of a user: who may see its entry may hear it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from hub.contacts.access import Sight, access_contact, access_interaction
from hub.core.errors import NotFound
from hub.storage import Tx

from .tables import recordings


def access_recording(tx: Tx, sight: Sight, recording_id: str) -> Row[Any]:
    """Return a recording that this user may see. Raises NotFound."""
    row = tx.execute(select(recordings).where(recordings.c.id == recording_id)).first()
    if row is None:
        raise NotFound("There is no such recording.", code="recording.unknown")
    if row.interaction_id is not None:
        access_interaction(tx, sight, row.interaction_id)
    else:
        access_contact(tx, sight, row.contact_id)
    return row
