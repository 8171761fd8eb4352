"""The route of candidates for a merge."""

from __future__ import annotations

from hub.customers.access import Scope, SeesMore
from hub.customers.views import Reader, ShownTiers
from hub.storage import Store, Tx
from hub.web import Access, Key, Page, Principal, route

from .service import CandidateView, FindCandidates, find_candidates


class MatchingRoutes:
    def __init__(
        self, store: Store, *, agents_see: ShownTiers, sees_more: SeesMore, mask_numbers: bool
    ) -> None:
        self._store = store
        self._agents_see = agents_see
        self._sees_more = sees_more
        self._mask_numbers = mask_numbers

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/candidates",
        access=Access.AGENT,
        summary="Records that may be the same customer, with what speaks for it",
    )
    async def candidates(self, principal: Principal, customer_id: Key) -> Page[CandidateView]:
        return await self._store.read(self._candidates, (principal, customer_id))

    def _candidates(self, tx: Tx, asked: tuple[Principal, str]) -> Page[CandidateView]:
        principal, customer_id = asked
        reader = Reader.of(principal, self._agents_see(tx), mask=self._mask_numbers)
        scope = Scope.of(tx, principal, self._sees_more)
        items = find_candidates(tx, FindCandidates(reader, scope, customer_id))
        return Page(items=items, after=None)
