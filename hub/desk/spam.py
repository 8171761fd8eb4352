"""A contact that nobody wanted is closed as spam: not answered, not measured, nobody is asked."""

from __future__ import annotations

from dataclasses import dataclass

from hub.callbacks.entries import By as CallbackBy
from hub.callbacks.stopping import stop_asked
from hub.contacts import service as contact_service
from hub.contacts.heads import lock_heads
from hub.contacts.model import ContactState, EndedAs
from hub.contacts.service import Move
from hub.core.errors import Conflict
from hub.routing import service as routing
from hub.storage import Tx

from .telling import By, tell_each

_CLOSABLE = frozenset(
    {
        ContactState.QUEUED,
        ContactState.OFFERED,
        ContactState.ACTIVE,
        ContactState.PARKED,
        ContactState.WRAP_UP,
        ContactState.QUARANTINED,
    }
)


@dataclass(frozen=True, slots=True)
class MarkSpam:
    """`agent_id`: who must hold it; None: who steers acts. `call`: its channel has audio."""

    contact_id: str
    by: By
    agent_id: str | None = None
    call: bool = False


def callback_by(by: By) -> CallbackBy:
    """Return who acts, as the entries of callbacks name them."""
    return CallbackBy(by.id, None if by.id is None else by.name)


def mark_spam(tx: Tx, cmd: MarkSpam) -> None:
    """Close it, wherever it stands, and say on its timeline who did. Who asked in it to be called
    is not called.

    Raises NotFound, IllegalMove where it is over or moved meanwhile, Conflict for a call: somebody
    is on the line.
    """
    if cmd.call:
        raise Conflict("Somebody is on the line: end the call instead.", code="spam.call")
    heads = lock_heads(tx, [cmd.contact_id])
    changes = {
        "ended_as": EndedAs.SPAM,
        "closed_at": tx.now,
        "wrap_until": None,
        "parked_until": None,
        "unanswered_since": None,
    }
    row = contact_service.move(
        tx, Move(cmd.contact_id, ContactState.CLOSED, _CLOSABLE, cmd.agent_id, changes)
    )
    routing.release(tx, [row.id], "closed")
    tell_each(tx, [(row, {"code": "marked_spam"})], heads, cmd.by)
    stop_asked(tx, row.id, callback_by(cmd.by))
    tx.hint("contact.closed", row.id)
