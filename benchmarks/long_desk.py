"""A desk with much on it, as copies of what is there: thousands of rows and of entries."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select, text, update

from hub.contacts.tables import contacts, conversations, interactions
from hub.storage import Tx

from .inbox_page import copying

ENTRIES_EACH = 20
_SAID = "'Entry ' || {seq} || ': the pump runs, then it stops, and the display shows E4.'"


class LongTimeline(NamedTuple):
    conversation_id: str
    entries: int


def add_closed(tx: Tx, count: int) -> None:
    """Add closed contacts, each with a conversation of ENTRIES_EACH entries."""
    of_all = {
        conversations: {"id": "'c' || n", "last_seq": str(ENTRIES_EACH)},
        contacts: {
            "id": "'k' || n",
            "reference": "'r' || n",
            "conversation_id": "'c' || n",
            "state": "'closed'",
            "agent_id": "NULL",
            "last_message_at": "last_message_at - n * 1000",
        },
    }
    for table, changed in of_all.items():
        tx.execute(text(copying(table, changed)), {"first": 1, "last": count})
    entry = {
        "id": "'e' || n",
        "conversation_id": f"'c' || (1 + n / {ENTRIES_EACH})",
        "contact_id": f"'k' || (1 + n / {ENTRIES_EACH})",
        "seq": f"1 + n % {ENTRIES_EACH}",
        "text": _SAID.format(seq=f"(1 + n % {ENTRIES_EACH})"),
        "client_id": "NULL",
        "external_id": "NULL",
    }
    last = count * ENTRIES_EACH - 1
    tx.execute(text(copying(interactions, entry)), {"first": 0, "last": last})


def lengthen(tx: Tx, wanted: LongTimeline) -> None:
    """Add entries to a conversation that has one, up to so many; of the customer and of ours."""
    entry = {
        "id": "'l' || n",
        "conversation_id": f"'{wanted.conversation_id}'",
        "seq": "n",
        "direction": "CASE WHEN n % 3 = 0 THEN 'out' ELSE 'in' END",
        "text": _SAID.format(seq="n"),
        "client_id": "NULL",
        "external_id": "NULL",
    }
    of_it = conversations.c.id == wanted.conversation_id
    held = tx.execute(select(conversations.c.last_seq).where(of_it)).scalar_one()
    tx.execute(text(copying(interactions, entry)), {"first": held + 1, "last": wanted.entries})
    tx.execute(update(conversations).where(of_it).values(last_seq=wanted.entries))
