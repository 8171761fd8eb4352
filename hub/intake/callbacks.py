"""Customers who are called back: at their wish, after a message, or because they gave up waiting.

The call's contact ends as a callback, which is not abandoned; its place in the queue is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from hub.callbacks.line import META, brief
from hub.callbacks.model import CallbackKind
from hub.callbacks.permits import ask_for
from hub.callbacks.rules import rules_of, zone_of
from hub.callbacks.service import AlreadyPending, NewCallback, is_pending, place_callback
from hub.callbacks.tables import callbacks
from hub.contacts import service as contact_service
from hub.contacts.inbound import CallbackAnswer, CallbackRefusal, IdentityKind
from hub.contacts.model import FINAL, WAITING, ContactState, Direction, EndedAs
from hub.contacts.numbers import check_wished
from hub.contacts.outreach.model import Permit
from hub.contacts.outreach.service import may_contact
from hub.contacts.service import Move
from hub.contacts.tables import entry_points
from hub.core.errors import Invalid
from hub.customers.tables import identities
from hub.routing import service as routing
from hub.routing.settings import load_settings
from hub.storage import Tx


class CallBack(NamedTuple):
    """A caller wishes to be called back at `number`, as it was dialled or keyed in."""

    contact_id: str
    number: str


def call_back(tx: Tx, wish: CallBack) -> CallbackAnswer:
    """Keep the caller's place and end the waiting. The same wish again gives the same answer.

    Raises NotFound. A refusal changes nothing.
    """
    row = contact_service.get_contact(tx, wish.contact_id)
    before = _placed(tx, row.id)
    if before is not None:
        return before
    settings = load_settings(tx)
    # While it is closed a message was on offer, too: its contact ended with the offer.
    waited_us = routing.waited_now_us(settings, row, tx.now) if row.state in WAITING else 0
    ended = row.state == ContactState.CLOSED and row.ended_as == EndedAs.VOICEMAIL
    if rules_of(settings, row.queue_id) is None:
        return CallbackAnswer(CallbackRefusal.GONE)
    if row.state not in WAITING and not ended:
        gone = row.state in FINAL
        return CallbackAnswer(CallbackRefusal.GONE if gone else CallbackRefusal.TAKEN)
    try:
        number = check_wished(
            tx, wish.number, _point(tx, row.entry_point_id), _number(tx, row.identity_id)
        )
    except Invalid:
        return CallbackAnswer(CallbackRefusal.NUMBER)
    if is_pending(tx, row.identity_id, number):
        return CallbackAnswer(CallbackRefusal.PENDING)
    end_waiting(tx, row)
    place_callback(tx, new_callback(row, CallbackKind.KEPT_PLACE, number, waited_us))
    return _placed(tx, row.id) or CallbackAnswer(CallbackRefusal.GONE)


def call_back_abandoned(tx: Tx, row: Row[Any]) -> None:
    """A caller (the contact's row while it waited) gave up: call them back, where the queue does
    so for their tier and they waited long enough.
    """
    settings = load_settings(tx)
    rules = rules_of(settings, row.queue_id)
    if rules is None or row.direction != Direction.INBOUND or row.tier not in rules.abandoned_for:
        return
    if routing.waited_now_us(settings, row, tx.now) < rules.abandoned_over_s * 1_000_000:
        return
    number = _number(tx, row.identity_id)
    wanted = ask_for(CallbackKind.ABANDONED, row.channel, row.identity_id)
    if number is None or not isinstance(may_contact(tx, [wanted])[0], Permit):
        return
    try:
        number = check_wished(tx, number, _point(tx, row.entry_point_id), number)
        place_callback(tx, new_callback(row, CallbackKind.ABANDONED, number, 0))
    except (AlreadyPending, Invalid):
        return


def call_back_messages(tx: Tx, messages: Sequence[Mapping[str, Any]]) -> None:
    """Spoken messages that wait as contacts (their columns): callbacks to do, where the queue has
    it so. The contact itself stands for the first attempt: its agent hears it, then calls.
    """
    if not messages:
        return
    settings = load_settings(tx)
    for contact in messages:
        rules = rules_of(settings, contact["queue_id"])
        number = _number(tx, contact["identity_id"])
        if rules is None or not rules.voicemail or number is None:
            continue
        row = contact_service.get_contact(tx, contact["id"])
        try:
            number = check_wished(tx, number, _point(tx, row.entry_point_id), number)
            new = replace(new_callback(row, CallbackKind.VOICEMAIL, number, 0), contact_id=row.id)
            placed = place_callback(tx, new)
        except (AlreadyPending, Invalid):
            continue
        contact_service.amend(tx, row.id, {"meta": {**row.meta, META: brief(placed)}})


def end_waiting(tx: Tx, row: Row[Any]) -> None:
    """The waiting of a contact is over, but not the request: an offer of it is withdrawn."""
    ended = {"ended_as": EndedAs.CALLBACK, "closed_at": tx.now, "agent_id": None}
    if row.state not in WAITING:
        contact_service.amend(tx, row.id, {"ended_as": EndedAs.CALLBACK})
        return
    contact_service.move(
        tx, Move(row.id, ContactState.CLOSED, WAITING, changes={**ended, "unanswered_since": None})
    )
    routing.release(tx, [row.id], "callback")
    tx.hint("contact.queued", row.id)


def new_callback(row: Row[Any], kind: CallbackKind, number: str, waited_us: int) -> NewCallback:
    """Return what is placed for the customer of a contact (its row), on its own line."""
    return NewCallback(
        kind=kind,
        channel=row.channel,
        entry_point_id=row.entry_point_id,
        queue_id=row.queue_id,
        conversation_id=row.conversation_id,
        identity_id=row.identity_id,
        number=number,
        language=row.language,
        tier=row.tier,
        source_contact_id=row.id,
        waited_us=waited_us,
        priority=row.priority,
        requirements=dict(row.requirements),
        skill_step=row.skill_step,
    )


def _placed(tx: Tx, contact_id: str) -> CallbackAnswer | None:
    """Return the answer that was given for this call before."""
    found = select(callbacks).where(callbacks.c.source_contact_id == contact_id)
    row = tx.execute(found.limit(1)).first()
    if row is None:
        return None
    at = row.due_at if row.contact_id is None else None
    return CallbackAnswer(None, at, zone_of(load_settings(tx), row.queue_id))


def _point(tx: Tx, entry_point_id: str) -> Row[Any]:
    return tx.execute(select(entry_points).where(entry_points.c.id == entry_point_id)).one()


def _number(tx: Tx, identity_id: str) -> str | None:
    found = select(identities.c.value_norm).where(
        identities.c.id == identity_id, identities.c.kind == IdentityKind.PHONE
    )
    return tx.execute(found).scalar_one_or_none()
