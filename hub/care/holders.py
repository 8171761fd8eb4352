"""Who it was, of several who use one address: chosen by hand for a contact (knowledge.md).

What was said in the contact, what was promised in it and what it is promised go with the choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.callbacks.tables import callbacks
from hub.contacts.commitments.conflicts import compare_quotes
from hub.contacts.commitments.tables import commitments
from hub.contacts.complaints.tables import complaints
from hub.contacts.effort import recount
from hub.contacts.model import OPEN
from hub.contacts.service import amend
from hub.contacts.tables import contacts, conversations, interactions
from hub.core.errors import Invalid, NotFound
from hub.customers.addresses import give_address
from hub.customers.business.tables import contact_products
from hub.customers.changes import mark_dirty
from hub.customers.identify import ANONYMOUS
from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.normalise import Address
from hub.customers.reads import get_customer_row
from hub.customers.service import CreateCustomer, create_customer
from hub.customers.tables import identities
from hub.routing.retier import retarget
from hub.routing.settings import tier_of_new_customers
from hub.storage import Tx

_CHOSEN = frozenset({IdentityKind.PHONE, IdentityKind.FAX, IdentityKind.EMAIL})


@dataclass(frozen=True, slots=True)
class ChooseHolder:
    """`customer_id`: who it was; None: somebody new, called `name`, who uses the address too and
    belongs to `branch_id`, else to the branch of who had it."""

    actor: Actor
    contact_id: str
    customer_id: str | None
    name: str | None = None
    branch_id: str | None = None


def choose_holder(tx: Tx, cmd: ChooseHolder) -> str:
    """Make the contact that customer's and return their id; the choice can be made again.

    Raises NotFound, and Invalid where the customer does not use the contact's address, or where
    nobody can share it: a visitor's, a withheld number.
    """
    contact = tx.execute(
        select(contacts).where(contacts.c.id == cmd.contact_id).with_for_update()
    ).first()
    if contact is None:
        raise NotFound("There is no such contact.")
    own = tx.execute(select(identities).where(identities.c.id == contact.identity_id)).one()
    if not may_be_another(own):
        raise Invalid(
            "This contact came by an address that only one customer uses.", code="holder.alone"
        )
    chosen = _somebody_new(tx, cmd, own) if cmd.customer_id is None else _holder(tx, cmd, own)
    if chosen.id != own.id:
        _repoint(tx, contact, own.id, chosen.id)
        retarget(tx, contacts.c.id == contact.id, OPEN)
        compare_quotes(tx, chosen.customer_id)
        mark_dirty(tx, [own.customer_id, chosen.customer_id], "contact")
        detail = {"from": own.customer_id, "to": chosen.customer_id}
        audit(tx, cmd.actor, "contact.customer", "contact", contact.id, detail)
        for customer_id in (own.customer_id, chosen.customer_id):
            tx.hint("customer.changed", customer_id)
    return str(chosen.customer_id)


def may_be_another(own: Row[Any]) -> bool:
    """Say whether several customers can use this address (a row of `identities`)."""
    return own.kind in _CHOSEN and not own.value_norm.startswith(ANONYMOUS)


def _holder(tx: Tx, cmd: ChooseHolder, own: Row[Any]) -> Row[Any]:
    row = tx.execute(
        select(identities).where(
            identities.c.kind == own.kind,
            identities.c.value_norm == own.value_norm,
            identities.c.customer_id == cmd.customer_id,
            identities.c.status != IdentityStatus.REMOVED,
        )
    ).first()
    if row is None:
        raise Invalid(
            "This customer does not have the address: add it to them first, as shared.",
            code="holder.no_address",
            field="customer_id",
        )
    return row


def _somebody_new(tx: Tx, cmd: ChooseHolder, own: Row[Any]) -> Row[Any]:
    customer_id = create_customer(
        tx,
        CreateCustomer(
            cmd.actor,
            region="",  # the address is in its normal form already
            name=cmd.name,
            source="shared",
            tier=tier_of_new_customers(tx),
            branch_id=cmd.branch_id or get_customer_row(tx, own.customer_id).branch_id,
        ),
    )
    address = Address(IdentityKind(own.kind), own.value_norm, own.value_raw)
    identity_id = give_address(tx, cmd.actor, customer_id, address, shared=True)
    return tx.execute(select(identities).where(identities.c.id == identity_id)).one()


def _repoint(tx: Tx, contact: Row[Any], from_id: str, to_id: str) -> None:
    """Give the contact, and what was said and promised in it, to the other row of the address."""
    for table, of_contact in (
        (interactions, interactions.c.contact_id),
        (commitments, commitments.c.contact_id),
        (callbacks, callbacks.c.source_contact_id),
        (callbacks, callbacks.c.contact_id),
        (complaints, complaints.c.contact_id),
        (contact_products, contact_products.c.contact_id),
    ):
        tx.execute(
            update(table)
            .where(of_contact == contact.id, table.c.identity_id == from_id)
            .values(identity_id=to_id)
        )
    # A thread of nobody else's contacts is theirs from now on, with what comes next in it.
    others = select(contacts.c.id).where(
        contacts.c.conversation_id == contact.conversation_id,
        contacts.c.id != contact.id,
        contacts.c.identity_id == from_id,
    )
    tx.execute(
        update(conversations)
        .where(
            conversations.c.id == contact.conversation_id,
            conversations.c.identity_id == from_id,
            ~others.exists(),
        )
        .values(identity_id=to_id)
    )
    amend(tx, contact.id, {"identity_id": to_id})
    recount(tx, [from_id, to_id])
