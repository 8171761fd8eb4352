"""Use cases of commitments: plain functions of a transaction, run by the store's writer.

Hints: `commitment.changed` (a user's id) for every change, and with the commitment's id
`commitment.reminder`, `commitment.broken` when a moment has come, `commitment.given`,
`commitment.returned` and `commitment.done` when somebody else did something.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select, update

from hub.accounts.model import Actor
from hub.contacts.model import Direction, InteractionKind
from hub.contacts.service import NewInteraction, append, touched
from hub.contacts.tables import contacts, conversations, interactions
from hub.core.errors import Invalid, NotFound
from hub.core.ids import new_id
from hub.customers.addresses import record_identity
from hub.customers.card_numbers import hide_card_numbers
from hub.customers.settings import load_customer_settings
from hub.storage import Tx

from .checks import (
    check_due,
    check_owner,
    check_terms,
    check_text,
    check_visit,
    get_locked,
    get_unfinished,
    with_name,
)
from .commands import (
    MAX_TEXT,
    ChangeCommitment,
    FinishCommitment,
    IllegalMove,
    MakeCommitment,
    Owner,
    PastDue,
    Terms,
    Visit,
)
from .conflicts import drop_conflicts, find_conflicts
from .due import fire_due
from .entries import NewEntry, add_entries
from .hints import Changed, members_of, tell
from .model import (
    TELLS,
    CommitmentKind,
    CommitmentState,
    EntryKind,
    OwnerKind,
    TellCustomer,
    may_move,
    reminder_at,
)
from .tables import commitments
from .telling import News, ZoneOf, tell_customers, utc

__all__ = [
    "ChangeCommitment",
    "FinishCommitment",
    "IllegalMove",
    "MakeCommitment",
    "PastDue",
    "Terms",
    "Visit",
    "change_commitment",
    "finish_commitment",
    "fire_due",
    "make_commitment",
]


def make_commitment(tx: Tx, cmd: MakeCommitment) -> str:
    """Record a promise and return its id; in a contact it also stands on the timeline.

    A price that contradicts another promised to this customer is noted as a conflict. Raises
    PastDue, Invalid, NotFound.
    """
    visit = check_visit(tx.now, cmd.kind, cmd.visit)
    due_at = check_due(tx.now, visit.window_until or cmd.due_at)
    text = hide_card_numbers(tx, check_text(cmd.text, "text", "what is promised"))
    terms = with_name(tx, check_terms(tx.now, cmd.kind, cmd.terms))
    owner = check_owner(tx, cmd.owner_id or cmd.actor.id, cmd.owner_team)
    commitment_id = new_id()
    if cmd.contact_id is not None:
        touched(tx, cmd.contact_id, cmd.actor.id)
        _check_source(tx, cmd)
        entry = {
            "commitment_id": commitment_id,
            "kind": cmd.kind.value,
            "due_at": due_at.isoformat(),
        }
        identity_id = _append_to_contact(tx, cmd, cmd.contact_id, text, entry)
    else:
        identity_id = record_identity(tx, cmd.customer_id or "")
    hours = cmd.hours
    tx.execute(
        insert(commitments).values(
            id=commitment_id,
            identity_id=identity_id,
            contact_id=cmd.contact_id,
            source_interaction_id=cmd.source_interaction_id,
            kind=cmd.kind,
            text=text,
            owner_kind=owner.kind,
            owner_id=owner.id,
            made_by=cmd.actor.id,
            asked_by=cmd.actor.id if cmd.actor.id != owner.id else None,
            made_at=tx.now,
            calendar_id=hours.calendar_id if hours else None,
            remind_at=reminder_at(tx.now, due_at, hours.calendar if hours else None),
            due_at=due_at,
            state=CommitmentState.OPEN,
            tell_customer=cmd.tell_customer or _usual(tx, cmd.kind),
            campaign_id=cmd.campaign_id,
            version=1,
            **_columns(terms, visit),
        )
    )
    find_conflicts(tx, commitment_id)
    tell(tx, [Changed(owner.kind, owner.id, identity_id)])
    if owner.id != cmd.actor.id:
        tx.hint("commitment.given", commitment_id)
    return commitment_id


def _usual(tx: Tx, kind: CommitmentKind) -> TellCustomer:
    """Return when customers are told of this kind: as the set-up says."""
    chosen = load_customer_settings(tx).commitments.tell_customer.get(kind.value)
    return TELLS.get(kind, TellCustomer.NO) if chosen is None else TellCustomer(chosen)


def finish_commitment(tx: Tx, cmd: FinishCommitment, zone: ZoneOf = utc) -> None:
    """Say that a promise was kept or is withdrawn. Whoever asked for it is told when it is done,
    and so is the customer, where that was agreed. Raises NotFound, IllegalMove, Invalid.
    """
    row = get_locked(tx, cmd.commitment_id)
    if not may_move(CommitmentState(row.state), cmd.state) or cmd.state is CommitmentState.BROKEN:
        raise IllegalMove(f"The commitment is {row.state} already: make a new one.")
    outcome = hide_card_numbers(tx, cmd.outcome.strip())[:MAX_TEXT]
    if cmd.state is CommitmentState.WITHDRAWN and not outcome:
        raise Invalid(
            "Say why it is withdrawn: the customer was promised it.",
            code="commitment.why",
            field="outcome",
        )
    kept = cmd.state is CommitmentState.KEPT
    tx.execute(
        update(commitments)
        .where(commitments.c.id == row.id)
        .values(
            state=cmd.state,
            finished_at=tx.now,
            finished_by=cmd.actor.id,
            taken_by=row.taken_by or (_taker(tx, row, cmd.actor) if kept else None),
            outcome=outcome or None,
            version=row.version + 1,
        )
    )
    kind = EntryKind.DONE if kept else EntryKind.WITHDRAWN
    add_entries(tx, [NewEntry(row.id, kind, outcome, cmd.actor)])
    if not kept:
        drop_conflicts(tx, row.id)
    tell(tx, [Changed(row.owner_kind, row.owner_id, row.identity_id, row.asked_by)])
    if row.asked_by not in (None, cmd.actor.id):
        tx.hint("commitment.done", row.id)
    if kept and row.tell_customer != TellCustomer.NO:
        tell_customers(tx, [row.id], News.DONE, zone)


def _taker(tx: Tx, row: Row[Any], actor: Actor) -> str | None:
    """Who of a team does what nobody of it has taken has taken it."""
    if row.owner_kind != OwnerKind.TEAM:
        return None
    members = members_of(tx, [row.owner_id]).get(row.owner_id, ())
    return actor.id if actor.id in members else None


def change_commitment(tx: Tx, cmd: ChangeCommitment) -> None:
    """Hand a commitment over, or agree on another time, window or price.

    A new time makes a broken one open again and starts its reminder anew; when it was broken first
    stays. Raises NotFound,
    PastDue, IllegalMove, Invalid.
    """
    row = get_unfinished(tx, cmd.commitment_id)
    changes: dict[str, Any] = {}
    entries: list[NewEntry] = []
    if cmd.owner_id is not None or cmd.owner_team is not None:
        owner = check_owner(tx, cmd.owner_id, cmd.owner_team)
        changes |= hand_over_to(row, owner, cmd.actor.id)
        entries.append(handed(row, owner, EntryKind.HAND_OVER, "", cmd.actor))
    if cmd.visit is not None or cmd.due_at is not None:
        changes |= _postponed(tx, row, cmd)
        before = {"due_at": row.due_at.isoformat()}
        entries.append(NewEntry(row.id, EntryKind.POSTPONED, "", cmd.actor, before))
    if cmd.terms is not None:
        terms = with_name(tx, check_terms(tx.now, CommitmentKind(row.kind), cmd.terms))
        changes |= _columns(terms, None)
        before = {"price_minor": row.price_minor, "currency": row.currency}
        entries.append(NewEntry(row.id, EntryKind.CHANGED, "", cmd.actor, before))
    if cmd.tell_customer is not None:
        changes["tell_customer"] = cmd.tell_customer
    tx.execute(
        update(commitments)
        .where(commitments.c.id == row.id)
        .values({**changes, "version": row.version + 1})
    )
    add_entries(tx, entries)
    if cmd.terms is not None:
        drop_conflicts(tx, row.id)
        find_conflicts(tx, row.id)
    kind, owner_id = changes.get("owner_kind", row.owner_kind), changes.get("owner_id")
    owners = {(row.owner_kind, row.owner_id), (kind, owner_id or row.owner_id)}
    tell(tx, [Changed(*owner, row.identity_id, row.asked_by) for owner in sorted(owners)])
    if owner_id not in (None, cmd.actor.id, row.owner_id):
        tx.hint("commitment.given", row.id)


def hand_over_to(row: Row[Any], owner: Owner, by_id: str | None) -> dict[str, Any]:
    """Return what changes when somebody else gets it: whoever gave it away is told when it is
    done, unless somebody asked for it before.
    """
    asker = row.asked_by or (by_id if by_id != owner.id else None)
    return {
        "owner_kind": owner.kind,
        "owner_id": owner.id,
        "taken_by": None,
        "returned_reason": None,
        "asked_by": asker if asker != owner.id else None,
    }


def handed(row: Row[Any], owner: Owner, kind: EntryKind, text: str, actor: Actor) -> NewEntry:
    """Return the entry that says from whom to whom it went."""
    before = {"owner_kind": row.owner_kind, "owner_id": row.owner_id, "to": owner.id}
    return NewEntry(row.id, kind, text, actor, before)


def _postponed(tx: Tx, row: Row[Any], cmd: ChangeCommitment) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    due_at = cmd.due_at
    if cmd.visit is not None:
        visit = check_visit(tx.now, CommitmentKind(row.kind), cmd.visit)
        changes |= _columns(None, visit)
        due_at = visit.window_until or due_at
        if due_at is None:  # only the skill is another
            return changes
    elif row.window_until is not None:
        raise Invalid(
            "It is due when its window ends: change the window.",
            code="commitment.window_due",
            field="due_at",
        )
    assert due_at is not None  # noqa: S101 - narrows: one of the two is given
    checked = check_due(tx.now, due_at)
    hours = cmd.hours
    return changes | {
        "due_at": checked,
        "calendar_id": hours.calendar_id if hours else row.calendar_id,
        "remind_at": reminder_at(tx.now, checked, hours.calendar if hours else None),
        "reminded_at": None,
        "broken_at": None,
        "escalated_at": None,
        "told_customer_at": None,
        "state": CommitmentState.OPEN,
    }


def _columns(terms: Terms | None, visit: Visit | None) -> dict[str, Any]:
    """Return the columns of a quote and of a visit; None: they stay."""
    columns: dict[str, Any] = {}
    if terms is not None:
        name = (terms.product_name or "").strip()[:200] or None
        columns |= {
            "product_id": terms.product_id,
            "product_name": name,
            "price_minor": terms.price_minor,
            "currency": terms.currency,
            "valid_until": terms.valid_until,
        }
    if visit is not None:
        columns |= {
            "window_from": visit.window_from,
            "window_until": visit.window_until,
            "skill_id": visit.skill_id,
        }
    return columns


def _check_source(tx: Tx, cmd: MakeCommitment) -> None:
    """The message it comes from is one of its contact's conversation."""
    if cmd.source_interaction_id is None:
        return
    found = (
        select(interactions.c.id)
        .join(contacts, contacts.c.conversation_id == interactions.c.conversation_id)
        .where(contacts.c.id == cmd.contact_id, interactions.c.id == cmd.source_interaction_id)
    )
    if tx.execute(found).first() is None:
        raise Invalid("That message is not of this contact.", field="source_interaction_id")


def _append_to_contact(
    tx: Tx, cmd: MakeCommitment, contact_id: str, text: str, meta: dict[str, str]
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
        meta=meta,
    )
    [seq] = append(tx, [entry], {conversation.id: conversation.last_seq})
    tx.execute(
        update(conversations)
        .where(conversations.c.id == conversation.id)
        .values(last_seq=seq, last_at=tx.now, version=conversations.c.version + 1)
    )
    return str(contact.identity_id)
