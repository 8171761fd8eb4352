"""Use cases of callbacks: placed, due, cancelled, put off; plain functions of a transaction.

What follows from the phones is in `attempts`, what follows from the customer in `reaching`. Hint:
`callback.changed` (its id) for every change.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from hub.core.errors import Conflict, Invalid
from hub.core.ids import new_id
from hub.customers.card_numbers import hide_card_numbers
from hub.customers.tables import identities
from hub.routing.settings import RoutingSettings, load_settings
from hub.storage import Tx

from . import model
from .entries import NOBODY, By, Told, tell
from .line import enter, find_busy, leave
from .model import CallbackKind, CallbackState, Plan, Progress
from .permits import permits_of
from .rows import (
    Callback,
    add,
    find_open_of_customer,
    find_open_of_number,
    get_locked,
    list_due,
    lock_number,
    save,
)
from .rules import plan_of
from .stopping import stop, stop_many

_LOG = logging.getLogger(__name__)
_LONGEST = timedelta(days=90)
_PASSED = timedelta(days=1)  # a time that came while it was sent is now; an older one is a mistake
_MAX_NOTE = 2_000
_AGAIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class NewCallback:
    """A customer to be called at `number` (E.164) from an entry point, with the place they have.

    `at`: not before this; None: as soon as the queue's rules allow, and no contact is open on the
    conversation. `contact_id`: one that waits on it already and stands for it.
    """

    kind: CallbackKind
    channel: str
    entry_point_id: str
    queue_id: str
    conversation_id: str
    identity_id: str
    number: str
    language: str | None
    tier: str
    source_contact_id: str | None = None
    contact_id: str | None = None
    waited_us: int = 0
    priority: int = 0
    requirements: Mapping[str, int] = field(default_factory=dict)
    skill_step: int = 0
    at: datetime | None = None
    by: By = NOBODY
    note: str | None = None


class AlreadyPending(Conflict):
    """The customer is to be called back already: put that one off, or cancel it."""

    code = "callback.pending"


def place_callback(tx: Tx, new: NewCallback) -> Callback:
    """Place a callback: into the queue at once where it may be, else for its time.

    Raises AlreadyPending where the customer or the number has one, Invalid for a time at which
    customers of the queue may not be called.
    """
    if is_pending(tx, new.identity_id, new.number):
        raise AlreadyPending("This customer is to be called back already.")
    settings = load_settings(tx)
    plan = plan_of(settings, new.queue_id)
    if new.at is not None:
        _check_time(plan, tx.now, new.at)
    progress = model.begin(plan, tx.now, new.at)
    if new.contact_id is not None:  # whoever takes it has something to hear first, at any hour
        progress = Progress(CallbackState.QUEUED, plan.attempts)
    callback = Callback(
        id=new_id(),
        kind=new.kind,
        state=progress.state,
        channel=new.channel,
        entry_point_id=new.entry_point_id,
        queue_id=new.queue_id,
        conversation_id=new.conversation_id,
        identity_id=new.identity_id,
        number=new.number,
        language=new.language,
        tier=new.tier,
        made_at=tx.now,
        attempts=progress.attempts,
        due_at=progress.due_at,
        source_contact_id=new.source_contact_id,
        contact_id=new.contact_id,
        waited_us=new.waited_us,
        priority=new.priority,
        requirements=dict(new.requirements),
        skill_step=new.skill_step,
        asked_for_at=new.at,
        made_by=new.by.id,
        note=hide_card_numbers(tx, new.note) if new.note else new.note,
    )
    tell(tx, [Told(callback, "callback_placed", _when(callback))], new.by)
    if callback.state is CallbackState.QUEUED and new.contact_id is None:
        [callback] = _into_queue(tx, settings, [callback])
    add(tx, [callback])
    return callback


def is_pending(tx: Tx, identity_id: str, number: str) -> bool:
    """Say whether the customer behind this identity is to be called back already, or somebody at
    this number (E.164): who withholds theirs could else have one number called without end.

    The identity and the number are locked: of two wishes at once the second one finds the first.
    """
    owner = select(identities.c.customer_id).where(identities.c.id == identity_id)
    owner = owner.with_for_update()
    if find_open_of_customer(tx, tx.execute(owner).scalar_one()) is not None:
        return True
    lock_number(tx, number)
    return find_open_of_number(tx, number) is not None


def fire_due(tx: Tx, now: datetime, limit: int) -> int:
    """Let those into the queue whose time has come, and take those out whom nobody may call any
    more today; return how many. For the timekeeper: each timer has one outcome.
    """
    due = list_due(tx, now, limit)
    if not due:
        return 0
    settings = load_settings(tx)
    orphans: list[Callback] = []
    entering: list[Callback] = []
    leaving: list[Callback] = []
    staying: list[Callback] = []  # the hours have changed meanwhile: only their timers move
    for one in due:
        after = _fired(settings, one, now)
        if after is None:
            orphans.append(one)
        elif one.contact_id is None and after.state is CallbackState.QUEUED:
            entering.append(after)
        elif one.contact_id is not None and after.state is CallbackState.WAITING:
            leaving.append(after)
        else:
            staying.append(after)
    permits = permits_of(tx, entering)
    orphans.extend(one for one in entering if one.id not in permits)
    entering = [one for one in entering if one.id in permits]
    left = leave(tx, settings, leaving)
    tell(tx, [Told(one, "callback_put_off", _when(one)) for one in left])
    save(tx, [*staying, *left, *_into_queue(tx, settings, entering)])
    if orphans:
        stop_many(tx, settings, orphans, CallbackState.CANCELLED, NOBODY)
    return len(due)


def _fired(settings: RoutingSettings, callback: Callback, now: datetime) -> Callback | None:
    """Return a callback whose timer has come; None for one that nobody can ever call: its queue is
    gone, or has no time at which customers may be called. It must not stop the others.
    """
    if callback.queue_id not in settings.queues:
        return None
    try:
        return callback.moved(
            model.fire(callback.progress, plan_of(settings, callback.queue_id), now)
        )
    except ValueError:
        _LOG.warning("a callback has no time at which its customer may be called: cancelled")
        return None


@dataclass(frozen=True, slots=True)
class Cancel:
    callback_id: str
    by: By
    note: str = ""


def cancel_callback(tx: Tx, cmd: Cancel) -> Callback:
    """Cancel a callback; phones that ring for it are hung up. Raises NotFound, IllegalMove."""
    callback = get_locked(tx, cmd.callback_id)
    note = hide_card_numbers(tx, cmd.note.strip())[:_MAX_NOTE] or None
    return stop(tx, load_settings(tx), callback, CallbackState.CANCELLED, cmd.by, note)


@dataclass(frozen=True, slots=True)
class Reschedule:
    """Another time agreed with the customer; one that has just passed: now."""

    callback_id: str
    at: datetime
    by: By


def reschedule_callback(tx: Tx, cmd: Reschedule) -> Callback:
    """Put a callback off, or take it up now. Raises NotFound, IllegalMove, Invalid."""
    before = get_locked(tx, cmd.callback_id)
    settings = load_settings(tx)
    plan = plan_of(settings, before.queue_id)
    progress = model.reschedule(before.progress, plan, tx.now, _check_time(plan, tx.now, cmd.at))
    after = before.moved(progress)
    after = replace(after, asked_for_at=cmd.at)
    if before.contact_id is not None and after.state is CallbackState.WAITING:
        [after] = leave(tx, settings, [after])
    elif before.contact_id is None and after.state is CallbackState.QUEUED:
        [after] = _into_queue(tx, settings, [after])
    save(tx, [after])
    tell(tx, [Told(after, "callback_put_off", _when(after))], cmd.by)
    return after


def _check_time(plan: Plan, now: datetime, at: datetime) -> datetime:
    """Return the time, `now` for one that has just passed. Raises Invalid with the next possible
    one. What is kept lies near today: at the ends of the calendar a database stores no time.
    """
    if at.tzinfo is None:
        raise Invalid("Give the time with its zone.", field="at")
    if now - at > _PASSED:
        raise Invalid(
            "That time has passed: choose a later one.", code="callback.closed", field="at"
        )
    if at - now > _LONGEST:
        raise Invalid(
            f"A callback is within {_LONGEST.days} days.",
            code="callback.far",
            most=_LONGEST.days,
            field="at",
        )
    wanted = max(at, now)
    opens = plan.times.next_open(wanted)
    if opens > wanted:
        raise Invalid(
            f"Customers of this queue may not be called then: choose {opens.isoformat()} or later.",
            code="callback.closed",
            field="at",
        )
    return wanted


def _into_queue(tx: Tx, settings: RoutingSettings, entering: Sequence[Callback]) -> list[Callback]:
    """Open the contacts; who is talked to now comes a minute later."""
    if not entering:
        return []
    busy = find_busy(tx, entering)
    free = [one for one in entering if one.id not in busy]
    later = [
        replace(one, state=CallbackState.WAITING, due_at=tx.now + _AGAIN)
        for one in entering
        if one.id in busy
    ]
    return [*enter(tx, settings, free), *later]


def into_queue(tx: Tx, settings: RoutingSettings, callback: Callback) -> Callback:
    """As what its progress says: its contact opened where it is in the queue."""
    if callback.state is not CallbackState.QUEUED:
        return callback
    return _into_queue(tx, settings, [callback])[0]


def _when(callback: Callback) -> dict[str, str | None]:
    waits = callback.state is CallbackState.WAITING and callback.due_at is not None
    return {"at": callback.due_at.isoformat() if waits and callback.due_at else None}
