"""What the customer may see of a conversation: public interactions and their files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from hub.core.errors import NotFound
from hub.storage import Tx

from .inbound import HistoryEntry, HistoryFile
from .model import Direction, InteractionKind
from .tables import attachments, contacts, interactions
from .threads import CONTINUING


class HistoryAsk(NamedTuple):
    """Entries after `after_seq`, or before `before_seq` (the newest of them), at most `limit`."""

    conversation_id: str
    limit: int
    after_seq: int | None = None
    before_seq: int | None = None


def list_history(tx: Tx, ask: HistoryAsk) -> list[HistoryEntry]:
    """Return public entries, oldest first, with their files: two statements whatever the number."""
    query = select(interactions).where(
        interactions.c.conversation_id == ask.conversation_id,
        interactions.c.direction != Direction.INTERNAL,
    )
    if ask.before_seq is not None:
        query = query.where(interactions.c.seq < ask.before_seq).order_by(interactions.c.seq.desc())
    else:
        query = query.where(interactions.c.seq > (ask.after_seq or 0)).order_by(interactions.c.seq)
    rows = tx.execute(query.limit(ask.limit)).all()
    if ask.before_seq is not None:
        rows = rows[::-1]
    files = _files(tx, [row.id for row in rows])
    return [
        HistoryEntry(
            interaction_id=row.id,
            seq=row.seq,
            kind=InteractionKind(row.kind),
            direction=row.direction,
            text=row.text,
            html=row.html,
            author_name=row.author_name,
            at=row.at,
            client_id=row.client_id if row.direction == Direction.INBOUND else None,
            files=tuple(files.get(row.id, ())),
        )
        for row in rows
    ]


def _files(tx: Tx, ids: Sequence[str]) -> dict[str, list[HistoryFile]]:
    if not ids:
        return {}
    rows = tx.execute(
        select(attachments)
        .where(attachments.c.interaction_id.in_(ids))
        .order_by(attachments.c.created_at, attachments.c.id)
    )
    found: dict[str, list[HistoryFile]] = {}
    for row in rows:
        found.setdefault(row.interaction_id, []).append(
            HistoryFile(row.id, row.name, row.media_type, row.size_bytes)
        )
    return found


class FileAsk(NamedTuple):
    conversation_id: str
    file_id: str


def get_public_file(tx: Tx, ask: FileAsk) -> tuple[HistoryFile, str]:
    """Return a file of a public interaction of this conversation and its blob id. Raises
    NotFound.
    """
    row = tx.execute(
        select(attachments)
        .join(interactions, interactions.c.id == attachments.c.interaction_id)
        .where(
            attachments.c.id == ask.file_id,
            interactions.c.conversation_id == ask.conversation_id,
            interactions.c.direction != Direction.INTERNAL,
        )
    ).first()
    if row is None:
        raise NotFound("There is no such file in this conversation.")
    return HistoryFile(row.id, row.name, row.media_type, row.size_bytes), row.blob_id


def find_open_contact(tx: Tx, conversation_id: str) -> str | None:
    """Return the id of the contact that is open on the conversation."""
    found: str | None = tx.execute(
        select(contacts.c.id).where(
            contacts.c.conversation_id == conversation_id, contacts.c.state.in_(CONTINUING)
        )
    ).scalar_one_or_none()
    return found
