"""What somebody chose before they came to a queue, against what there is today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs
from sqlalchemy import select

from hub.contacts.inbound import Inbound
from hub.contacts.tables import reasons
from hub.routing.settings import load_settings
from hub.storage import Tx


def that_are_there(tx: Tx, items: Sequence[Inbound]) -> list[Inbound]:
    """Return the items without what was chosen and is no more: a queue, a reason. The set-up may
    have changed while somebody listened to a menu. One read, and only where something was chosen.
    """
    asked = {one.chosen.reason_id for one in items if one.chosen and one.chosen.reason_id}
    if not any(one.chosen for one in items):
        return list(items)
    queues = load_settings(tx).queues
    known: set[str] = set()
    if asked:
        found = select(reasons.c.id).where(reasons.c.id.in_(sorted(asked)), ~reasons.c.retired)
        known = set(tx.execute(found).scalars())
    return [
        one
        if (chosen := one.chosen) is None
        else structs.replace(
            one,
            chosen=structs.replace(
                chosen,
                queue_id=chosen.queue_id if chosen.queue_id in queues else None,
                reason_id=chosen.reason_id if chosen.reason_id in known else None,
            ),
        )
        for one in items
    ]


def goes_apart(item: Inbound, contact: Mapping[str, Any] | None) -> bool:
    """Say whether what was chosen is not what the open contact of its conversation is about."""
    chosen = item.chosen
    if chosen is None or contact is None:
        return False
    return chosen.apart or chosen.queue_id not in (None, contact["queue_id"])
