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
from hub.contacts.model import WAITING, CallOutcome, CallStage, ContactState, is_dialling
from hub.contacts.tables import contacts
from hub.phone_lists import attempts as lists
from hub.routing.tables import assignments
from hub.routing.turns import DIALLING
from hub.storage import LIMIT, NOW, Look, Tx
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
        lists.joined(tx, row, news.occurred_at)
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
    if not _goes_on(tx, row, outcome, news.reason, news.occurred_at):
        finish(tx, row)


def _goes_on(tx: Tx, row: Row[Any], outcome: CallOutcome, reason: str, at: datetime) -> bool:
    """Say whether its callback or its phone list has closed the contact, and tries again."""
    return not_reached(tx, row, outcome, reason, at) or lists.not_reached(
        tx, row, outcome, reason, at
    )


_NOT_REACHED = Look(
    select(assignments.c.contact_id)
    .join(contacts, contacts.c.id == assignments.c.contact_id)
    .where(assignments.c.connect_by <= NOW, assignments.c.ended_at.is_(None))
    .where(contacts.c.state == ContactState.CONNECTING, DIALLING)
    .order_by(assignments.c.connect_by)
    .limit(LIMIT)
)


def fire_due_dials(tx: Tx, now: datetime, limit: int) -> int:
    """End calls of ours that did not come about in time; return how many."""
    ids = _NOT_REACHED.ids(tx, now, limit)
    if not ids:
        return 0
    rows = [
        row
        for row in contact_service.lock_contacts(tx, ids).values()
        if row.state == ContactState.CONNECTING and is_dialling(row.direction, row.answered_at)
    ]  # who has answered since the look is not hung up on
    for row in rows:
        outgoing_calls.settle(tx, row, CallOutcome.FAILED, now, "timeout")
        if not _goes_on(tx, row, CallOutcome.FAILED, "timeout", now):
            finish(tx, row)
    add_effects(tx, [hang_up(row) for row in rows])
    return len(rows)
