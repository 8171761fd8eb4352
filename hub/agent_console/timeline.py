"""Entries of a conversation as agents see them, with their files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from hub.contacts.inbound import PAGE_PREFIX, PAGED
from hub.contacts.tables import attachments, interactions
from hub.storage import Tx
from hub.storage.bulk import Statement, read_json, read_time
from hub.web.dispatch import INLINE_TYPES

from .hiding import without_numbers
from .shapes import FileView, InteractionView


class EntriesAfter(NamedTuple):
    """Entries with a seq above `after_seq`, oldest first, at most `limit`."""

    conversation_id: str
    after_seq: int
    limit: int


def list_entries(tx: Tx, wanted: EntriesAfter, *, masks: bool) -> list[InteractionView]:
    """Return entries of a conversation; who may see it was checked before. `masks`: numbers are
    hidden from who reads.
    """
    rows = tx.execute(
        select(interactions)
        .where(
            interactions.c.conversation_id == wanted.conversation_id,
            interactions.c.seq > wanted.after_seq,
        )
        .order_by(interactions.c.seq)
        .limit(wanted.limit)
    ).all()
    return entry_views(tx, rows, masks=masks)


# Seqs are dense, so a range of them is at most as many entries.
_ENTRIES = Statement("""
SELECT i.* FROM {rows} JOIN interactions i ON i.conversation_id = {text 0}
    AND i.seq > {integer 1} AND i.seq <= {integer 1} + {integer :limit}
ORDER BY i.conversation_id, i.seq
""")
_FILES = Statement("""
SELECT a.* FROM {rows} JOIN interactions i ON i.conversation_id = {text 0}
    AND i.seq > {integer 1} AND i.seq <= {integer 1} + {integer :limit}
JOIN attachments a ON a.interaction_id = i.id
ORDER BY a.created_at, a.id
""")


def list_many_entries(
    tx: Tx, after: Mapping[str, int], limit: int
) -> defaultdict[str, list[InteractionView]]:
    """Entries of many conversations, of each those after a seq, oldest first, at most `limit`; with
    whole numbers, as they are for readers of several kinds.
    """
    found: defaultdict[str, list[InteractionView]] = defaultdict(list)
    if not after:
        return found
    wanted = sorted(after.items())
    files = _of_entries(_FILES(tx, wanted, limit=limit))
    for row in _ENTRIES(tx, wanted, limit=limit):
        found[row.conversation_id].append(_entry(row, files[row.id]))
    return found


def entry_views(tx: Tx, rows: Sequence[Row[Any]], *, masks: bool) -> list[InteractionView]:
    """Show rows of `interactions`: one statement more for all their files. `masks`: numbers are
    hidden from who reads.
    """
    files = _files(tx, [row.id for row in rows])
    views = [_entry(row, files[row.id]) for row in rows]
    return [without_numbers(view) for view in views] if masks else views


def _entry(row: Row[Any], files: list[FileView]) -> InteractionView:
    meta = dict(read_json(row.meta))
    quoted = meta.pop("quoted", None)
    # Whom a deadline was told, by address, and its own id; what only mail programs read.
    for inner in ("told", "deadline", "thread_index"):
        meta.pop(inner, None)
    return InteractionView(
        id=row.id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        contact_id=row.contact_id,
        channel=row.channel,
        kind=row.kind,
        direction=row.direction,
        author_id=row.author_id,
        author_name=row.author_name,
        client_id=row.client_id,
        text=row.text,
        quoted=quoted if isinstance(quoted, str) else None,
        html=row.html,
        subject=row.subject,
        delivery=row.delivery,
        delivery_detail=row.delivery_detail,
        at=read_time(row.at),
        files=files,
        meta=meta,
        has_original=row.raw_blob_id is not None,
    )


def _files(tx: Tx, entry_ids: Sequence[str]) -> defaultdict[str, list[FileView]]:
    if not entry_ids:
        return defaultdict(list)
    rows = tx.execute(
        select(attachments)
        .where(attachments.c.interaction_id.in_(entry_ids))
        .order_by(attachments.c.created_at, attachments.c.id)
    ).all()
    return _of_entries(rows)


def _of_entries(rows: Sequence[Row[Any]]) -> defaultdict[str, list[FileView]]:
    """Rows of `attachments`, the oldest first, by their entry; what has pages before the others."""
    found: defaultdict[str, list[FileView]] = defaultdict(list)
    pages: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if (row.content_id or "").startswith(PAGE_PREFIX):
            pages[row.interaction_id].append(file_url(row.id))
    for row in sorted(rows, key=lambda row: row.content_id != PAGED):
        if not (row.content_id or "").startswith(PAGE_PREFIX):
            shown = pages.pop(row.interaction_id, [])
            found[row.interaction_id].append(file_view(row, shown))
    return found


def file_view(row: Row[Any], preview_urls: list[str]) -> FileView:
    """Show a row of `attachments`."""
    return FileView(
        id=row.id,
        name=row.name,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        url=file_url(row.id),
        inline=row.media_type in INLINE_TYPES,
        content_id=row.content_id,
        preview_urls=preview_urls,
    )


def file_url(attachment_id: str) -> str:
    return f"/api/v1/attachments/{attachment_id}"
