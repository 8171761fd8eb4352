"""A system that falls silent, a key that only delivers, a webhook: in the hub as it runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import aiohttp

from hub.accounts.model import SYSTEM
from hub.core.bus import Hint
from hub.customers.business.signature import HEADER, sign
from hub.web import Role

from .conftest import Person, Place


async def test_admins_hear_of_a_feed_that_is_silent(place: Place) -> None:
    chief = await place.hire("chief", Role.ADMIN, "team")
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    async with chief.console().signed_in() as desk, boss.console().signed_in() as elsewhere:
        place.hub.bus.publish(Hint("feed.silent", "shop"))
        await desk.until(lambda: bool(desk.notices))
        assert (desk.notices[0].code, desk.notices[0].detail) == ("feed_silent", "shop")
        assert elsewhere.notices == []


async def test_a_signed_delivery_reaches_the_hub_that_runs(place: Place) -> None:
    chief = await place.hire("chief", Role.ADMIN, "team")
    named = {"label_zh": "商店", "label_en": "Shop"}
    assert (await chief.ask("PUT", "/feeds/shop", named))[0] == 204
    status, made = await chief.ask("POST", "/feeds/shop/key")
    assert status == 200
    body = json.dumps({"products": [{"external_id": "kettle", "name": "Kettle"}]}).encode()
    signed = {HEADER: sign(made["key"].encode(), body, datetime.now(UTC))}
    url = f"{place.hub.base_url}/hooks/shop"
    async with aiohttp.ClientSession() as session:
        async with session.post(url, data=body) as refused:
            assert refused.status == 401
        async with session.post(url, data=body, headers=signed) as taken:
            assert taken.status == 202
            assert (await taken.json())["products"]["created"] == 1
    _, found = await chief.ask("GET", "/products?q=ket")
    assert [row["name"] for row in found["items"]] == ["Kettle"]


async def test_a_key_of_a_feed_opens_no_console_and_no_other_route(place: Place) -> None:
    chief = await place.hire("chief", Role.ADMIN, "team")
    key = await place.hub.accounts.add_api_key(SYSTEM, chief.view.id, "shop", scope="feed")
    assert key.api_key.scope == "feed"
    base = f"{place.hub.base_url}/api/v1"
    rows = {"rows": [{"external_id": "kettle"}]}
    shop = Person(place.hub, chief.view, key.key, chief.session)
    assert (await shop.ask("POST", "/feeds/shop/products", rows))[0] == 200
    for path in ("/customers", "/users", "/feeds", "/me"):
        assert (await shop.ask("GET", path))[0] == 403
    headers = {"Authorization": f"Bearer {key.key}"}
    async with chief.session.ws_connect(f"{base}/console", headers=headers) as socket:
        await socket.send_str('{"type": "hello", "protocol": 1}')
        while (frame := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            assert json.loads(frame.data)["type"] != "snapshot"
        assert socket.closed


async def test_a_contact_is_linked_to_products_by_who_holds_it(place: Place) -> None:
    chief = await place.hire("chief", Role.ADMIN, "team")
    agent = await place.hire("chen", Role.AGENT, "team")
    rows = [{"external_id": "kettle", "name": "Kettle"}, {"external_id": "cup"}]
    _, told = await chief.ask("POST", "/feeds/shop/products", {"rows": rows})
    kettle, cup = (row["id"] for row in told["rows"])
    contact_id = (await place.write_in("it leaks")).contact_id
    path = f"/contacts/{contact_id}/products"
    assert (await agent.ask("PUT", f"{path}/{kettle}"))[0] == 403  # nobody's yet
    for product_id in (kettle, cup, kettle):
        assert (await chief.ask("PUT", f"{path}/{product_id}"))[0] == 204
    assert (await chief.ask("PUT", f"{path}/nothing"))[0] == 422
    _, found = await agent.ask("GET", path)
    assert {row["name"] for row in found} == {"Kettle", "cup"}
    _, counts = await agent.ask("GET", f"/products/{kettle}/counts")
    assert counts["contacts"] == 1
    assert (await chief.ask("DELETE", f"{path}/{kettle}"))[0] == 204
    _, found = await agent.ask("GET", path)
    assert [row["id"] for row in found] == [cup]
