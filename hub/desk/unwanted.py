"""Answers that nobody wants to go out by themselves any more: to spam, or to who is blocked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, select

from hub.contacts.blocks.model import Blocked, candidates_of
from hub.contacts.blocks.service import find_blocked
from hub.contacts.later.model import Answer
from hub.contacts.model import EndedAs
from hub.contacts.tables import contacts, conversations, entry_points
from hub.customers.model import IdentityKind, SenderIdentity
from hub.customers.tables import identities
from hub.storage import Tx

SPAM = "spam"  # the contact ended as that
BLOCKED = "blocked"  # its sender is on the block list


def unwanted(tx: Tx, rows: Sequence[Row[Any]]) -> dict[str, str]:
    """Return which of these (rows of `scheduled_replies`) are to be held, by id, and why: a code.

    Three statements for all of them.
    """
    if not rows:
        return {}
    found = select(contacts.c.id, contacts.c.ended_as, contacts.c.conversation_id)
    about = {
        row.id: row
        for row in tx.execute(found.where(contacts.c.id.in_({row.contact_id for row in rows})))
    }
    on = {row.id: _answered_on(row) or about[row.contact_id].conversation_id for row in rows}
    blocked = _blocked(tx, set(on.values()))
    held = {row.id: BLOCKED for row in rows if on[row.id] in blocked}
    spam = {row.id: SPAM for row in rows if about[row.contact_id].ended_as == EndedAs.SPAM}
    return {**held, **spam}


def _answered_on(row: Row[Any]) -> str | None:
    return msgspec.json.decode(row.document, type=Answer).conversation_id


def _blocked(tx: Tx, conversation_ids: set[str]) -> set[str]:
    """Return those of these conversations whose customer is blocked there."""
    rows = tx.execute(
        select(
            conversations.c.id, identities.c.kind, identities.c.value_norm, entry_points.c.region
        )
        .join(identities, identities.c.id == conversations.c.identity_id)
        .join(entry_points, entry_points.c.id == conversations.c.entry_point_id)
        .where(conversations.c.id.in_(sorted(conversation_ids)))
    )
    candidates: dict[str, list[Blocked]] = {
        row.id: candidates_of([SenderIdentity(IdentityKind(row.kind), row.value_norm)], row.region)
        for row in rows
    }
    listed = find_blocked(tx, {one for found in candidates.values() for one in found})
    return {id_ for id_, found in candidates.items() if listed.intersection(found)}
