"""A caller who has waited longest goes on: to another queue, or to a number outside."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Row

from hub.contacts import service as contact_service
from hub.contacts.heads import lock_heads
from hub.contacts.model import WAITING, ContactState, EndedAs
from hub.contacts.service import Move
from hub.routing import service as routing
from hub.routing.moving import NewLine, change_line
from hub.routing.settings import load_settings
from hub.storage import Tx

_LOG = logging.getLogger(__name__)


def to_queue(tx: Tx, row: Row[Any], queue_id: str) -> None:
    """Move a contact that waits to another queue, with what it has waited. A queue that is gone, or
    an offer made meanwhile, leaves it where it is.
    """
    if row.state != ContactState.QUEUED or row.queue_id == queue_id:
        return
    if queue_id not in load_settings(tx).queues:
        _LOG.warning("a caller stays in their queue: the one after the longest wait is gone")
        return
    moved, _ = change_line(tx, [row], NewLine(queue_id))
    if moved:
        _tell(tx, row, {"code": "overflowed", "queue": queue_id})


def to_outside(tx: Tx, row: Row[Any]) -> None:
    """A number outside has taken the caller: nobody of ours is asked any more."""
    if row.state == ContactState.CONNECTING:  # taken in the same moment: nobody rang yet
        routing.connect_failed(tx, [row.id])
    elif row.state not in WAITING:
        return
    ended = {
        "ended_as": EndedAs.HANDLED,
        "closed_at": tx.now,
        "agent_id": None,
        "unanswered_since": None,
    }
    contact_service.move(tx, Move(row.id, ContactState.CLOSED, WAITING, changes=ended))
    routing.release(tx, [row.id], "outside")
    _tell(tx, row, {"code": "put_outside"})
    tx.hint("contact.queued", row.id)


def _tell(tx: Tx, row: Row[Any], said: dict[str, str]) -> None:
    heads = lock_heads(tx, [row.id])
    contact_service.append_system(tx, [contact_service.system_entry(tx, row, said)], heads)
