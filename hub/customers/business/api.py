"""Routes of orders, products, repairs, balances and feeds."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Raw

from hub.accounts.model import actor_of
from hub.customers.access import Scope, SeesMore
from hub.storage import Store, Tx
from hub.web import Access, Key, Page, Principal, Role, decode_cursor, encode_cursor, route
from hub.web.paging import PageQuery
from hub.web.shapes import Body

from . import reads
from .deliver import MAX_ROWS, Delivered, Delivery
from .feed_rows import BALANCES, CASES, FACTS, ORDERS, PRODUCTS, FeedKind
from .feeds import SetFeed, check_source, drop_feed_key, new_feed_key, set_feed
from .reads import FindProducts, NamePlace, OfCustomer, Place
from .views import (
    BalanceView,
    CaseView,
    FeedKey,
    FeedView,
    OrderView,
    ProductCounts,
    ProductView,
)

FEED_SCOPE = "feed"
ROWS_BYTES = 2 * 1_048_576


class FeedBody(Body, frozen=True, kw_only=True):
    """Rows, each answered for itself; see docs/business-data.md for what is in one."""

    rows: Annotated[list[Raw], Meta(min_length=1, max_length=MAX_ROWS)]


class FeedSettings(Body, frozen=True, kw_only=True):
    """`every_s`: heard less often, the alarm is raised; null: never."""

    label_zh: str
    label_en: str
    every_s: int | None = None


class ProductQuery(PageQuery, frozen=True, kw_only=True):
    q: Annotated[str, Meta(max_length=200)] = ""


class BusinessRoutes:
    """`sees_more`: see Scope."""

    def __init__(self, store: Store, delivery: Delivery, sees_more: SeesMore) -> None:
        self._store = store
        self._delivery = delivery
        self._sees_more = sees_more

    @route(
        "POST",
        "/api/v1/feeds/{source}/orders",
        access=Access.ADMIN,
        scope=FEED_SCOPE,
        summary="Keep orders of a system",
        limit_bytes=ROWS_BYTES,
    )
    async def put_orders(self, source: Key, body: FeedBody) -> Delivered:
        return await self._keep(source, ORDERS, body)

    @route(
        "POST",
        "/api/v1/feeds/{source}/products",
        access=Access.ADMIN,
        scope=FEED_SCOPE,
        summary="Keep products of a system",
        limit_bytes=ROWS_BYTES,
    )
    async def put_products(self, source: Key, body: FeedBody) -> Delivered:
        return await self._keep(source, PRODUCTS, body)

    @route(
        "POST",
        "/api/v1/feeds/{source}/balances",
        access=Access.ADMIN,
        scope=FEED_SCOPE,
        summary="Keep what customers owe",
        limit_bytes=ROWS_BYTES,
    )
    async def put_balances(self, source: Key, body: FeedBody) -> Delivered:
        return await self._keep(source, BALANCES, body)

    @route(
        "POST",
        "/api/v1/feeds/{source}/cases",
        access=Access.ADMIN,
        scope=FEED_SCOPE,
        summary="Keep defects and repairs of a system",
        limit_bytes=ROWS_BYTES,
    )
    async def put_cases(self, source: Key, body: FeedBody) -> Delivered:
        return await self._keep(source, CASES, body)

    @route(
        "POST",
        "/api/v1/feeds/{source}/facts",
        access=Access.ADMIN,
        scope=FEED_SCOPE,
        summary="Keep what others know of customers: secondary data",
        limit_bytes=ROWS_BYTES,
    )
    async def put_facts(self, source: Key, body: FeedBody) -> Delivered:
        return await self._keep(source, FACTS, body)

    @route("GET", "/api/v1/feeds", access=Access.SUPERVISOR, summary="List the feeds")
    async def list_feeds(self) -> list[FeedView]:
        return await self._store.read(reads.list_feeds, None)

    @route("PUT", "/api/v1/feeds/{source}", access=Access.ADMIN, summary="Name a feed")
    async def set_feed(self, principal: Principal, source: Key, body: FeedSettings) -> None:
        actor = actor_of(principal)
        command = SetFeed(actor, source, body.label_zh, body.label_en, body.every_s)
        await self._store.write(set_feed, command)

    @route(
        "POST",
        "/api/v1/feeds/{source}/key",
        access=Access.ADMIN,
        summary="Give a feed a new key for its webhook; the one before is void",
    )
    async def new_key(self, principal: Principal, source: Key) -> FeedKey:
        made = self._store.write(new_feed_key, (actor_of(principal), source))
        return FeedKey(key=await made)

    @route(
        "DELETE",
        "/api/v1/feeds/{source}/key",
        access=Access.ADMIN,
        summary="Take a feed's key away",
    )
    async def drop_key(self, principal: Principal, source: Key) -> None:
        await self._store.write(drop_feed_key, (actor_of(principal), source))

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/orders",
        access=Access.AGENT,
        summary="A customer's orders, newest first, with what is under repair",
    )
    async def orders(
        self, principal: Principal, customer_id: Key, query: PageQuery
    ) -> Page[OrderView]:
        found = await self._store.read(self._orders, (principal, customer_id, query))
        return Page(items=found[0], after=encode_cursor(found[1]) if found[1] else None)

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/cases",
        access=Access.AGENT,
        summary="A customer's defects and repairs, the last change first",
    )
    async def cases(
        self, principal: Principal, customer_id: Key, query: PageQuery
    ) -> Page[CaseView]:
        found = await self._store.read(self._cases, (principal, customer_id, query))
        return Page(items=found[0], after=encode_cursor(found[1]) if found[1] else None)

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/balance",
        access=Access.AGENT,
        summary="What a customer owes, and whether their credit is on hold",
    )
    async def balance(self, principal: Principal, customer_id: Key) -> BalanceView:
        return await self._store.read(self._balance, (principal, customer_id))

    @route("GET", "/api/v1/products", access=Access.AGENT, summary="Find products")
    async def find_products(self, query: ProductQuery) -> Page[ProductView]:
        ask = FindProducts(query.q, query.limit, decode_cursor(query.after, NamePlace))
        items, following = await self._store.read(reads.find_products, ask)
        return Page(items=items, after=encode_cursor(following) if following else None)

    @route(
        "GET",
        "/api/v1/products/{product_id}/counts",
        access=Access.AGENT,
        summary="How often a product was ordered, broke, and was asked about",
    )
    async def count_product(self, product_id: Key) -> ProductCounts:
        return await self._store.read(reads.count_product, product_id)

    async def _keep(self, source: str, kind: FeedKind[Any], body: FeedBody) -> Delivered:
        return await self._delivery.keep(check_source(source), kind, body.rows)

    def _of(self, tx: Tx, asked: tuple[Principal, str, PageQuery]) -> OfCustomer:
        principal, customer_id, query = asked
        return OfCustomer(
            Scope.of(tx, principal, self._sees_more),
            customer_id,
            query.limit,
            decode_cursor(query.after, Place),
            principal.role.at_least(Role.SUPERVISOR),
        )

    def _orders(
        self, tx: Tx, asked: tuple[Principal, str, PageQuery]
    ) -> tuple[list[OrderView], Place | None]:
        return reads.list_orders(tx, self._of(tx, asked))

    def _cases(
        self, tx: Tx, asked: tuple[Principal, str, PageQuery]
    ) -> tuple[list[CaseView], Place | None]:
        return reads.list_cases(tx, self._of(tx, asked))

    def _balance(self, tx: Tx, asked: tuple[Principal, str]) -> BalanceView:
        principal, customer_id = asked
        return reads.show_balance(tx, (Scope.of(tx, principal, self._sees_more), customer_id))
