"""Who it was, where several use one address: whom an agent can choose, and the route to do it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from sqlalchemy import Row, select

from hub.accounts.model import actor_of
from hub.care.holders import ChooseHolder, choose_holder
from hub.contacts.access import access_held_contact
from hub.core.errors import Invalid
from hub.customers.access import access_customer, hidden_holders, seen_customers
from hub.customers.addresses import IdentityTaken
from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.normalise import Address
from hub.customers.reads import customers_of_identities
from hub.customers.tables import identities
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, View, route

from .readers import Reader, scope_of, sight_of
from .rows import customer_brief
from .shapes import CustomerBrief

_SHOWN = 20


class HolderBody(Body, frozen=True):
    """One of both. `customer_id`: who uses the address too; `name`: of somebody new, "" unknown."""

    customer_id: Key | None = None
    name: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class ChosenView(View, frozen=True):
    customer_id: str


def list_sharers(tx: Tx, reader: Reader, own: Row[Any]) -> list[CustomerBrief]:
    """Return the others who use this address (a row of `identities`) and whom the reader may see.

    At most twenty, who began to use it last first.
    """
    if own.status != IdentityStatus.SHARED:
        return []
    scope = scope_of(tx, reader.principal)
    rows = tx.execute(
        select(identities.c.id, identities.c.customer_id)
        .where(
            identities.c.kind == own.kind,
            identities.c.value_norm == own.value_norm,
            identities.c.status != IdentityStatus.REMOVED,
            identities.c.customer_id != own.customer_id,
        )
        .order_by(identities.c.valid_from.desc(), identities.c.id)
        .limit(_SHOWN)
    ).all()
    seen = seen_customers(tx, scope, [row.customer_id for row in rows])
    shown = [row.id for row in rows if row.customer_id in seen]
    found = customers_of_identities(tx, shown)
    return [customer_brief(reader, found[identity_id]) for identity_id in shown]


class HolderRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/customer",
        access=Access.AGENT,
        summary="Say which of those who use the address it was",
    )
    async def choose(self, principal: Principal, contact_id: Key, body: HolderBody) -> ChosenView:
        return await self._store.write(_choose, (principal, contact_id, body))


def _choose(tx: Tx, asked: tuple[Principal, str, HolderBody]) -> ChosenView:
    principal, contact_id, body = asked
    contact = access_held_contact(tx, sight_of(tx, principal), contact_id)
    if (body.customer_id is None) == (body.name is None):
        raise Invalid("Say who it was: `customer_id` of one, or the `name` of somebody new.")
    scope = scope_of(tx, principal)
    if body.customer_id is not None:
        access_customer(tx, scope, body.customer_id)
    else:
        own = tx.execute(select(identities).where(identities.c.id == contact.identity_id)).one()
        address = Address(IdentityKind(own.kind), own.value_norm, own.value_raw)
        if hidden_holders(tx, scope, address):
            raise IdentityTaken(
                "A customer of another branch has this address. Ask somebody who sees both."
            )
    command = ChooseHolder(
        actor=actor_of(principal),
        contact_id=contact_id,
        customer_id=body.customer_id,
        name=body.name,
        branch_id=scope.home_branch,
    )
    return ChosenView(customer_id=choose_holder(tx, command))
