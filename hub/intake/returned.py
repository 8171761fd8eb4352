"""Who left while they waited and comes back soon goes on with what they had waited.

Remembered on the conversation (routing.md 3.8), which whoever comes again is read with anyway: it
costs a statement only where somebody had left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, update

from hub.contacts.tables import conversations
from hub.contacts.threads import Thread
from hub.routing.service import waited_now_us
from hub.routing.settings import load_settings
from hub.storage import Tx


def remember(tx: Tx, row: Row[Any]) -> None:
    """The customer of a contact (its row, still waiting) leaves: keep what they have waited.

    Nothing on a channel where nothing is kept (`redial_s` 0).
    """
    settings = load_settings(tx)
    if settings.channels[row.channel].redial_s <= 0:
        return
    tx.execute(
        update(conversations)
        .where(conversations.c.id == row.conversation_id)
        .values(left_at=tx.now, left_waited_us=waited_now_us(settings, row, tx.now))
    )


def forget(tx: Tx, conversation_ids: Sequence[str]) -> None:
    """They are back, or were served: it is not kept a second time."""
    if conversation_ids:
        tx.execute(
            update(conversations)
            .where(conversations.c.id.in_(sorted(conversation_ids)))
            .values(left_at=None, left_waited_us=None)
        )


def facts(thread: Thread, kept_us: int) -> Mapping[str, Any]:
    """Return what a new contact keeps of it for the screens (`meta`); nothing where none is."""
    if thread.left_at is None or kept_us <= 0:
        return {}
    left_at = thread.left_at.isoformat()
    return {"returned": {"left_at": left_at, "waited_s": round(kept_us / 1_000_000, 1)}}
