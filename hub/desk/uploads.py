"""Files an agent uploads before they become part of a message."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert

from hub.contacts.tables import attachments
from hub.core.ids import new_id
from hub.customers.card_numbers import hide_card_numbers_in_file_name
from hub.storage import Tx


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is in the blob store and waits to become part of a message."""

    user_id: str
    blob_id: str
    name: str
    media_type: str
    size_bytes: int
    inline: bool = False


def content_id_of(attachment_id: str) -> str:
    """Return the name by which the HTML of an answer shows an uploaded picture."""
    return f"{attachment_id}@hub"


def keep_upload(tx: Tx, cmd: Upload) -> str:
    """Record an upload and return its attachment id. `inline`: a picture to stand in the words."""
    attachment_id = new_id()
    tx.execute(
        insert(attachments).values(
            id=attachment_id,
            uploader=f"user:{cmd.user_id}",
            blob_id=cmd.blob_id,
            name=hide_card_numbers_in_file_name(tx, cmd.name),
            media_type=cmd.media_type,
            size_bytes=cmd.size_bytes,
            content_id=content_id_of(attachment_id) if cmd.inline else None,
            created_at=tx.now,
        )
    )
    return attachment_id
