"""Which calls ring at the phone of an agent now."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from hub.storage import Tx

from .service import RINGS_AT_MOST
from .tables import pbx_calls, pbx_rings


class Ringing(NamedTuple):
    call_id: str
    entry_point_id: str
    conversation_id: str
    identity_id: str
    extension: str
    since: datetime

    @classmethod
    def of(cls, row: Any) -> Ringing:
        return cls(*row)


def ringing_at(tx: Tx, agent_id: str, limit: int = 10) -> list[Ringing]:
    """Return the calls that ring at this agent's phone, the oldest first."""
    found = (
        select(
            pbx_calls.c.id,
            pbx_calls.c.entry_point_id,
            pbx_calls.c.conversation_id,
            pbx_calls.c.identity_id,
            pbx_rings.c.extension,
            pbx_rings.c.since,
        )
        .join(pbx_calls, pbx_calls.c.id == pbx_rings.c.call_id)
        .where(pbx_rings.c.agent_id == agent_id, pbx_rings.c.since > tx.now - RINGS_AT_MOST)
        .order_by(pbx_rings.c.since, pbx_calls.c.id)
        .limit(limit)
    )
    return [Ringing.of(row) for row in tx.execute(found)]
