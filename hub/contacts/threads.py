"""Which conversation something belongs to, and the contact that is open on it: set-based.

The ladder (channels.md, Threading): a conversation our own signed token or session names is proven;
an outside reference (a known Message-ID) joins only where the sender already takes part; a medium
without thread marks goes on with the sender's latest conversation on that entry point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import repeat
from typing import Any, NamedTuple

from sqlalchemy import Row, func, select

from hub.core.ids import new_id
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_whole, read_time

from .inbound import Inbound
from .model import ContactState
from .tables import contacts, conversations, interactions

CONTINUING = [
    state
    for state in ContactState
    if state not in (ContactState.CLOSED, ContactState.ABANDONED, ContactState.WRAP_UP)
]


@dataclass(slots=True)
class Thread:
    """The conversation of one inbound item, as it stands in this transaction."""

    id: str
    identity_id: str
    last_seq: int
    last_agent_id: str | None
    last_agent_at: datetime | None
    acknowledged: bool
    subject: str | None
    is_new: bool = False
    left_at: datetime | None = None  # its customer left while waiting, after `left_waited_us`
    left_waited_us: int = 0


class JoinedBy(StrEnum):
    """By what an item joined its conversation (channels.md, Threading ladder)."""

    TOKEN = "token"  # noqa: S105 - a word of the ladder, not a password
    REFERENCE = "reference"
    SUBJECT = "subject"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Found:
    """The conversation an item continues, None for a new one, and how that was decided."""

    thread: Thread | None
    joined_by: JoinedBy | None = None
    refused: str | None = None


def find_threads(
    tx: Tx,
    items: Sequence[Inbound],
    identity_ids: Sequence[str],
    sharers: Sequence[frozenset[str]] = (),
) -> list[Found]:
    """Return the conversation each item continues, locked, and how that was decided.

    `sharers`: for each item the other identities that are the same address, where several share it.
    """
    named = {**_by_reference(tx, items), **_by_subject(tx, items)}
    by_sender = _by_sender(tx, items, identity_ids)
    wanted = [
        _choose(item, identity_id, others, named, by_sender)
        for item, identity_id, others in zip(
            items, identity_ids, sharers or repeat(frozenset(), len(items)), strict=True
        )
    ]
    rows = lock_threads(tx, [choice.conversation_id for choice in wanted if choice.conversation_id])
    return [_found(choice, rows) for choice in wanted]


class _Choice(NamedTuple):
    conversation_id: str | None
    joined_by: JoinedBy | None = None
    refused: str | None = None


def _choose(
    item: Inbound,
    identity_id: str,
    others: frozenset[str],
    named: Mapping[str, Sequence[tuple[str, str]]],
    by_sender: Mapping[tuple[str, str], str],
) -> _Choice:
    """Walk down the ladder; the first rung that holds decides."""
    if item.conversation_id is not None:
        return _Choice(item.conversation_id, JoinedBy.TOKEN)
    refused = None
    for marks, rung in (
        (item.references, JoinedBy.REFERENCE),
        (item.subject_references, JoinedBy.SUBJECT),
    ):
        for mark in marks:
            for conversation_id, member_id in named.get(mark, ()):
                if member_id == identity_id or member_id in others:
                    return _Choice(conversation_id, rung)
                refused = refused or f"{rung.value}_no_part"  # a code the console has words for
    if item.continues_latest:
        latest = by_sender.get((identity_id, item.entry_point_id))
        if latest is not None:
            return _Choice(latest, JoinedBy.LATEST)
    return _Choice(None, None, refused)


def _found(choice: _Choice, rows: Mapping[str, Thread]) -> Found:
    thread = rows.get(choice.conversation_id or "")
    if thread is None:
        return Found(None, None, choice.refused)
    return Found(thread, choice.joined_by, choice.refused)


def _by_subject(tx: Tx, items: Sequence[Inbound]) -> dict[str, list[tuple[str, str]]]:
    """Our reference -> (conversation, identity that takes part in it), of the same medium."""
    references = {reference for item in items for reference in item.subject_references}
    if not references:
        return {}
    member = interactions.alias("member")
    channels = {item.channel for item in items if item.subject_references}
    rows = tx.execute(
        select(contacts.c.reference, contacts.c.conversation_id, member.c.identity_id)
        .join(member, member.c.conversation_id == contacts.c.conversation_id)
        .where(
            contacts.c.reference.in_(references),
            contacts.c.channel.in_(channels),
            member.c.direction == "in",
        )
        .distinct()
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row.reference, []).append((row.conversation_id, row.identity_id))
    return found


def _by_reference(tx: Tx, items: Sequence[Inbound]) -> dict[str, list[tuple[str, str]]]:
    """Outside id -> (conversation, identity that takes part in it)."""
    references = {reference for item in items for reference in item.references}
    if not references:
        return {}
    named = interactions.alias("named")
    member = interactions.alias("member")
    rows = tx.execute(
        select(named.c.external_id, named.c.conversation_id, member.c.identity_id)
        .join(member, member.c.conversation_id == named.c.conversation_id)
        .where(named.c.external_id.in_(references), member.c.direction == "in")
        .distinct()
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row.external_id, []).append((row.conversation_id, row.identity_id))
    return found


def _by_sender(
    tx: Tx, items: Sequence[Inbound], identity_ids: Sequence[str]
) -> dict[tuple[str, str], str]:
    """(identity, entry point) -> the latest conversation, for media without thread marks."""
    pairs = {
        (identity_id, item.entry_point_id)
        for item, identity_id in zip(items, identity_ids, strict=True)
        if item.continues_latest and item.conversation_id is None
    }
    if not pairs:
        return {}
    ranked = (
        select(
            conversations.c.identity_id,
            conversations.c.entry_point_id,
            conversations.c.id,
            func.row_number()
            .over(
                partition_by=(conversations.c.identity_id, conversations.c.entry_point_id),
                order_by=conversations.c.last_at.desc(),
            )
            .label("rank"),
        )
        # Pairs are matched below: SQLite scans the whole index for (a, b) IN (VALUES …).
        .where(conversations.c.identity_id.in_({identity_id for identity_id, _ in pairs}))
        .subquery()
    )
    rows = tx.execute(select(ranked).where(ranked.c.rank == 1))
    found = {(row.identity_id, row.entry_point_id): row.id for row in rows}
    return {pair: found[pair] for pair in pairs & found.keys()}


_LOCK = Statement("""
SELECT c.id, c.identity_id, c.last_seq, c.last_agent_id, c.last_agent_at, c.subject,
       c.left_at, c.left_waited_us, c.acknowledged_at IS NOT NULL AS acknowledged
FROM {rows} JOIN conversations c ON c.id = {text 0} ORDER BY c.id {locked}
""")


def lock_threads(tx: Tx, ids: Sequence[str]) -> dict[str, Thread]:
    """Lock these conversations and return how they stand, by id."""
    if not ids:
        return {}
    return {
        row.id: Thread(
            id=row.id,
            identity_id=row.identity_id,
            last_seq=row.last_seq,
            last_agent_id=row.last_agent_id,
            last_agent_at=read_time(row.last_agent_at),
            acknowledged=bool(row.acknowledged),
            subject=row.subject,
            left_at=read_time(row.left_at),
            left_waited_us=row.left_waited_us or 0,
        )
        for row in _LOCK(tx, [[id_] for id_ in sorted(set(ids))])
    }


def open_threads(
    tx: Tx, items: Sequence[Inbound], identity_ids: Sequence[str], languages: Sequence[str | None]
) -> list[Thread]:
    """Make a new conversation for each item and return them."""
    threads = [
        Thread(
            new_id(),
            identity_id,
            0,
            None,
            None,
            acknowledged=False,
            subject=item.subject,
            is_new=True,
        )
        for item, identity_id in zip(items, identity_ids, strict=True)
    ]
    if threads:
        insert_whole(
            tx,
            conversations,
            [
                {
                    "id": thread.id,
                    "entry_point_id": item.entry_point_id,
                    "channel": item.channel,
                    "identity_id": thread.identity_id,
                    "subject": item.subject,
                    "language": language,
                    "last_seq": 0,
                    "last_at": item.received_at,
                    "created_at": tx.now,
                }
                for thread, item, language in zip(threads, items, languages, strict=True)
            ],
        )
    return threads


# What intake is told of the contact `c` that goes on, found on its own conversation or by a merge.
OPEN_COLUMNS = """
       c.id, c.identity_id, c.conversation_id, c.state, c.queue_id, c.tier, c.agent_id,
       c.state_since, c.promise, c.sla_policy_id, c.unanswered_since, c.direction, c.answered_at,
       c.reminded_at, c.channel"""
_OPEN_CONTACTS = Statement(f"""
SELECT {OPEN_COLUMNS}
FROM {{rows}} JOIN contacts c ON c.conversation_id = {{text 0}}
WHERE c.state NOT IN ('closed', 'abandoned', 'wrap_up') ORDER BY c.id {{locked}}
""")  # noqa: S608 - our own columns


def find_open_contacts(tx: Tx, conversation_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return, by conversation, the contact that what comes in now goes on with (not one in wrap-
    up): the columns above.
    """
    if not conversation_ids:
        return {}
    return {
        row.conversation_id: {**row._asdict(), "state_since": read_time(row.state_since)}
        for row in _OPEN_CONTACTS(tx, [[id_] for id_ in sorted(set(conversation_ids))])
    }


_KNOWN_KEYS = Statement("""
SELECT k.entry_point_id, k.dedupe_key, k.conversation_id, k.interaction_id, k.contact_id, k.seq
FROM {rows} JOIN inbound_keys k ON k.entry_point_id = {text 0} AND k.dedupe_key = {text 1}
""")


def known_keys(tx: Tx, items: Sequence[Inbound]) -> dict[tuple[str, str], Row[Any]]:
    """Return, by (entry point, dedupe key), what was stored before."""
    wanted = [(item.entry_point_id, item.dedupe_key) for item in items]
    return {(row.entry_point_id, row.dedupe_key): row for row in _KNOWN_KEYS(tx, wanted)}
