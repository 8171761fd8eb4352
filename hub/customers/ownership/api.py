"""Routes of ownership: who looked after a customer."""

from __future__ import annotations

from hub.customers.access import Scope, SeesMore, access_customer
from hub.storage import Store, Tx
from hub.web import Access, Key, Principal, route

from .service import OwnerLine, list_owners


class OwnershipRoutes:
    def __init__(self, store: Store, sees_more: SeesMore) -> None:
        self._store = store
        self._sees_more = sees_more

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/owners",
        access=Access.AGENT,
        summary="Who has looked after a customer, the newest first",
    )
    async def owners(self, principal: Principal, customer_id: Key) -> list[OwnerLine]:
        return await self._store.read(self._list, (principal, customer_id))

    def _list(self, tx: Tx, asked: tuple[Principal, str]) -> list[OwnerLine]:
        principal, customer_id = asked
        access_customer(tx, Scope.of(tx, principal, self._sees_more), customer_id)
        return list_owners(tx, customer_id)
