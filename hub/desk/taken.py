"""Who got there first: the answer to an agent who wanted the same contact as a colleague."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from hub.accounts.tables import users
from hub.contacts.model import ContactState
from hub.core.errors import Conflict
from hub.storage import Tx

_HELD = (
    ContactState.CONNECTING,
    ContactState.ACTIVE,
    ContactState.HOLD,
    ContactState.PARKED,
    ContactState.WRAP_UP,
)


def waits_no_more(tx: Tx, row: Row[Any]) -> Conflict:
    """Return why a contact cannot be taken from the queue: by name who has it, if somebody has."""
    if name := _holder(tx, row):
        return Conflict(f"Already taken by {name}.", code="contact.taken", name=name)
    return Conflict(
        "The contact does not wait any more, or rings at an agent at this moment.",
        code="contact.not_waiting",
    )


def held_by_other(tx: Tx, row: Row[Any]) -> Conflict:
    """Return why an agent cannot go on with a contact: by name who has it now, if somebody has."""
    if name := _holder(tx, row):
        return Conflict(f"The contact is with {name} now.", code="contact.not_yours", name=name)
    return Conflict("The contact is not with you any more.", code="contact.not_yours")


def _holder(tx: Tx, row: Row[Any]) -> str | None:
    if row.state not in _HELD or row.agent_id is None:
        return None
    query = select(users.c.name).where(users.c.id == row.agent_id)
    return tx.execute(query).scalar_one_or_none()
