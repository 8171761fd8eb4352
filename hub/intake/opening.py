"""The contact of what came in: a new one in the queue, the open one, or a parked one that wakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.callbacks.line import TOOK, step_of
from hub.callbacks.model import CallbackKind
from hub.callbacks.rows import Callback
from hub.contacts import service as contact_service
from hub.contacts.inbound import Chosen
from hub.contacts.model import ContactState, EndedAs, InteractionKind, SegmentKind
from hub.contacts.references import new_reference
from hub.contacts.service import Move
from hub.contacts.tables import contacts, segments
from hub.core.ids import new_id
from hub.routing.placement import Arrival, place
from hub.routing.settings import load_settings
from hub.storage import Tx
from hub.storage.bulk import insert_whole

from . import returned
from .blocking import is_refused_call
from .case import Case


def open_or_wake_contacts(tx: Tx, cases: Sequence[Case]) -> None:
    """Give each item its contact: a new one in the queue, the open one, or a parked one that
    wakes.
    """
    opened: dict[str, dict[str, Any]] = {}
    woken: dict[str, Case] = {}
    new: list[Case] = []
    for case_ in cases:
        if case_.contact is not None:
            if case_.contact["state"] == ContactState.PARKED and case_.item.queues:
                woken.setdefault(case_.contact["id"], case_)
            continue
        apart = case_.item.quarantine_reason is not None or is_refused_call(case_.item)
        if not case_.item.queues and not apart:
            continue
        if case_.thread.id not in opened:
            case_.opens = True
            opened[case_.thread.id] = {}
            new.append(case_)
    placed = place(tx, [_arrival(case_) for case_ in [*new, *woken.values()]])
    for case_, columns, kept in zip(new, placed, _kept_columns(tx, new), strict=False):
        opened[case_.thread.id] = _new_contact(tx, case_, {**columns, **kept})
    returned.forget(tx, [case_.thread.id for case_ in new if case_.thread.left_at is not None])
    for case_ in cases:
        if case_.contact is None and case_.thread.id in opened:
            case_.contact = opened[case_.thread.id]
    _insert_contacts(tx, [row for row in opened.values() if row])
    contact_service.move_many(
        tx,
        [
            Move(
                contact_id,
                ContactState.QUEUED,
                changes={**columns, "agent_id": None, "parked_until": None},
            )
            for contact_id, columns in zip(woken, placed[len(new) :], strict=True)
        ],
    )
    for contact_id in woken:
        tx.hint("contact.queued", contact_id)
    for case_ in new:
        if not case_.customer.is_new:  # whose consoles may show them already
            tx.hint("customer.came", case_.customer.customer_id)


def _arrival(case_: Case) -> Arrival:
    contact = case_.contact
    kept = None if contact else _kept(case_)
    chosen = (None if contact else case_.item.chosen) or Chosen()
    asks_for = chosen.agent_id is not None
    return Arrival(
        queue_id=contact["queue_id"] if contact else case_.queue_id,
        tier=contact["tier"] if contact else case_.customer.tier,
        channel=contact["channel"] if contact else case_.item.channel,
        language=case_.item.language or case_.customer.language or case_.entry_point.language,
        last_agent_id=contact["agent_id"]
        if contact
        else chosen.agent_id or case_.thread.last_agent_id,
        last_agent_at=contact["state_since"] if contact else case_.thread.last_agent_at,
        waits_for_agent=contact is not None or asks_for,
        promise=contact["promise"] if contact else _promise(case_),
        left_at=None if contact or _kept_s(case_) > 0 else case_.thread.left_at,
        left_waited_s=0.0 if contact else case_.thread.left_waited_us / 1_000_000,
        waited_s=0.0 if contact else _kept_s(case_),
        requirements=_demanded(kept, chosen),
    )


def _demanded(kept: Callback | None, chosen: Chosen) -> tuple[tuple[str, int], ...]:
    """Return the skills asked for: of a place that was kept, and chosen on the way here."""
    demanded = {} if kept is None else dict(kept.requirements)
    for skill, grade in chosen.skills:
        demanded[skill] = max(grade, demanded.get(skill, 0))
    return tuple(sorted(demanded.items()))


def _kept(case_: Case) -> Callback | None:
    """Who calls before we called back has the place that was kept for them: return whose it is."""
    took = case_.took
    if took is None or took.kind is not CallbackKind.KEPT_PLACE:
        return None
    return took if took.queue_id == case_.queue_id else None


def _kept_s(case_: Case) -> float:
    kept = _kept(case_)
    return 0.0 if kept is None else kept.waited_us / 1_000_000


def _kept_columns(tx: Tx, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return the priority of each, and the skill step of a place that was kept."""
    kept = [_kept(case_) for case_ in cases]
    if not any(kept):
        return [{"priority": 0} for _ in cases]
    settings = load_settings(tx)
    return [
        {"priority": 0} if one is None else {"priority": one.priority, **step_of(tx, settings, one)}
        for one in kept
    ]


def _promise(case_: Case) -> str | None:
    """A spoken message is answered by its own targets, not by those of a live call."""
    return case_.item.kind if case_.item.kind is InteractionKind.VOICEMAIL else None


def _new_contact(tx: Tx, case_: Case, columns: Mapping[str, Any]) -> dict[str, Any]:
    item = case_.item
    quarantined = item.quarantine_reason is not None
    refused = is_refused_call(item)
    waits = ContactState.QUARANTINED if quarantined else ContactState.QUEUED
    return {
        **columns,
        "id": new_id(),
        "reference": new_reference(),
        "conversation_id": case_.thread.id,
        "identity_id": case_.customer.identity_id,
        "channel": item.channel,
        "entry_point_id": item.entry_point_id,
        "queue_id": case_.queue_id,
        "tier": case_.customer.tier,
        "state": ContactState.CLOSED if refused else waits,
        "ended_as": EndedAs.SPAM if refused else None,
        "closed_at": tx.now if refused else None,
        "state_since": tx.now,
        "language": item.language or case_.customer.language or case_.entry_point.language,
        "reason_id": item.chosen.reason_id if item.chosen else None,
        "subject": item.subject or case_.thread.subject,
        "preview": "",
        "unread": 0,
        "opened_at": tx.now,
        "enqueued_at": tx.now,
        "last_message_at": tx.now,
        "unanswered_since": None,
        "quarantine_reason": item.quarantine_reason,
        "raw_blob_id": item.raw_blob_id if quarantined else None,
        "channel_key": item.external_id if len(item.external_id or "") <= 80 else None,
        "proven_at": item.proof.at if item.proof else None,
        "proven_until": item.proof.until if item.proof else None,
        "meta": _meta(case_, columns),
    }


def _meta(case_: Case, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the screens are told: that they came back, and which callback is needless now."""
    came_back = 0 if _kept_s(case_) > 0 else columns["waited_us"]
    took = {} if case_.took is None else {TOOK: case_.took.id}
    return {**returned.facts(case_.thread, came_back), **took}


def _insert_contacts(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    insert_whole(tx, contacts, rows)
    queued = [row for row in rows if row["state"] == ContactState.QUEUED]
    if queued:
        insert_whole(
            tx,
            segments,
            [contact_service.a_segment(tx, row, SegmentKind.WAITING, None) for row in queued],
        )
    for row in queued:
        tx.hint("contact.queued", row["id"])
    for row in rows:
        if row["state"] == ContactState.CLOSED:
            tx.hint("contact.changed", row["id"])
