"""The answers that go out later in two contacts that are merged: they go along, and come back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from sqlalchemy import Row, update

from hub.contacts.joining.reads import conversations_of, kept_contact
from hub.contacts.later import service as later
from hub.contacts.later.meanwhile import seqs_at
from hub.contacts.later.model import Answer
from hub.contacts.later.tables import scheduled_replies
from hub.contacts.tables import attachments
from hub.storage import Tx

from .closing_later import keep_open


def join_later(tx: Tx, kept: Row[Any], merged: Row[Any]) -> None:
    """What waits in the merged contact waits in the kept one, and is answered on its conversation.

    What the customer says on either conversation holds what waits in both. The edge was written.
    """
    keep_open(tx, [kept.id])
    moving = later.list_of(tx, merged.id)
    staying = later.list_of(tx, kept.id)
    for row in moving:
        on = _answer(row).conversation_id or merged.conversation_id
        _move(tx, row, kept.id, on)
    for row in (*moving, *staying):
        if row.after_seqs is not None:
            seqs = {**seqs_at(tx, kept.id, row.made_at), **row.after_seqs}
            _change(tx, row, {"after_seqs": seqs})
    if moving:
        later.show(tx, [kept.id, merged.id])


def part_later(tx: Tx, source: Row[Any], into_id: str) -> None:
    """What is answered on the conversations of a contact that is its own again waits in it again.

    `into_id`: it was merged into. The edge has ended.
    """
    kept_id = kept_contact(tx, into_id)
    own = {source.conversation_id}
    own |= {row.id for row in conversations_of(tx, source.conversation_id)}
    moving = [row for row in later.list_of(tx, kept_id) if _answer(row).conversation_id in own]
    for row in moving:
        on = _answer(row).conversation_id
        _move(tx, row, source.id, None if on == source.conversation_id else on)
    if moving:
        keep_open(tx, [kept_id])
        later.show(tx, [kept_id, source.id])


def _answer(row: Row[Any]) -> Answer:
    return msgspec.json.decode(row.document, type=Answer)


def _move(tx: Tx, row: Row[Any], contact_id: str, conversation_id: str | None) -> None:
    """It is of that contact, answered on that conversation (None: its own), with its files."""
    answer = msgspec.structs.replace(_answer(row), conversation_id=conversation_id)
    document = msgspec.json.encode(answer).decode()
    _change(tx, row, {"contact_id": contact_id, "document": document})
    _own_files(tx, answer.attachment_ids, contact_id)


def _own_files(tx: Tx, ids: Collection[str], contact_id: str) -> None:
    if ids:
        free = (attachments.c.id.in_(sorted(ids)), attachments.c.interaction_id.is_(None))
        tx.execute(update(attachments).where(*free).values(contact_id=contact_id))


def _change(tx: Tx, row: Row[Any], changes: Mapping[str, Any]) -> None:
    tx.execute(update(scheduled_replies).where(scheduled_replies.c.id == row.id).values(**changes))
