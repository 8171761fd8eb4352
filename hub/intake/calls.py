"""Live contacts: what happens on the line, and the customer who leaves.

A call is accepted as `connecting`; it becomes active, and counts as answered, only when the agent's
audio has joined (routing.md section 1). A customer who leaves before that has abandoned.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row

from hub.callbacks.attempts import not_reached, reached
from hub.contacts import outgoing_calls
from hub.contacts import service as contact_service
from hub.contacts.inbound import CallEvent, CallMoment
from hub.contacts.incoming_calls import note_length
from hub.contacts.model import WAITING, CallOutcome, ContactState, EndedAs, is_dialling
from hub.contacts.service import Move
from hub.phone_lists import attempts as lists
from hub.routing import service as routing
from hub.storage import Tx

from . import overflow
from .callbacks import call_back_abandoned
from .dialling import apply_dialling_event
from .language import change_language
from .returned import remember
from .talks import finish, joined

_TALKING = frozenset({ContactState.ACTIVE, ContactState.HOLD})


def apply_call_event(tx: Tx, row: Row[Any], news: CallEvent) -> None:
    """Move the contact as the call went; an event that comes too late changes nothing."""
    if news.moment is CallMoment.PICKED_UP:
        lists.picked_up(tx, row.id, news.occurred_at)
        return
    if news.moment is CallMoment.ANSWERED_BY:
        lists.answered_by(tx, row.id, news.detail or "")
        return
    if is_dialling(row.direction, row.answered_at):
        apply_dialling_event(tx, row, news)
        return
    state = ContactState(row.state)
    if news.moment is CallMoment.AGENT_JOINED and state is ContactState.CONNECTING:
        joined(tx, row)
        reached(tx, row)
    elif news.moment is CallMoment.AGENT_FAILED:
        routing.connect_failed(tx, [row.id])
    elif news.moment is CallMoment.HELD and state is ContactState.ACTIVE:
        contact_service.move(tx, Move(row.id, ContactState.HOLD))
    elif news.moment is CallMoment.RESUMED and state is ContactState.HOLD:
        contact_service.move(tx, Move(row.id, ContactState.ACTIVE))
    elif news.moment is CallMoment.CUSTOMER_LEFT:
        left(tx, row, news.occurred_at)
    elif news.moment is CallMoment.LANGUAGE and news.detail:
        change_language(tx, row, news.detail)
    elif news.moment is CallMoment.VOICEMAIL:
        _to_voicemail(tx, row)
    elif news.moment is CallMoment.OVERFLOWED and news.detail:
        overflow.to_queue(tx, row, news.detail)
    elif news.moment is CallMoment.OUTSIDE:
        overflow.to_outside(tx, row)
    elif news.moment is CallMoment.AGENT_LEFT and state in _TALKING:
        routing.transfer(tx, routing.Transfer(row.id, queue_id=row.queue_id))


class Leave(NamedTuple):
    contact_id: str
    why: str  # shown on the timeline: "hung_up", "ended_chat"


def leave(tx: Tx, cmd: Leave) -> None:
    """The customer left: abandoned while waiting, ended while somebody handles it.

    Where other conversations go on in the contact, who leaves one of them ends nothing.
    """
    row = contact_service.get_contact(tx, cmd.contact_id)
    if not row.joins:
        left(tx, row, tx.now)


def left(tx: Tx, row: Row[Any], at: datetime) -> None:
    """The customer of a contact (its row) is on the line no more, since `at`."""
    state = ContactState(row.state)
    outgoing_calls.settle(tx, row, CallOutcome.ANSWERED, at)
    note_length(tx, row, at)
    if state in WAITING or state is ContactState.CONNECTING:
        remember(tx, row)
        if not_reached(tx, row, CallOutcome.ANSWERED, "", at):
            return  # called first, and gone before an agent came: the next attempt is set
        contact_service.move(
            tx,
            Move(row.id, ContactState.ABANDONED, changes={"closed_at": tx.now, "agent_id": None}),
        )
        routing.release(tx, [row.id], "abandoned")
        call_back_abandoned(tx, row)
        tx.hint("contact.queued", row.id)
    elif state in _TALKING:
        finish(tx, row)
    elif state is ContactState.PARKED:
        contact_service.move(
            tx,
            Move(
                row.id,
                ContactState.CLOSED,
                changes={"ended_as": EndedAs.HANDLED, "closed_at": tx.now, "parked_until": None},
            ),
        )
        routing.follow_contacts(tx, [row.id])


def _to_voicemail(tx: Tx, row: Row[Any]) -> None:
    """The caller left the line to speak a message: that becomes a contact of its own."""
    if row.state == ContactState.CONNECTING:
        routing.connect_failed(tx, [row.id])
    elif row.state not in WAITING:
        return
    ended = {"ended_as": EndedAs.VOICEMAIL, "closed_at": tx.now, "agent_id": None}
    contact_service.move(tx, Move(row.id, ContactState.CLOSED, WAITING, changes=ended))
    routing.release(tx, [row.id], "voicemail")
    reached(tx, row)
    tx.hint("contact.queued", row.id)
