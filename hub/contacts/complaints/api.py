"""Routes of complaints: a customer complains, and it is settled."""

from __future__ import annotations

from typing import Annotated

import msgspec
from sqlalchemy import select

from hub.accounts.model import actor_of
from hub.contacts.access import Sight, VisibleQueues, access_contact
from hub.core.errors import Invalid, NotFound
from hub.customers.access import Scope, SeesMore, access_customer
from hub.customers.tables import identities
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, route

from . import service
from .service import CloseComplaint, ComplaintLine, OpenComplaint

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]


class NewComplaint(Body, frozen=True):
    """`contact_id`: in which they complained, one of this customer's."""

    reason: Text
    contact_id: Key | None = None


class ComplaintEnd(Body, frozen=True):
    """`upheld`: the customer was right; `outcome`: what was done about it."""

    upheld: bool
    outcome: Text


class ComplaintRoutes:
    def __init__(self, store: Store, visible_queues: VisibleQueues, sees_more: SeesMore) -> None:
        self._store = store
        self._visible_queues = visible_queues
        self._sees_more = sees_more

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/complaints",
        access=Access.AGENT,
        summary="List a customer's complaints",
    )
    async def complaints(self, principal: Principal, customer_id: Key) -> list[ComplaintLine]:
        return await self._store.read(self._list, (principal, customer_id))

    @route(
        "POST",
        "/api/v1/customers/{customer_id}/complaints",
        access=Access.AGENT,
        summary="A customer complains: nothing is sold to them until it is closed",
        status=201,
    )
    async def complain(
        self, principal: Principal, customer_id: Key, body: NewComplaint
    ) -> list[ComplaintLine]:
        return await self._store.write(self._open, (principal, customer_id, body))

    @route(
        "PATCH",
        "/api/v1/complaints/{complaint_id}",
        access=Access.AGENT,
        summary="Close a complaint, with what came of it",
    )
    async def close_complaint(
        self, principal: Principal, complaint_id: Key, body: ComplaintEnd
    ) -> list[ComplaintLine]:
        return await self._store.write(self._close, (principal, complaint_id, body))

    def _list(self, tx: Tx, asked: tuple[Principal, str]) -> list[ComplaintLine]:
        principal, customer_id = asked
        access_customer(tx, Scope.of(tx, principal, self._sees_more), customer_id)
        return service.list_complaints(tx, customer_id)

    def _open(self, tx: Tx, asked: tuple[Principal, str, NewComplaint]) -> list[ComplaintLine]:
        principal, customer_id, body = asked
        access_customer(tx, Scope.of(tx, principal, self._sees_more), customer_id)
        if body.contact_id is not None:
            contact = access_contact(
                tx, Sight.of(tx, principal, self._visible_queues), body.contact_id
            )
            if _owner(tx, contact.identity_id) != customer_id:
                raise Invalid("That is no contact of this customer.", field="contact_id")
        service.open_complaint(
            tx,
            OpenComplaint(
                actor_of(principal),
                body.reason,
                contact_id=body.contact_id,
                customer_id=None if body.contact_id else customer_id,
            ),
        )
        return service.list_complaints(tx, customer_id)

    def _close(self, tx: Tx, asked: tuple[Principal, str, ComplaintEnd]) -> list[ComplaintLine]:
        principal, complaint_id, body = asked
        row = service.get_complaint(tx, complaint_id)
        customer_id = _owner(tx, row.identity_id)
        try:
            access_customer(tx, Scope.of(tx, principal, self._sees_more), customer_id)
        except NotFound:
            raise NotFound("There is no such complaint.") from None
        service.close_complaint(
            tx, CloseComplaint(actor_of(principal), complaint_id, body.upheld, body.outcome)
        )
        return service.list_complaints(tx, customer_id)


def _owner(tx: Tx, identity_id: str) -> str:
    found = select(identities.c.customer_id).where(identities.c.id == identity_id)
    return str(tx.execute(found).scalar_one())
