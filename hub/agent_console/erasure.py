"""The route by which a customer is erased: for admins, once nothing is open for them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from hub.accounts.model import actor_of
from hub.care.erasing import Erase, Erased, erase_customer
from hub.contacts.forgetting import Forget
from hub.core.errors import NotFound
from hub.customers.access import access_customer
from hub.storage import Blobs, Store, Tx
from hub.web import Access, Key, Principal, route
from hub.web.shapes import View

from .readers import scope_of

log = logging.getLogger(__name__)


class ErasedView(View, frozen=True):
    """How many addresses, entries of the timeline and files were erased. `held`: recordings that
    stay, because of a legal hold, until it is released.
    """

    addresses: int
    entries: int
    files: int
    held: int


class ErasureRoutes:
    """`forget`: what the channels keep themselves."""

    def __init__(self, store: Store, blobs: Blobs, forget: Sequence[Forget]) -> None:
        self._store = store
        self._blobs = blobs
        self._forget = forget

    @route(
        "POST",
        "/api/v1/customers/{customer_id}/erase",
        access=Access.ADMIN,
        summary="Erase a customer: words, addresses and files go, counts stay",
    )
    async def erase(self, principal: Principal, customer_id: Key) -> ErasedView:
        erased = await self._store.write(self._erase, (principal, customer_id))
        for blob_id in erased.blob_ids:
            try:
                await self._blobs.delete(blob_id)
            except NotFound:
                log.debug("a file of an erased customer was gone already")
        return ErasedView(
            addresses=erased.addresses,
            entries=erased.entries,
            files=len(erased.blob_ids),
            held=erased.held,
        )

    def _erase(self, tx: Tx, asked: tuple[Principal, str]) -> Erased:
        principal, customer_id = asked
        access_customer(tx, scope_of(tx, principal), customer_id)
        return erase_customer(tx, Erase(actor_of(principal), customer_id), self._forget)
