"""Files of what came in: stored with it, and what is found in them once they were read.

Reading a file (pages, words) takes long and may fail, so it is an effect of the transaction that
accepts it, never a part of accepting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, select, update

from hub.callbacks.wishes import Asking, keep_wishes
from hub.contacts import service as contact_service
from hub.contacts.card_numbers import HIDDEN
from hub.contacts.commitments.tables import commitments
from hub.contacts.commitments.wishes import find_words
from hub.contacts.effects import EffectFile, ReadFile
from hub.contacts.effort import recount
from hub.contacts.heads import lock_heads
from hub.contacts.inbound import READING, BeingRead, Belongs, FileRead, InboundFile
from hub.contacts.model import FINAL, ContactState
from hub.contacts.outreach.sending import to_channel
from hub.contacts.service import preview_of
from hub.contacts.tables import attachments, contacts, conversations, entry_points, interactions
from hub.core.errors import NotFound
from hub.core.ids import new_id
from hub.customers.card_numbers import hide_card_numbers
from hub.customers.model import Identify
from hub.customers.recognise import learn_language, recognise
from hub.routing.moving import NewLine, change_line
from hub.routing.settings import branch_of_new_customers, load_settings, tier_of_new_customers
from hub.storage import Tx
from hub.storage.bulk import insert_rows
from hub.storage.outbox import add_effects
from hub.storage.search import SearchKind, index_document

from .case import Case
from .language import change_language
from .later_pages import Left, ask_for_pages


def add_files(tx: Tx, files: Mapping[str, Sequence[InboundFile]]) -> None:
    """Store the files of these interactions, in their order."""
    rows = [
        {
            "id": new_id(),
            "interaction_id": interaction_id,
            "blob_id": file.blob_id,
            "name": file.name,
            "media_type": file.media_type,
            "size_bytes": file.size_bytes,
            "content_id": file.content_id,
            "created_at": tx.now,
        }
        for interaction_id, those in files.items()
        for file in those
    ]
    insert_rows(tx, attachments, rows)


def ask_to_read(tx: Tx, cases: Sequence[Case]) -> None:
    """Have the channel read what it could not read before it was accepted."""
    add_effects(
        tx,
        [
            to_channel(
                _read_file(case_.interaction_id, file),
                channel=case_.item.channel,
                entry_point_id=case_.item.entry_point_id,
                contact_id=case_.contact["id"] if case_.contact else None,
                dedupe_key=f"read:{case_.interaction_id}",
            )
            for case_ in cases
            if (file := case_.item.reads) is not None
        ],
    )


def _read_file(interaction_id: str, file: InboundFile) -> ReadFile:
    what = EffectFile(
        blob_id=file.blob_id,
        name=file.name,
        media_type=file.media_type,
        size_bytes=file.size_bytes,
    )
    return ReadFile(interaction_id=interaction_id, file=what)


def being_read(tx: Tx, news: BeingRead) -> None:
    """Show how far a file is; of one that is read, or gone, nothing is told any more."""
    entry = tx.execute(
        select(interactions).where(interactions.c.id == news.interaction_id).with_for_update()
    ).first()
    if entry is None or not entry.meta.get(READING):
        return
    how_far = {"before": news.before, "page": news.page, "of": news.of}
    if entry.meta[READING] == how_far:
        return
    tx.execute(
        update(interactions)
        .where(interactions.c.id == entry.id)
        .values(meta={**entry.meta, READING: how_far})
    )
    tx.hint("conversation.marked", entry.conversation_id)


def file_read(tx: Tx, news: FileRead) -> None:
    """Complete an entry with what was found in its file; told again, nothing changes.

    Raises NotFound for an entry that is no more.
    """
    entry = tx.execute(
        select(interactions).where(interactions.c.id == news.interaction_id).with_for_update()
    ).first()
    if entry is None:
        raise NotFound("There is no such entry.")
    if not entry.meta.get(READING):
        return
    text = hide_card_numbers(tx, news.text)
    hidden = {HIDDEN: True} if text != news.text else {}
    news = replace(news, text=text, meta={**news.meta, **hidden})
    heads = lock_heads(tx, [entry.contact_id] if news.belongs and entry.contact_id else [])
    meta = {key: value for key, value in entry.meta.items() if key != READING}
    add_files(tx, {entry.id: news.files})
    left = Left(news.entry_point_id, news.words_to, news.words_of)
    meta |= {**news.meta, **ask_for_pages(tx, entry, left)}
    tx.execute(
        update(interactions).where(interactions.c.id == entry.id).values(text=news.text, meta=meta)
    )
    words = " ".join(filter(None, (entry.subject, news.text)))
    index_document(tx, SearchKind.INTERACTIONS, entry.id, words, entry.at)
    identity_id = _identity_of(tx, entry, news)
    if news.language is not None:
        learn_language(tx, identity_id, news.language)
        if entry.contact_id is not None:
            contact = contact_service.get_contact(tx, entry.contact_id)
            change_language(tx, contact, news.language)
    if entry.contact_id is not None:
        contact = contact_service.get_contact(tx, entry.contact_id)
        if contact.preview == preview_of(entry.text):
            contact_service.amend(tx, contact.id, {"preview": preview_of(news.text)})
        asked = find_words(news.text)
        if asked is not None and contact.state not in FINAL:
            wish = Asking(identity_id, contact.id, contact.queue_id, entry.channel, entry.id, asked)
            keep_wishes(tx, [wish])
        if news.belongs is not None:
            _bring_to_queue(tx, contact.id, news.belongs, heads)
    tx.hint("conversation.marked", entry.conversation_id)


def _bring_to_queue(tx: Tx, contact_id: str, belongs: Belongs, heads: Mapping[str, int]) -> None:
    """Move a contact that waits in its first queue, with what it has waited, and say why.

    What rings or is with somebody stays: a person looks at it already.
    """
    contact = contact_service.get_contact(tx, contact_id)
    point_queue = tx.execute(
        select(entry_points.c.queue_id).where(entry_points.c.id == contact.entry_point_id)
    ).scalar_one_or_none()
    if contact.state != ContactState.QUEUED or contact.queue_id != point_queue:
        return
    if contact.queue_id == belongs.queue_id or belongs.queue_id not in load_settings(tx).queues:
        return
    moved, _ = change_line(tx, [contact], NewLine(queue_id=belongs.queue_id))
    said = {"code": "moved_by_word", "queue": belongs.queue_id, "word": belongs.word}
    told = [contact_service.system_entry(tx, row, said, (None, "")) for row in moved.values()]
    contact_service.append_system(tx, told, heads)


def _identity_of(tx: Tx, entry: Row[Any], news: FileRead) -> str:
    """Return who sent it: where nobody knew, whom its words name; then its tier counts, too."""
    if news.sender is None:
        return str(entry.identity_id)
    point = tx.execute(
        select(entry_points.c.region, entry_points.c.queue_id).where(
            entry_points.c.id == news.entry_point_id
        )
    ).one()
    ask = Identify((news.sender,), point.region, news.language, entry.channel, point.queue_id)
    who = recognise(tx, entry.identity_id, ask, tier_of_new_customers, branch_of_new_customers)
    if who is None:
        return str(entry.identity_id)
    for table in (conversations, contacts, interactions, commitments):
        tx.execute(
            update(table)
            .where(table.c.identity_id == entry.identity_id)
            .values(identity_id=who.identity_id)
        )
    recount(tx, [entry.identity_id, who.identity_id])
    if entry.contact_id is not None:
        contact = contact_service.get_contact(tx, entry.contact_id)
        goes_by = contact.promise or contact.channel
        target_s = load_settings(tx).target_s(contact.queue_id, who.tier, goes_by)
        contact_service.amend(tx, contact.id, {"tier": who.tier, "target_s": target_s})
    return who.identity_id
