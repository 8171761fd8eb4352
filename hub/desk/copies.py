"""Files of a message that are sent on: each copy is an upload, with bytes of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select

from hub.contacts.tables import attachments, interactions
from hub.core.ids import new_id
from hub.storage import Tx

from .joining import open_contact_of


class CopyFiles(NamedTuple):
    """`copies`: files of the entry, each with the blob that holds its bytes once more."""

    user_id: str
    interaction_id: str
    copies: Sequence[tuple[Row[Any], str]]


def files_of(tx: Tx, interaction_id: str) -> Sequence[Row[Any]]:
    """Return the files of an entry as they are sent on. The entry was accessed before."""
    rows = tx.execute(
        select(attachments)
        .where(attachments.c.interaction_id == interaction_id)
        .order_by(attachments.c.created_at, attachments.c.id)
    ).all()
    return [row for row in rows if not (row.content_id or "").startswith("page:")]


def copy_files(tx: Tx, cmd: CopyFiles) -> list[Row[Any]]:
    """Make copies of an entry's files uploads of this user, to be sent on; return them.

    They belong to the contact that is open there, so that they go with its customer.
    """
    if not cmd.copies:
        return []
    entry = select(interactions.c.conversation_id).where(interactions.c.id == cmd.interaction_id)
    contact_id = open_contact_of(tx, tx.execute(entry).scalar_one())
    return _copied(tx, cmd, contact_id, None)


def bind_copies(tx: Tx, cmd: CopyFiles, contact_id: str, into_id: str) -> list[Row[Any]]:
    """Make copies of an entry's files those of another entry, `into_id`; return them."""
    return _copied(tx, cmd, contact_id, into_id) if cmd.copies else []


def _copied(tx: Tx, cmd: CopyFiles, contact_id: str | None, into_id: str | None) -> list[Row[Any]]:
    made: list[Mapping[str, Any]] = [
        {
            "id": new_id(),
            "interaction_id": into_id,
            "uploader": f"user:{cmd.user_id}",
            "contact_id": contact_id,
            "blob_id": blob_id,
            "name": row.name,
            "media_type": row.media_type,
            "size_bytes": row.size_bytes,
            "content_id": row.content_id,
            "created_at": tx.now,
        }
        for row, blob_id in cmd.copies
    ]
    tx.execute(insert(attachments), list(made))
    ids = [one["id"] for one in made]
    found = tx.execute(select(attachments).where(attachments.c.id.in_(ids)))
    by_id = {row.id: row for row in found}
    return [by_id[id_] for id_ in ids]
