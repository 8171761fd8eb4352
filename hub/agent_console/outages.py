"""Providers that do not answer now: what every console shows on top."""

from __future__ import annotations

from datetime import datetime

from hub.contacts.outages.service import CHANGED, list_outages
from hub.storage import Store, Tx
from hub.web import Access, Principal, Role, View, route

OUTAGE_TOPICS = (CHANGED,)


class OutageView(View, frozen=True):
    """`since`: the first request without an answer. `still_heard`: it tells us of calls all the
    same, so who calls in is taken. `reason`: how requests fail, for admins; else "".
    """

    channel: str
    since: datetime
    still_heard: bool
    reason: str


class OutageRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route("GET", "/api/v1/outages", access=Access.AGENT, summary="Providers that do not answer")
    async def outages(self, principal: Principal) -> list[OutageView]:
        return await self._store.read(_views, principal)


def _views(tx: Tx, principal: Principal) -> list[OutageView]:
    shows_why = principal.role is Role.ADMIN
    return [
        OutageView(
            channel=one.channel,
            since=one.since,
            still_heard=one.heard_at is not None,
            reason=one.reason if shows_why else "",
        )
        for one in list_outages(tx)
    ]
