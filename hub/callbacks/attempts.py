"""An attempt to reach the customer: an agent has accepted, the phones ring, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, select, update

from hub.accounts.tables import users
from hub.contacts import outgoing_calls
from hub.contacts import service as contact_service
from hub.contacts.effects import Dial
from hub.contacts.model import CallOutcome, CallStage, EndedAs, is_callback
from hub.contacts.outgoing_calls import Begun
from hub.contacts.outreach.model import Permit
from hub.contacts.outreach.sending import to_person
from hub.contacts.tables import contacts, entry_points
from hub.contacts.threads import lock_threads
from hub.routing.settings import RoutingSettings, clock_us, load_settings
from hub.routing.tables import assignments
from hub.storage import Tx
from hub.storage.outbox import NewEffect

from . import messages, model
from .entries import Told, tell
from .line import META, brief, close, is_by_choice
from .model import CallbackState, Plan
from .permits import permits_of
from .rows import Callback, find_of_contacts, save
from .rules import plan_of
from .service import into_queue
from .stopping import stop_refused

# Longer than both phones may ring with what a provider adds: then it has not come about.
CONNECT_S = 150.0


class Accepted(NamedTuple):
    """An offer of a callback that an agent has accepted. `agent_address`: what rings at theirs."""

    contact: Row[Any]
    agent_id: str
    agent_address: str
    assignment_id: str


def is_to_be_dialled(contact: Row[Any]) -> bool:
    """Say whether accepting this contact means to call its customer; a message is heard first."""
    return is_callback(contact.meta, contact.direction, contact.answered_at)


def begin_attempts(tx: Tx, accepted: Sequence[Accepted]) -> list[NewEffect]:
    """The agents' phones ring first, then the customers': return the orders to the channel.

    Writes the call on each contact and its timeline; the time to come about is CONNECT_S.
    """
    if not accepted:
        return []
    settings = load_settings(tx)
    found = find_of_contacts(tx, [one.contact.id for one in accepted])
    begun = [one for one in accepted if one.contact.id in found]
    until = tx.now + timedelta(seconds=CONNECT_S)
    tx.execute(
        update(assignments)
        .where(assignments.c.id.in_([one.assignment_id for one in begun]))
        .values(connect_by=until)
    )
    _note_calls(tx, settings, begun)
    dialled = [found[row.contact.id].moved(model.dial(found[row.contact.id].progress))
               for row in begun]  # fmt: skip
    save(tx, dialled)
    permits = permits_of(tx, dialled)
    stop_refused(tx, settings, dialled, permits)
    lines = _addresses(tx, {one.contact.entry_point_id for one in begun})
    return [
        _order(permits[callback.id], one, callback, lines, until)
        for one, callback in zip(begun, dialled, strict=True)
        if callback.id in permits
    ]


def _note_calls(tx: Tx, settings: RoutingSettings, begun: Sequence[Accepted]) -> None:
    """Write the calls that begin on their contacts and timelines, with what was waited."""
    if not begun:
        return
    names = _names(tx, {one.agent_id for one in begun})
    threads = lock_threads(tx, [one.contact.conversation_id for one in begun])
    calls = [
        Begun(
            one.contact._asdict(),
            threads[one.contact.conversation_id],
            one.agent_id,
            names.get(one.agent_id, ""),
        )
        for one in begun
    ]
    outgoing_calls.begin(tx, calls)
    tx.execute(
        update(contacts)
        .where(contacts.c.id == bindparam("b_id"))
        .values(
            meta=bindparam("b_meta", type_=contacts.c.meta.type),
            waited_us=bindparam("b_waited"),
            to_call_since=None,
            version=contacts.c.version + 1,
        ),
        [
            {
                "b_id": one.contact.id,
                "b_meta": {**one.contact.meta, "call": {"stage": CallStage.AGENT}},
                "b_waited": _waited_us(settings, one.contact, tx.now),
            }
            for one in begun
        ],
    )


def reached(tx: Tx, contact: Row[Any]) -> None:
    """The customer of this contact is on the line with an agent: the callback is done."""
    messages.reached(tx, contact)
    callback = find_of_contacts(tx, [contact.id]).get(contact.id)
    if callback is None or callback.state is not CallbackState.DIALLING:
        return
    done = callback.moved(model.end(callback.progress, CallbackState.DONE))
    save(tx, [replace(done, finished_at=tx.now, finished_by=contact.agent_id)])
    if callback.source_contact_id is not None:  # what nobody answered then is answered now
        contact_service.amend(tx, callback.source_contact_id, {"unanswered_since": None})


def handled(tx: Tx, contact: Row[Any]) -> None:
    """An agent has closed a message that was to be called back: they have settled it."""
    callback = find_of_contacts(tx, [contact.id]).get(contact.id)
    if callback is None or callback.state is not CallbackState.QUEUED:
        return
    done = callback.moved(model.end(callback.progress, CallbackState.DONE))
    save(tx, [replace(done, finished_at=tx.now, finished_by=contact.agent_id)])


def not_reached(tx: Tx, contact: Row[Any], outcome: CallOutcome, reason: str, at: datetime) -> bool:
    """The call of `contact` (its row before the end was written) did not come about.

    The next attempt is set, or it is given up and stands in the agent's to-do. Return whether the
    contact is closed by this; False: the caller goes on with it. Nothing for other contacts.
    """
    callback = find_of_contacts(tx, [contact.id]).get(contact.id)
    messages.not_reached(tx, contact, outcome, reason, called_again=callback is not None)
    if callback is None:
        return False
    settings = load_settings(tx)
    stage = CallStage((contact.meta.get("call") or {}).get("stage", CallStage.AGENT))
    counts = model.counts(stage, outcome, reason)
    plan = plan_of(settings, callback.queue_id)
    by_choice = is_by_choice(contact)
    after = replace(_failed(callback, plan, tx.now, counts=counts), contact_id=None)
    if counts:
        after = replace(after, last_at=at, last_outcome=outcome, last_reason=reason or None)
    else:
        after = replace(after, excluded_agent_id=contact.agent_id)
    if not by_choice:  # what an agent tries between leaves the place as it is
        waited_us = 0 if counts else int(contact.waited_us)
        after = replace(after, queue_id=contact.queue_id, tier=contact.tier, waited_us=waited_us)
    over = after.state is CallbackState.GIVEN_UP
    if over:
        after = replace(after, finished_at=tx.now, finished_by=contact.agent_id)
    if not by_choice:
        to_do = over and contact.agent_id is not None
        close(tx, [contact], EndedAs.UNCLASSIFIED if to_do else EndedAs.CALLBACK)
    tell(tx, [_told(callback, after, outcome, reason, contact.id, counts=counts)])
    save(tx, [into_queue(tx, settings, after)])
    return not by_choice


def _failed(callback: Callback, plan: Plan, now: datetime, *, counts: bool) -> Callback:
    """Return it after a failed attempt, not before the time that was agreed. Where no time is left
    at which its customer may be called, it is given up.
    """
    try:
        progress = model.not_reached(
            callback.progress, plan, now, counts=counts, agreed=callback.asked_for_at
        )
    except ValueError:
        progress = model.end(callback.progress, CallbackState.GIVEN_UP)
    return callback.moved(progress)


def _told(
    before: Callback,
    after: Callback,
    outcome: CallOutcome,
    reason: str,
    contact_id: str,
    *,
    counts: bool,
) -> Told:
    over = after.state is CallbackState.GIVEN_UP
    more = {
        "attempt": before.progress.attempt,
        "outcome": outcome.value,
        "reason": reason,
        "counts": counts,
        "at": None if over or after.due_at is None else after.due_at.isoformat(),
    }
    return Told(after, "callback_given_up" if over else "callback_failed", more, contact_id)


def take_over(tx: Tx, callback: Callback, contact_id: str) -> None:
    """An agent calls the customer by choice: that call is the attempt. The contact is the new one.

    The one that waited in the queue has been closed by the caller (`line.leave`).
    """
    taken = callback.moved(model.dial(callback.progress))
    taken = replace(taken, contact_id=contact_id)
    row = contact_service.get_contact(tx, contact_id)
    contact_service.amend(tx, contact_id, {"meta": {**row.meta, META: brief(taken)}})
    save(tx, [taken])


def _waited_us(settings: RoutingSettings, contact: Row[Any], now: datetime) -> int:
    return max(clock_us(settings, contact.calendar_id, now) - int(contact.virtual_start_us), 0)


def _names(tx: Tx, agent_ids: set[str]) -> dict[str, str]:
    rows = tx.execute(select(users.c.id, users.c.name).where(users.c.id.in_(sorted(agent_ids))))
    return {row.id: row.name for row in rows}


def _addresses(tx: Tx, entry_point_ids: set[str]) -> dict[str, str]:
    rows = tx.execute(
        select(entry_points.c.id, entry_points.c.address).where(
            entry_points.c.id.in_(sorted(entry_point_ids))
        )
    )
    return {row.id: row.address for row in rows}


def _order(
    permit: Permit, one: Accepted, callback: Callback, lines: dict[str, str], until: datetime
) -> NewEffect:
    contact = one.contact
    effect = Dial(
        contact_id=contact.id,
        conversation_id=contact.conversation_id,
        agent_id=one.agent_id,
        agent_address=one.agent_address,
        from_address=lines[contact.entry_point_id],
        to_address=callback.number,
        language=contact.language or "en",
        until=until,
    )
    return to_person(
        permit,
        effect,
        channel=contact.channel,
        entry_point_id=contact.entry_point_id,
        contact_id=contact.id,
        dedupe_key=f"connect:{one.assignment_id}",
        at_most_once=True,
    )
