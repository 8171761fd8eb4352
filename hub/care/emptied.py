"""Contacts are emptied: their words, files and what was learned from them go, the rest stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, insert, or_, select, update

from hub.callbacks.tables import callbacks
from hub.contacts.commitments.tables import commitment_entries, commitments, is_unfinished
from hub.contacts.complaints.tables import complaints
from hub.contacts.forgetting import Forget, Whose
from hub.contacts.keeping.model import EXPIRED
from hub.contacts.keeping.tables import emptied_contacts
from hub.contacts.research.tables import survey_answers, survey_asks
from hub.contacts.tables import contacts, conversations, interactions
from hub.customers.changes import update_customer
from hub.customers.index import index_customers
from hub.customers.tables import customers, identities
from hub.knowledge.indexing import forget_cases
from hub.storage import Tx
from hub.storage.search import SearchKind, remove_documents

from .emptying import (
    ANSWER_SAID,
    COMMITMENT_SAID,
    COMPLAINT_SAID,
    CONTACT_SAID,
    CONVERSATION_SAID,
    empty_beside,
    empty_entries,
    take_files,
)

_AT_ONCE = 1_000  # entries of one statement


def emptied_of(tx: Tx, contact_ids: Iterable[str]) -> set[str]:
    """Return those of these contacts that are empty already."""
    found = select(contacts.c.id).where(contacts.c.id.in_(sorted(set(contact_ids))), is_empty())
    return set(tx.execute(found).scalars())


def empty_contacts(
    tx: Tx, rows: Sequence[Row[Any]], days: Mapping[str, int], forget: Sequence[Forget]
) -> tuple[int, tuple[str, ...]]:
    """Empty contacts (rows of `contacts`); what came to one that is empty already goes, too.
    `days`: what the rule said, by contact.

    Return how many entries were emptied, and the files that may be removed after the commit.
    """
    ids = sorted(row.id for row in rows)
    entries = _entries(tx, rows)
    every = sorted(entry_id for found in entries.values() for entry_id in found)
    parts = _parts(every)
    blob_ids = take_files(tx, (), ids)
    for part in parts:
        blob_ids |= take_files(tx, part, ())
    raw = select(contacts.c.raw_blob_id).where(
        contacts.c.id.in_(ids), contacts.c.raw_blob_id.is_not(None)
    )
    blob_ids.update(tx.execute(raw).scalars())
    # Their addresses stay, and so do visits and numbers: those are the customer's.
    whose = Whose(ids, (), (), sorted(blob_ids))
    for one in forget:
        blob_ids.update(one(tx, whose))
    empty_beside(tx, (), ids)
    for part in parts:
        empty_beside(tx, part, ())
        remove_documents(tx, SearchKind.INTERACTIONS, part)
    for said in set(days.values()):
        theirs = [one for row in rows if days[row.id] == said for one in entries[row.id]]
        for part in _parts(sorted(theirs)):
            empty_entries(tx, part, {"code": EXPIRED, "days": said})
    _empty_contacts(tx, ids)
    forget_cases(tx, ids)
    tx.execute(delete(emptied_contacts).where(emptied_contacts.c.contact_id.in_(ids)))
    tx.execute(
        insert(emptied_contacts),
        [{"contact_id": row.id, "at": tx.now, "days": days[row.id]} for row in rows],
    )
    _empty_conversations(tx, rows)
    return len(every), tuple(sorted(blob_ids))


def _parts(entry_ids: Sequence[str]) -> list[Sequence[str]]:
    """A database takes only so many parameters: a chat may have thousands of entries."""
    return [entry_ids[at : at + _AT_ONCE] for at in range(0, len(entry_ids), _AT_ONCE)]


def _entries(tx: Tx, rows: Sequence[Row[Any]]) -> dict[str, list[str]]:
    """Return the entries of each contact, with what was said in its conversation before it ended
    and belongs to none.
    """
    ended: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        ended[row.conversation_id].append(row)
    found: dict[str, list[str]] = {row.id: [] for row in rows}
    i = interactions.c
    said = tx.execute(
        select(i.id, i.conversation_id, i.contact_id, i.at).where(
            i.conversation_id.in_(sorted(ended)),
            or_(i.contact_id.in_(sorted(found)), i.contact_id.is_(None)),
        )
    )
    for entry in said:
        if entry.contact_id is not None:
            found[entry.contact_id].append(entry.id)
            continue
        later = [row for row in ended[entry.conversation_id] if entry.at <= row.state_since]
        if later:
            found[min(later, key=lambda row: row.state_since).id].append(entry.id)
    return found


def _empty_contacts(tx: Tx, ids: Sequence[str]) -> None:
    tx.execute(update(contacts).where(contacts.c.id.in_(ids)).values(**CONTACT_SAID))
    promised = select(commitments.c.id).where(commitments.c.contact_id.in_(ids))
    tx.execute(
        update(commitment_entries)
        .where(commitment_entries.c.commitment_id.in_(promised))
        .values(text="", before={})
    )
    of_contact = commitments.c.contact_id.in_(ids)
    tx.execute(update(commitments).where(of_contact).values(**COMMITMENT_SAID))
    theirs = select(contacts.c.identity_id).where(contacts.c.id.in_(ids))
    for table, blanks in ((complaints, COMPLAINT_SAID), (survey_answers, ANSWER_SAID)):
        whose = (table.c.identity_id.in_(theirs), table.c.contact_id.in_(ids))
        tx.execute(update(table).where(*whose).values(**blanks))
    asked = (survey_asks.c.identity_id.in_(theirs), survey_asks.c.contact_id.in_(ids))
    tx.execute(delete(survey_asks).where(*asked))
    wished = callbacks.c.source_contact_id.in_(ids)  # the number stays, as addresses do
    tx.execute(update(callbacks).where(wished).values(note=None))


def _empty_conversations(tx: Tx, rows: Sequence[Row[Any]]) -> None:
    """A conversation of which every contact is empty has no subject either."""
    ids = sorted({row.conversation_id for row in rows})
    left = (
        select(contacts.c.id)
        .where(contacts.c.conversation_id == conversations.c.id)
        .where(~is_empty())
        .exists()
    )
    tx.execute(
        update(conversations).where(conversations.c.id.in_(ids), ~left).values(**CONVERSATION_SAID)
    )
    for conversation_id in ids:
        tx.hint("conversation.marked", conversation_id)


def forget_names(tx: Tx, nobodys: Mapping[str, str], rows: Sequence[Row[Any]]) -> None:
    """Forget what visitors called themselves of whom nothing else is left. `nobodys`: by identity,
    the customer.
    """
    ids = {nobodys[row.identity_id] for row in rows if row.identity_id in nobodys}
    left = _with_contacts(tx, ids) | _promised(tx, ids)
    for customer_id in sorted(ids - left):
        update_customer(tx, customer_id, {"name": None})
        tx.hint("customer.changed", customer_id)
    index_customers(tx, sorted(ids - left))


def _with_contacts(tx: Tx, customer_ids: Collection[str]) -> set[str]:
    """Return those of these customers who have a contact that is not empty."""
    found = (
        select(identities.c.customer_id)
        .join(contacts, contacts.c.identity_id == identities.c.id)
        .join(customers, customers.c.id == identities.c.customer_id)
        .where(
            identities.c.customer_id.in_(sorted(customer_ids)),
            ~is_empty(),
        )
    )
    return set(tx.execute(found).scalars())


def _promised(tx: Tx, customer_ids: Collection[str]) -> set[str]:
    """Return those of these customers to whom something is still promised, in whatever contact."""
    found = (
        select(identities.c.customer_id)
        .join(commitments, commitments.c.identity_id == identities.c.id)
        .where(identities.c.customer_id.in_(sorted(customer_ids)), is_unfinished)
    )
    return set(tx.execute(found).scalars())


def is_empty() -> ColumnElement[bool]:
    """Return that a contact of the question is empty, looked for by its id. One that was opened
    again since (a merge that was undone, no spam after all) is not.
    """
    return exists().where(
        emptied_contacts.c.contact_id == contacts.c.id,
        emptied_contacts.c.at > contacts.c.state_since,
    )
