"""Where one contact stands, asked as a channel's door asks for many."""

from __future__ import annotations

from hub.contacts.inbound import Standing
from hub.core.errors import HubError
from hub.intake.waiting import standings
from hub.storage import Tx


def standing(tx: Tx, contact_id: str) -> Standing:
    """Return what its customer may be told. Raises NotFound."""
    [found] = standings(tx, [contact_id])
    if isinstance(found, HubError):
        raise found
    return found
