"""What the customer may see of a conversation: public interactions and their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, select, text

from hub.core.errors import NotFound
from hub.storage import Tx
from hub.storage.bulk import Statement, read_time

from .inbound import HistoryEntry, HistoryFile
from .joining.reads import find_landing
from .model import Direction, InteractionKind
from .tables import attachments, contacts, interactions
from .threads import CONTINUING

# What was kept long enough has no words any more: a customer is shown nothing in its place.
_SAYS = text(
    "NOT (interactions.text = '' AND coalesce(interactions.meta ->> 'code', '') = 'expired')"
)


class HistoryAsk(NamedTuple):
    """At most `limit` entries after the seq `after`."""

    conversation_id: str
    after: int
    limit: int


_HISTORIES = Statement("""
SELECT {integer 2} AS place, i.* FROM {rows}
JOIN interactions i ON i.conversation_id = {text 0} AND i.seq IN (
    SELECT k.seq FROM interactions k
    WHERE k.conversation_id = {text 0} AND k.seq > {integer 1} AND k.direction <> 'internal'
      AND NOT (k.text = '' AND coalesce(k.meta ->> 'code', '') = 'expired')
    ORDER BY k.seq LIMIT {integer :limit})
ORDER BY 1, i.seq
""")


def list_histories(tx: Tx, asked: Sequence[HistoryAsk]) -> list[list[HistoryEntry]]:
    """Return public entries to each, oldest first: two statements for all who ask."""
    rows = _HISTORIES(
        tx,
        [(ask.conversation_id, ask.after, place) for place, ask in enumerate(asked)],
        limit=max(ask.limit for ask in asked),
    )
    files = _files(tx, [row.id for row in rows])
    found: list[list[HistoryEntry]] = [[] for _ in asked]
    for row in rows:
        found[row.place].append(_entry(row, files))
    return [entries[: ask.limit] for entries, ask in zip(found, asked, strict=True)]


class HistoryBefore(NamedTuple):
    """At most `limit` entries before the seq `before`, the newest of them."""

    conversation_id: str
    before: int
    limit: int


def list_history_before(tx: Tx, ask: HistoryBefore) -> list[HistoryEntry]:
    """Return public entries, oldest first: paging back."""
    rows = tx.execute(
        select(interactions)
        .where(
            interactions.c.conversation_id == ask.conversation_id,
            interactions.c.direction != Direction.INTERNAL,
            interactions.c.seq < ask.before,
            _SAYS,
        )
        .order_by(interactions.c.seq.desc())
        .limit(ask.limit)
    ).all()
    files = _files(tx, [row.id for row in rows])
    return [_entry(row, files) for row in reversed(rows)]


def _entry(row: Row[Any], files: Mapping[str, Sequence[HistoryFile]]) -> HistoryEntry:
    return HistoryEntry(
        interaction_id=row.id,
        seq=row.seq,
        kind=InteractionKind(row.kind),
        direction=row.direction,
        text=row.text,
        html=row.html,
        author_name=row.author_name,
        at=read_time(row.at),
        client_id=row.client_id if row.direction == Direction.INBOUND else None,
        files=tuple(files.get(row.id, ())),
    )


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
    """Return the id of the contact that is open on the conversation, or in which it goes on."""
    found: str | None = tx.execute(
        select(contacts.c.id).where(
            contacts.c.conversation_id == conversation_id, contacts.c.state.in_(CONTINUING)
        )
    ).scalar_one_or_none()
    if found is None:
        return find_landing(tx, conversation_id)
    return found
