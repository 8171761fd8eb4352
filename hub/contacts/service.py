"""The only place that moves contacts and appends interactions.

Both work on many rows at once with a fixed number of statements, because the hot paths call them
from batch functions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, delete, select, update

from hub.core.errors import Conflict, HubError, NotFound
from hub.core.ids import new_id
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_rows, insert_values, tx_time, update_values

from .card_numbers import storable
from .effort import contacts_closed
from .joining.consults import end_left
from .joining.tables import contact_merges
from .model import FINAL, SEGMENT_OF, ContactState, Direction, EndedAs, InteractionKind, may_move
from .tables import contacts, conversations, drafts, interactions, segments

PREVIEW_LENGTH = 200


class IllegalMove(Conflict):
    """The state table does not list this pair: somebody else moved the contact first."""

    code = "contact.illegal_move"


@dataclass(frozen=True, slots=True)
class Move:
    """Move one contact to `after`, with other columns changed alongside.

    `expected`: states it must be in now (empty: any that the table allows).
    `agent_id`: if given, it must be held by (or offered to) this agent now. `through`: it passes
    this state on the way, in no time.
    """

    contact_id: str
    after: ContactState
    expected: frozenset[ContactState] = frozenset()
    agent_id: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)  # column name -> value
    through: ContactState | None = None


@dataclass(frozen=True, slots=True)
class Relocation:
    """Change the line a queued contact waits in: its queue and what the queue decides."""

    contact_id: str
    changes: Mapping[str, Any]


def lock_contacts(tx: Tx, ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Read contacts for change, locked in the order of their ids; missing ids are left out."""
    if not ids:
        return {}
    rows = tx.execute(
        select(contacts)
        .where(contacts.c.id.in_(sorted(set(ids))))
        .order_by(contacts.c.id)
        .with_for_update()
    ).all()
    return {row.id: row for row in rows}


def get_contact(tx: Tx, contact_id: str) -> Row[Any]:
    """Return the contact's row, locked for change. Raises NotFound."""
    row = lock_contacts(tx, [contact_id]).get(contact_id)
    if row is None:
        raise NotFound("There is no such contact.")
    return row


def move(tx: Tx, order: Move) -> Row[Any]:
    """Move one contact and return its row as it was before. Raises NotFound, IllegalMove."""
    result = move_many(tx, [order])[0]
    if isinstance(result, HubError):
        raise result
    return result


def move_many(
    tx: Tx, orders: Sequence[Move], locked: Mapping[str, Row[Any]] | None = None
) -> list[Row[Any] | HubError]:
    """Move contacts, ending and starting their segments; return each row as it was, or a refusal.

    A contact named twice is moved once: the second order is refused. `locked`: their rows, where
    this transaction has read them under lock and not changed them since.
    """
    if not orders:
        return []
    before = lock_contacts(tx, [o.contact_id for o in orders]) if locked is None else locked
    results: list[Row[Any] | HubError] = []
    accepted: dict[str, Move] = {}
    for order in orders:
        row = before.get(order.contact_id)
        refusal = _refusal(row, order, again=order.contact_id in accepted)
        if row is None or refusal is not None:
            results.append(refusal or NotFound("There is no such contact."))
            continue
        accepted[order.contact_id] = order
        results.append(row)
    if accepted:
        _write_moves(tx, before, accepted)
    return results


def relocate_many(tx: Tx, orders: Sequence[Relocation]) -> list[Row[Any] | HubError]:
    """Put queued contacts into other lines; return each row as it was, or a refusal.

    The state stays, so this is no move of the state table; a new waiting segment begins.
    """
    before = lock_contacts(tx, [order.contact_id for order in orders])
    results: list[Row[Any] | HubError] = []
    accepted: dict[str, Move] = {}
    for order in orders:
        row = before.get(order.contact_id)
        if row is None:
            results.append(NotFound("There is no such contact."))
        elif row.state != ContactState.QUEUED or order.contact_id in accepted:
            results.append(
                Conflict("The contact does not wait any more.", code="contact.not_waiting")
            )
        else:
            accepted[row.id] = Move(row.id, ContactState.QUEUED, changes=order.changes)
            results.append(row)
    if accepted:
        _write_moves(tx, before, accepted)
    return results


def bring_back(tx: Tx, order: Move, ended_as: EndedAs = EndedAs.MERGED) -> Row[Any]:
    """Open a contact again that was merged, or closed as spam: the only ways out of `closed`, both
    reversible (the state table lists neither). Return the row as it was.

    Raises NotFound, IllegalMove where it did not end so.
    """
    before = lock_contacts(tx, [order.contact_id])
    row = before.get(order.contact_id)
    if row is None:
        raise NotFound("There is no such contact.")
    if row.state != ContactState.CLOSED or row.ended_as != ended_as:
        raise IllegalMove(f"The contact did not end as {ended_as}.", state=row.state)
    _write_moves(tx, before, {row.id: order})
    return row


def _refusal(row: Row[Any] | None, order: Move, *, again: bool) -> HubError | None:
    if row is None:
        return NotFound("There is no such contact.")
    state = ContactState(row.state)
    if again or not _may_pass(state, order) or (order.expected and state not in order.expected):
        return IllegalMove(
            f"The contact is {state.value} now and cannot become {order.after.value}.",
            state=state.value,
        )
    if order.agent_id is not None and row.agent_id != order.agent_id:
        return Conflict("The contact is with somebody else now.", code="contact.not_yours")
    return None


def _may_pass(state: ContactState, order: Move) -> bool:
    if order.through is None:
        return may_move(state, order.after)
    return may_move(state, order.through) and may_move(order.through, order.after)


def _write_moves(tx: Tx, before: Mapping[str, Row[Any]], accepted: Mapping[str, Move]) -> None:
    by_columns: defaultdict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for order in accepted.values():
        changes = _with_waits_over(before[order.contact_id], order.changes)
        names = tuple(sorted(changes))
        values = (changes[name] for name in names)
        by_columns[names].append((order.contact_id, order.after, tx.now, *values))
    for names, rows in by_columns.items():
        columns = ("id", "state", "state_since", *names)
        update_values(tx, contacts, columns, rows, also="version = version + 1")
    _write_segments(tx, before, accepted)
    over = [
        order.contact_id
        for order in accepted.values()
        if order.after in FINAL and before[order.contact_id].draft_author_id is not None
    ]
    if over:
        tx.execute(update(contacts).where(contacts.c.id.in_(over)).values(draft_author_id=None))
        end_drafts(tx, over)
    contacts_closed(tx, [order.contact_id for order in accepted.values() if order.after in FINAL])
    for contact_id in accepted:
        tx.hint("contact.changed", contact_id)
        tx.hint("conversation.contact", before[contact_id].conversation_id)
    _tell_joined(tx, [before[id_].conversation_id for id_ in accepted if before[id_].joins])
    end_left(tx, [(before[id_], order.after, order.changes) for id_, order in accepted.items()])


def _tell_joined(tx: Tx, conversation_ids: Sequence[str]) -> None:
    """Customers on merged conversations hear how the contact stands in which those go on."""
    if conversation_ids:
        joined = select(contact_merges.c.from_conversation_id).where(
            contact_merges.c.kept_conversation_id.in_(sorted(conversation_ids)),
            contact_merges.c.undone_at.is_(None),
        )
        for conversation_id in tx.execute(joined).scalars():
            tx.hint("conversation.contact", conversation_id)


def _with_waits_over(row: Row[Any], changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """What moves on is not waited for in silence any more, nor closes with its answer."""
    waits = ("closes", "quiet_until", "reminded_at")
    over = [name for name in waits if getattr(row, name) is not None]
    return {**dict.fromkeys(over), **changes}


# One after the other by the index of running ones: of a young table PostgreSQL believes that they
# are few, and would compare each with each.
_END_SEGMENTS = Statement("""
UPDATE segments SET ended_at = {time :now}, ended_by = {text 1} FROM {rows}
WHERE segments.id =
  (SELECT s.id FROM segments s WHERE s.contact_id = {text 0} AND s.ended_at IS NULL)
""")


def _write_segments(tx: Tx, before: Mapping[str, Row[Any]], accepted: Mapping[str, Move]) -> None:
    ended = [[order.contact_id, order.after] for order in accepted.values()]
    _END_SEGMENTS(tx, ended, now=tx_time(tx, tx.now))
    started = []
    for order in accepted.values():
        kind = SEGMENT_OF.get(order.after)
        if kind is None:
            continue
        row = {**before[order.contact_id]._mapping, **order.changes}
        waiting = order.after is ContactState.QUEUED
        started.append(a_segment(tx, row, kind, None if waiting else row["agent_id"]))
    insert_rows(tx, segments, started)


def a_segment(
    tx: Tx, contact: Mapping[str, Any], kind: str, agent_id: str | None
) -> dict[str, Any]:
    """Return the row of a segment of `contact` (a mapping of its columns) that starts now."""
    return {
        "id": new_id(),
        "contact_id": contact["id"],
        "kind": kind,
        "queue_id": contact["queue_id"],
        "channel": contact["channel"],
        "tier": contact["tier"],
        "agent_id": agent_id,
        "started_at": tx.now,
    }


def end_drafts(tx: Tx, contact_ids: Collection[str]) -> None:
    """Forget the words of drafts that were sent, given up, or whose contact is over."""
    if contact_ids:
        tx.execute(delete(drafts).where(drafts.c.contact_id.in_(sorted(contact_ids))))


class NewInteraction(NamedTuple):
    """One entry to append. `seq` is given by `append`, dense in the order of the sequence."""

    id: str
    conversation_id: str
    contact_id: str | None
    identity_id: str
    channel: str
    kind: str
    direction: str
    text: str
    at: datetime  # UTC
    author_id: str | None = None
    author_name: str | None = None
    client_id: str | None = None
    html: str | None = None
    subject: str | None = None
    external_id: str | None = None
    delivery: str | None = None
    raw_blob_id: str | None = None
    meta: Mapping[str, Any] = MappingProxyType({})


_COLUMNS = (*NewInteraction._fields, "seq", "created_at")


def append(tx: Tx, entries: Sequence[NewInteraction], last_seqs: Mapping[str, int]) -> list[int]:
    """Append entries to their conversations; return their seqs.

    `last_seqs`: last seq of each conversation, read under lock in this transaction. The unique
    (conversation, seq) guards against anything else. Who said something is told the gateways by
    the topic: `heard` from the customer, whose page knows it; `grew` by anything else.
    """
    entries = storable(tx, entries)
    seqs = dict(last_seqs)
    given: list[int] = []
    for entry in entries:
        seq = seqs[entry.conversation_id] = seqs[entry.conversation_id] + 1
        given.append(seq)
    rows = [(*entry, seq, tx.now) for entry, seq in zip(entries, given, strict=True)]
    insert_values(tx, interactions, _COLUMNS, rows)
    for entry in entries:
        heard = entry.direction == Direction.INBOUND
        tx.hint("conversation.heard" if heard else "conversation.grew", entry.conversation_id)
    return given


def system_entry(
    tx: Tx, row: Row[Any], facts: Mapping[str, Any], by: tuple[str | None, str] | None = None
) -> NewInteraction:
    """What the timeline of a contact (a row of `contacts`) tells now: a code and what its words
    name; `by`: who did it (user id, name), None: nobody.
    """
    return NewInteraction(
        id=new_id(),
        conversation_id=row.conversation_id,
        contact_id=row.id,
        identity_id=row.identity_id,
        channel=row.channel,
        kind=InteractionKind.SYSTEM,
        direction=Direction.INTERNAL,
        text="",
        at=tx.now,
        author_id=by[0] if by else None,
        author_name=by[1] if by else None,
        meta=facts,
    )


def append_system(tx: Tx, entries: Sequence[NewInteraction], last_seqs: Mapping[str, int]) -> None:
    """Append system entries, as `append`; of their conversations only the last seq moves on."""
    if not entries:
        return
    seqs = append(tx, entries, last_seqs)
    last = dict(zip((entry.conversation_id for entry in entries), seqs, strict=True))
    tx.execute(
        update(conversations)
        .where(conversations.c.id == bindparam("b_id"))
        .values(last_seq=bindparam("b_seq"), version=conversations.c.version + 1),
        [{"b_id": id_, "b_seq": seq} for id_, seq in last.items()],
    )


def preview_of(text: str) -> str:
    """The first line of a message as lists show it: single spaces, PREVIEW_LENGTH characters."""
    return " ".join(text.lstrip()[: 10 * PREVIEW_LENGTH].split())[:PREVIEW_LENGTH]


def unanswered_at_end(row: Row[Any]) -> datetime | None:
    """Return what `unanswered_since` is once a contact ends: who never got an answer still waits
    for one, and is found by it; after an answer the agent's closing settles the rest.
    """
    since: datetime | None = row.unanswered_since
    return since if row.answered_at is None else None


def is_public(direction: str) -> bool:
    """May the customer see it: notes and system entries are internal."""
    return direction != Direction.INTERNAL


def touched(tx: Tx, contact_id: str, by_id: str | None) -> None:
    """Where its agent did something with it, the time it may lie untouched begins anew."""
    tx.execute(
        update(contacts)
        .where(contacts.c.id == contact_id, contacts.c.agent_id == by_id)
        .values(untouched_until=None)
    )


def amend(tx: Tx, contact_id: str, changes: Mapping[str, Any]) -> None:
    """Change columns of a contact that are not its state. Raises NotFound."""
    changed = tx.execute(
        update(contacts)
        .where(contacts.c.id == contact_id)
        .values(**changes, version=contacts.c.version + 1)
    )
    if changed.rowcount != 1:
        raise NotFound("There is no such contact.")
    tx.hint("contact.changed", contact_id)
