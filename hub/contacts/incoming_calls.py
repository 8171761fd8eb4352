"""A call that came in, on its entry of the timeline: who answered it, and how long it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from hub.storage import Tx

from .model import Direction, InteractionKind
from .tables import interactions

_LENGTH = "duration_s"
_AGENTS = "agents"


def note_agent(tx: Tx, contact: Row[Any], name: str) -> None:
    """Write who talks with the caller, after those who did before: "Ann, Ben"."""
    call = _entry(tx, contact)
    if call is None:
        return
    before = str(call.meta.get(_AGENTS) or "")
    if name in before.split(", "):
        return
    _amend(tx, contact, call, {_AGENTS: f"{before}, {name}" if before else name})


def note_length(tx: Tx, contact: Row[Any], at: datetime) -> None:
    """Write the seconds from the answer to `at`; nobody answered: nothing. The first end stands."""
    if contact.answered_at is None:
        return
    call = _entry(tx, contact)
    if call is None or _LENGTH in call.meta:
        return
    length_s = max(0, round((at - contact.answered_at).total_seconds()))
    _amend(tx, contact, call, {_LENGTH: length_s})


def _entry(tx: Tx, contact: Row[Any]) -> Row[Any] | None:
    return tx.execute(
        select(interactions.c.id, interactions.c.meta)
        .where(
            interactions.c.conversation_id == contact.conversation_id,
            interactions.c.contact_id == contact.id,
            interactions.c.kind == InteractionKind.CALL,
            interactions.c.direction == Direction.INBOUND,
        )
        .limit(1)
    ).first()


def _amend(tx: Tx, contact: Row[Any], call: Row[Any], facts: dict[str, Any]) -> None:
    tx.execute(
        update(interactions).where(interactions.c.id == call.id).values(meta={**call.meta, **facts})
    )
    tx.hint("conversation.marked", contact.conversation_id)
