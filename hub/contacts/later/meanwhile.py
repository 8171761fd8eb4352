"""What the customer said since an answer was put aside, on any conversation of its contact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, union

from hub.contacts.joining.tables import contact_merges
from hub.contacts.tables import contacts, conversations, interactions
from hub.storage import Tx
from hub.storage.bulk import Statement

OVERTAKEN = "customer_wrote"  # why it is held


def last_seqs(tx: Tx, contact_id: str) -> dict[str, int]:
    """Return how far each conversation of a contact is, its own and those that go on in it."""
    ids = _conversations_of(tx, [contact_id])[contact_id]
    found = select(conversations.c.id, conversations.c.last_seq)
    rows = tx.execute(found.where(conversations.c.id.in_(sorted(ids))))
    return {row.id: row.last_seq for row in rows}


def seqs_at(tx: Tx, contact_id: str, at: datetime) -> dict[str, int]:
    """Return how far each conversation of a contact was at that time."""
    ids = _conversations_of(tx, [contact_id])[contact_id]
    rows = tx.execute(
        select(interactions.c.conversation_id, func.max(interactions.c.seq).label("seq"))
        .where(interactions.c.conversation_id.in_(sorted(ids)), interactions.c.created_at <= at)
        .group_by(interactions.c.conversation_id)
    )
    return {**dict.fromkeys(ids, 0), **{row.conversation_id: row.seq for row in rows}}


_SAID_SINCE = Statement("""
SELECT DISTINCT {text 0} AS id FROM {rows} JOIN interactions i
  ON i.conversation_id = {text 1} AND i.seq > {integer 2} AND i.direction = 'in'
""")


def said_since(tx: Tx, contact_id: str, seqs: Mapping[str, int]) -> bool:
    """Say whether the customer of a contact has said something since its conversations were so
    far (`last_seqs`).
    """
    ids = _conversations_of(tx, [contact_id])[contact_id]
    asked = [(contact_id, id_, seqs[id_]) for id_ in sorted(ids) if id_ in seqs]
    return bool(asked and _SAID_SINCE(tx, asked))


def overtaken(tx: Tx, rows: Sequence[Row[Any]]) -> set[str]:
    """Return the ids of those (rows of `scheduled_replies`) whose customer has said something
    since, on any conversation of the contact. Two statements.
    """
    held_by = [row for row in rows if row.after_seqs is not None]
    if not held_by:
        return set()
    ids = _conversations_of(tx, sorted({row.contact_id for row in held_by}))
    asked = [
        [row.id, conversation_id, row.after_seqs[conversation_id]]
        for row in held_by
        for conversation_id in sorted(ids[row.contact_id])
        if conversation_id in row.after_seqs
    ]
    return {row.id for row in _SAID_SINCE(tx, asked)}


def _conversations_of(tx: Tx, contact_ids: Sequence[str]) -> dict[str, set[str]]:
    """Return the conversations of each contact: its own, and those that go on in it."""
    chosen = contacts.c.id.in_(contact_ids)
    own = select(contacts.c.id, contacts.c.conversation_id).where(chosen)
    m = contact_merges
    joined = (
        select(contacts.c.id, m.c.from_conversation_id)
        .join(m, m.c.kept_conversation_id == contacts.c.conversation_id)
        .where(chosen, m.c.undone_at.is_(None))
    )
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in tx.execute(union(own, joined)):
        found[row.id].add(row.conversation_id)
    return found
