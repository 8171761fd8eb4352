"""Routes of the audit log's chain: what the last look found, and a look now."""

from __future__ import annotations

from hub.storage import Store
from hub.web import Access, Body, Principal, route

from .looking import look_on
from .standing import Standing, read_standing


class LookAtChain(Body, frozen=True):
    """`anew`: from the first line on; else the look that is not done goes on."""

    anew: bool = False


class ChainRoutes:
    """Handlers; for admins, as the log itself."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "GET",
        "/api/v1/audit/chain",
        access=Access.ADMIN,
        summary="How far the audit log is checked, and what was found",
    )
    async def show_chain(self) -> Standing:
        return await self._store.read(read_standing, None)

    @route(
        "POST",
        "/api/v1/audit/chain/look",
        access=Access.ADMIN,
        summary="Check the audit log for a second or two; ask again until it is done",
    )
    async def look(self, principal: Principal, body: LookAtChain) -> Standing:
        await look_on(self._store, principal.name if body.anew else None)
        return await self._store.read(read_standing, None)
