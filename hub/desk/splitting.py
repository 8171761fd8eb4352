"""Messages of a contact that are another matter become a contact of their own.

The entries stay where they are: the new contact shows them, too, on a new conversation with the
same customer by the same entry point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from hub.contacts import service as contact_service
from hub.contacts.heads import lock_heads
from hub.contacts.joining.tables import contact_split_entries, contact_splits
from hub.contacts.model import (
    FINAL,
    ContactState,
    Direction,
    EndedAs,
    InteractionKind,
    SegmentKind,
)
from hub.contacts.references import new_reference
from hub.contacts.service import Move, preview_of
from hub.contacts.tables import contacts, conversations, interactions, segments
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import new_id
from hub.routing import service as routing
from hub.routing.placement import Arrival, place
from hub.routing.settings import load_settings
from hub.storage import Tx

from .joining import earliest
from .pulling import Pull, pull
from .telling import By, tell_each

MAX_ENTRIES = 50
_KINDS = (InteractionKind.MESSAGE, InteractionKind.FAX)


@dataclass(frozen=True, slots=True)
class SplitContact:
    """`queue_id` None: the same queue. `takes`: who splits takes the new contact at once."""

    contact_id: str
    entry_ids: tuple[str, ...]
    by: By
    subject: str | None = None
    queue_id: str | None = None
    takes: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    split_id: str
    contact_id: str


def split_contact(tx: Tx, cmd: SplitContact) -> Split:
    """Open a contact for these messages and say so on both timelines.

    Raises NotFound, Invalid for none, too many, or all messages; Conflict where some were split off
    already, or who splits has no room for it.
    """
    entry_ids = tuple(dict.fromkeys(cmd.entry_ids))
    if not 1 <= len(entry_ids) <= MAX_ENTRIES:
        raise Invalid(
            f"Choose from 1 to {MAX_ENTRIES} messages.", code="split.count", most=MAX_ENTRIES
        )
    heads = lock_heads(tx, [cmd.contact_id])
    row = contact_service.get_contact(tx, cmd.contact_id)
    chosen = _chosen(tx, row, entry_ids)
    new = _new_contact(tx, cmd, row, chosen)
    split_id = new_id()
    tx.execute(
        insert(contact_splits).values(
            id=split_id,
            from_id=row.id,
            into_id=new["id"],
            by_id=cmd.by.id,
            by_name=cmd.by.name,
            at=tx.now,
        )
    )
    lines = [{"split_id": split_id, "interaction_id": entry.id} for entry in chosen]
    tx.execute(insert(contact_split_entries), lines)
    _leave_to_it(tx, row, entry_ids)
    opened = contact_service.get_contact(tx, new["id"])
    said = [
        (row, {"code": "split_off", "reference": opened.reference, "count": len(chosen)}),
        (opened, {"code": "split_from", "reference": row.reference, "count": len(chosen)}),
    ]
    tell_each(tx, said, {**heads, opened.conversation_id: 0}, cmd.by)
    tx.hint("contact.queued", opened.id)
    if cmd.takes and cmd.by.id is not None:
        routing.ensure_agents(tx, [cmd.by.id])
        pull(tx, Pull(opened.id, cmd.by.id))
    return Split(split_id, opened.id)


def _chosen(tx: Tx, row: Row[Any], entry_ids: tuple[str, ...]) -> list[Row[Any]]:
    inbound = interactions.c.direction == Direction.INBOUND
    theirs = (
        interactions.c.conversation_id == row.conversation_id,
        interactions.c.contact_id == row.id,
        inbound,
        interactions.c.kind.in_(_KINDS),
    )
    chosen = list(
        tx.execute(
            select(interactions)
            .where(*theirs, interactions.c.id.in_(sorted(entry_ids)))
            .order_by(interactions.c.seq)
        )
    )
    if len(chosen) != len(entry_ids):
        raise NotFound(
            "Only what the customer wrote in this contact can be split off.", code="split.entries"
        )
    gone = _gone(tx, row.id)
    if gone.intersection(entry_ids):
        raise Conflict(
            "Some of these messages were split off already: look at the contact again.",
            code="split.again",
        )
    left = select(func.count()).where(*theirs, interactions.c.id.not_in(sorted(gone)))
    if tx.execute(left).scalar_one() == len(chosen):
        raise Invalid("One message has to stay: transfer the contact instead.", code="split.all")
    return chosen


def _gone(tx: Tx, contact_id: str) -> set[str]:
    """Return the entries of a contact that were split off, and not brought back."""
    found = (
        select(contact_split_entries.c.interaction_id)
        .join(contact_splits, contact_splits.c.id == contact_split_entries.c.split_id)
        .where(contact_splits.c.from_id == contact_id, contact_splits.c.undone_at.is_(None))
    )
    return set(tx.execute(found).scalars())


def _new_contact(
    tx: Tx, cmd: SplitContact, row: Row[Any], chosen: list[Row[Any]]
) -> dict[str, Any]:
    oldest = min(entry.at for entry in chosen)
    settings = load_settings(tx)
    queue_id = cmd.queue_id or row.queue_id
    waits = row.unanswered_since is not None and oldest >= row.unanswered_since
    waited_us = routing.waited_now_us(settings, row, tx.now) if waits else 0
    arrival = Arrival(
        queue_id=queue_id,
        tier=row.tier,
        channel=row.channel,
        language=row.language,
        waited_s=waited_us / 1_000_000,
    )
    placed = place(tx, [arrival])[0]
    conversation_id = _new_conversation(tx, cmd, row)
    last = chosen[-1]
    new = {
        **placed,
        "id": new_id(),
        "reference": new_reference(),
        "conversation_id": conversation_id,
        "identity_id": row.identity_id,
        "channel": row.channel,
        "entry_point_id": row.entry_point_id,
        "queue_id": queue_id,
        "tier": row.tier,
        "state": ContactState.QUEUED,
        "state_since": tx.now,
        "language": row.language,
        "subject": cmd.subject or row.subject,
        "preview": preview_of(last.text or last.subject or ""),
        "unread": len(chosen),
        "opened_at": tx.now,
        "enqueued_at": tx.now,
        "last_message_at": last.at,
        "unanswered_since": oldest,
        "meta": {},
    }
    tx.execute(insert(contacts).values(**new))
    waiting = contact_service.a_segment(tx, new, SegmentKind.WAITING, None)
    tx.execute(insert(segments).values(**waiting))
    routing.follow_contacts(tx, [new["id"]])
    return new


def _new_conversation(tx: Tx, cmd: SplitContact, row: Row[Any]) -> str:
    head = tx.execute(select(conversations).where(conversations.c.id == row.conversation_id)).one()
    conversation_id = new_id()
    tx.execute(
        insert(conversations).values(
            id=conversation_id,
            entry_point_id=head.entry_point_id,
            channel=head.channel,
            identity_id=head.identity_id,
            subject=cmd.subject or head.subject,
            language=head.language,
            last_seq=0,
            last_at=tx.now,
            created_at=tx.now,
        )
    )
    return conversation_id


def _leave_to_it(tx: Tx, row: Row[Any], entry_ids: tuple[str, ...]) -> None:
    """What was split off is answered there: the old contact waits for what is left."""
    if row.unanswered_since is None:
        return
    left = tx.execute(
        select(func.min(interactions.c.at)).where(
            interactions.c.conversation_id == row.conversation_id,
            interactions.c.contact_id == row.id,
            interactions.c.direction == Direction.INBOUND,
            interactions.c.at >= row.unanswered_since,
            interactions.c.id.not_in(sorted(entry_ids)),
        )
    ).scalar_one()
    contact_service.amend(tx, row.id, {"unanswered_since": left})
    routing.follow_contacts(tx, [row.id])


def get_split(tx: Tx, split_id: str) -> Row[Any]:
    """Return a split in force, locked. Raises NotFound, Conflict where it was undone."""
    found = select(contact_splits).where(contact_splits.c.id == split_id).with_for_update()
    row = tx.execute(found).first()
    if row is None:
        raise NotFound("There is no such split.")
    if row.undone_at is not None:
        raise Conflict("This split was undone already.", code="split.undone")
    return row


def undo_split(tx: Tx, cmd: tuple[str, By]) -> Row[Any]:
    """(split id, who): the new contact closes and its messages wait in the old one again.

    Return the split. Raises as get_split; Conflict once something was said in the new contact, or
    either is over: merge them then.
    """
    split_id, by = cmd
    split = get_split(tx, split_id)
    heads = lock_heads(tx, [split.from_id, split.into_id])
    rows = contact_service.lock_contacts(tx, [split.from_id, split.into_id])
    old, new = rows[split.from_id], rows[split.into_id]
    spoken = tx.execute(
        select(interactions.c.id)
        .where(
            interactions.c.conversation_id == new.conversation_id,
            interactions.c.direction != Direction.INTERNAL,
        )
        .limit(1)
    ).first()
    over = {ContactState(old.state), ContactState(new.state)} & FINAL
    if spoken is not None or over or new.draft_author_id is not None:
        raise Conflict(
            "Something was said in the new contact, or one is over: merge the two instead.",
            code="split.moved_on",
        )
    ended = {
        "ended_as": EndedAs.MERGED,
        "closed_at": tx.now,
        "unanswered_since": None,
        "parked_until": None,
        "wrap_until": None,
    }
    contact_service.move(tx, Move(new.id, ContactState.CLOSED, changes=ended))
    routing.release(tx, [new.id], "merged")
    tx.execute(
        update(contact_splits)
        .where(contact_splits.c.id == split_id)
        .values(undone_at=tx.now, undone_by_id=by.id)
    )
    since = earliest(old.unanswered_since, new.unanswered_since)
    contact_service.amend(tx, old.id, {"unanswered_since": since})
    routing.follow_contacts(tx, [old.id])
    said = [
        (old, {"code": "split_undone", "reference": new.reference}),
        (new, {"code": "split_undone", "reference": old.reference}),
    ]
    tell_each(tx, said, heads, by)
    tx.hint("contact.queued", new.id)
    return split
