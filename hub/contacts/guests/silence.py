"""While the recording of a call pauses, no supervisor hears it: what is said then is for nobody."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from hub.contacts.effects import SetGuestMode
from hub.contacts.outreach.sending import to_channel
from hub.core.ids import new_id
from hub.storage import Tx
from hub.storage.outbox import add_effects

from .model import GuestRole
from .service import CHANGED, list_open


def set_supervisors(tx: Tx, contact: Row[Any]) -> None:
    """Let the channel set anew what the supervisors of a call hear: a pause has begun, or ended.

    The channel asks how it stands then (`Standing.silenced`), so orders may come late or twice.
    """
    for guest in list_open(tx, [contact.id]):
        if guest.role != GuestRole.SUPERVISOR:
            continue
        order = to_channel(
            SetGuestMode(contact_id=contact.id, guest_id=guest.id),
            channel=contact.channel,
            entry_point_id=contact.entry_point_id,
            contact_id=contact.id,
            dedupe_key=f"guest:{new_id()}",
        )
        add_effects(tx, [order])
        tx.hint(CHANGED, guest.id)
