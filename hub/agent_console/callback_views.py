"""Callbacks as the console shows them: in their list, and above the contacts of their customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from hub.callbacks.model import OPEN, CallbackState
from hub.callbacks.reads import ListCallbacks, list_callbacks
from hub.callbacks.tables import callbacks
from hub.contacts.tables import contacts
from hub.customers.tables import identities
from hub.storage import Tx
from hub.web import Principal, Role

from .callback_shapes import CallbackView
from .readers import Reader, teams_of_queues
from .rows import callback_number, user_names


def pending_callback(tx: Tx, reader: Reader, customer_id: str) -> CallbackView | None:
    """Return the callback that a customer has coming, where the reader may see it."""
    rows = list_callbacks(tx, ListCallbacks(reader.sight, 1, OPEN, customer_id=customer_id))
    return callback_views(tx, reader, rows)[0] if rows else None


class ChangedCallback(NamedTuple):
    """Whose callback changed, and who may see it: these teams, and who has its contact."""

    customer_id: str
    team_ids: frozenset[str]
    agent_id: str | None

    def is_seen_by(self, principal: Principal) -> bool:
        """As `access_callback`, of a user who is not asking at this moment."""
        return (
            principal.role is Role.ADMIN
            or not self.team_ids.isdisjoint(principal.team_ids)
            or principal.user_id == self.agent_id
        )


def changed_callbacks(tx: Tx, callback_ids: Sequence[str]) -> list[ChangedCallback]:
    """Return whom the change of these callbacks concerns, by two statements."""
    rows = tx.execute(
        select(callbacks.c.queue_id, identities.c.customer_id, contacts.c.agent_id)
        .join(identities, identities.c.id == callbacks.c.identity_id)
        .outerjoin(contacts, contacts.c.id == callbacks.c.contact_id)
        .where(callbacks.c.id.in_(sorted(callback_ids)))
    ).all()
    teams = teams_of_queues(tx, {row.queue_id for row in rows})
    return [ChangedCallback(row.customer_id, teams[row.queue_id], row.agent_id) for row in rows]


def callback_views(tx: Tx, reader: Reader, rows: Sequence[Row[Any]]) -> list[CallbackView]:
    """Show rows of `list_callbacks` to the reader."""
    names = user_names(tx, [user for row in rows for user in (row.agent_id, row.made_by)])
    return [
        CallbackView(
            id=row.id,
            kind=row.kind,
            state=row.state,
            queue_id=row.queue_id,
            tier=reader.tier(row.tier),
            customer_id=row.customer_id,
            customer_name=row.customer_name or callback_number(reader, row.number, row),
            number=callback_number(reader, row.number, row),
            contact_id=row.contact_id,
            contact_state=row.contact_state,
            source_contact_id=row.source_contact_id,
            agent_name=names.get(row.agent_id or ""),
            attempt=min(row.failed + 1, row.attempts),
            attempts=row.attempts,
            failed=row.failed,
            waited_s=_waited_s(reader, row),
            made_at=row.made_at,
            made_by_name=names.get(row.made_by or ""),
            asked_for_at=row.asked_for_at,
            next_at=row.due_at if row.state == CallbackState.WAITING else None,
            last_at=row.last_at,
            last_outcome=row.last_outcome,
            last_reason=row.last_reason,
            finished_at=row.finished_at,
            note=row.note,
            version=row.version,
        )
        for row in rows
    ]


def _waited_s(reader: Reader, row: Row[Any]) -> float:
    """What the customer has waited: running while the contact is in the queue."""
    waited_us = int(row.waited_us)
    if row.state == CallbackState.QUEUED and row.virtual_start_us is not None:
        waited_us = max(reader.clock_us(row.calendar_id) - row.virtual_start_us, 0)
    return round(waited_us / 1_000_000, 3)
