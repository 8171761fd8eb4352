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
    if row.state in _HELD and row.agent_id is not None:
        query = select(users.c.name).where(users.c.id == row.agent_id)
        name = tx.execute(query).scalar_one()
        return Conflict(f"Already taken by {name}.", code="contact.taken", name=name)
    return Conflict(
        "The contact does not wait any more, or rings at an agent at this moment.",
        code="contact.not_waiting",
    )
