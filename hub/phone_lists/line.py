"""The contact of somebody of a list enters the queue like any other, and leaves it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from hub.callbacks.line import PROMISE
from hub.contacts import service as contact_service
from hub.contacts import threads
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import (
    PHONE_LIST_META,
    WAITING,
    Channel,
    ContactState,
    Direction,
    EndedAs,
    SegmentKind,
)
from hub.contacts.references import new_reference
from hub.contacts.service import Move
from hub.contacts.tables import contacts, segments
from hub.core.ids import new_id
from hub.routing import service as routing
from hub.routing.placement import Arrival, place
from hub.storage import Tx

from .judging import Judged, Person
from .model import PersonState
from .rows import Member

META = PHONE_LIST_META


def enter(
    tx: Tx, row: Row[Any], point: Row[Any], entering: Sequence[tuple[Member, Judged]]
) -> list[Member]:
    """Open a waiting contact for each of these people who may be called; return them with it.

    They wait by the targets of what is our own idea, as calls back do: nobody sits at their phone
    for it, so those who do go first. All attempts at one number are on one conversation, which the
    first of them begins.
    """
    known = [(one, judged.person) for one, judged in entering if judged.person is not None]
    if not known:
        return []
    persons = [person for _, person in known]
    spoken = [person.language or point.language for person in persons]
    made = _threads(tx, point, known, spoken)
    arrivals = [
        Arrival(row.queue_id, person.tier, Channel.PHONE, language, promise=PROMISE)
        for person, language in zip(persons, spoken, strict=True)
    ]
    placed = place(tx, arrivals)
    rows = [
        _contact(tx, row, point, member, person, conversation_id, columns)
        for (member, person), conversation_id, columns in zip(known, made, placed, strict=True)
    ]
    tx.execute(insert(contacts), rows)
    waiting = [contact_service.a_segment(tx, one, SegmentKind.WAITING, None) for one in rows]
    tx.execute(insert(segments), waiting)
    for one in rows:
        tx.hint("contact.queued", one["id"])
    return [
        replace(
            member,
            state=PersonState.QUEUED,
            reason=None,
            identity_id=person.identity_id,
            contact_id=one["id"],
        )
        for (member, person), one in zip(known, rows, strict=True)
    ]


def _threads(
    tx: Tx,
    point: Row[Any],
    known: Sequence[tuple[Member, Person]],
    spoken: Sequence[str | None],
) -> list[str]:
    """Return the conversation of each: that of the attempt before, else a new one."""
    before = {one.contact_id for one, _ in known if one.contact_id is not None}
    rows = tx.execute(
        select(contacts.c.id, contacts.c.conversation_id, contacts.c.identity_id).where(
            contacts.c.id.in_(sorted(before))
        )
    )
    old = {(row.id, row.identity_id): str(row.conversation_id) for row in rows}
    found = [old.get((one.contact_id or "", person.identity_id)) for one, person in known]
    fresh = [index for index, id_ in enumerate(found) if id_ is None]
    begins = [
        Inbound(
            entry_point_id=point.id,
            channel=Channel.PHONE,
            dedupe_key="",
            senders=(SenderIdentity(IdentityKind.PHONE, known[index][1].number),),
            received_at=tx.now,
        )
        for index in fresh
    ]
    whose = [known[index][1].identity_id for index in fresh]
    opened = threads.open_threads(tx, begins, whose, [spoken[index] for index in fresh])
    for index, thread in zip(fresh, opened, strict=True):
        found[index] = thread.id
    return [id_ for id_ in found if id_ is not None]


def _contact(
    tx: Tx,
    row: Row[Any],
    point: Row[Any],
    member: Member,
    person: Person,
    conversation_id: str,
    columns: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        **columns,
        "id": new_id(),
        "reference": new_reference(),
        "conversation_id": conversation_id,
        "identity_id": person.identity_id,
        "channel": Channel.PHONE,
        "entry_point_id": point.id,
        "queue_id": row.queue_id,
        "tier": person.tier,
        "direction": Direction.OUTBOUND,
        "state": ContactState.QUEUED,
        "state_since": tx.now,
        "language": person.language or point.language,
        "preview": "",
        "unread": 0,
        "priority": 0,
        "opened_at": tx.now,
        "enqueued_at": tx.now,
        "last_message_at": tx.now,
        "meta": {META: brief(row, member, person)},
    }


def brief(row: Row[Any], member: Member, person: Person) -> dict[str, Any]:
    """Return what the contact says of its list: for the offer and the desk."""
    return {
        "list_id": row.id,
        "key": row.key,
        "zh": row.zh,
        "en": row.en,
        "mode": row.mode,
        "purpose": row.purpose,
        "script_zh": row.script_zh,
        "script_en": row.script_en,
        "number": person.number,
        "time_zone": person.zone,
        "attempt": min(member.failed + 1, row.attempts),
        "attempts": row.attempts,
        "last_at": member.last_at.isoformat() if member.last_at else None,
        "last_result": member.last_result,
        "stage": "waiting",
        "preview_s": row.preview_s,
        "preview_until": None,
        "answered_by": None,
        "result": None,
    }


def close(tx: Tx, rows: Collection[Row[Any]], why: str) -> None:
    """Close contacts (locked) that ended without a talk; their agents are free."""
    if not rows:
        return
    changes = {
        "ended_as": EndedAs.CALLBACK,
        "closed_at": tx.now,
        "agent_id": None,
        "unanswered_since": None,
    }
    contact_service.move_many(
        tx, [Move(one.id, ContactState.CLOSED, changes=changes) for one in rows]
    )
    routing.release(tx, [one.id for one in rows], why)
    for one in rows:
        tx.hint("contact.queued", one.id)


def withdraw(tx: Tx, members: Sequence[Member]) -> list[Member]:
    """Take these out of the queue; return those who were there still, due again at once. What an
    agent has accepted by now goes on.
    """
    ids = [one.contact_id for one in members if one.contact_id is not None]
    rows = contact_service.lock_contacts(tx, ids)
    waiting = {id_ for id_, one in rows.items() if one.state in WAITING}
    close(tx, [rows[id_] for id_ in sorted(waiting)], "phone_list")
    return [
        replace(one, state=PersonState.DUE, due_at=tx.now)
        for one in members
        if one.contact_id in waiting
    ]


def mark(tx: Tx, contact_id: str, **changes: Any) -> None:
    """Change what a contact says of its list."""
    mark_many(tx, [contact_id], **changes)


def mark_many(tx: Tx, contact_ids: Sequence[str], **changes: Any) -> None:
    """Change what these contacts say of their lists, all the same."""
    locked = contact_service.lock_contacts(tx, contact_ids).values()
    rows = [row for row in locked if META in row.meta]  # erased ones say nothing any more
    if not rows:
        return
    tx.execute(
        update(contacts)
        .where(contacts.c.id == bindparam("b_id"))
        .values(
            meta=bindparam("b_meta", type_=contacts.c.meta.type), version=contacts.c.version + 1
        ),
        [
            {"b_id": row.id, "b_meta": {**row.meta, META: {**row.meta[META], **changes}}}
            for row in rows
        ],
    )
    for row in rows:
        tx.hint("contact.changed", row.id)
