"""Why contacts stay although they were kept long enough: something goes on, or must not be lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, or_, select

from hub.callbacks.model import OPEN as OPEN_CALLBACKS
from hub.callbacks.tables import callbacks
from hub.contacts.commitments.model import UNFINISHED
from hub.contacts.commitments.tables import commitments
from hub.contacts.complaints.tables import complaints
from hub.contacts.joining.tables import contact_merges, contact_splits
from hub.contacts.keeping.model import Why
from hub.contacts.model import OPEN
from hub.contacts.recordings.tables import recordings
from hub.contacts.tables import contacts, drafts, interactions
from hub.customers.holds.service import held_identities
from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.tables import identities
from hub.storage import Tx

_OPEN = sorted(OPEN)


def with_merged(tx: Tx, contact_ids: Collection[str]) -> dict[str, str]:
    """Return, of each contact and of each that goes on in one of them, in which one it does."""
    heads = {contact_id: contact_id for contact_id in contact_ids}
    newest = set(heads)
    while newest:
        m = contact_merges.c
        rows = tx.execute(
            select(m.from_id, m.into_id).where(
                m.into_id.in_(sorted(newest)), m.undone_at.is_(None), m.from_id.not_in(heads)
            )
        ).all()
        heads.update({row.from_id: heads[row.into_id] for row in rows})
        newest = {row.from_id for row in rows}
    return heads


def kept_back(tx: Tx, rows: Sequence[Row[Any]], ended_before: datetime) -> dict[str, Why]:
    """Return which of these contacts (rows of `contacts`) stay, and why; by ten statements.

    `ended_before`: an answer that somebody began later than that is not taken from them, nor what
    is shown in a contact that ended later.
    """
    found = dict.fromkeys(held_contacts(tx, rows), Why.HELD)
    ids = sorted(row.id for row in rows)
    for why, question in _questions(rows, ids, ended_before):
        for contact_id in tx.execute(question).scalars():
            found.setdefault(contact_id, why)
    for row in rows:
        if row.scheduled_at is not None or row.closes is not None:
            found.setdefault(row.id, Why.BEGUN)
    return {contact_id: why for contact_id, why in found.items() if contact_id in set(ids)}


def held_contacts(tx: Tx, rows: Sequence[Row[Any]]) -> set[str]:
    """Return which of these contacts (rows of `contacts`) a legal hold keeps: on their customer, on
    somebody else who wrote in them, or on a recording of them; by three statements.
    """
    ids = sorted(row.id for row in rows)
    recorded = select(recordings.c.contact_id).where(
        recordings.c.contact_id.in_(ids), recordings.c.held, recordings.c.deleted_at.is_(None)
    )
    i = interactions.c
    wrote = (
        select(i.contact_id)
        .distinct()
        .where(
            i.conversation_id.in_(sorted({row.conversation_id for row in rows})),
            i.contact_id.in_(ids),
            i.identity_id.in_(
                held_identities()
            ),  # another than whose contact it is: they were copied
        )
    )
    held = set(tx.execute(_held(rows)).scalars())
    found = {row.id for row in rows if row.identity_id in held}
    return found.union(tx.execute(recorded).scalars(), tx.execute(wrote).scalars())


def _questions(
    rows: Sequence[Row[Any]], ids: Sequence[str], ended_before: datetime
) -> list[tuple[Why, Select[Any]]]:
    """Each returns ids of contacts that stay."""
    other = contacts.alias()
    goes_on = (
        select(contacts.c.id)
        .join(other, other.c.conversation_id == contacts.c.conversation_id)
        .where(contacts.c.id.in_(ids), other.c.state.in_(_OPEN))
    )
    shown_in = (
        select(contact_splits.c.from_id)
        .join(contacts, contacts.c.id == contact_splits.c.into_id)
        .where(contact_splits.c.from_id.in_(ids), contact_splits.c.undone_at.is_(None))
        .where(or_(contacts.c.state.in_(_OPEN), contacts.c.state_since > ended_before))
    )
    promised = select(commitments.c.contact_id).where(
        commitments.c.contact_id.in_(ids), commitments.c.state.in_(sorted(UNFINISHED))
    )
    complained = select(complaints.c.contact_id).where(
        complaints.c.identity_id.in_(sorted({row.identity_id for row in rows})),
        complaints.c.contact_id.in_(ids),
        complaints.c.closed_at.is_(None),
    )
    called_back = select(callbacks.c.source_contact_id).where(
        callbacks.c.source_contact_id.in_(ids), callbacks.c.state.in_(sorted(OPEN_CALLBACKS))
    )
    begun = select(drafts.c.contact_id).where(
        drafts.c.contact_id.in_(ids), drafts.c.saved_at > ended_before
    )
    kept = select(recordings.c.contact_id).where(
        recordings.c.contact_id.in_(ids),
        recordings.c.blob_id.is_not(None),
        recordings.c.deleted_at.is_(None),
    )
    return [
        (Why.GOES_ON, goes_on),
        (Why.GOES_ON, shown_in),
        (Why.PROMISED, promised),
        (Why.PROMISED, complained),
        (Why.PROMISED, called_back),
        (Why.BEGUN, begun),
        (Why.RECORDED, kept),
    ]


def _held(rows: Sequence[Row[Any]]) -> Select[Any]:
    ours = sorted({row.identity_id for row in rows})
    return select(identities.c.id).where(
        identities.c.id.in_(ours), identities.c.id.in_(held_identities())
    )


def anonymous_of(tx: Tx, identity_ids: Collection[str]) -> Mapping[str, str]:
    """Return those of these identities whose customer is nobody but a visitor: no address of theirs
    is known, with the customer's id.
    """
    other = identities.alias()
    known = (
        select(other.c.id)
        .where(
            other.c.customer_id == identities.c.customer_id,
            other.c.kind.not_in([IdentityKind.VISITOR, IdentityKind.RECORD]),
            or_(other.c.status != IdentityStatus.REMOVED, other.c.home_id.is_not(None)),
        )
        .exists()
    )
    rows = tx.execute(
        select(identities.c.id, identities.c.customer_id).where(
            identities.c.id.in_(sorted(set(identity_ids))),
            identities.c.kind == IdentityKind.VISITOR,
            ~known,
        )
    )
    return {row.id: row.customer_id for row in rows}
