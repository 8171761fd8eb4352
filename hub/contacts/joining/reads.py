"""Where merged contacts go on: read by intake, the gateways and the console."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, and_, select

from hub.contacts.model import OPEN, ContactState
from hub.contacts.tables import contacts, conversations, interactions
from hub.contacts.threads import OPEN_COLUMNS
from hub.storage import Tx
from hub.storage.bulk import Statement, read_time

from .tables import contact_merges, contact_split_entries, contact_splits

_CONTINUING = sorted(OPEN - {ContactState.WRAP_UP})
_LANDINGS = Statement(f"""
SELECT m.from_conversation_id AS written_on, m.at AS merged_at, m.id AS merge_id, {OPEN_COLUMNS}
FROM {{rows}} JOIN contact_merges m
  ON m.from_conversation_id = {{text 0}} AND m.undone_at IS NULL
 AND m.kept_conversation_id <> m.from_conversation_id
JOIN contacts c ON c.conversation_id = m.kept_conversation_id
WHERE c.state NOT IN ('closed', 'abandoned', 'wrap_up') ORDER BY c.id {{locked}}
""")  # noqa: S608 - our own columns


def find_landings(tx: Tx, conversation_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return, by conversation, the open contact that its contact was merged into, if there is one:
    what is written there lands in it. As threads.find_open_contacts, locked; of several merges the
    newest counts.
    """
    if not conversation_ids:
        return {}
    rows = _LANDINGS(tx, [[id_] for id_ in sorted(set(conversation_ids))])
    rows.sort(key=lambda row: (read_time(row.merged_at), row.merge_id))
    return {
        row.written_on: {**row._asdict(), "state_since": read_time(row.state_since)} for row in rows
    }


def find_landing(tx: Tx, conversation_id: str) -> str | None:
    """Return the id of the contact that what is written on this conversation lands in, unlocked."""
    m = contact_merges
    found: str | None = tx.execute(
        select(contacts.c.id)
        .join(m, m.c.kept_conversation_id == contacts.c.conversation_id)
        .where(
            m.c.from_conversation_id == conversation_id,
            m.c.kept_conversation_id != conversation_id,
            m.c.undone_at.is_(None),
            contacts.c.state.in_(_CONTINUING),
        )
        .order_by(m.c.at.desc(), m.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return found


def kept_contact(tx: Tx, contact_id: str) -> str:
    """Return the contact in which this one goes on: itself, where it was not merged."""
    seen = {contact_id}
    while True:
        into: str | None = tx.execute(
            select(contacts.c.merged_into_id).where(contacts.c.id == contact_id)
        ).scalar_one_or_none()
        if into is None or into in seen:
            return contact_id
        seen.add(into)
        contact_id = into


def conversations_of(tx: Tx, conversation_id: str) -> list[Row[Any]]:
    """Return the conversations that go on in this one, the oldest merge first, each once.

    Rows of `conversations` with the merged contact's `contact_id`, `reference`, `subject`, the
    `entry_point_id`, and the merge's `merge_id`, `merged_at`, `by_name`, `into_id`.
    """
    m, c, v = contact_merges, contacts, conversations
    rows = tx.execute(
        select(
            v,
            c.c.id.label("contact_id"),
            c.c.reference,
            c.c.queue_id,
            c.c.agent_id,
            c.c.preview,
            m.c.id.label("merge_id"),
            m.c.at.label("merged_at"),
            m.c.by_id,
            m.c.by_name,
            m.c.into_id,
        )
        .join(v, v.c.id == m.c.from_conversation_id)
        .join(c, c.c.id == m.c.from_id)
        .where(
            m.c.kept_conversation_id == conversation_id,
            m.c.undone_at.is_(None),
            m.c.from_conversation_id != conversation_id,
        )
        .order_by(m.c.at, m.c.id)
    ).all()
    return list({row.id: row for row in rows}.values())


def is_joined(tx: Tx, conversation_id: str, other_id: str) -> bool:
    """Say whether `other_id` is this conversation or goes on in it."""
    if conversation_id == other_id:
        return True
    found = select(contact_merges.c.id).where(
        contact_merges.c.kept_conversation_id == conversation_id,
        contact_merges.c.from_conversation_id == other_id,
        contact_merges.c.undone_at.is_(None),
    )
    return tx.execute(found.limit(1)).first() is not None


def brought_entries(tx: Tx, contact_id: str) -> Sequence[Row[Any]]:
    """Return the entries of another contact that were split off into this one, the oldest first."""
    return tx.execute(
        select(interactions)
        .join(contact_split_entries, contact_split_entries.c.interaction_id == interactions.c.id)
        .join(
            contact_splits,
            and_(
                contact_splits.c.id == contact_split_entries.c.split_id,
                contact_splits.c.undone_at.is_(None),
            ),
        )
        .where(contact_splits.c.into_id == contact_id)
        .order_by(interactions.c.at, interactions.c.seq)
    ).all()
