"""Files that could not be read, or not to their end: their entries wait no longer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from hub.storage import Tx

from .effects import ReadFile, ReadPages
from .inbound import READING, READING_ON
from .tables import interactions


def note_unread(tx: Tx, given_up: ReadFile | ReadPages) -> None:
    """What was to read a file was given up: what was read before stays, and nothing more comes."""
    entry = tx.execute(
        select(interactions).where(interactions.c.id == given_up.interaction_id).with_for_update()
    ).first()
    if entry is None or not _waits(entry.meta, given_up):
        return
    over = READING if isinstance(given_up, ReadFile) else READING_ON
    meta = {key: value for key, value in entry.meta.items() if key != over}
    tx.execute(update(interactions).where(interactions.c.id == entry.id).values(meta=meta))
    tx.hint("conversation.marked", entry.conversation_id)


def _waits(meta: Mapping[str, Any], given_up: ReadFile | ReadPages) -> bool:
    """Say whether an entry still waits for just that: it may have been told before."""
    if isinstance(given_up, ReadFile):
        return bool(meta.get(READING))
    far = meta.get(READING_ON)
    return far is not None and far["page"] == given_up.page - 1
