"""What the placeholders of canned responses and macros stand for in one contact.

Dates are moments, and a queue has its names in both languages: who fills in a text writes them as
its language does, on the customer's clock.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from hub.contacts.access import access_contact
from hub.contacts.commitments.reads import ListCommitments, list_commitments
from hub.customers.reads import customers_of_identities
from hub.customers.settings import find_home_zone
from hub.customers.tables import customers, organisation_roles
from hub.customers.zone import zones_of
from hub.routing.tables import queues
from hub.storage import Tx
from hub.web import Principal
from hub.web.shapes import View

from .readers import reader_of


class Placeholders(View, frozen=True):
    """`values`: by name; one that is not there is filled in by hand. `zone`: of the customer."""

    values: dict[str, str]
    queue_zh: str
    queue_en: str
    commitment_at: datetime | None
    zone: str


def placeholders_of(tx: Tx, asked: tuple[Principal, str, bool]) -> Placeholders:
    """Return what is known of a contact for (principal, contact, are numbers masked)."""
    principal, contact_id, masks = asked
    reader = reader_of(tx, principal, mask_numbers=masks)
    row = access_contact(tx, reader.sight, contact_id)
    customer = customers_of_identities(tx, [row.identity_id])[row.identity_id]
    promised = list_commitments(tx, ListCommitments(1, customer_id=customer.customer_id))
    queue = tx.execute(select(queues).where(queues.c.id == row.queue_id)).first()
    values = {
        "customer.name": customer.name,
        "customer.organisation": organisation_of(tx, customer.customer_id),
        "agent.name": principal.name,
        "contact.reference": row.reference,
        "contact.subject": row.subject,
        "organisation": reader.settings.organisation,
        "commitment.text": promised[0].text if promised else None,
    }
    return Placeholders(
        values={name: value for name, value in values.items() if value},
        queue_zh=row.queue_id if queue is None else queue.zh,
        queue_en=row.queue_id if queue is None else queue.en,
        commitment_at=promised[0].due_at if promised else None,
        zone=zones_of(tx, [customer.customer_id], find_home_zone(tx))[customer.customer_id],
    )


def organisation_of(tx: Tx, customer_id: str) -> str | None:
    """The newest of the organisations they belong to."""
    found = (
        select(customers.c.name)
        .join(organisation_roles, organisation_roles.c.organisation_id == customers.c.id)
        .where(organisation_roles.c.person_id == customer_id)
        .order_by(organisation_roles.c.id.desc())
        .limit(1)
    )
    name: str | None = tx.execute(found).scalar_one_or_none()
    return name
