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
from hub.contacts.joining.reads import kept_contact
from hub.contacts.model import FINAL, WAITING, Channel, ContactState
from hub.contacts.numbers import check_wished
from hub.contacts.tables import contacts, conversations, entry_points
from hub.contacts.threads import Thread
from hub.core.errors import Conflict, TooMany
from hub.customers.tables import customers, identities
from hub.routing import service as routing
from hub.routing.queue_states import is_closed
from hub.routing.settings import RoutingSettings, load_settings
from hub.routing.standing import is_open_for
from hub.storage import Tx

from .callbacks import end_waiting, new_callback
from .senders import promised_tier

_TOLD_FOR = timedelta(days=1)  # that nobody was reached
_SHOWN_DIGITS = 4
_TO_NUMBER, _OFTEN = 3, timedelta(hours=1)


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

    Raises Conflict ("callback.off", "callback.not_now") where they may not be at all, or not now.
    """
    entry_point_id, conversation_id = asked
    contact = None if conversation_id is None else _contact(tx, conversation_id)
    point, line = _offering(tx, entry_point_id)
    goes_on = contact and _goes_on(tx, contact)
    queue_id = point.queue_id if goes_on is None else goes_on.queue_id
    settings = load_settings(tx)
    _check_offered(tx, settings, point, queue_id)
    return _times(tx, settings, queue_id, line.region)


def wish_callback(tx: Tx, wish: CallbackWish) -> WishedCallback:
    """Place the callback. The same wish again gives the same answer.

    Raises Invalid ("number.…", "callback.closed") for a number or a time at which nobody is called,
    Conflict ("callback.pending") where the customer or the number is to be called already,
    ("callback.off", "callback.not_now") where nobody may ask for it, ("chat.empty") before a word
    was said, TooMany where the number was asked for often enough, whoever asked.
    """
    threads.lock_threads(tx, [wish.conversation_id])  # what was closed meanwhile is so below
    contact = _contact(tx, wish.conversation_id)
    if contact is None:
        raise Conflict("Say first what it is about.", code="chat.empty")
    goes_on = _goes_on(tx, contact)
    locked = contact_service.lock_contacts(tx, [contact.id, *([goes_on.id] if goes_on else [])])
    contact = locked[contact.id]
    goes_on = locked[goes_on.id] if goes_on else None
    point, line = _offering(tx, _entry_point_of(tx, wish.conversation_id))
    settings = load_settings(tx)
    _check_offered(tx, settings, point, goes_on.queue_id if goes_on else point.queue_id)
    number = _check_number(tx, wish.number, line)
    before = _newest(tx, wish.conversation_id)
    if before is not None and before.state in OPEN:
        if before.number == number and before.asked_for_at == wish.at:
            return _shown(before)
        raise AlreadyPending("You are to be called back already: cancel that first.")
    if contact.state == ContactState.QUARANTINED:
        raise Conflict("Nobody is called back from here.", code="callback.off")
    _check_often(tx, number)
    if contact.state in WAITING and not contact.joins:  # else it is about more: it waits on
        end_waiting(tx, contact)
    tier = promised_tier(tx, _tier_now(tx, contact.identity_id), wish.proof)
    new = replace(
        new_callback(contact, _kind(wish), number, 0),
        channel=line.channel,
        entry_point_id=line.id,
        conversation_id=_thread(tx, line, contact).id,
        at=wish.at,
        by=CUSTOMER,
        **{"tier": tier, **_place(tx, settings, goes_on, point)},
    )
    placed = place_callback(tx, new)
    _tell(tx, placed, "callback_placed", contact.id, wish.conversation_id)
    return _shown(placed)


def _goes_on(tx: Tx, contact: Row[Any]) -> Row[Any] | None:
    """Return the contact in which the matter of this one goes on: itself, or the one it was merged
    into. None: it is over, and what comes now is another matter.
    """
    kept = contact
    if contact.merged_into_id is not None:
        kept_id = kept_contact(tx, contact.id)
        kept = tx.execute(select(contacts).where(contacts.c.id == kept_id)).one()
    return None if kept.state in FINAL else kept


def _place(
    tx: Tx, settings: RoutingSettings, goes_on: Row[Any] | None, point: Row[Any]
) -> dict[str, Any]:
    """Return the place a callback has: that of the contact in which the matter goes on, with what
    was waited in it and its tier; else that of somebody who writes anew.
    """
    if goes_on is None:
        return {"queue_id": point.queue_id, "priority": 0, "requirements": {}, "skill_step": 0}
    place: dict[str, Any] = {
        "queue_id": goes_on.queue_id,
        "priority": goes_on.priority,
        "requirements": dict(goes_on.requirements),
        "skill_step": goes_on.skill_step,
    }
    if goes_on.state in WAITING:
        waited_us = routing.waited_now_us(settings, goes_on, tx.now)
        place |= {"tier": goes_on.tier, "waited_us": waited_us}
    return place


def _check_often(tx: Tx, number: str) -> None:
    """Raise TooMany where customers had this number (E.164) called often enough lately: who asks
    may be anybody, and whose it is nobody knows.
    """
    made = tx.execute(
        select(callbacks.c.made_at)
        .where(
            callbacks.c.number == number,
            callbacks.c.made_at > tx.now - _OFTEN,
            callbacks.c.made_by.is_(None),
        )
        .order_by(callbacks.c.made_at.desc())
        .limit(_TO_NUMBER)
    ).scalars()
    lately = list(made)
    if len(lately) == _TO_NUMBER:
        raise TooMany(
            "A call to this number was asked for often enough: please wait.",
            code="call.too_many",
            retry_after_s=(lately[-1] + _OFTEN - tx.now).total_seconds(),
        )


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
    """Tell it on the conversation on which it was asked for."""
    waits = callback.state is CallbackState.WAITING and callback.due_at is not None
    at = callback.due_at.isoformat() if waits and callback.due_at else None
    tell(tx, [Told(callback, code, {"at": at}, contact_id, conversation_id)], CUSTOMER)
    if contact_id is not None:
        contact_service.amend(tx, contact_id, {})


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
        raise Conflict("Ask to be called while we are open.", code="callback.not_now")


def _times(tx: Tx, settings: RoutingSettings, queue_id: str, region: str) -> CallbackTimes:
    rules = rules_of(settings, queue_id)
    times = times_of(settings, queue_id, rules.window if rules else "")
    opens = times.next_open(tx.now)
    slots = list_slots(times, zone_of(settings, queue_id), tx.now)
    return CallbackTimes(opens if opens > tx.now else None, slots, region)


def _check_number(tx: Tx, typed: str, line: Row[Any]) -> str:
    """Return the number in E.164. Raises Invalid, and Conflict for one on the block list: as if
    nobody were called at all, so that nobody learns which those are.
    """
    number = check_wished(tx, typed, line, None)
    blocked = candidates_of((SenderIdentity(IdentityKind.PHONE, number),), line.region)
    if find_blocked(tx, blocked):
        raise Conflict("Nobody is called back from here.", code="callback.off")
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
