"""The auto-acknowledgement: written in the transaction that opens the contact (channels.md, Email).

At most once per conversation, few per address and day, none while a burst has opened the mailbox's
breaker, never where the parser's rules forbid it.
Each suppression is kept on the incoming interaction with its reason, and shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hub.contacts import service as contact_service
from hub.contacts.effects import Send
from hub.contacts.model import DeliveryState, Direction, InteractionKind
from hub.contacts.outreach.model import service_reply
from hub.contacts.outreach.sending import to_person
from hub.contacts.service import NewInteraction
from hub.contacts.tables import contacts, conversations
from hub.contacts.templates.filling import Changed, at_point, say
from hub.contacts.templates.model import Wording
from hub.contacts.templates.service import changed_templates
from hub.contacts.templates.usual import (
    ACKNOWLEDGEMENT,
    PROMISE_BY,
    PROMISE_SOON,
    TEXT_RECEIPT,
)
from hub.core.ids import new_id
from hub.routing.promise import Promise, promises
from hub.storage import Tx
from hub.storage.bulk import Statement, read_json, tx_time, update_values
from hub.storage.outbox import NewEffect, add_effects
from hub.vendors.mail.templates import clock_time

from .breaker import LIMIT, Breakers
from .case import Case

PER_ADDRESS_AND_DAY = 3
_WHY_NOT = "why_not_acknowledged"


def judge(tx: Tx, cases: Sequence[Case]) -> list[Case]:
    """Decide which of these get an acknowledgement, keep on each what was decided, where the agent
    sees it, and return those that do: they opened a contact that may have one.
    """
    opened = [case for case in cases if case.opens and case.entry_point.acknowledges]
    due = _judge_opened(tx, opened) if opened else []
    for case in cases:
        if case.adds:
            case.decided = {_WHY_NOT: _why_not_more(case)}
    return due


def _judge_opened(tx: Tx, opened: Sequence[Case]) -> list[Case]:
    counts = _sent_today(tx, {one.thread.identity_id for one in opened})
    breakers = Breakers(tx, {one.entry_point.id for one in opened})
    due: list[Case] = []
    for one in opened:
        identity_id = one.thread.identity_id
        reason = _why_not(one, counts.get(identity_id, 0))
        if reason is None and not breakers.allows(one.entry_point.id, _limit(one)):
            reason = "too_many_at_once"
        if reason is None:
            counts[identity_id] = counts.get(identity_id, 0) + 1
            due.append(one)
        one.decided = {"acknowledged": True} if reason is None else {_WHY_NOT: reason}
    breakers.save()
    return due


def _why_not_more(one: Case) -> str:
    if not one.item.acknowledge:
        return one.item.no_acknowledge_reason or "not_allowed"
    return "once_per_conversation" if one.thread.acknowledged else "already_open"


def _why_not(one: Case, sent_today: int) -> str | None:
    if not one.item.acknowledge:
        return one.item.no_acknowledge_reason or "not_allowed"
    if one.item.quarantine_reason is not None:
        return "quarantined"
    if "opted_out" in one.meta:
        return "opted_out"  # who says stop is sent nothing for it
    if one.thread.acknowledged:
        return "once_per_conversation"
    if sent_today >= PER_ADDRESS_AND_DAY:
        return "too_many_today"
    return None


def _limit(one: Case) -> int:
    chosen = read_json(one.entry_point.settings).get("acknowledge_limit")
    return chosen if isinstance(chosen, int) else LIMIT


_SENT_SINCE = Statement("""
SELECT c.identity_id, count(*) AS sent FROM {rows} JOIN conversations c ON c.identity_id = {text 0}
WHERE c.acknowledged_at > {time :since} GROUP BY c.identity_id
""")


def _sent_today(tx: Tx, identity_ids: set[str]) -> dict[str, int]:
    since = tx_time(tx, tx.now - timedelta(days=1))
    rows = _SENT_SINCE(tx, [[id_] for id_ in sorted(identity_ids)], since=since)
    return {row.identity_id: row.sent for row in rows}


def acknowledge(tx: Tx, due: Sequence[Case]) -> set[str]:
    """Write the acknowledgements of those that `judge` returned, once they are appended; return the
    ids of the contacts whose customers were told a time.
    """
    if not due:
        return set()
    of = [_contact_of(one) for one in due]
    given = promises(tx, [(contact["queue_id"], contact["channel"]) for contact in of])
    entries, effects, changed = [], [], changed_templates(tx)
    for one, promise in zip(due, given, strict=True):
        entry, effect = _acknowledgement(tx, one, promise, at_point(changed, one.entry_point.id))
        entries.append(entry)
        effects.append(effect)
    seqs = contact_service.append(tx, entries, {one.thread.id: one.thread.last_seq for one in due})
    for one, seq in zip(due, seqs, strict=True):
        one.thread.last_seq = seq
    add_effects(tx, effects)
    update_values(
        tx,
        conversations,
        ("id", "last_seq", "acknowledged_at", "promised_at"),
        [
            (one.thread.id, seq, tx.now, promise.at)
            for one, seq, promise in zip(due, seqs, given, strict=True)
        ],
    )
    told = [
        (contact["id"], promise.at)
        for contact, promise in zip(of, given, strict=True)
        if promise.at is not None
    ]
    update_values(tx, contacts, ("id", "promised_at"), told)
    return {contact_id for contact_id, _ in told}


def _acknowledgement(
    tx: Tx, one: Case, promise: Promise, changed: Changed
) -> tuple[NewInteraction, NewEffect]:
    contact = _contact_of(one)
    # A contact that was open is read without its language.
    language = contact.get("language") or one.entry_point.language
    subject, text = _words(changed, language, one, promise, tx.now)
    interaction_id = new_id()
    send = Send(
        interaction_id=interaction_id,
        conversation_id=one.thread.id,
        contact_id=contact["id"],
        to=(one.item.senders[0].value,),
        text=text,
        subject=subject,
        in_reply_to=one.item.external_id,
        references=(one.item.external_id,) if one.item.external_id else (),
        automatic=True,
        language=language,
        author_name=one.entry_point.display_name,
    )
    entry = NewInteraction(
        id=interaction_id,
        conversation_id=one.thread.id,
        contact_id=contact["id"],
        identity_id=one.thread.identity_id,
        channel=one.item.channel,
        kind=InteractionKind.MESSAGE,
        direction=Direction.OUTBOUND,
        text=text,
        at=tx.now,
        author_name=one.entry_point.display_name,
        subject=subject,
        delivery=DeliveryState.PENDING,
        meta={"automatic": True},
    )
    effect = to_person(
        service_reply(contact["state"], one.thread.identity_id),
        send,
        channel=one.item.channel,
        entry_point_id=one.item.entry_point_id,
        interaction_id=interaction_id,
        contact_id=contact["id"],
        dedupe_key=f"ack:{one.thread.id}",
        at_most_once=True,
    )
    return entry, effect


def _words(changed: Changed, language: str, one: Case, promise: Promise, now: datetime) -> Wording:
    if promise.at is None:
        promised = say(changed, PROMISE_SOON, language).body
    else:
        today = _local(now, promise.zone).date()
        time = clock_time(language, _local(promise.at, promise.zone), today)
        promised = say(changed, PROMISE_BY, language, time=time).body
    reference = _contact_of(one)["reference"]
    if one.item.brief:
        return say(changed, TEXT_RECEIPT, language, reference=reference, promise=promised)
    return say(
        changed,
        ACKNOWLEDGEMENT,
        language,
        reference=reference,
        promise=promised,
        name=one.entry_point.display_name,
    )


def _contact_of(one: Case) -> Mapping[str, Any]:
    if one.contact is None:
        raise RuntimeError("a case that opens has a contact")
    return one.contact


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))
