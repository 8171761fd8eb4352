"""The route that tells who makes a phone list what its customers hear before the agent."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import select

from hub.contacts.access import VisibleQueues
from hub.contacts.tables import entry_points
from hub.core.errors import NotFound
from hub.routing.settings import load_settings
from hub.storage import Store, Tx
from hub.web import Access, Key, Principal, Query, View, route

from .judging import CHANNEL
from .opening import Asked, opening_of


class OpeningQuery(Query, frozen=True, kw_only=True):
    entry_point_id: Key
    queue_id: Key


class PhoneListOpening(View, frozen=True):
    """`asks` empty: customers hear the agent at once; else that they are recorded, or whether they
    agree, and agents press a key for each call. `said`: the words, by language.
    """

    asks: Literal["", "notice", "consent"]
    said: dict[str, str]


class OpeningRoutes:
    """`visible`: the queues that a user may let a list be called in."""

    def __init__(self, store: Store, visible: VisibleQueues) -> None:
        self._store = store
        self._visible = visible

    @route(
        "GET",
        "/api/v1/phone-list-opening",
        access=Access.SUPERVISOR,
        summary="What customers of a list hear before the agent, by its line and queue",
    )
    async def opening(self, principal: Principal, query: OpeningQuery) -> PhoneListOpening:
        return await self._store.read(self._opening, (principal, query))

    def _opening(self, tx: Tx, asked: tuple[Principal, OpeningQuery]) -> PhoneListOpening:
        principal, query = asked
        queues = self._visible(tx, principal)
        known = query.queue_id in load_settings(tx).queues
        if not known or (queues is not None and query.queue_id not in queues):
            raise NotFound("There is no such queue.")
        point = entry_points.c
        line = select(point.id).where(point.id == query.entry_point_id, point.channel == CHANNEL)
        if tx.execute(line).first() is None:
            raise NotFound("There is no such phone line.")
        found = opening_of(tx, Asked(query.entry_point_id, query.queue_id))
        return PhoneListOpening(asks=found.asks, said=dict(found.said))
