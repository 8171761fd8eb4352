"""The language of a contact, learned after it came in: who can be asked for it changes with it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from hub.contacts import service as contact_service
from hub.contacts.model import WAITING, ContactState
from hub.routing.placement import requirements_in
from hub.storage import Tx

_OVER = frozenset({ContactState.CLOSED, ContactState.ABANDONED})


def change_language(tx: Tx, contact: Row[Any], language: str) -> None:
    """Speak `language` with the customer from now on; one who waits keeps their place.

    An offer already made stands: its agent was found by what was known then.
    """
    if contact.language == language or contact.state in _OVER:
        return
    changes: dict[str, Any] = {"language": language}
    if contact.state in WAITING:
        changes["requirements"] = requirements_in(
            tx, contact.queue_id, contact.requirements, language
        )
    contact_service.amend(tx, contact.id, changes)
