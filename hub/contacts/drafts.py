"""The reply begun for a contact and not sent: it stays with the contact, whoever holds it.

One for each contact. `contacts.draft_version` rises with every change and with every answer, so a
save that was made of an older state is refused: two pages, or two people, never overwrite each
other unseen, and what was sent does not come back. Who sees the contact reads its draft and may
write into it; only who holds the contact discards it, so nobody's words go without their doing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, delete, insert, or_, select, update

from hub.core.errors import Conflict, Invalid
from hub.storage import Tx

from .card_numbers import storable_words
from .model import ContactState
from .service import end_drafts, get_contact
from .tables import attachments, contacts, drafts

MAX_TEXT = 100_000  # characters
_WRITABLE = frozenset({ContactState.ACTIVE, ContactState.HOLD, ContactState.PARKED})


class Words(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was written. `attachments`: ids of uploads; `begun_at_seq`: how far the customer was.

    `to` and `cc` None: as the hub proposes.
    """

    text: str = ""
    html: str | None = None
    subject: str | None = None
    to: tuple[str, ...] | None = None
    cc: tuple[str, ...] | None = None
    bcc: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    article_ids: tuple[str, ...] = ()
    begun_at_seq: int | None = None
    aside_of: str | None = None  # the entry that is forwarded


@dataclass(frozen=True, slots=True)
class Draft:
    author_id: str
    author_name: str
    saved_at: datetime
    words: Words
    files: tuple[Row[Any], ...]  # its uploads that nothing has used yet


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """`version`: of the state that this was made of."""

    contact_id: str
    author_id: str
    author_name: str
    version: int
    words: Words


@dataclass(frozen=True, slots=True)
class DropDraft:
    """`version`: of the draft that is not wanted any more."""

    contact_id: str
    by_id: str
    version: int


def find_draft(tx: Tx, contact_id: str) -> Draft | None:
    """Return the draft of a contact."""
    row = tx.execute(select(drafts).where(drafts.c.contact_id == contact_id)).first()
    if row is None:
        return None
    words = msgspec.json.decode(row.document, type=Words)
    unused = {file.id: file for file in _uploads(tx, words.attachments)}
    files = tuple(unused[id_] for id_ in words.attachments if id_ in unused)
    return Draft(row.author_id, row.author_name, row.saved_at, words, files)


def save_draft(tx: Tx, cmd: SaveDraft) -> int:
    """Keep what was written so far and return its version; this is an act on the contact.

    Raises NotFound, Conflict where the contact takes no answer or the draft was changed since
    `version`, Invalid.
    """
    row = _get_writable(tx, cmd.contact_id, cmd.version)
    empty = not cmd.words.text.strip() and not cmd.words.attachments
    if empty and cmd.words.aside_of is None:
        raise Invalid("A draft needs words or a file; discard it instead.", code="draft.empty")
    if len(cmd.words.text) > MAX_TEXT:
        raise Invalid(
            f"A draft has at most {MAX_TEXT} characters.", code="draft.too_long", most=MAX_TEXT
        )
    _keep_files(tx, cmd)
    tx.execute(delete(drafts).where(drafts.c.contact_id == row.id))
    tx.execute(
        insert(drafts).values(
            contact_id=row.id,
            author_id=cmd.author_id,
            author_name=cmd.author_name,
            saved_at=tx.now,
            document=_document(tx, cmd.words),
        )
    )
    touched = {"untouched_until": None} if row.agent_id == cmd.author_id else {}
    return _next(tx, row, cmd.author_id, touched)


def _document(tx: Tx, words: Words) -> str:
    """Return a draft as it is kept: without card numbers, as it will be sent."""
    hidden = storable_words(tx, words.text, words.html, words.subject)
    return msgspec.json.encode(msgspec.structs.replace(words, **hidden)).decode()


def drop_draft(tx: Tx, cmd: DropDraft) -> int:
    """Take the draft away and return the new version.

    Raises NotFound, Conflict as for a save, or where somebody else holds the contact.
    """
    row = _get_writable(tx, cmd.contact_id, cmd.version)
    if row.agent_id != cmd.by_id:
        raise Conflict("The contact is with somebody else.", code="contact.not_yours")
    if row.draft_author_id is None:
        return int(row.draft_version)
    end_drafts(tx, [row.id])
    return _next(tx, row, None, {})


def _get_writable(tx: Tx, contact_id: str, version: int) -> Row[Any]:
    row = get_contact(tx, contact_id)
    if ContactState(row.state) not in _WRITABLE:
        raise Conflict(f"The contact is {row.state} and takes no answer.", code="draft.closed")
    if version != row.draft_version:
        raise Conflict(
            "The draft was changed elsewhere meanwhile: look at it, then save again.",
            code="draft.changed",
            version=row.draft_version,
        )
    return row


def _keep_files(tx: Tx, cmd: SaveDraft) -> None:
    """From now on the uploads belong to the contact: who holds it next may send them."""
    wanted = set(cmd.words.attachments)
    own = or_(
        attachments.c.uploader == f"user:{cmd.author_id}",
        attachments.c.contact_id == cmd.contact_id,
    )
    found = {row.id for row in _uploads(tx, cmd.words.attachments, own)}
    if wanted - found:
        raise Invalid(
            "A file of this draft was not uploaded by you, or is used already.",
            code="draft.unknown_file",
        )
    if found:
        tx.execute(
            update(attachments)
            .where(attachments.c.id.in_(sorted(found)))
            .values(contact_id=cmd.contact_id)
        )


def _uploads(tx: Tx, ids: Sequence[str], *conditions: Any) -> Sequence[Row[Any]]:
    if not ids:
        return ()
    found = select(attachments).where(
        attachments.c.id.in_(sorted(set(ids))), attachments.c.interaction_id.is_(None), *conditions
    )
    return tx.execute(found).all()


def _next(tx: Tx, row: Row[Any], author_id: str | None, changes: dict[str, Any]) -> int:
    version: int = row.draft_version + 1
    tx.execute(
        update(contacts)
        .where(contacts.c.id == row.id)
        .values(
            draft_author_id=author_id,
            draft_version=version,
            version=contacts.c.version + 1,
            **changes,
        )
    )
    tx.hint("contact.touched", row.id)
    return version
