"""A contact that nobody wanted is closed as spam: not answered, not measured, nobody is asked. Who
was wrong takes it back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from hub.accounts.model import Actor
from hub.callbacks.entries import By as CallbackBy
from hub.callbacks.stopping import stop_asked
from hub.contacts import service as contact_service
from hub.contacts.blocks.service import Unblock, unblock
from hub.contacts.blocks.tables import blocks
from hub.contacts.heads import lock_heads
from hub.contacts.model import ContactState, EndedAs
from hub.contacts.service import Move
from hub.core.errors import Conflict
from hub.routing import service as routing
from hub.routing.placement import Arrival, place
from hub.storage import Tx

from .joining import open_contact_of
from .telling import By, tell_each

UNDO = timedelta(minutes=15)
"""How long who closed it as spam may take that back; supervisors always may."""

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


@dataclass(frozen=True, slots=True)
class NotSpam:
    """`agent_id`: who must have held it, shortly before; None: who steers acts. `call`: its channel
    has audio.
    """

    contact_id: str
    by: By
    actor: Actor
    agent_id: str | None = None
    call: bool = False


def take_back_spam(tx: Tx, cmd: NotSpam) -> None:
    """Put it back into its queue with the time its customer has waited, and take its sender off the
    block list if they came there from it. What was stopped besides (callbacks) stays stopped.

    Raises NotFound, IllegalMove where it is not closed as spam, Conflict where it is too late for
    this agent, was somebody else's, goes on in something newer, or was a call: nobody is on the
    line.
    """
    if cmd.call:
        raise Conflict("Nobody is on the line any more: call them.", code="spam.was_call")
    heads = lock_heads(tx, [cmd.contact_id])
    row = contact_service.get_contact(tx, cmd.contact_id)
    if cmd.agent_id is not None:
        if row.agent_id != cmd.agent_id:
            raise Conflict("It was with somebody else.", code="contact.not_yours")
        if row.closed_at is None or row.closed_at < tx.now - UNDO:
            raise Conflict("It is too late: ask a supervisor.", code="spam.too_late")
    if row.state == ContactState.CLOSED and open_contact_of(tx, row.conversation_id) is not None:
        raise Conflict("Something newer of the same conversation is open.", code="spam.goes_on")
    since = row.opened_at if row.answered_at is None else row.last_message_at
    arrival = Arrival(
        row.queue_id,
        row.tier,
        row.channel,
        row.language,
        last_agent_id=row.agent_id,
        waited_s=(tx.now - since).total_seconds(),
        promise=row.promise,
    )
    changes = {
        **place(tx, [arrival])[0],
        "ended_as": None,
        "closed_at": None,
        "agent_id": None,
        "enqueued_at": tx.now,
        "unanswered_since": since,
    }
    contact_service.bring_back(tx, Move(row.id, ContactState.QUEUED, changes=changes), EndedAs.SPAM)
    routing.follow_contacts(tx, [row.id])
    tell_each(tx, [(row, {"code": "no_spam"})], heads, cmd.by)
    came_from_it = select(blocks.c.id).where(blocks.c.contact_id == row.id)
    for block_id in list(tx.execute(came_from_it).scalars()):
        unblock(tx, Unblock(cmd.actor, block_id))
    tx.hint("contact.queued", row.id)
