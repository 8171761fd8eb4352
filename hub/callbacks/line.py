"""The contact of a callback enters the queue where its customer's place is, and leaves it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, union, update

from hub.contacts import service as contact_service
from hub.contacts.joining.tables import contact_merges
from hub.contacts.model import CALLBACK_META, WAITING, ContactState, Direction, EndedAs, SegmentKind
from hub.contacts.references import new_reference
from hub.contacts.service import Move
from hub.contacts.tables import contacts, segments
from hub.contacts.threads import CONTINUING
from hub.core.ids import new_id
from hub.routing import service as routing
from hub.routing.placement import Arrival, place
from hub.routing.returns import exclude
from hub.routing.settings import RoutingSettings
from hub.storage import Tx

from .model import OUR_IDEA
from .rows import Callback
from .rules import rules_of

META = CALLBACK_META  # on a contact: whose attempt it is, and what its agent is to know
TOOK = "took_callback"  # on the contact of a call: the callback it made needless
PROMISE = "callback"  # the targets of those that were our own idea
_STARTED_BY = "started_by"  # on a contact that an agent began by choice
_TALKING = (ContactState.CONNECTING, ContactState.ACTIVE, ContactState.HOLD)
_BY_AGENT = (EndedAs.UNCLASSIFIED, EndedAs.HANDLED)  # whose to-do it is in, whose it was
_USUAL_PROMISE = "voicemail"  # where the set-up has none for callbacks
_NO_CODE: Mapping[str, Any] = {"proven_at": None, "proven_until": None}


def enter(tx: Tx, settings: RoutingSettings, entering: Sequence[Callback]) -> list[Callback]:
    """Open a waiting contact for each, with what was waited, and return them with its id.

    The caller has made sure that no contact is open on their conversations.
    """
    if not entering:
        return []
    placed = place(tx, [_arrival(settings, one) for one in entering])
    proofs = _proofs(tx, entering)
    rows = [
        _contact(
            tx, settings, one, {**columns, **proofs.get(one.source_contact_id or "", _NO_CODE)}
        )
        for one, columns in zip(entering, placed, strict=True)
    ]
    tx.execute(insert(contacts), rows)
    tx.execute(
        insert(segments),
        [contact_service.a_segment(tx, row, SegmentKind.WAITING, None) for row in rows],
    )
    resting = [
        (row["id"], one.excluded_agent_id)
        for one, row in zip(entering, rows, strict=True)
        if one.excluded_agent_id is not None
    ]
    exclude(tx, settings, resting)
    for row in rows:
        tx.hint("contact.queued", row["id"])
    return [
        replace(one, contact_id=row["id"], excluded_agent_id=None)
        for one, row in zip(entering, rows, strict=True)
    ]


def leave(tx: Tx, settings: RoutingSettings, leaving: Sequence[Callback]) -> list[Callback]:
    """Close the waiting contacts of these and return them with the place they had."""
    ids = [one.contact_id for one in leaving if one.contact_id is not None]
    rows = contact_service.lock_contacts(tx, ids)
    waiting = [row for row in rows.values() if row.state in WAITING]
    close(tx, waiting, EndedAs.CALLBACK)
    for row in waiting:
        tx.hint("contact.queued", row.id)
    return [
        replace(place_of(tx, settings, one, rows.get(one.contact_id or "")), contact_id=None)
        for one in leaving
    ]


def unmark(tx: Tx, contact_ids: Collection[str]) -> None:
    """These contacts are callbacks no more: spoken messages that wait on to be heard."""
    rows = contact_service.lock_contacts(tx, list(contact_ids)).values()
    if not rows:
        return
    tx.execute(
        update(contacts)
        .where(contacts.c.id == bindparam("b_id"))
        .values(
            meta=bindparam("b_meta", type_=contacts.c.meta.type), version=contacts.c.version + 1
        ),
        [
            {"b_id": row.id, "b_meta": {key: row.meta[key] for key in row.meta if key != META}}
            for row in rows
        ],
    )
    for row in rows:
        tx.hint("contact.changed", row.id)


def close(tx: Tx, rows: Collection[Row[Any]], ended_as: EndedAs) -> None:
    """Close contacts (locked) of attempts that ended without a talk, or of messages that a call has
    settled; their agents are free.
    """
    keeps_agent = ended_as in _BY_AGENT
    contact_service.move_many(
        tx,
        [
            Move(
                row.id,
                ContactState.CLOSED,
                changes={
                    "ended_as": ended_as,
                    "closed_at": tx.now,
                    "agent_id": row.agent_id if keeps_agent else None,
                    "unanswered_since": None,
                    "to_call_since": None,
                    "parked_until": None,
                },
            )
            for row in rows
        ],
    )
    routing.release(tx, [row.id for row in rows], "callback")


def place_of(
    tx: Tx, settings: RoutingSettings, callback: Callback, row: Row[Any] | None
) -> Callback:
    """Return the callback with the place that its contact (a row) has in the queue now. A call that
    an agent makes by choice has none: what was kept before it stays.
    """
    if row is None or is_by_choice(row):
        return callback
    return replace(
        callback,
        queue_id=row.queue_id,
        tier=row.tier,
        waited_us=routing.waited_now_us(settings, row, tx.now),
        priority=row.priority,
        requirements=dict(row.requirements),
        skill_step=row.skill_step,
    )


def is_by_choice(contact: Row[Any]) -> bool:
    """Say whether an agent began this contact, which so has no place in a queue."""
    return _STARTED_BY in contact.meta


def find_busy(tx: Tx, callbacks: Sequence[Callback]) -> frozenset[str]:
    """Return the ids of those whose customer is being talked to: a contact is open on their
    conversation, or somebody talks with them on the one on which they asked for the callback. That
    has to end first.
    """
    wanted = sorted({one.conversation_id for one in callbacks})
    found = select(contacts.c.conversation_id).where(
        contacts.c.conversation_id.in_(wanted), contacts.c.state.in_(CONTINUING)
    )
    open_here = set(tx.execute(found).scalars())
    talking = _in_talk(tx, callbacks)
    return frozenset(
        one.id
        for one in callbacks
        if one.conversation_id in open_here or one.source_contact_id in talking
    )


def _in_talk(tx: Tx, callbacks: Sequence[Callback]) -> frozenset[str]:
    """Return those contacts by which callbacks were asked for on whose conversation somebody talks
    now: in the same contact, in a later one, or in the one it was merged into.
    """
    sources = sorted({one.source_contact_id for one in callbacks if one.source_contact_id})
    if not sources:
        return frozenset()
    begun = contacts.alias()
    here = select(begun.c.id).join(contacts, contacts.c.conversation_id == begun.c.conversation_id)
    m = contact_merges
    merged = (
        select(begun.c.id)
        .join(m, (m.c.from_conversation_id == begun.c.conversation_id) & m.c.undone_at.is_(None))
        .join(contacts, contacts.c.conversation_id == m.c.kept_conversation_id)
    )
    talks = begun.c.id.in_(sources), contacts.c.state.in_(_TALKING)
    found = union(here.where(*talks), merged.where(*talks))
    return frozenset(tx.execute(found).scalars())


def brief(callback: Callback) -> dict[str, Any]:
    """Return what the contact says of its callback: for the offer, the desk and the timeline."""
    last = callback.last_at
    return {
        "id": callback.id,
        "kind": callback.kind.value,
        "number": callback.number,
        "attempt": callback.progress.attempt,
        "attempts": callback.attempts,
        "last_at": None if last is None else last.isoformat(),
        "last_outcome": callback.last_outcome,
        "last_reason": callback.last_reason,
        "source_contact_id": callback.source_contact_id,
    }


def _arrival(settings: RoutingSettings, callback: Callback) -> Arrival:
    promise = None
    if callback.kind in OUR_IDEA:
        targets = settings.queue(callback.queue_id).target_s
        promise = PROMISE if PROMISE in targets else _USUAL_PROMISE
    return Arrival(
        queue_id=callback.queue_id,
        tier=callback.tier,
        channel=callback.channel,
        language=callback.language,
        waited_s=callback.waited_us / 1_000_000,
        promise=promise,
        requirements=tuple(sorted(callback.requirements.items())),
    )


def _proofs(tx: Tx, entering: Sequence[Callback]) -> dict[str, Mapping[str, Any]]:
    """Return, by the contact in which a callback was asked for, on what it rested who asked."""
    sources = sorted({one.source_contact_id for one in entering if one.source_contact_id})
    if not sources:
        return {}
    rows = tx.execute(
        select(contacts.c.id, contacts.c.proven_at, contacts.c.proven_until).where(
            contacts.c.id.in_(sources)
        )
    )
    return {row.id: {"proven_at": row.proven_at, "proven_until": row.proven_until} for row in rows}


def _contact(
    tx: Tx, settings: RoutingSettings, callback: Callback, columns: Mapping[str, Any]
) -> dict[str, Any]:
    rules = rules_of(settings, callback.queue_id)
    first = rules is not None and rules.customer_first
    return {
        **columns,
        **step_of(tx, settings, callback),
        "id": new_id(),
        "reference": new_reference(),
        "conversation_id": callback.conversation_id,
        "identity_id": callback.identity_id,
        "channel": callback.channel,
        "entry_point_id": callback.entry_point_id,
        "queue_id": callback.queue_id,
        "tier": callback.tier,
        "direction": Direction.OUTBOUND,
        "state": ContactState.QUEUED,
        "state_since": tx.now,
        "language": callback.language,
        "preview": "",
        "unread": 0,
        "priority": callback.priority,
        "opened_at": tx.now,
        "enqueued_at": tx.now,
        "last_message_at": tx.now,
        "to_call_since": tx.now if first else None,
        "meta": {META: brief(callback)},
    }


def step_of(tx: Tx, settings: RoutingSettings, callback: Callback) -> dict[str, Any]:
    """Return the columns of the skill step that was reached: it stays, its time begins anew."""
    if callback.skill_step == 0:
        return {}
    steps = settings.queue(callback.queue_id).steps
    index = min(callback.skill_step, len(steps) - 1)
    for_s = steps[index].for_s
    last = index == len(steps) - 1 or for_s is None
    until = None if last or for_s is None else tx.now + timedelta(seconds=for_s)
    return {"skill_step": index, "step_until": until}
