"""Routes of satisfaction, answers of other systems, and competitors that customers name."""

from __future__ import annotations

from hub.contacts.access import Sight, VisibleQueues, access_contact
from hub.customers.access import Scope, SeesMore, access_customer
from hub.customers.business.api import FEED_SCOPE, ROWS_BYTES, FeedBody
from hub.customers.business.deliver import Delivered, Delivery
from hub.customers.business.feeds import check_source
from hub.storage import Store, Tx
from hub.web import Access, Key, Principal, Role, route

from . import reads
from .feed import answers_kind
from .reads import NamedCompetitor, SatisfactionView, ShowSatisfaction
from .recovery import AimOf


class ResearchRoutes:
    """`sees_more`: see Scope. `aim_of`: whose job a dissatisfied customer is."""

    def __init__(
        self,
        store: Store,
        delivery: Delivery,
        visible_queues: VisibleQueues,
        sees_more: SeesMore,
        aim_of: AimOf,
    ) -> None:
        self._store = store
        self._delivery = delivery
        self._visible_queues = visible_queues
        self._sees_more = sees_more
        self._answers = answers_kind(aim_of)

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/satisfaction",
        access=Access.AGENT,
        summary="How satisfied a customer is, and where it goes",
    )
    async def satisfaction(self, principal: Principal, customer_id: Key) -> SatisfactionView:
        return await self._store.read(self._satisfaction, (principal, customer_id))

    @route(
        "GET",
        "/api/v1/contacts/{contact_id}/competitors",
        access=Access.AGENT,
        summary="Whom the customer names besides us, and what is known about it",
    )
    async def competitors(self, principal: Principal, contact_id: Key) -> list[NamedCompetitor]:
        return await self._store.read(self._competitors, (principal, contact_id))

    @route(
        "POST",
        "/api/v1/feeds/{source}/answers",
        access=Access.ADMIN,
        scope=FEED_SCOPE,
        summary="Keep answers to surveys of a system",
        limit_bytes=ROWS_BYTES,
    )
    async def put_answers(self, source: Key, body: FeedBody) -> Delivered:
        return await self._delivery.keep(check_source(source), self._answers, body.rows)

    def _satisfaction(self, tx: Tx, asked: tuple[Principal, str]) -> SatisfactionView:
        principal, customer_id = asked
        access_customer(tx, Scope.of(tx, principal, self._sees_more), customer_id)
        sight = Sight.of(tx, principal, self._visible_queues)
        steers = principal.role.at_least(Role.SUPERVISOR)
        return reads.show_satisfaction(tx, ShowSatisfaction(sight, customer_id, steers))

    def _competitors(self, tx: Tx, asked: tuple[Principal, str]) -> list[NamedCompetitor]:
        principal, contact_id = asked
        sight = Sight.of(tx, principal, self._visible_queues)
        row = access_contact(tx, sight, contact_id)
        return reads.named_in(tx, (row.id, row.identity_id))
