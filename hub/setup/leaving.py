"""What keeps a queue from being retired: contacts in it would be offered to nobody any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from sqlalchemy import func, select

from hub.callbacks.model import CallbackState
from hub.callbacks.tables import callbacks
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts
from hub.core.errors import Fault
from hub.routing.tables import queues
from hub.storage import Tx

_ENDED = (ContactState.CLOSED, ContactState.ABANDONED)
_WITHOUT_CONTACT = [CallbackState.WAITING]  # later ones have a contact, which counts
_UNDER_WAY = [state for state in ContactState if state not in _ENDED]


def queues_in_use(tx: Tx, wanted: Collection[str]) -> list[Fault]:
    """Return a fault for each queue that would retire with contacts or callbacks in it."""
    in_force = tx.execute(select(queues.c.id).where(~queues.c.retired)).scalars()
    gone = sorted(set(in_force) - set(wanted))
    if not gone:
        return []
    held: Counter[str] = Counter()
    for table, states in ((contacts, _UNDER_WAY), (callbacks, _WITHOUT_CONTACT)):
        found = (
            select(table.c.queue_id, func.count().label("held"))
            .where(table.c.queue_id.in_(gone), table.c.state.in_(states))
            .group_by(table.c.queue_id)
        )
        held.update({row.queue_id: row.held for row in tx.execute(found)})
    return [
        Fault(
            "queues",
            f"{queue!r} cannot be retired, {held[queue]} contact(s) or callback(s) are still in "
            "it: let its entry points lead to another queue first, and move or close what is there",
        )
        for queue in gone
        if held[queue]
    ]
