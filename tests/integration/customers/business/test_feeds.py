"""Deliveries by API and webhook: an answer for each row, and an alarm when a system is silent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry
from sqlalchemy import update

from hub.core.errors import Unauthenticated
from hub.customers.access import sees_no_more
from hub.customers.business.api import BusinessRoutes
from hub.customers.business.deliver import Delivery
from hub.customers.business.feeds import fire_due_feeds
from hub.customers.business.signature import HEADER, sign
from hub.customers.business.tables import (
    accounts_receivable,
    feeds,
    order_lines,
    orders,
    products,
)
from hub.customers.business.webhook import Webhooks
from hub.customers.tables import customers, identities
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock
from hub.web import Principal, Role, Via, WebMetrics, WebOptions, bind_routes, build_web_app
from hub.web.app import build_guard
from hub.web.principal import Credentials

from .conftest import Shop, usual_tier

ORDER = {
    "external_id": "A-1",
    "customer_external_id": "10023",
    "ordered_at": "2026-03-01",
    "amount_minor": 12900,
    "currency": "CNY",
}
ROLES = {
    "admin": (Role.ADMIN, ""),
    "supervisor": (Role.SUPERVISOR, ""),
    "agent": (Role.AGENT, ""),
    "shop": (Role.ADMIN, "feed"),
    "other": (Role.ADMIN, "other"),
}


class Api:
    """Asks as one of ROLES, by the name of the role as key."""

    def __init__(self, session: ClientSession, server: TestServer) -> None:
        self.session = session
        self.server = server

    async def ask(
        self, method: str, path: str, body: object = None, who: str = "shop"
    ) -> tuple[int, Any]:
        url = self.server.make_url(f"/api/v1{path}")
        headers = {"Authorization": f"Bearer {who}"}
        async with self.session.request(method, url, json=body, headers=headers) as response:
            raw = await response.read()
            return response.status, json.loads(raw) if raw else None

    async def hook(self, source: str, body: bytes, header: str | None) -> tuple[int, Any]:
        url = self.server.make_url(f"/hooks/{source}")
        headers = {} if header is None else {HEADER: header}
        async with self.session.post(url, data=BytesIO(body), headers=headers) as response:
            return response.status, json.loads(await response.read())


@pytest.fixture
async def api(shop: Shop) -> AsyncIterator[Api]:
    async def authenticate(credentials: Credentials) -> Principal:
        if credentials.api_key not in ROLES:
            raise Unauthenticated("Sign in.")
        role, scope = ROLES[credentials.api_key]
        name = credentials.api_key
        return Principal(name, name, role, frozenset(), Via.API_KEY, "key", scope=scope)

    store = shop.store
    options = WebOptions(public_base_url="http://127.0.0.1", version="test")
    delivery = Delivery(store, lambda _: "Asia/Shanghai", usual_tier)
    app = build_web_app(
        options,
        bind_routes(BusinessRoutes(store, delivery, sees_no_more)),
        build_guard(options, authenticate),
        WebMetrics(CollectorRegistry()),
        Webhooks(store, delivery).routes(),
    )
    server = TestServer(app)
    async with server, ClientSession() as session:
        yield Api(session, server)


async def customer_id(shop: Shop) -> str:
    [(found,)] = await shop.rows(customers, "id")
    return str(found)


async def test_each_row_has_its_answer_and_the_rest_goes_on(shop: Shop, api: Api) -> None:
    rows = [
        ORDER,
        ORDER | {"external_id": "A-2", "amount_minor": -5},
        ORDER | {"external_id": "A-3", "amount_minor": -5, "state": "returned"},
        ORDER | {"external_id": "A-4", "amount_minor": 12.5},
        ORDER | {"external_id": "", "currency": "???", "ordered_at": "soon"},
        {"external_id": "A-6"},
        "A-7",
        None,
        ORDER | {"external_id": "A-8", "surprise": 1},
        ORDER | {"external_id": "A-9", "lines": [{"product": "kettle", "quantity": 0}]},
        ORDER | {"external_id": "A-10", "lines": [{"product": "kettle", "quantity": 2}]},
    ]
    status, told = await api.ask("POST", "/feeds/shop/orders", {"rows": rows})
    assert status == 200
    assert [row["outcome"] for row in told["rows"]] == [
        "created", "refused", "created", *["refused"] * 7, "created",
    ]  # fmt: skip
    codes = [[reason["code"] for reason in row["reasons"]] for row in told["rows"]]
    assert codes[1] == ["amount.negative"]
    assert codes[4] == ["external_id.empty", "ordered_at.not_one", "currency.unknown"]
    assert codes[3] == codes[5] == codes[6] == codes[7] == ["row.malformed"]
    assert (told["created"], told["refused"], told["made_customers"]) == (3, 8, 1)
    assert await shop.rows(orders, "external_id") == [("A-1",), ("A-10",), ("A-3",)]
    _, again = await api.ask("POST", "/feeds/shop/orders", {"rows": rows})
    assert (again["created"], again["unchanged"], again["refused"]) == (0, 3, 8)


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        ("agent", "POST", "/feeds/shop/orders", 403),
        ("supervisor", "POST", "/feeds/shop/orders", 403),
        ("other", "POST", "/feeds/shop/orders", 403),
        ("admin", "POST", "/feeds/shop/orders", 200),
        ("shop", "POST", "/feeds/shop/orders", 200),
        ("shop", "POST", "/feeds/-/orders", 422),
        ("shop", "GET", "/feeds", 403),
        ("shop", "PUT", "/feeds/shop", 403),
        ("shop", "GET", "/products", 403),
        ("agent", "GET", "/feeds", 403),
        ("supervisor", "GET", "/feeds", 200),
        ("supervisor", "PUT", "/feeds/shop", 403),
        ("nobody", "POST", "/feeds/shop/orders", 401),
    ],
)
async def test_who_may_deliver_and_a_key_of_a_feed_does_nothing_else(
    api: Api, who: str, method: str, path: str, status: int
) -> None:
    body = {"rows": [ORDER]} if method == "POST" else {"label_zh": "商店", "label_en": "Shop"}
    found, _ = await api.ask(method, path, body if method != "GET" else None, who=who)
    assert found == status


async def test_too_many_rows_are_refused_as_a_whole(shop: Shop, api: Api) -> None:
    rows = [ORDER | {"external_id": f"A-{n}"} for n in range(1001)]
    assert (await api.ask("POST", "/feeds/shop/orders", {"rows": rows}))[0] in (400, 422)
    assert await shop.count(orders) == 0
    status, told = await api.ask("POST", "/feeds/shop/orders", {"rows": rows[:1000]})
    assert (status, told["created"], await shop.count(orders)) == (200, 1000, 1000)


async def test_orders_of_many_lines_are_kept_whole(shop: Shop, api: Api) -> None:
    lines = [{"product": f"p{number}"} for number in range(150)]
    rows = [ORDER | {"external_id": f"A-{n}", "lines": lines[: 150 - n]} for n in range(4)]
    _, told = await api.ask("POST", "/feeds/shop/orders", {"rows": rows})
    assert [row["index"] for row in told["rows"]] == [0, 1, 2, 3]
    assert told["created"] == 4
    assert await shop.count(order_lines) == 150 + 149 + 148 + 147
    _, told = await api.ask(
        "POST", "/feeds/shop/orders", {"rows": [ORDER | {"lines": lines[:1] * 201}]}
    )
    assert told["refused"] == 1


async def test_what_a_customer_bought_owes_and_waits_for(shop: Shop, api: Api) -> None:
    lines = [{"product": "kettle", "quantity": 2, "amount_minor": 12900}]
    order = ORDER | {"lines": lines, "cost_minor": 7000, "state": "delivered"}
    product = {"external_id": "kettle", "name": "水壶", "list_minor": 6450, "currency": "CNY"}
    case = {
        "external_id": "R-1",
        "customer_external_id": "10023",
        "kind": "repair",
        "state": "维修中",
        "order": "A-1",
        "product": "kettle",
        "text": "漏水",
        "state_at": "2026-03-05T10:00",
    }
    balance = {
        "customer_external_id": "10023",
        "balance_minor": 50000,
        "currency": "CNY",
        "credit_hold": True,
        "as_of": "2026-03-05",
    }
    for kind, row in (
        ("products", product),
        ("orders", order),
        ("cases", case),
        ("balances", balance),
    ):
        status, told = await api.ask("POST", f"/feeds/shop/{kind}", {"rows": [row]})
        assert (status, told["refused"]) == (200, 0), told
    whose = await customer_id(shop)
    _, page = await api.ask("GET", f"/customers/{whose}/orders", who="agent")
    [shown] = page["items"]
    assert (shown["amount_minor"], shown["decimals"], shown["summary"]) == (12900, 2, "水壶 × 2")
    assert shown["cost_minor"] is None
    assert [line["product"] for line in shown["lines"]] == ["水壶"]
    assert [one["state"] for one in shown["cases"]] == ["repairing"]
    _, page = await api.ask("GET", f"/customers/{whose}/orders", who="supervisor")
    assert page["items"][0]["cost_minor"] == 7000
    _, page = await api.ask("GET", f"/customers/{whose}/cases", who="agent")
    [shown] = page["items"]
    assert (shown["order"], shown["product"], shown["text"]) == ("A-1", "水壶", "漏水")
    assert shown["state_at"] == "2026-03-05T02:00:00Z"  # by the clock of the set-up
    _, shown = await api.ask("GET", f"/customers/{whose}/balance", who="agent")
    assert (shown["credit_hold"], shown["accounts"][0]["balance_minor"]) == (True, 50000)
    _, page = await api.ask("GET", "/products?q=水壶", who="agent")
    [found] = page["items"]
    _, counts = await api.ask("GET", f"/products/{found['id']}/counts", who="agent")
    assert (counts["orders"], counts["quantity"], counts["open_cases"]) == (1, 2, 1)
    late = balance | {"as_of": "2026-03-04", "credit_hold": False}
    _, told = await api.ask("POST", "/feeds/shop/balances", {"rows": [late]})
    assert told["stale"] == 1
    assert await shop.rows(accounts_receivable, "credit_hold") == [(True,)]


async def test_orders_come_in_pages_newest_first(shop: Shop, api: Api) -> None:
    rows = [
        ORDER | {"external_id": f"A-{n}", "ordered_at": f"2026-03-{1 + n // 2:02}"}
        for n in range(9)
    ]
    await api.ask("POST", "/feeds/shop/orders", {"rows": rows})
    whose = await customer_id(shop)
    seen: list[str] = []
    after = ""
    while True:
        path = f"/customers/{whose}/orders?limit=4&after={after}"
        _, page = await api.ask("GET", path, who="agent")
        seen += [item["external_id"] for item in page["items"]]
        if (after := page["after"]) is None:
            break
    assert seen[0] == "A-8"
    assert sorted(seen) == [f"A-{number}" for number in range(9)]
    assert (await api.ask("GET", "/customers/none/orders", who="agent"))[0] == 404


async def test_orders_of_a_merged_record_are_the_customers(shop: Shop, api: Api) -> None:
    await api.ask("POST", "/feeds/shop/orders", {"rows": [ORDER]})
    await api.ask("POST", "/feeds/till/orders", {"rows": [ORDER | {"customer_external_id": "9"}]})
    owners = dict(await shop.rows(identities, "value_norm", "customer_id"))

    def merge(tx: Tx, _: None) -> None:
        tx.execute(
            update(customers)
            .where(customers.c.id == owners["9"])
            .values(merged_into_id=owners["10023"])
        )

    await shop.store.write(merge, None)
    _, page = await api.ask("GET", f"/customers/{owners['10023']}/orders", who="agent")
    assert {item["source"] for item in page["items"]} == {"shop", "till"}


async def test_a_webhook_is_signed_and_answers_after_it_is_kept(
    shop: Shop, api: Api, clock: ManualClock
) -> None:
    body = json.dumps({"orders": [ORDER, {}], "products": [{"external_id": "kettle"}]}).encode()
    now = clock.now()
    assert (await api.hook("shop", body, None))[0] == 401
    settings = {"label_zh": "商店", "label_en": "Shop", "every_s": 3600}
    assert (await api.ask("PUT", "/feeds/shop", settings, "admin"))[0] == 204
    assert (await api.hook("shop", body, sign(b"", body, now)))[0] == 401
    _, made = await api.ask("POST", "/feeds/shop/key", None, "admin")
    key = made["key"].encode()
    for wrong in (None, "t=1,v1=0", sign(b"x", body, now), sign(key, body + b" ", now)):
        assert (await api.hook("shop", body, wrong))[0] == 401
    old = sign(key, body, now - timedelta(minutes=6))
    assert (await api.hook("shop", body, old))[0] == 401
    assert (await api.hook("till", body, sign(key, body, now)))[0] == 401
    assert await shop.rows(orders) == []
    signed = sign(key, body, now)
    status, told = await api.hook("shop", body, signed)
    assert status == 202
    assert [row["outcome"] for row in told["orders"]["rows"]] == ["created", "refused"]
    assert await shop.rows(products, "external_id") == [("kettle",)]
    _, replayed = await api.hook("shop", body, signed)
    assert replayed["orders"]["unchanged"] == 1
    broken = b'{"orders": 1}'
    assert (await api.hook("shop", broken, sign(key, broken, now)))[0] == 400
    large = b" " * 1_100_000
    assert (await api.hook("shop", large, sign(key, large, now)))[0] == 413
    _, other = await api.ask("POST", "/feeds/shop/key", None, "admin")
    assert (await api.hook("shop", body, signed))[0] == 401
    assert (await api.ask("DELETE", "/feeds/shop/key", None, "admin"))[0] == 204
    again = sign(other["key"].encode(), body, now)
    assert (await api.hook("shop", body, again))[0] == 401


async def test_reordered_webhooks_end_as_if_they_had_come_in_order(
    shop: Shop, api: Api, clock: ManualClock
) -> None:
    await api.ask("PUT", "/feeds/shop", {"label_zh": "商店", "label_en": "Shop"}, "admin")
    _, made = await api.ask("POST", "/feeds/shop/key", None, "admin")
    for revision, state in ((3, "delivered"), (1, "placed"), (2, "shipped")):
        row = ORDER | {"revision": revision, "state": state}
        body = json.dumps({"orders": [row]}).encode()
        header = sign(made["key"].encode(), body, clock.now())
        assert (await api.hook("shop", body, header))[0] == 202
    assert await shop.rows(orders, "state", "revision") == [("delivered", 3)]


async def fire(store: Store) -> int:
    fired: int = await store.write(lambda tx, _: fire_due_feeds(tx, tx.now, 100), None)
    return fired


async def test_a_silent_feed_raises_its_alarm_once_until_it_is_heard(
    shop: Shop, api: Api, clock: ManualClock
) -> None:
    settings = {"label_zh": "商店", "label_en": "Shop", "every_s": 3600}
    await api.ask("PUT", "/feeds/shop", settings, "admin")
    await api.ask("POST", "/feeds/till/orders", {"rows": [ORDER]})  # nobody minds this one
    assert await fire(shop.store) == 0
    clock.advance(3600)
    assert [await fire(shop.store) for _ in range(3)] == [1, 0, 0]
    _, listed = await api.ask("GET", "/feeds", None, "supervisor")
    assert [(feed["source"], feed["silent_since"] is None) for feed in listed] == [
        ("shop", False),
        ("till", True),
    ]
    assert [feed["has_key"] for feed in listed] == [False, False]
    await api.ask("POST", "/feeds/shop/orders", {"rows": [ORDER]})
    _, listed = await api.ask("GET", "/feeds", None, "supervisor")
    assert [feed["silent_since"] for feed in listed] == [None, None]
    clock.advance(3599)
    assert await fire(shop.store) == 0
    clock.advance(1)
    assert await fire(shop.store) == 1
    settings["every_s"] = 59
    assert (await api.ask("PUT", "/feeds/shop", settings, "admin"))[0] == 422
    await api.ask("PUT", "/feeds/shop", settings | {"every_s": None}, "admin")
    clock.advance(10**6)
    assert await fire(shop.store) == 0
    [(alarm, alarmed)] = [
        row[1:]
        for row in await shop.rows(feeds, "source", "alarm_at", "alarmed_at")
        if row[0] == "shop"
    ]
    assert (alarm, alarmed) == (None, None)
