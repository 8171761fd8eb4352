"""Which rows of what was said a legal hold keeps as they are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, func, null, select

from hub.callbacks.tables import callbacks
from hub.contacts.commitments.tables import commitment_entries, commitments
from hub.contacts.complaints.tables import complaints
from hub.contacts.research.tables import survey_answers
from hub.contacts.tables import attachments, contacts, conversations, interactions
from hub.customers.holds.service import held_customers, held_identities
from hub.customers.tables import customer_facts, customer_notes, identities
from hub.storage import Tx

from .kept_back import held_contacts


def _of(
    id_: ColumnElement[Any],
    identity: ColumnElement[Any] | None = None,
    contact: ColumnElement[Any] | None = None,
    customer: ColumnElement[Any] | None = None,
) -> Select[Any]:
    """Return the question for whom a row belongs to, and in which contact it was said."""
    return select(
        id_.label("id"),
        (null() if identity is None else identity).label("identity_id"),
        (null() if contact is None else contact).label("contact_id"),
        (null() if customer is None else customer).label("customer_id"),
    )


_WHOSE = {
    table.name: (table.c.id, question)
    for table, question in (
        (
            interactions,
            _of(interactions.c.id, interactions.c.identity_id, interactions.c.contact_id),
        ),
        (contacts, _of(contacts.c.id, contacts.c.identity_id, contacts.c.id)),
        (
            conversations,
            _of(conversations.c.id, conversations.c.identity_id, contacts.c.id).outerjoin(
                contacts, contacts.c.conversation_id == conversations.c.id
            ),
        ),
        (commitments, _of(commitments.c.id, commitments.c.identity_id, commitments.c.contact_id)),
        (
            commitment_entries,
            _of(commitment_entries.c.id, commitments.c.identity_id, commitments.c.contact_id).join(
                commitments, commitments.c.id == commitment_entries.c.commitment_id
            ),
        ),
        (complaints, _of(complaints.c.id, complaints.c.identity_id, complaints.c.contact_id)),
        (callbacks, _of(callbacks.c.id, callbacks.c.identity_id, callbacks.c.source_contact_id)),
        (
            survey_answers,
            _of(survey_answers.c.id, survey_answers.c.identity_id, survey_answers.c.contact_id),
        ),
        (
            customer_facts,
            _of(
                customer_facts.c.id,
                contact=customer_facts.c.contact_id,
                customer=customer_facts.c.customer_id,
            ),
        ),
        (customer_notes, _of(customer_notes.c.id, customer=customer_notes.c.customer_id)),
        (
            attachments,
            _of(
                attachments.c.id,
                interactions.c.identity_id,
                func.coalesce(interactions.c.contact_id, attachments.c.contact_id),
            ).outerjoin(interactions, interactions.c.id == attachments.c.interaction_id),
        ),
    )
}


def held_rows(tx: Tx, table: str, ids: Collection[str]) -> set[str]:
    """Return which of these rows of a table in which something is said are of a customer under
    legal hold, or of a contact that one keeps; by at most seven statements.
    """
    if not ids:
        return set()
    key, question = _WHOSE[table]
    rows = tx.execute(question.where(key.in_(sorted(ids)))).all()
    identity_ids = {row.identity_id for row in rows if row.identity_id is not None}
    customer_ids = {row.customer_id for row in rows if row.customer_id is not None}
    contact_ids = {row.contact_id for row in rows if row.contact_id is not None}
    held = set(
        tx.execute(
            select(identities.c.id).where(
                identities.c.id.in_(sorted(identity_ids)), identities.c.id.in_(held_identities())
            )
        ).scalars()
    )
    held |= held_customers(tx, customer_ids)
    theirs = select(contacts).where(contacts.c.id.in_(sorted(contact_ids)))
    held |= held_contacts(tx, tx.execute(theirs).all())
    return {row.id for row in rows if held & {row.identity_id, row.customer_id, row.contact_id}}
