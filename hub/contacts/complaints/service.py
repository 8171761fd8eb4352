"""Complaints opened and closed: plain functions of a transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.accounts.tables import users
from hub.contacts import service as contact_service
from hub.contacts.effort import recount
from hub.contacts.outreach.model import Why
from hub.contacts.outreach.opting_out import tell_recalled
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import new_id
from hub.customers.addresses import record_identity
from hub.customers.card_numbers import hide_card_numbers
from hub.customers.changes import check_text, mark_dirty
from hub.customers.consent.model import Purpose
from hub.customers.rules.features import FeaturePart
from hub.customers.rules.model import Value
from hub.customers.rules.where import Column
from hub.customers.tables import customers, identities
from hub.storage import Tx
from hub.storage.bulk import Statement
from hub.storage.outbox import Recall, recall_effects

from .tables import complaints

_MAX_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class OpenComplaint:
    """A customer complains: in a contact, or on their record; one of the two is given.

    `source`: "agent", "disposition", "survey".
    """

    actor: Actor
    reason: str
    contact_id: str | None = None
    customer_id: str | None = None
    commitment_id: str | None = None
    source: str = "agent"


def open_complaint(tx: Tx, cmd: OpenComplaint) -> str:
    """Open a complaint and take back what was to be sold meanwhile; return its id.

    One that is open for the same contact stays, and is returned. Raises Invalid, NotFound.
    """
    reason = hide_card_numbers(tx, check_text(cmd.reason, "reason", _MAX_TEXT))
    if cmd.contact_id is not None:
        if standing := _open_of_contact(tx, cmd.contact_id):
            return standing
        identity_id = str(contact_service.get_contact(tx, cmd.contact_id).identity_id)
    elif cmd.customer_id is not None:
        identity_id = record_identity(tx, cmd.customer_id)
    else:
        raise Invalid("Say who complains: a contact or a customer.", field="contact_id")
    made = new_id()
    tx.execute(
        insert(complaints).values(
            id=made,
            identity_id=identity_id,
            contact_id=cmd.contact_id,
            commitment_id=cmd.commitment_id,
            reason=reason,
            source=cmd.source,
            opened_at=tx.now,
            opened_by=cmd.actor.id,
        )
    )
    _stop_selling(tx, identity_id)
    _tell(tx, cmd.actor, "complaint.open", made, identity_id)
    return made


def _open_of_contact(tx: Tx, contact_id: str) -> str | None:
    found: str | None = tx.execute(
        select(complaints.c.id).where(
            complaints.c.contact_id == contact_id, complaints.c.closed_at.is_(None)
        )
    ).scalar()
    return found


def _stop_selling(tx: Tx, identity_id: str) -> None:
    """Take back what was on its way to the customer; a survey of that contact is asked all the
    same.
    """
    owner = select(identities.c.customer_id).where(identities.c.id == identity_id)
    theirs = select(identities.c.id).where(identities.c.customer_id == owner.scalar_subquery())
    ids = list(tx.execute(theirs).scalars())
    recall = Recall(ids, [str(Purpose.MARKETING)], str(Why.COMPLAINT))
    tell_recalled(tx, recall_effects(tx, recall), Why.COMPLAINT)


@dataclass(frozen=True, slots=True)
class CloseComplaint:
    """`upheld`: the customer was right; `outcome`: what was done about it."""

    actor: Actor
    complaint_id: str
    upheld: bool
    outcome: str


def close_complaint(tx: Tx, cmd: CloseComplaint) -> None:
    """Close a complaint. Raises NotFound, Conflict where it is closed, Invalid without words."""
    outcome = hide_card_numbers(tx, check_text(cmd.outcome, "outcome", _MAX_TEXT))
    row = get_complaint(tx, cmd.complaint_id)
    if row.closed_at is not None:
        raise Conflict("This complaint is closed already.", code="complaint.closed")
    closed = tx.execute(
        update(complaints)
        .where(complaints.c.id == row.id, complaints.c.closed_at.is_(None))
        .values(upheld=cmd.upheld, outcome=outcome, closed_at=tx.now, closed_by=cmd.actor.id)
    )
    if closed.rowcount != 1:
        raise Conflict("Somebody else closed this complaint just now.", code="complaint.closed")
    if cmd.upheld and row.contact_id is not None:
        recount(tx, [row.identity_id])  # what we caused costs the customer nothing
    _tell(tx, cmd.actor, "complaint.close", row.id, row.identity_id)


def get_complaint(tx: Tx, complaint_id: str) -> Row[Any]:
    """Return the row. Raises NotFound."""
    row = tx.execute(select(complaints).where(complaints.c.id == complaint_id)).first()
    if row is None:
        raise NotFound("There is no such complaint.")
    return row


def _tell(tx: Tx, actor: Actor, action: str, complaint_id: str, identity_id: str) -> None:
    audit(tx, actor, action, "complaint", complaint_id)
    owner = tx.execute(
        select(identities.c.customer_id).where(identities.c.id == identity_id)
    ).scalar_one()
    mark_dirty(tx, [owner], "complaint")
    tx.hint("customer.changed", owner)


class ComplaintLine(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    contact_id: str | None
    commitment_id: str | None
    reason: str
    source: str
    opened_at: datetime
    opened_by: str | None
    opened_by_name: str | None
    upheld: bool | None
    outcome: str | None
    closed_at: datetime | None
    closed_by: str | None
    closed_by_name: str | None


def list_complaints(tx: Tx, customer_id: str, limit: int = 50) -> list[ComplaintLine]:
    """Return a customer's complaints: the open ones, then the newest."""
    opener, closer = users.alias("opener"), users.alias("closer")
    rows = tx.execute(
        select(
            complaints,
            opener.c.name.label("opened_by_name"),
            closer.c.name.label("closed_by_name"),
        )
        .join(identities, identities.c.id == complaints.c.identity_id)
        .outerjoin(opener, opener.c.id == complaints.c.opened_by)
        .outerjoin(closer, closer.c.id == complaints.c.closed_by)
        .where(identities.c.customer_id == customer_id)
        .order_by(complaints.c.closed_at.is_not(None), complaints.c.opened_at.desc())
        .limit(limit)
    ).mappings()
    fields = ComplaintLine.__struct_fields__
    return [ComplaintLine(**{name: row[name] for name in fields}) for row in rows]


_COMPLAINING = Statement("""
SELECT DISTINCT i.customer_id FROM {rows}
JOIN customer_identities i ON i.customer_id = {text 0}
JOIN complaints x ON x.identity_id = i.id
WHERE x.closed_at IS NULL
""")


def customers_complaining(tx: Tx, customer_ids: Collection[str]) -> frozenset[str]:
    """Return those of these customers who have an open complaint. One statement."""
    if not customer_ids:
        return frozenset()
    rows = [[customer_id] for customer_id in sorted(set(customer_ids))]
    return frozenset(row.customer_id for row in _COMPLAINING(tx, rows))


def _load(tx: Tx, ids: Sequence[str]) -> Mapping[str, Mapping[str, Value]]:
    complaining = customers_complaining(tx, ids)
    return {id_: {"open_complaint": id_ in complaining} for id_ in ids}


_IS_OPEN = (
    select(complaints.c.id)
    .join(identities, identities.c.id == complaints.c.identity_id)
    .where(identities.c.customer_id == customers.c.id, complaints.c.closed_at.is_(None))
    .correlate(customers)
    .exists()
)
OPEN_COMPLAINT = FeaturePart(
    "complaints", frozenset({"open_complaint"}), _load, {"open_complaint": Column(_IS_OPEN)}
)
"""What rules may ask of complaints."""
