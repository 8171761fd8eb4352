"""A time for a call is agreed with the customer: the queue calls back then, whoever is free."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from hub.callbacks.entries import By
from hub.callbacks.model import CallbackKind
from hub.callbacks.reads import sees_callback
from hub.callbacks.rows import Callback, find_open_of_customer, find_open_of_number
from hub.callbacks.rules import rules_of
from hub.callbacks.service import NewCallback, place_callback
from hub.contacts.access import Sight
from hub.contacts.inbound import IdentityKind, SenderIdentity
from hub.contacts.numbers import check_number
from hub.core.errors import Conflict, Invalid
from hub.customers.model import Identify
from hub.customers.service import identify_batch
from hub.routing.settings import branch_of_new_customers, load_settings, tier_of_new_customers
from hub.storage import Tx

from .calling import number_thread


@dataclass(frozen=True, slots=True)
class ScheduleCallback:
    """Call `number` (as typed) from one of our entry points (its row), not before `at`.

    `sight`: what whoever agrees on it may see; None: everything.
    """

    by: By
    entry_point: Row[Any]
    number: str
    at: datetime
    queue_id: str | None = None
    note: str | None = None
    sight: Sight | None = None


def schedule_callback(tx: Tx, cmd: ScheduleCallback) -> Callback:
    """Place a callback for an agreed time within the queue's hours and window.

    Raises Invalid for what is no number to be called, for another time, or a queue that calls
    nobody back; AlreadyPending, or Conflict where that one is out of sight.
    """
    point = cmd.entry_point
    queue_id = cmd.queue_id or point.queue_id
    if rules_of(load_settings(tx), queue_id) is None:
        raise Invalid(
            "This queue calls nobody back: add [callback] to the set-up.", code="callback.off"
        )
    number = check_number(tx, cmd.number, point)
    sender = SenderIdentity(IdentityKind.PHONE, number)
    who = identify_batch(
        tx,
        [Identify((sender,), point.region, None, "agent", queue_id)],
        tier_of_new_customers,
        branch_of_new_customers,
    )[0]
    _check_pending(tx, cmd.sight, who.customer_id, number)
    # Agreed during a call: it goes on with that conversation, once the call is over.
    thread = number_thread(tx, point, sender, who, opens_contact=False)
    return place_callback(
        tx,
        NewCallback(
            kind=CallbackKind.SCHEDULED,
            channel=point.channel,
            entry_point_id=point.id,
            queue_id=queue_id,
            conversation_id=thread.id,
            identity_id=who.identity_id,
            number=number,
            language=who.language or point.language,
            tier=who.tier,
            at=cmd.at,
            by=cmd.by,
            note=cmd.note,
        ),
    )


def _check_pending(tx: Tx, sight: Sight | None, customer_id: str, number: str) -> None:
    """Raise Conflict where another team is to call them back: who asks can do nothing about it."""
    pending = find_open_of_customer(tx, customer_id) or find_open_of_number(tx, number)
    if pending is not None and not sees_callback(tx, sight, pending.id):
        raise Conflict(
            "Another team is to call this customer back already.", code="callback.pending_elsewhere"
        )
