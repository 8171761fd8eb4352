"""How long a call that came in was talked on, written on its entry of the timeline when it ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from hub.storage import Tx

from .model import Direction, InteractionKind
from .tables import interactions

_KEY = "duration_s"


def note_length(tx: Tx, contact: Row[Any], at: datetime) -> None:
    """Write the seconds from the answer to `at`; nobody answered: nothing. The first end stands."""
    if contact.answered_at is None:
        return
    call = tx.execute(
        select(interactions.c.id, interactions.c.meta).where(
            interactions.c.conversation_id == contact.conversation_id,
            interactions.c.contact_id == contact.id,
            interactions.c.kind == InteractionKind.CALL,
            interactions.c.direction == Direction.INBOUND,
        )
    ).first()
    if call is None or _KEY in call.meta:
        return
    length_s = max(0, round((at - contact.answered_at).total_seconds()))
    tx.execute(
        update(interactions)
        .where(interactions.c.id == call.id)
        .values(meta={**call.meta, _KEY: length_s})
    )
    tx.hint("conversation.marked", contact.conversation_id)
