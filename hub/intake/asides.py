"""What answers something we had forwarded: it is said beside the conversation with the customer."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs
from sqlalchemy import select

from hub.contacts.inbound import Inbound
from hub.contacts.model import InteractionKind
from hub.contacts.tables import interactions
from hub.storage import Tx


def as_asides(tx: Tx, items: Sequence[Inbound]) -> list[Inbound]:
    """Return the items; those that answer an aside of ours are asides. One statement, and none
    where nothing answers a message of ours.
    """
    answered = {item.answers for item in items if item.answers is not None}
    if not answered:
        return list(items)
    found = set(
        tx.execute(
            select(interactions.c.id).where(
                interactions.c.id.in_(sorted(answered)),
                interactions.c.kind == InteractionKind.ASIDE,
            )
        ).scalars()
    )
    return [
        structs.replace(item, kind=InteractionKind.ASIDE) if item.answers in found else item
        for item in items
    ]
