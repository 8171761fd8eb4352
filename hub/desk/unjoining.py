"""A merge of contacts is undone: both are what they were, as far as the world has not moved on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Row, func, select, update

from hub.contacts import service as contact_service
from hub.contacts.heads import lock_heads
from hub.contacts.joining.model import Before, Edge, Place, end_of_chain
from hub.contacts.joining.tables import contact_merges
from hub.contacts.model import FINAL, WAITING, ContactState, Direction, EndedAs
from hub.contacts.service import Move
from hub.contacts.tables import contacts, interactions
from hub.core.errors import Conflict, HubError, NotFound
from hub.routing import service as routing
from hub.routing.direct import take_up
from hub.routing.placement import Arrival, place
from hub.storage import Tx

from .joined_drafts import own_uploads, write_draft
from .joined_later import part_later
from .joining import earliest, open_contact_of
from .telling import By, tell_each

_IN_HAND = frozenset({ContactState.CONNECTING, ContactState.ACTIVE, ContactState.HOLD})


class Kept(StrEnum):
    """What could not be put back as it was, in words of the API."""

    QUEUED = "queued"  # its agent has no room or is away: it waits in its queue again
    CLOSED = "closed"  # a newer contact is open on its conversation, or it was in wrap-up
    ANSWERED = "answered"  # it was answered meanwhile
    DRAFT = "draft"  # the draft was changed meanwhile: both have the words
    PROMISE = "promise"  # tier or priority were changed meanwhile
    OVER = "over"  # the kept contact is over
    WOKEN = "woken"  # the kept contact waited for its customer, and waits in the queue now


@dataclass(frozen=True, slots=True)
class UnmergeContacts:
    merge_id: str
    by: By


@dataclass(frozen=True, slots=True)
class Unmerged:
    """`state`: of the contact that was merged, now. `kept`: what could not be put back."""

    from_id: str
    into_id: str
    state: str
    kept: tuple[Kept, ...]


@dataclass(slots=True)
class _Undo:
    """One undo on its way: the edge, both rows, and what stays as it is."""

    tx: Tx
    merge: Row[Any]
    before: Before
    source: Row[Any]
    into: Row[Any]
    kept: list[Kept]


def unmerge_contacts(tx: Tx, cmd: UnmergeContacts) -> Unmerged:
    """Undo a merge and say so on both timelines. Raises NotFound, Conflict where it is undone."""
    merge = get_merge(tx, cmd.merge_id)
    heads = lock_heads(tx, [merge.from_id, merge.into_id])
    rows = contact_service.lock_contacts(tx, [merge.from_id, merge.into_id])
    before = msgspec.convert(merge.before, Before, strict=False) if merge.before else None
    if before is None or len(rows) != 2:
        raise Conflict("What they were is forgotten: start a new contact.", code="merge.forgotten")
    undo = _Undo(tx, merge, before, rows[merge.from_id], rows[merge.into_id], [])
    _unlink(tx, cmd, merge)
    unanswered = _give_back_messages(undo)
    _restore_kept(undo)
    state = _restore_merged(undo, unanswered)
    _restore_drafts(undo, state)
    part_later(tx, undo.source, merge.into_id)
    routing.follow_contacts(tx, [merge.from_id, merge.into_id])
    said = [
        (undo.into, {"code": "unmerged_from", "reference": undo.source.reference}),
        (undo.source, {"code": "unmerged", "reference": undo.into.reference}),
    ]
    tell_each(tx, said, heads, cmd.by)
    for topic, key in (
        ("conversation.contact", merge.from_conversation_id),
        ("contact.changed", merge.from_id),
        ("contact.queued", merge.into_id),
    ):
        tx.hint(topic, key)
    return Unmerged(merge.from_id, merge.into_id, state, tuple(dict.fromkeys(undo.kept)))


def get_merge(tx: Tx, merge_id: str) -> Row[Any]:
    """Return a merge that is in force, locked. Raises NotFound, Conflict where it was undone."""
    found = select(contact_merges).where(contact_merges.c.id == merge_id)
    row = tx.execute(found.with_for_update()).first()
    if row is None:
        raise NotFound("There is no such merge.")
    if row.undone_at is not None:
        raise Conflict("This merge was undone already.", code="merge.undone")
    return row


def _unlink(tx: Tx, cmd: UnmergeContacts, merge: Row[Any]) -> None:
    """End the edge, which needs to know no more what was before; what went on through it goes on
    where its own chain ends now.
    """
    m = contact_merges
    undone: dict[str, Any] = {
        "undone_at": tx.now,
        "undone_by_id": cmd.by.id,
        "before": {},
    }  # it holds drafts
    tx.execute(update(m).where(m.c.id == merge.id).values(undone))
    kept_id = merge.kept_conversation_id
    rows = tx.execute(
        select(m).where(m.c.kept_conversation_id == kept_id, m.c.undone_at.is_(None))
    ).all()
    edges = [
        Edge(row.id, row.from_conversation_id, row.into_conversation_id, row.at) for row in rows
    ]
    for row in rows:
        end = end_of_chain(row.into_conversation_id, (row.at, row.id), edges)
        if end != row.kept_conversation_id:
            tx.execute(update(m).where(m.c.id == row.id).values(kept_conversation_id=end))


def _give_back_messages(undo: _Undo) -> Any:
    """What came in on its conversation since belongs to it again; return its oldest unanswered."""
    tx, merge = undo.tx, undo.merge
    since = (
        interactions.c.conversation_id == merge.from_conversation_id,
        interactions.c.seq > merge.from_seq,
        interactions.c.contact_id == merge.into_id,
    )
    newest = tx.execute(
        select(func.min(interactions.c.at)).where(
            *since, interactions.c.direction == Direction.INBOUND
        )
    ).scalar_one()
    tx.execute(update(interactions).where(*since).values(contact_id=merge.from_id))
    if undo.into.unanswered_since is None and undo.before.made_unanswered is not None:
        undo.kept.append(Kept.ANSWERED)
        return None
    return earliest(undo.before.from_unanswered, newest)


def _restore_kept(undo: _Undo) -> None:
    """Put tier, priority and the oldest question of the kept contact back where they still are as
    the merge made them.
    """
    tx, before, into = undo.tx, undo.before, undo.into
    changes: dict[str, Any] = {"joins": _still_joins(tx, into.conversation_id)}
    if ContactState(into.state) in FINAL:
        undo.kept.append(Kept.OVER)
    made = (before.made_tier, before.made_priority)
    if ContactState(into.state) in WAITING and _place_of(into) == before.made_place:
        changes |= msgspec.structs.asdict(before.into_place)
    if before.into_parked and into.state == ContactState.QUEUED:
        undo.kept.append(Kept.WOKEN)
    if (into.tier, into.priority) == made:
        changes |= {"tier": before.into_tier, "priority": before.into_priority}
    elif made != (before.into_tier, before.into_priority):
        undo.kept.append(Kept.PROMISE)
    if into.promised_at == before.made_promised != before.into_promised:
        changes["promised_at"] = before.into_promised
    if into.unanswered_since is not None and into.unanswered_since == before.made_unanswered:
        later = tx.execute(
            select(func.min(interactions.c.at)).where(
                interactions.c.conversation_id == undo.merge.into_conversation_id,
                interactions.c.seq > undo.merge.into_seq,
                interactions.c.direction == Direction.INBOUND,
            )
        ).scalar_one()
        changes["unanswered_since"] = earliest(before.into_unanswered, later)
    contact_service.amend(tx, into.id, changes)


def _place_of(row: Row[Any]) -> Place:
    return Place(row.target_s, row.virtual_start_us, row.sla_policy_id)


def _still_joins(tx: Tx, conversation_id: str) -> bool:
    found = select(contact_merges.c.id).where(
        contact_merges.c.kept_conversation_id == conversation_id,
        contact_merges.c.undone_at.is_(None),
    )
    return tx.execute(found.limit(1)).first() is not None


def _restore_merged(undo: _Undo, unanswered: Any) -> str:
    """Open the merged contact again as it was, or as near to it as can be; return its state."""
    tx, source, before = undo.tx, undo.source, undo.before
    link = {"merged_into_id": None, "unanswered_since": unanswered, "unread": before.from_unread}
    was = ContactState(before.from_state)
    if was in FINAL:
        contact_service.amend(tx, source.id, link)
        return str(was)
    newer = open_contact_of(tx, source.conversation_id)
    if was is ContactState.WRAP_UP or newer is not None:
        undo.kept.append(Kept.CLOSED)
        ended = before.from_ended_as or EndedAs.UNCLASSIFIED
        contact_service.amend(tx, source.id, {**link, "ended_as": ended})
        return ContactState.CLOSED
    opened = {**link, "ended_as": None, "closed_at": None}
    if was is ContactState.PARKED and unanswered is None:
        until = before.from_parked_until
        opened["parked_until"] = until if until and until > tx.now else None
        opened["agent_id"] = before.from_agent_id
        contact_service.bring_back(tx, Move(source.id, was, changes=opened))
        return was
    if was in _IN_HAND and _taken_up(undo, opened):
        return ContactState.ACTIVE
    if was is not ContactState.QUEUED and was is not ContactState.OFFERED:
        undo.kept.append(Kept.QUEUED)
    _queue_again(undo, opened)
    return ContactState.QUEUED


def _taken_up(undo: _Undo, opened: Mapping[str, Any]) -> bool:
    """Give it to who held it, if they have room; say whether."""
    agent_id = undo.before.from_agent_id
    if agent_id is None:
        return False
    try:
        routing.check_signed_in(undo.tx, agent_id)
        take_up(undo.tx, undo.source, agent_id)
    except HubError:
        return False
    kept = {"agent_id": agent_id, "waited_us": undo.before.from_waited_us}
    order = Move(undo.source.id, ContactState.ACTIVE, changes={**opened, **kept})
    contact_service.bring_back(undo.tx, order)
    return True


def _queue_again(undo: _Undo, opened: Mapping[str, Any]) -> None:
    """Back into its queue with what it had waited, and what it waited since."""
    tx, source, before = undo.tx, undo.source, undo.before
    running = before.from_unanswered is not None and opened["unanswered_since"] is not None
    since_s = (tx.now - undo.merge.at).total_seconds() if running else 0.0
    arrival = Arrival(
        queue_id=source.queue_id,
        tier=source.tier,
        channel=source.channel,
        language=source.language,
        last_agent_id=before.from_agent_id,
        waits_for_agent=before.from_agent_id is not None,
        waited_s=before.from_waited_us / 1_000_000 + since_s,
        promise=source.promise,
    )
    columns = {**place(tx, [arrival])[0], "told_position": source.told_position}
    changes = {**opened, **columns, "agent_id": None, "enqueued_at": tx.now}
    contact_service.bring_back(tx, Move(source.id, ContactState.QUEUED, changes=changes))
    tx.hint("contact.queued", source.id)


def _restore_drafts(undo: _Undo, state: str) -> None:
    """Give each its own words back; where the draft was changed since, both have what there is."""
    tx, before, into, source = undo.tx, undo.before, undo.into, undo.source
    mine = before.from_draft
    if mine is None:
        return
    if ContactState(state) not in FINAL:
        write_draft(tx, source.id, mine)
        own_uploads(tx, source.id, mine)
        _note_draft(tx, source.id, mine.author_id)
    if into.draft_version != before.made_draft_version or into.draft_author_id is None:
        undo.kept.append(Kept.DRAFT)
        return
    if ContactState(state) in FINAL:
        return  # the words stay where somebody can send them
    write_draft(tx, into.id, before.into_draft)
    _note_draft(tx, into.id, before.into_draft.author_id if before.into_draft else None)


def _note_draft(tx: Tx, contact_id: str, author_id: str | None) -> None:
    tx.execute(
        update(contacts)
        .where(contacts.c.id == contact_id)
        .values(
            draft_author_id=author_id,
            draft_version=contacts.c.draft_version + 1,
            version=contacts.c.version + 1,
        )
    )
    tx.hint("contact.touched", contact_id)
