"""Who writes with us asks to be called instead: the place they have is kept, the talk is at hand.

What they wait in ends as a callback, which is not abandoned; where somebody talks with them, that
goes on, and the call comes after it. The customer stays the same, so whoever calls has before them
what was said. The call itself is a conversation of its own: nothing of it is shown in the chat.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, select, update

from hub.callbacks.entries import CUSTOMER, Told, tell
from hub.callbacks.model import OPEN, CallbackKind, CallbackState
from hub.callbacks.rows import Callback, callback_of
from hub.callbacks.rules import rules_of, times_of, zone_of
from hub.callbacks.service import AlreadyPending, Cancel, cancel_callback, place_callback
from hub.callbacks.slots import list_slots
from hub.callbacks.tables import callbacks
from hub.contacts import service as contact_service
from hub.contacts import threads
from hub.contacts.blocks.model import candidates_of
from hub.contacts.blocks.service import find_blocked
from hub.contacts.callback_wishes import (
    CALLS,
    CallbackTimes,
    CallbackWish,
    Offered,
    WishedCallback,
    call_rules_in,
)
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import WAITING, Channel, ContactState
from hub.contacts.numbers import check_wished
from hub.contacts.tables import contacts, conversations, entry_points
from hub.contacts.threads import Thread
from hub.core.errors import Conflict, Invalid
from hub.customers.tables import customers, identities
from hub.routing import service as routing
from hub.routing.queue_states import is_closed
from hub.routing.settings import RoutingSettings, load_settings
from hub.routing.standing import is_open_for
from hub.storage import Tx

from .callbacks import end_waiting, new_callback

_TOLD_FOR = timedelta(days=1)  # that nobody was reached
_SHOWN_DIGITS = 4


def calls_back(tx: Tx, entry_point_id: str) -> Offered:
    """Say whether who writes by this entry point may ask to be called, and when."""
    point = _point(tx, entry_point_id)
    if point is None or _line(tx, point) is None:
        return Offered.NEVER
    rules = rules_of(load_settings(tx), point.queue_id)
    if rules is None:
        return Offered.NEVER
    return Offered.ALWAYS if rules.after_hours else Offered.OPEN


def callback_times(tx: Tx, asked: tuple[str, str | None]) -> CallbackTimes:
    """Say when whoever writes by an entry point, on a conversation if there is one, may be called.

    Raises Conflict ("callback.off", "callback.closed") where they may not be at all, or not now.
    """
    entry_point_id, conversation_id = asked
    contact = None if conversation_id is None else _contact(tx, conversation_id)
    point, line = _offering(tx, entry_point_id)
    queue_id = point.queue_id if contact is None else contact.queue_id
    settings = load_settings(tx)
    _check_offered(tx, settings, point, queue_id)
    return _times(tx, settings, queue_id, line.region)


def wish_callback(tx: Tx, wish: CallbackWish) -> WishedCallback:
    """Place the callback. The same wish again gives the same answer.

    Raises Invalid ("number.…", "callback.closed") for a number or a time at which nobody is called,
    Conflict ("callback.pending") where the customer or the number is to be called already,
    ("callback.off", "callback.closed") where nobody may ask for it, ("chat.empty") before a word
    was said.
    """
    contact = _contact(tx, wish.conversation_id)
    if contact is None:
        raise Conflict("Say first what it is about.", code="chat.empty")
    head = threads.lock_threads(tx, [wish.conversation_id])[wish.conversation_id]
    contact = contact_service.get_contact(tx, contact.id)
    point, line = _offering(tx, _entry_point_of(tx, head.id))
    settings = load_settings(tx)
    _check_offered(tx, settings, point, contact.queue_id)
    number = _check_number(tx, wish.number, line)
    before = _newest(tx, head.id)
    if before is not None and before.state in OPEN:
        if before.number == number and before.asked_for_at == wish.at:
            return _shown(before)
        raise AlreadyPending("You are to be called back already: cancel that first.")
    if contact.state == ContactState.QUARANTINED:
        raise Conflict("Nobody is called back from here.", code="callback.off")
    waits = contact.state in WAITING and not contact.joins
    waited_us = routing.waited_now_us(settings, contact, tx.now) if waits else 0
    if waits:
        end_waiting(tx, contact)
    new = replace(
        new_callback(contact, _kind(wish), number, waited_us),
        channel=line.channel,
        entry_point_id=line.id,
        conversation_id=_thread(tx, line, contact).id,
        tier=contact.tier if waits else _tier_now(tx, contact.identity_id),
        at=wish.at,
        by=CUSTOMER,
    )
    placed = place_callback(tx, new)
    _tell(tx, placed, "callback_placed", contact.id, head.id)
    return _shown(placed)


def find_wished(tx: Tx, conversation_id: str) -> WishedCallback | None:
    """Return what became of the newest callback asked for on a conversation, while it is open, or
    nobody was reached lately.
    """
    found = _newest(tx, conversation_id)
    if found is None:
        return None
    failed = found.state is CallbackState.GIVEN_UP
    lately = found.finished_at is not None and tx.now - found.finished_at < _TOLD_FOR
    return _shown(found) if found.state in OPEN or (failed and lately) else None


def unwish_callback(tx: Tx, conversation_id: str) -> None:
    """The customer wishes no call any more; who writes again soon has the place they kept. Nothing
    where none is open.
    """
    found = _newest(tx, conversation_id)
    if found is None or found.state not in OPEN:
        return
    stopped = cancel_callback(tx, Cancel(found.id, CUSTOMER))
    _tell(tx, stopped, "callback_cancelled", found.source_contact_id, conversation_id)
    if stopped.waited_us > 0:
        tx.execute(
            update(conversations)
            .where(conversations.c.id == conversation_id)
            .values(left_at=tx.now, left_waited_us=stopped.waited_us)
        )


def _kind(wish: CallbackWish) -> CallbackKind:
    return CallbackKind.KEPT_PLACE if wish.at is None else CallbackKind.SCHEDULED


def _tell(
    tx: Tx, callback: Callback, code: str, contact_id: str | None, conversation_id: str
) -> None:
    """Tell it on the conversation on which it was asked for, and whoever has its page open."""
    waits = callback.state is CallbackState.WAITING and callback.due_at is not None
    at = callback.due_at.isoformat() if waits and callback.due_at else None
    tell(tx, [Told(callback, code, {"at": at}, contact_id, conversation_id)], CUSTOMER)
    if contact_id is not None:
        contact_service.amend(tx, contact_id, {})
    tx.hint("conversation.contact", conversation_id)


def _offering(tx: Tx, entry_point_id: str) -> tuple[Row[Any], Row[Any]]:
    """Return an entry point and the line from which its customers are called. Raises Conflict."""
    point = _point(tx, entry_point_id)
    line = None if point is None else _line(tx, point)
    if point is None or line is None:
        raise Conflict("Nobody is called back from here.", code="callback.off")
    return point, line


def _point(tx: Tx, entry_point_id: str) -> Row[Any] | None:
    return tx.execute(
        select(entry_points).where(
            entry_points.c.id == entry_point_id, entry_points.c.retired.is_(False)
        )
    ).first()


def _line(tx: Tx, point: Row[Any]) -> Row[Any] | None:
    """Return the phone entry point from which customers of `point` are called: the one its settings
    name, else one of its own queue, else the first.
    """
    rules = call_rules_in(point.settings)
    if not rules.calls:
        return None
    lines = tx.execute(
        select(entry_points)
        .where(entry_points.c.channel.in_(sorted(CALLS)), entry_points.c.retired.is_(False))
        .order_by((entry_points.c.queue_id == point.queue_id).desc(), entry_points.c.id)
    ).all()
    wanted = [line for line in lines if rules.calls_from in ("", line.id)]
    return wanted[0] if wanted else None


def _check_offered(tx: Tx, settings: RoutingSettings, point: Row[Any], queue_id: str) -> None:
    rules = rules_of(settings, queue_id)
    if rules is None or not times_of(settings, queue_id, rules.window).meet():
        raise Conflict("Nobody is called back from here.", code="callback.off")
    is_open = is_open_for(settings, point.id, queue_id, tx.now) and not is_closed(tx, queue_id)
    if not is_open and not rules.after_hours:
        raise Conflict("Ask to be called while we are open.", code="callback.closed")


def _times(tx: Tx, settings: RoutingSettings, queue_id: str, region: str) -> CallbackTimes:
    rules = rules_of(settings, queue_id)
    times = times_of(settings, queue_id, rules.window if rules else "")
    opens = times.next_open(tx.now)
    slots = list_slots(times, zone_of(settings, queue_id), tx.now)
    return CallbackTimes(opens if opens > tx.now else None, slots, region)


def _check_number(tx: Tx, typed: str, line: Row[Any]) -> str:
    """Return the number in E.164. One on the block list is no better than none. Raises Invalid."""
    number = check_wished(tx, typed, line, None)
    blocked = candidates_of((SenderIdentity(IdentityKind.PHONE, number),), line.region)
    if find_blocked(tx, blocked):
        raise Invalid("This number is not called back.", code="number.costly")
    return number


def _contact(tx: Tx, conversation_id: str) -> Row[Any] | None:
    """Return the newest contact of a conversation: the one that is open, if one is."""
    return tx.execute(
        select(contacts)
        .where(contacts.c.conversation_id == conversation_id)
        .order_by(contacts.c.opened_at.desc())
        .limit(1)
    ).first()


def _entry_point_of(tx: Tx, conversation_id: str) -> str:
    found: str = tx.execute(
        select(conversations.c.entry_point_id).where(conversations.c.id == conversation_id)
    ).scalar_one()
    return found


def _thread(tx: Tx, line: Row[Any], contact: Row[Any]) -> Thread:
    """Return the conversation of the calls with this customer by this line."""
    item = Inbound(
        entry_point_id=line.id,
        channel=Channel(line.channel),
        dedupe_key="",
        senders=(),
        received_at=tx.now,
        continues_latest=True,
    )
    found = threads.find_threads(tx, [item], [contact.identity_id])[0].thread
    if found is not None and not threads.find_open_contacts(tx, [found.id]):
        return found
    return threads.open_threads(tx, [item], [contact.identity_id], [contact.language])[0]


def _tier_now(tx: Tx, identity_id: str) -> str:
    found: str = tx.execute(
        select(customers.c.tier)
        .join(identities, identities.c.customer_id == customers.c.id)
        .where(identities.c.id == identity_id)
    ).scalar_one()
    return found


def _newest(tx: Tx, conversation_id: str) -> Callback | None:
    """Return the newest callback that was asked for on a conversation."""
    row = tx.execute(
        select(callbacks)
        .join(contacts, contacts.c.id == callbacks.c.source_contact_id)
        .where(
            contacts.c.conversation_id == conversation_id,
            callbacks.c.conversation_id != conversation_id,
        )
        .order_by(callbacks.c.made_at.desc(), callbacks.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else callback_of(row)


def _shown(callback: Callback) -> WishedCallback:
    at = callback.due_at if callback.state is CallbackState.WAITING else None
    return WishedCallback(callback.state.value, callback.number[-_SHOWN_DIGITS:], at)
