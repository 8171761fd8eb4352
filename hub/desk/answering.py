"""On which conversation a contact is answered: its own, or one that was merged into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from hub.contacts.joining.tables import contact_merges
from hub.contacts.tables import contacts, conversations
from hub.core.errors import Conflict, HubError
from hub.storage import Tx

from .commands import Reply

_OF_CONVERSATION = ("conversation_id", "identity_id", "channel", "entry_point_id")


def rows_to_answer(
    tx: Tx, items: Sequence[Reply], rows: Mapping[str, Row[Any]]
) -> list[Row[Any] | HubError | None]:
    """Return for each answer its contact, as it stands on the conversation that is answered on:
    with that one's identity, channel and entry point. `rows`: the contacts, locked.

    Costs nothing where the contact's own is answered on. None where there is no such contact; a
    Conflict where that conversation does not go on in it.
    """
    found: list[Row[Any] | HubError | None] = []
    for item in items:
        row = rows.get(item.contact_id)
        if row is None or item.conversation_id in (None, row.conversation_id):
            found.append(row)
        else:
            found.append(_on(tx, row, item.conversation_id or ""))
    return found


def _on(tx: Tx, row: Row[Any], conversation_id: str) -> Row[Any] | HubError:
    kept = [column for column in contacts.c if column.name not in _OF_CONVERSATION]
    found = tx.execute(
        select(
            *kept,
            conversations.c.id.label("conversation_id"),
            *(conversations.c[name] for name in _OF_CONVERSATION[1:]),
        )
        .join(contact_merges, contact_merges.c.kept_conversation_id == contacts.c.conversation_id)
        .join(conversations, conversations.c.id == contact_merges.c.from_conversation_id)
        .where(
            contacts.c.id == row.id,
            conversations.c.id == conversation_id,
            contact_merges.c.undone_at.is_(None),
        )
        .limit(1)
    ).first()
    return found or Conflict(
        "That conversation does not go on in this contact any more: choose another one.",
        code="reply.not_joined",
    )
