"""An answer that did not reach its customer: what it was in is open again, so that nobody believes
that it was answered.

A contact that waits for its customer goes back to its agent; one that is over is followed by a new
one on the same conversation, in the same queue; one that is open says so. Nothing is done where the
customer wrote since, or a later answer went out: then they have been heard, or reached.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, and_, delete, func, insert, or_, select

from hub.contacts import service as contact_service
from hub.contacts.delivery import fates_of
from hub.contacts.joining.reads import find_landings
from hub.contacts.lost.service import unreached
from hub.contacts.lost.tables import lost_answers
from hub.contacts.model import (
    ContactState,
    DeliveryState,
    Direction,
    EndedAs,
    InteractionKind,
    SegmentKind,
)
from hub.contacts.references import new_reference
from hub.contacts.service import Move, preview_of
from hub.contacts.tables import contacts, entry_points, interactions, segments
from hub.contacts.threads import Thread, find_open_contacts, lock_threads
from hub.core.ids import new_id
from hub.customers.reads import customers_of_identities
from hub.routing.placement import Arrival, place
from hub.routing.settings import load_settings
from hub.storage import LIMIT, NOW, Look, Tx

from .outgoing import addresses_of

_ARRIVED = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)
# A reason that is kept as a code: the lost message itself says it in its reader's words.
_CODE = re.compile(r"[a-z]+_[a-z\d_]+(?:: |$)")
_IN_HAND = frozenset({ContactState.ACTIVE, ContactState.HOLD})


class _Over(NamedTuple):
    """A lost answer, the contact it was in, which is over, and the queue its successor waits in."""

    answer: Row[Any]
    before: Row[Any]
    queue_id: str


_NOTED = Look(
    select(lost_answers.c.interaction_id)
    .where(lost_answers.c.noted_at <= NOW)
    .order_by(lost_answers.c.noted_at)
    .limit(LIMIT)
    .with_for_update(skip_locked=True)
)


def fire_lost_answers(tx: Tx, now: datetime, limit: int) -> int:
    """Open again what lost answers were in; return how many answers were looked at."""
    ids = _NOTED.ids(tx, now, limit)
    if not ids:
        return 0
    tx.execute(delete(lost_answers).where(lost_answers.c.interaction_id.in_(ids)))
    lost = _still_lost(tx, ids)
    heads = lock_threads(tx, list(lost))
    open_now = find_open_contacts(tx, list(lost))
    open_now = {**find_landings(tx, lost.keys() - open_now.keys()), **open_now}
    rows = contact_service.lock_contacts(tx, [one["id"] for one in open_now.values()])
    found = {id_: rows[one["id"]] for id_, one in open_now.items()}
    _back_to_their_agents(tx, [row for row in found.values() if row.state == ContactState.PARKED])
    _mark_in_hand(tx, [row for row in found.values() if row.state in _IN_HAND])
    found |= _open_new(tx, [row for id_, row in lost.items() if id_ not in found])
    _tell(tx, lost, found, heads)
    return len(ids)


def _still_lost(tx: Tx, ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Return by conversation the newest of these answers that is lost, and that nothing said since
    has made needless; none that was erased.
    """
    rows = tx.execute(
        select(interactions).where(interactions.c.id.in_(ids)).order_by(interactions.c.seq)
    )
    newest = {
        row.conversation_id: row
        for row in rows
        if unreached(row.meta, row.delivery) and row.meta.get("code") != "erased"
    }
    said = or_(
        and_(
            interactions.c.direction == Direction.INBOUND,
            interactions.c.kind != InteractionKind.SYSTEM,
        ),
        and_(
            interactions.c.direction == Direction.OUTBOUND,
            interactions.c.author_id.is_not(None),
            interactions.c.delivery.in_(_ARRIVED),
        ),
    )
    last = tx.execute(
        select(interactions.c.conversation_id, func.max(interactions.c.seq).label("seq"))
        .where(interactions.c.conversation_id.in_(sorted(newest)), said)
        .group_by(interactions.c.conversation_id)
    )
    over = {row.conversation_id for row in last if row.seq > newest[row.conversation_id].seq}
    return {id_: row for id_, row in sorted(newest.items()) if id_ not in over}


def _back_to_their_agents(tx: Tx, parked: Sequence[Row[Any]]) -> None:
    placed = place(tx, [_arrival(row, row.queue_id, row.tier) for row in parked])
    changes = {"agent_id": None, "parked_until": None, "enqueued_at": tx.now}
    contact_service.move_many(
        tx,
        [
            Move(row.id, ContactState.QUEUED, changes={**columns, **changes})
            for row, columns in zip(parked, placed, strict=True)
        ],
    )
    for row in parked:
        tx.hint("contact.queued", row.id)


def _arrival(row: Row[Any], queue_id: str, tier: str) -> Arrival:
    """Their agent knows what it was about: it waits for them first."""
    return Arrival(
        queue_id,
        tier,
        row.channel,
        row.language,
        row.agent_id,
        row.state_since,
        waits_for_agent=row.agent_id is not None,
        promise=row.promise,
    )


def _mark_in_hand(tx: Tx, rows: Sequence[Row[Any]]) -> None:
    for row in rows:
        contact_service.amend(tx, row.id, {"unread": row.unread + 1})


def _open_new(tx: Tx, lost: Sequence[Row[Any]]) -> dict[str, Row[Any]]:
    """Open a contact for each, where the one it was in was no spam; return them by conversation."""
    befores = contact_service.lock_contacts(tx, [answer.contact_id for answer in lost])
    queues = _queues(tx, list(befores.values()))
    over = [
        _Over(answer, before, queues[before.id])
        for answer in lost
        if (before := befores.get(answer.contact_id)) is not None
        and before.ended_as != EndedAs.SPAM
        and before.id in queues
    ]
    if not over:
        return {}
    new = _new_contacts(tx, over)
    tx.execute(insert(contacts), new)
    waiting = [contact_service.a_segment(tx, one, SegmentKind.WAITING, None) for one in new]
    tx.execute(insert(segments), waiting)
    for one in new:
        tx.hint("contact.queued", one["id"])
    made = contact_service.lock_contacts(tx, [one["id"] for one in new])
    return {row.conversation_id: row for row in made.values()}


def _new_contacts(tx: Tx, over: Sequence[_Over]) -> list[dict[str, Any]]:
    theirs = customers_of_identities(tx, [one.before.identity_id for one in over])
    tiers = [theirs[one.before.identity_id].tier for one in over]
    placed = place(
        tx,
        [_arrival(one.before, one.queue_id, tier) for one, tier in zip(over, tiers, strict=True)],
    )
    return [
        {**columns, **_columns(tx, one, tier)}
        for one, columns, tier in zip(over, placed, tiers, strict=True)
    ]


def _columns(tx: Tx, over: _Over, tier: str) -> dict[str, Any]:
    before = over.before
    return {
        "id": new_id(),
        "reference": new_reference(),
        "conversation_id": over.answer.conversation_id,
        "identity_id": before.identity_id,
        "channel": before.channel,
        "entry_point_id": before.entry_point_id,
        "queue_id": over.queue_id,
        "tier": tier,
        "state": ContactState.QUEUED,
        "state_since": tx.now,
        "language": before.language,
        "subject": before.subject,
        "preview": preview_of(_why(over.answer)[1] or over.answer.text),
        "unread": 1,
        "opened_at": tx.now,
        "enqueued_at": tx.now,
        "last_message_at": tx.now,
        "unanswered_since": None,  # its customer has not written: no reply is due
        "meta": {},
    }


def _queues(tx: Tx, befores: Sequence[Row[Any]]) -> dict[str, str]:
    """Return by contact where it waits now: in its queue or, where that is gone, where its entry
    point leads; it is missing where that is gone, too.
    """
    known = load_settings(tx).queues
    points = {row.entry_point_id for row in befores if row.queue_id not in known}
    leads: dict[str, str] = {}
    if points:
        columns = select(entry_points.c.id, entry_points.c.queue_id)
        rows = tx.execute(columns.where(entry_points.c.id.in_(sorted(points))))
        leads = {row.id: row.queue_id for row in rows}
    wanted = {row.id: leads.get(row.entry_point_id, row.queue_id) for row in befores}
    return {id_: queue_id for id_, queue_id in wanted.items() if queue_id in known}


def _tell(
    tx: Tx,
    lost: Mapping[str, Row[Any]],
    found: Mapping[str, Row[Any]],
    heads: Mapping[str, Thread],
) -> None:
    """Say it where it was written, whichever contact goes on with that."""
    entries = []
    asked = {one.identity_id for one in lost.values() if one.identity_id is not None}
    theirs = addresses_of(tx, asked)
    for conversation_id, answer in lost.items():
        row = found.get(conversation_id)
        if row is None:
            continue
        address, detail = _why(answer)
        address = address or theirs.get(answer.identity_id, "")
        facts = {"code": "answer_lost", "address": address, "detail": detail}
        entry = contact_service.system_entry(tx, row, facts)
        entries.append(entry._replace(conversation_id=conversation_id))
    contact_service.append_system(tx, entries, {id_: one.last_seq for id_, one in heads.items()})


def _why(answer: Row[Any]) -> tuple[str, str]:
    """Return whom it did not reach, "" where nobody was named, and what is said of it."""
    gone = unreached(answer.meta, answer.delivery)
    failed = [fate for fate in fates_of(answer.meta) if fate.address.casefold() in gone]
    if failed:
        return ", ".join(fate.address for fate in failed[:5]), _said(failed[0].detail)
    return ", ".join((answer.meta.get("to") or ())[:5]), _said(answer.delivery_detail or "")


def _said(reason: str) -> str:
    """Return what the other side said of it, "" where there is but a code."""
    code = _CODE.match(reason)
    return reason if code is None else reason[code.end() :]
