"""A call of ours until the customer has answered: rung, not reached, or joined.

Nobody waits for us meanwhile, so nothing of it is an abandoned call or a part of a service level.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from hub.callbacks.attempts import not_reached, reached
from hub.callbacks.calling_first import on_the_line
from hub.callbacks.stopping import hang_up
from hub.contacts import outgoing_calls
from hub.contacts import service as contact_service
from hub.contacts.inbound import CallEvent, CallMoment
from hub.contacts.model import WAITING, CallOutcome, CallStage, ContactState
from hub.contacts.tables import contacts
from hub.routing.tables import assignments
from hub.routing.turns import DIALLING
from hub.storage import Tx
from hub.storage.outbox import add_effects

from .talks import finish, joined

_STAGES = {CallMoment.DIALLING: CallStage.DIALLING, CallMoment.RINGING: CallStage.RINGING}


def apply_dialling_event(tx: Tx, row: Row[Any], news: CallEvent) -> None:
    """Move a call of ours on; an event that comes too late changes nothing."""
    if row.to_call_since is not None and row.state in WAITING:
        _called_first(tx, row, news)
        return
    if row.state != ContactState.CONNECTING:
        return
    if news.moment in _STAGES:
        outgoing_calls.note_stage(tx, row, _STAGES[news.moment])
    elif news.moment is CallMoment.AGENT_JOINED:
        outgoing_calls.note_stage(tx, row, CallStage.TALKING)
        joined(tx, row)
        reached(tx, row)
    elif news.moment is CallMoment.CUSTOMER_LEFT:
        # They picked up and were gone before anybody could be heard.
        _end(tx, row, news, CallOutcome.ANSWERED)
    elif news.moment in (CallMoment.NOT_REACHED, CallMoment.AGENT_FAILED):
        _end(tx, row, news, news.outcome or CallOutcome.FAILED)


def _called_first(tx: Tx, row: Row[Any], news: CallEvent) -> None:
    """The queue itself calls the customer, who then waits on the line."""
    if news.moment in _STAGES:
        outgoing_calls.note_stage(tx, row, _STAGES[news.moment])
    elif news.moment is CallMoment.ON_THE_LINE:
        on_the_line(tx, row)
    elif news.moment in (CallMoment.NOT_REACHED, CallMoment.CUSTOMER_LEFT):
        left = news.moment is CallMoment.CUSTOMER_LEFT  # overtook the news that they had answered
        outcome = news.outcome or (CallOutcome.ANSWERED if left else CallOutcome.FAILED)
        outgoing_calls.settle(tx, row, outcome, news.occurred_at, news.reason, news.detail or "")
        not_reached(tx, row, outcome, news.reason, news.occurred_at)


def _end(tx: Tx, row: Row[Any], news: CallEvent, outcome: CallOutcome) -> None:
    outgoing_calls.settle(tx, row, outcome, news.occurred_at, news.reason, news.detail or "")
    if not not_reached(tx, row, outcome, news.reason, news.occurred_at):
        finish(tx, row)


def fire_due_dials(tx: Tx, now: datetime, limit: int) -> int:
    """End calls of ours that did not come about in time; return how many."""
    due = (
        select(assignments.c.contact_id)
        .join(contacts, contacts.c.id == assignments.c.contact_id)
        .where(assignments.c.connect_by <= now, assignments.c.ended_at.is_(None))
        .where(contacts.c.state == ContactState.CONNECTING, DIALLING)
    )
    ids = list(tx.execute(due.order_by(assignments.c.connect_by).limit(limit)).scalars())
    rows = contact_service.lock_contacts(tx, ids)
    for row in rows.values():
        outgoing_calls.settle(tx, row, CallOutcome.FAILED, now, "timeout")
        if not not_reached(tx, row, CallOutcome.FAILED, "timeout", now):
            finish(tx, row)
    add_effects(tx, [hang_up(row) for row in rows.values()])
    return len(ids)
