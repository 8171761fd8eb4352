"""The replies begun for two contacts that are merged: nothing that was written is lost."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row, delete, insert, select, update

from hub.contacts.drafts import MAX_TEXT, Words
from hub.contacts.joining.model import HeldDraft
from hub.contacts.tables import attachments, drafts
from hub.storage import Tx


@dataclass(frozen=True, slots=True)
class Drafts:
    """What was begun for each before the merge, and the kept contact's columns and version now."""

    kept: HeldDraft | None
    merged: HeldDraft | None
    columns: dict[str, Any]
    version: int


def join_drafts(tx: Tx, kept: Row[Any], merged: Row[Any]) -> Drafts:
    """Take the merged contact's draft along: alone as it is, else below the kept contact's own.

    Its uploads belong to the kept contact from now on.
    """
    held = {row.contact_id: row for row in _read(tx, [kept.id, merged.id])}
    before = {
        row.id: _held(held[row.id], row.draft_version) for row in (kept, merged) if row.id in held
    }
    moving = before.get(merged.id)
    if moving is None:
        return Drafts(before.get(kept.id), None, {}, kept.draft_version)
    own = before.get(kept.id)
    document = moving.document if own is None else _below(own.document, moving.document)
    author = moving if own is None else own
    write_draft(tx, kept.id, msgspec.structs.replace(author, saved_at=tx.now, document=document))
    tx.execute(
        update(attachments)
        .where(attachments.c.contact_id == merged.id, attachments.c.interaction_id.is_(None))
        .values(contact_id=kept.id)
    )
    version = kept.draft_version + 1
    columns = {"draft_author_id": author.author_id, "draft_version": version}
    return Drafts(own, moving, columns, version)


def write_draft(tx: Tx, contact_id: str, held: HeldDraft | None) -> None:
    """Put a draft in place of the one there is; None: there is none any more."""
    tx.execute(delete(drafts).where(drafts.c.contact_id == contact_id))
    if held is None:
        return
    tx.execute(
        insert(drafts).values(
            contact_id=contact_id,
            author_id=held.author_id,
            author_name=held.author_name,
            saved_at=held.saved_at,
            document=held.document,
        )
    )


def own_uploads(tx: Tx, contact_id: str, held: HeldDraft) -> None:
    """Give the files of a draft, which nothing has used yet, to this contact."""
    ids = msgspec.json.decode(held.document, type=Words).attachments
    if ids:
        tx.execute(
            update(attachments)
            .where(attachments.c.id.in_(sorted(ids)), attachments.c.interaction_id.is_(None))
            .values(contact_id=contact_id)
        )


def _read(tx: Tx, contact_ids: list[str]) -> list[Row[Any]]:
    return list(tx.execute(select(drafts).where(drafts.c.contact_id.in_(contact_ids))))


def _held(row: Row[Any], version: int) -> HeldDraft:
    return HeldDraft(row.author_id, row.author_name, row.saved_at, row.document, version)


def _below(own: str, other: str) -> str:
    """Return one document of two: the second's words and files after the first's."""
    first, second = (msgspec.json.decode(text, type=Words) for text in (own, other))
    formatted = first.html is not None or second.html is not None
    joined = msgspec.structs.replace(
        first,
        text="\n\n".join(filter(None, (first.text, second.text)))[:MAX_TEXT],
        html=_html(first) + _html(second) if formatted else None,
        subject=first.subject or second.subject,
        attachments=(*first.attachments, *second.attachments),
        article_ids=tuple(dict.fromkeys((*first.article_ids, *second.article_ids))),
    )
    return msgspec.json.encode(joined).decode()


def _html(words: Words) -> str:
    if words.html is not None:
        return words.html
    lines = words.text.split("\n") if words.text else []
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines)
