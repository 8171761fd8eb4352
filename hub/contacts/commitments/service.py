"""Use cases of commitments: plain functions of a transaction, run by the store's writer.

Hints: `commitment.changed` (owner id) for every change, `commitment.reminder` and
`commitment.broken` (commitment id) when a moment has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from hub.accounts.model import Actor
from hub.accounts.tables import users
from hub.contacts.model import Direction, InteractionKind
from hub.contacts.service import NewInteraction, append, touched
from hub.contacts.tables import contacts, conversations
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import new_id
from hub.customers.addresses import record_identity
from hub.customers.tables import identities
from hub.storage import Tx

from .model import CommitmentKind, CommitmentState, may_move, reminder_at
from .tables import commitments

MAX_TEXT = 2_000
_LONGEST = timedelta(days=2 * 366)


class PastDue(Invalid):
    """The promise would be due in the past: choose a later time."""

    code = "commitment.past_due"


class IllegalMove(Conflict):
    """The commitment is finished already."""

    code = "commitment.illegal_move"


@dataclass(frozen=True, slots=True)
class MakeCommitment:
    """A promise made in a contact, or on a customer's record: exactly one of the two ids."""

    actor: Actor
    kind: CommitmentKind
    text: str
    due_at: datetime  # UTC
    contact_id: str | None = None
    customer_id: str | None = None
    owner_id: str | None = None  # None: whoever makes it


@dataclass(frozen=True, slots=True)
class FinishCommitment:
    """It was kept, or the customer does not want it any longer (then `outcome` says why)."""

    actor: Actor
    commitment_id: str
    state: CommitmentState
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class ChangeCommitment:
    """A new owner or a new time agreed with the customer; None stays."""

    actor: Actor
    commitment_id: str
    owner_id: str | None = None
    due_at: datetime | None = None


def make_commitment(tx: Tx, cmd: MakeCommitment) -> str:
    """Record a promise and return its id; in a contact it also stands on the timeline.

    Raises PastDue, Invalid, NotFound.
    """
    due_at = _check_due(tx, cmd.due_at)
    text = cmd.text.strip()
    if not 1 <= len(text) <= MAX_TEXT:
        raise Invalid(f"Say in 1 to {MAX_TEXT} characters what is promised.", field="text")
    owner_id = _check_owner(tx, cmd.owner_id or cmd.actor.id)
    commitment_id = new_id()
    if cmd.contact_id is not None:
        touched(tx, cmd.contact_id, cmd.actor.id)
    identity_id = (
        _append_to_contact(tx, cmd, cmd.contact_id, commitment_id, text)
        if cmd.contact_id is not None
        else record_identity(tx, cmd.customer_id or "")
    )
    tx.execute(
        insert(commitments).values(
            id=commitment_id,
            identity_id=identity_id,
            contact_id=cmd.contact_id,
            kind=cmd.kind,
            text=text,
            owner_id=owner_id,
            made_by=cmd.actor.id,
            made_at=tx.now,
            remind_at=reminder_at(tx.now, due_at),
            due_at=due_at,
            state=CommitmentState.OPEN,
            version=1,
        )
    )
    _tell(tx, [(owner_id, identity_id)])
    return commitment_id


def finish_commitment(tx: Tx, cmd: FinishCommitment) -> None:
    """Say that a promise was kept or is withdrawn. Raises NotFound, IllegalMove, Invalid."""
    row = _get_locked(tx, cmd.commitment_id)
    if not may_move(CommitmentState(row.state), cmd.state) or cmd.state is CommitmentState.BROKEN:
        raise IllegalMove(f"The commitment is {row.state} already: make a new one.")
    outcome = cmd.outcome.strip()
    if cmd.state is CommitmentState.WITHDRAWN and not outcome:
        raise Invalid("Say why it is withdrawn: the customer was promised it.", field="outcome")
    tx.execute(
        update(commitments)
        .where(commitments.c.id == row.id)
        .values(
            state=cmd.state,
            finished_at=tx.now,
            finished_by=cmd.actor.id,
            outcome=outcome[:MAX_TEXT] or None,
            version=row.version + 1,
        )
    )
    _tell(tx, [(row.owner_id, row.identity_id)])


def change_commitment(tx: Tx, cmd: ChangeCommitment) -> None:
    """Hand a commitment over or agree on another time. Raises NotFound, PastDue, IllegalMove.

    A new time makes a broken one open again and starts its reminder anew.
    """
    row = _get_locked(tx, cmd.commitment_id)
    if row.finished_at is not None:
        raise IllegalMove(f"The commitment is {row.state} already: make a new one.")
    changes: dict[str, Any] = {"version": row.version + 1}
    if cmd.owner_id is not None:
        changes["owner_id"] = _check_owner(tx, cmd.owner_id)
    if cmd.due_at is not None:
        changes["due_at"] = _check_due(tx, cmd.due_at)
        changes["remind_at"] = reminder_at(tx.now, changes["due_at"])
        changes |= {"reminded_at": None, "broken_at": None, "state": CommitmentState.OPEN}
    tx.execute(update(commitments).where(commitments.c.id == row.id).values(changes))
    owners = {row.owner_id, changes.get("owner_id", row.owner_id)}
    _tell(tx, [(owner, row.identity_id) for owner in sorted(owners)])


def fire_due(tx: Tx, now: datetime, limit: int) -> int:
    """Remind owners at half time, mark what is past due as broken; return how many.

    For the timekeeper: two statements whatever the number, each guarded by what it changes, so that
    each moment fires exactly once.
    """
    table = commitments.c
    reminded = tx.execute(
        update(commitments)
        .where(
            table.id.in_(
                select(table.id)
                .where(
                    table.state == CommitmentState.OPEN,
                    table.reminded_at.is_(None),
                    table.remind_at <= now,
                )
                .order_by(table.remind_at)
                .limit(limit)
            ),
            table.reminded_at.is_(None),
        )
        .values(reminded_at=now, version=table.version + 1)
        .returning(table.id, table.owner_id, table.identity_id, table.due_at)
    ).all()
    broken = tx.execute(
        update(commitments)
        .where(
            table.id.in_(
                select(table.id)
                .where(table.state == CommitmentState.OPEN, table.due_at <= now)
                .order_by(table.due_at)
                .limit(limit)
            ),
            table.state == CommitmentState.OPEN,
        )
        .values(state=CommitmentState.BROKEN, broken_at=now, version=table.version + 1)
        .returning(table.id, table.owner_id, table.identity_id)
    ).all()
    for row in reminded:
        if row.due_at > now:  # one that is broken in the same moment needs no reminder
            tx.hint("commitment.reminder", row.id)
    for row in broken:
        tx.hint("commitment.broken", row.id)
    _tell(tx, [(row.owner_id, row.identity_id) for row in (*reminded, *broken)])
    return len(reminded) + len(broken)


def _append_to_contact(
    tx: Tx, cmd: MakeCommitment, contact_id: str, commitment_id: str, text: str
) -> str:
    """Put the promise on the timeline of its contact and return the identity it was made to."""
    contact = tx.execute(select(contacts).where(contacts.c.id == contact_id)).first()
    if contact is None:
        raise NotFound("There is no such contact.")
    conversation = tx.execute(
        select(conversations).where(conversations.c.id == contact.conversation_id).with_for_update()
    ).one()
    entry = NewInteraction(
        id=new_id(),
        conversation_id=conversation.id,
        contact_id=contact_id,
        identity_id=contact.identity_id,
        channel=contact.channel,
        kind=InteractionKind.COMMITMENT,
        direction=Direction.INTERNAL,
        text=text,
        at=tx.now,
        author_id=cmd.actor.id,
        author_name=cmd.actor.name,
        meta={
            "commitment_id": commitment_id,
            "kind": cmd.kind.value,
            "due_at": cmd.due_at.isoformat(),
        },
    )
    [seq] = append(tx, [entry], {conversation.id: conversation.last_seq})
    tx.execute(
        update(conversations)
        .where(conversations.c.id == conversation.id)
        .values(last_seq=seq, last_at=tx.now, version=conversations.c.version + 1)
    )
    return str(contact.identity_id)


def _check_due(tx: Tx, due_at: datetime) -> datetime:
    if due_at.tzinfo is None:
        raise Invalid("Give the due time with its zone, for example 2026-03-10T15:00:00+08:00.")
    if due_at <= tx.now:
        raise PastDue("The promise would be due in the past: choose a later time.", field="due_at")
    if due_at - tx.now > _LONGEST:
        raise Invalid("A commitment is due within two years.", field="due_at")
    return due_at


def _check_owner(tx: Tx, owner_id: str | None) -> str:
    found = select(users.c.id).where(users.c.id == owner_id, users.c.disabled_at.is_(None))
    owner: str | None = tx.execute(found).scalar_one_or_none()
    if owner is None:
        raise Invalid("The owner is not a user who can sign in: choose another.", field="owner_id")
    return owner


def _get_locked(tx: Tx, commitment_id: str) -> Row[Any]:
    row = tx.execute(
        select(commitments).where(commitments.c.id == commitment_id).with_for_update()
    ).first()
    if row is None:
        raise NotFound("There is no such commitment.")
    return row


def _tell(tx: Tx, changed: Sequence[tuple[str, str]]) -> None:
    """Hint at each (owner, identity): the owner's list and the customer's page have changed."""
    if not changed:
        return
    rows = tx.execute(
        select(identities.c.id, identities.c.customer_id).where(
            identities.c.id.in_(sorted({identity for _, identity in changed}))
        )
    )
    of_identity = {row.id: row.customer_id for row in rows}
    for owner, identity in changed:
        tx.hint("commitment.changed", owner)
        tx.hint("customer.changed", of_identity[identity])
