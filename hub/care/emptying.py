"""What was said goes, wherever it stands: by the wish of a customer (erasing.py), or because it was
kept long enough (keeping.py). Rows stay, without words, so that no figure changes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import SelectBase, and_, bindparam, delete, select, update

from hub.contacts.guests.tables import call_guests
from hub.contacts.joining.tables import consults, contact_merges
from hub.contacts.later.service import forget as forget_scheduled
from hub.contacts.model import DeliveryState
from hub.contacts.notes.tables import note_versions
from hub.contacts.tables import attachments, drafts, interactions
from hub.knowledge.tables import knowledge_searches
from hub.storage import Tx
from hub.storage.emptied import empty_effects
from hub.storage.outbox import outbox

Entries = SelectBase | Sequence[str]
"""Ids of entries of the timeline, or the question for them."""

SAID = ("html", "subject", "author_name", "client_id", "delivery_detail")
"""Columns of an entry, besides its text and its meta, that hold words or names."""
_IN_FORCE = contact_merges.c.undone_at.is_(None)
_PAGES = ("pages", "delivered_pages")
_CODE = re.compile(r"fax_[a-z_]+: ")
CONTACT_SAID: Mapping[str, Any] = {
    **dict.fromkeys(
        (
            "subject",
            "disposition_note",
            "disposition_fields",
            "survey_comment",
            "knowledge_note",
            "quarantine_reason",
            "raw_blob_id",
            "draft_author_id",
        )
    ),
    "preview": "",
    "meta": {},
}
CONVERSATION_SAID: Mapping[str, Any] = {"subject": None, "mail_to": None, "mail_due_at": None}
COMMITMENT_SAID: Mapping[str, Any] = {
    "text": "",
    **dict.fromkeys(("outcome", "product_name", "returned_reason")),
}
COMPLAINT_SAID: Mapping[str, Any] = {"reason": "", "outcome": None}
CALLBACK_SAID: Mapping[str, Any] = {"number": "", "note": None}
ANSWER_SAID: Mapping[str, Any] = {"answer": None, "external_id": None}


def take_files(tx: Tx, entries: Entries, contact_ids: Collection[str]) -> set[str]:
    """Forget the files of what passed, and return them. An original is still named by its entry."""
    raw = select(interactions.c.raw_blob_id).where(
        interactions.c.id.in_(entries), interactions.c.raw_blob_id.is_not(None)
    )
    found = set(tx.execute(raw).scalars())
    for where in (
        attachments.c.interaction_id.in_(entries),
        and_(attachments.c.contact_id.in_(contact_ids), attachments.c.interaction_id.is_(None)),
    ):
        gone = delete(attachments).where(where).returning(attachments.c.blob_id)
        found.update(tx.execute(gone).scalars())
    return found


def empty_beside(tx: Tx, entries: Entries, contact_ids: Collection[str]) -> None:
    """Empty what stands beside the entries: what was to go out, drafts, what notes said before,
    what colleagues were asked, what was looked for in the knowledge store.
    """
    for theirs in (
        outbox.c.interaction_id.in_(entries),
        and_(outbox.c.contact_id.in_(contact_ids), outbox.c.interaction_id.is_(None)),
    ):
        unsent = empty_effects(tx, theirs)
        tx.execute(
            update(interactions)
            .where(interactions.c.id.in_(unsent))
            .values(delivery=DeliveryState.FAILED)
        )
    tx.execute(delete(note_versions).where(note_versions.c.interaction_id.in_(entries)))
    tx.execute(delete(drafts).where(drafts.c.contact_id.in_(contact_ids)))
    m = contact_merges.c  # each by an index of its own; one that was undone holds nothing
    for merged in (m.into_id.in_(contact_ids), and_(m.from_id.in_(contact_ids), _IN_FORCE)):
        tx.execute(update(contact_merges).where(merged).values(before={}))  # it holds drafts
    tx.execute(update(consults).where(consults.c.contact_id.in_(contact_ids)).values(words=""))
    tx.execute(
        update(call_guests).where(call_guests.c.contact_id.in_(contact_ids)).values(number="")
    )
    forget_scheduled(tx, sorted(contact_ids))
    tx.execute(
        update(knowledge_searches)
        .where(knowledge_searches.c.contact_id.in_(contact_ids))
        .values(words="")
    )


def empty_entries(
    tx: Tx, entries: Entries, meta: Mapping[str, Any], also: Collection[str] = ()
) -> None:
    """Empty the entries themselves; `meta` says why on the timeline. `also`: further columns."""
    counted = _counted(tx, entries)
    tx.execute(
        update(interactions)
        .where(interactions.c.id.in_(entries))
        .values({**dict.fromkeys((*SAID, "raw_blob_id", *also)), "text": "", "meta": dict(meta)})
    )
    if counted:
        tx.execute(
            update(interactions)
            .where(interactions.c.id == bindparam("b_id"))
            .values(
                meta=bindparam("b_meta", type_=interactions.c.meta.type),
                delivery_detail=bindparam("b_detail"),
            ),
            [
                {"b_id": entry_id, "b_meta": {**meta, **pages}, "b_detail": why}
                for entry_id, pages, why in counted
            ],
        )


def _counted(tx: Tx, entries: Entries) -> list[tuple[str, dict[str, Any], str | None]]:
    """Return what reports count of those of these that are faxes: their pages, and the code of why
    one did not arrive ("fax_busy: ", without what the gateway said).
    """
    i = interactions.c
    rows = tx.execute(select(i.id, i.meta, i.delivery_detail).where(i.id.in_(entries)))
    counted = []
    for row in rows:
        pages = {name: row.meta[name] for name in _PAGES if isinstance(row.meta.get(name), int)}
        code = _CODE.match(row.delivery_detail or "")
        if pages or code:
            counted.append((row.id, pages, code[0] if code else None))
    return counted
