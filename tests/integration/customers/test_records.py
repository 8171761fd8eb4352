"""The customer record: made, changed, found, merged and unmerged; through the real API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from hub.contacts.model import Channel
from hub.routing.settings import load_settings, save_settings
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock

from .house import Client, House, open_house, serve


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


async def a_customer(client: Client, **body: Any) -> Any:
    status, made = await client.ask("POST", "/customers", body, who="supervisor")
    assert status == 201, made
    return made


CHEN: dict[str, Any] = {
    "name": "陈小明",
    "language": "zh-CN",
    "identities": [
        {"kind": "phone", "value": "138 0013 8000", "label": "手机"},
        {"kind": "email", "value": "Chen@Example.COM"},
    ],
}


async def test_a_customer_who_is_made_has_the_default_tier_of_the_set_up(
    house: House, client: Client
) -> None:
    def usual(tx: Tx, tier: str) -> None:
        save_settings(tx, msgspec.structs.replace(load_settings(tx), default_tier=tier))

    await house.store.write(usual, "potential_gold")
    assert (await a_customer(client, **CHEN))["tier"] == "potential_gold"


async def test_a_customer_is_made_with_addresses_in_one_form(client: Client) -> None:
    made = await a_customer(client, **CHEN)
    assert (made["name"], made["tier"], made["version"]) == ("陈小明", "standard", 1)
    assert [i["value"] for i in made["identities"]] == ["138 0013 8000", "Chen@example.com"]
    assert made["identities"][0]["origin"] == "北京市"


async def test_a_field_of_two_numbers_is_two_addresses(client: Client) -> None:
    two = {"kind": "phone", "value": "13912340001/13912340002", "label": "office"}
    made = await a_customer(client, name="Two", identities=[two])
    assert [one["label"] for one in made["identities"]] == ["office", "office"]
    more = {"kind": "phone", "value": "13912340003、010-88887777"}
    path = f"/customers/{made['id']}"
    status, _ = await client.ask("POST", f"{path}/identities", more, who="supervisor")
    assert status == 201
    _, seen = await client.ask("GET", path, who="supervisor")
    assert len(seen["identities"]) == 4


@pytest.mark.parametrize("body", [{}, {"name": "   "}])
async def test_nobody_is_made_without_a_name_or_an_address(
    client: Client, body: dict[str, Any]
) -> None:
    status, said = await client.ask("POST", "/customers", body, who="supervisor")
    assert status == 422
    assert "name or an address" in str(said)


@pytest.mark.parametrize(
    "typed",
    [
        "88887777",
        "8888 7777",
        "887777",
        "12340003",
        "340003",
        "008613912340003",
        "0086 10 8888 7777",
    ],
)
async def test_a_number_is_found_by_its_end_and_without_its_area(
    client: Client, typed: str
) -> None:
    numbers = [{"kind": "phone", "value": v} for v in ("13912340003", "010-88887777")]
    made = await a_customer(client, name="Ends", identities=numbers)
    await a_customer(client, name="Other", identities=[{"kind": "phone", "value": "13900000000"}])
    _, found = await client.ask("GET", f"/customers?q={quote(typed)}", who="supervisor")
    assert [one["id"] for one in found["items"]] == [made["id"]]


async def test_where_a_number_is_from_is_said_in_the_language_of_the_page(client: Client) -> None:
    made = await a_customer(client, **CHEN)
    for language, place in (
        ("en", "Beijing"),
        ("zh-CN", "北京市"),
        ("zh", "北京市"),
        ("xx", "北京市"),
    ):
        _, shown = await client.ask("GET", f"/customers/{made['id']}", language=language)
        assert shown["identities"][0]["origin"] == place


@pytest.mark.parametrize(
    "typed",
    ["陈小明", "小明", "13800138000", "+86 138-0013-8000", "8000", "chen@example.com", "chen"],
)
async def test_a_customer_is_found_by_name_number_and_mail(client: Client, typed: str) -> None:
    made = await a_customer(client, **CHEN)
    await a_customer(client, name="Somebody Else")
    status, page = await client.ask("GET", f"/customers?q={typed.replace('+', '%2B')}")
    assert status == 200
    assert [row["id"] for row in page["items"]] == [made["id"]]


async def test_agents_see_masked_numbers_and_a_reveal_is_audited(client: Client) -> None:
    made = await a_customer(client, **CHEN)
    _, seen = await client.ask("GET", f"/customers/{made['id']}")
    number = seen["identities"][0]
    assert (number["value"], number["masked"]) == ("138 **** 8000", True)
    path = f"/customers/{made['id']}/identities/{number['id']}/reveal"
    assert (await client.ask("POST", path))[1] == {"value": "138 0013 8000"}


async def test_the_newest_customers_come_page_by_page(client: Client, clock: ManualClock) -> None:
    for n in range(5):
        clock.advance(1)
        await a_customer(client, name=f"Customer {n}")
    _, first = await client.ask("GET", "/customers?limit=3")
    _, second = await client.ask("GET", f"/customers?limit=3&after={first['after']}")
    names = [row["name"] for row in first["items"] + second["items"]]
    assert names == [f"Customer {n}" for n in (4, 3, 2, 1, 0)]
    assert second["after"] is None


async def test_who_only_chatted_and_left_no_name_is_not_listed_but_found(
    house: House, client: Client
) -> None:
    caller = await house.customer_of(await house.receive("", "+8613900139000", Channel.PHONE))
    visitor = await house.customer_of(await house.receive("Hi", "visit-1", Channel.WEBCHAT))
    named = await a_customer(client, name="Chen")
    _, page = await client.ask("GET", "/customers")
    assert [row["id"] for row in page["items"]] == [named["id"], caller]
    change = {"name": "Ann", "version": 1}
    status, _ = await client.ask("PATCH", f"/customers/{visitor}", change, who="supervisor")
    assert status == 200
    _, page = await client.ask("GET", "/customers")
    assert {row["id"] for row in page["items"]} == {named["id"], caller, visitor}


async def test_an_address_belongs_to_one_customer_unless_it_is_shared(client: Client) -> None:
    first = await a_customer(client, **CHEN)
    second = await a_customer(client, name="Wife")
    body = {"kind": "phone", "value": "13800138000"}
    path = f"/customers/{second['id']}/identities"
    status, problem = await client.ask("POST", path, body)
    assert (status, problem["code"]) == (409, "identity.taken")
    assert problem["details"]["customer_id"] == first["id"]
    assert (await client.ask("POST", path, {**body, "shared": True}))[0] == 201
    _, page = await client.ask("GET", "/customers?q=13800138000")
    assert {row["id"] for row in page["items"]} == {first["id"], second["id"]}


async def test_a_removed_address_is_free_again_and_comes_back_with_its_history(
    client: Client,
) -> None:
    made = await a_customer(client, **CHEN)
    mail = made["identities"][1]["id"]
    path = f"/customers/{made['id']}/identities"
    assert (await client.ask("DELETE", f"{path}/{mail}"))[0] == 204
    assert (await client.ask("DELETE", f"{path}/{mail}"))[0] == 404
    _, page = await client.ask("GET", "/customers?q=chen@example.com")
    assert page["items"] == []
    _, again = await client.ask("POST", path, {"kind": "email", "value": "chen@example.com"})
    assert again["id"] == mail


@pytest.mark.parametrize(
    ("kind", "value"),
    [("email", "nobody"), ("phone", "12"), ("phone", "anonymous"), ("external", "  ")],
)
async def test_what_is_no_address_is_refused_with_the_reason(
    client: Client, kind: str, value: str
) -> None:
    made = await a_customer(client, name="X")
    path = f"/customers/{made['id']}/identities"
    status, problem = await client.ask("POST", path, {"kind": kind, "value": value})
    assert status == 422
    assert problem["detail"]


async def test_a_stale_change_is_refused(client: Client) -> None:
    made = await a_customer(client, name="X")
    path = f"/customers/{made['id']}"
    _, changed = await client.ask("PATCH", path, {"name": "Y", "version": 1})
    assert (changed["name"], changed["version"]) == ("Y", 2)
    status, problem = await client.ask("PATCH", path, {"name": "Z", "version": 1})
    assert (status, problem["code"]) == (409, "customer.stale")


async def test_a_tier_needs_a_supervisor_a_reason_and_a_name_of_the_set_up(client: Client) -> None:
    path = f"/customers/{(await a_customer(client, name='X'))['id']}"
    gold = {"tier": "gold", "tier_reason": "two factories"}
    assert (await client.ask("PATCH", path, gold))[0] == 403
    assert (await client.ask("PATCH", path, {"tier": "gold"}, who="supervisor"))[0] == 422
    status, _ = await client.ask("PATCH", path, {**gold, "tier": "platinum"}, who="supervisor")
    assert status == 422
    status, changed = await client.ask("PATCH", path, gold, who="supervisor")
    assert (status, changed["tier"]) == (200, "gold")
    assert changed["tier_detail"]["reason"] == "two factories"


async def test_agents_never_see_the_lowest_tier_nor_why(client: Client) -> None:
    path = f"/customers/{(await a_customer(client, name='X'))['id']}"
    await client.ask("PATCH", path, {"tier": "low", "tier_reason": "cost"}, who="supervisor")
    _, seen = await client.ask("GET", path)
    assert (seen["tier"], seen["tier_detail"]["reason"]) == ("standard", None)
    _, page = await client.ask("GET", "/customers?q=X")
    assert page["items"][0]["tier"] == "standard"
    assert (await client.ask("GET", path, who="supervisor"))[1]["tier"] == "low"


async def test_a_new_tier_changes_the_promise_of_what_waits(house: House, client: Client) -> None:
    contact_id = await house.receive("where is my order?")
    customer_id = await house.customer_of(contact_id)
    before = await house.contact(contact_id)
    assert (before.tier, before.target_s) == ("standard", 14_400)
    await client.ask(
        "PATCH",
        f"/customers/{customer_id}",
        {"tier": "gold", "tier_reason": "said so"},
        who="supervisor",
    )
    after = await house.contact(contact_id)
    assert (after.tier, after.target_s) == ("gold", 3_600)
    assert after.virtual_start_us == before.virtual_start_us


async def test_facts_are_dated_sourced_and_withdrawn_not_deleted(client: Client) -> None:
    path = f"/customers/{(await a_customer(client, name='X'))['id']}"
    fact = {"kind": "equipment", "text": "two purifiers", "source": "call"}
    status, made = await client.ask("POST", f"{path}/facts", fact)
    assert status == 201
    assert (await client.ask("DELETE", f"{path}/facts/{made['id']}"))[0] == 204
    _, seen = await client.ask("GET", path)
    [kept] = seen["facts"]
    assert (kept["text"], kept["source"], kept["current"]) == ("two purifiers", "call", False)


async def test_pinned_notes_stand_first(client: Client, clock: ManualClock) -> None:
    path = f"/customers/{(await a_customer(client, name='X'))['id']}"
    for text, pinned in (("call after six", True), ("nice", False)):
        clock.advance(1)
        await client.ask("POST", f"{path}/notes", {"text": text, "pinned": pinned})
    _, seen = await client.ask("GET", path)
    assert [note["text"] for note in seen["notes"]] == ["call after six", "nice"]
    assert seen["notes"][0]["author_name"] == "Li"


async def test_persons_have_roles_in_organisations(client: Client) -> None:
    firm = await a_customer(client, kind="organisation", name="蓝天电器")
    person = await a_customer(client, name="王经理")
    path = f"/customers/{firm['id']}/persons/{person['id']}"
    assert (await client.ask("PUT", path, {"role": "采购经理", "decides": True}))[0] == 204
    _, seen = await client.ask("GET", f"/customers/{firm['id']}")
    assert [(r["name"], r["role"], r["decides"]) for r in seen["persons"]] == [
        ("王经理", "采购经理", True)
    ]
    _, other = await client.ask("GET", f"/customers/{person['id']}")
    assert other["organisations"][0]["name"] == "蓝天电器"
    assert (await client.ask("PUT", path, {"role": ""}))[0] == 204
    _, seen = await client.ask("GET", f"/customers/{firm['id']}")
    assert seen["persons"] == []
    wrong = f"/customers/{person['id']}/persons/{firm['id']}"
    assert (await client.ask("PUT", wrong, {"role": "x"}))[0] == 422


async def test_a_merge_moves_everything_and_is_undone_exactly(house: House, client: Client) -> None:
    by_mail = await house.customer_of(await house.receive("mail", "ann@example.test"))
    by_phone = await house.customer_of(await house.receive("call", "13800138000", Channel.PHONE))
    await client.ask("POST", f"/customers/{by_phone}/notes", {"text": "hard of hearing"})
    body = {"into_id": by_mail, "reason": "she said so"}
    status, merged = await client.ask("POST", f"/customers/{by_phone}/merge", body)
    assert status == 200
    assert {i["kind"] for i in merged["identities"]} == {"email", "phone"}
    assert merged["notes"][0]["text"] == "hard of hearing"
    _, timeline = await client.ask("GET", f"/customers/{by_mail}/timeline")
    assert {e["channel"] for e in timeline["items"]} >= {"email", "phone"}
    _, gone = await client.ask("GET", f"/customers/{by_phone}")
    assert gone["merged_into_id"] == by_mail
    assert (await client.ask("POST", f"/customers/{by_phone}/merge", body))[0] == 409
    assert (await client.ask("POST", f"/customers/{by_phone}/unmerge"))[0] == 403
    status, back = await client.ask("POST", f"/customers/{by_phone}/unmerge", who="supervisor")
    assert status == 200
    assert [i["kind"] for i in back["identities"]] == ["phone"]
    _, kept = await client.ask("GET", f"/customers/{by_mail}")
    assert [i["kind"] for i in kept["identities"]] == ["email"]
    assert kept["notes"] == []


async def test_nothing_is_found_without_signing_in(client: Client) -> None:
    assert (await client.ask("GET", "/customers", who="nobody"))[0] == 401


async def test_an_unknown_customer_is_not_found(client: Client) -> None:
    for method, path in (("GET", ""), ("GET", "/timeline"), ("PATCH", "")):
        body: object = {} if method == "PATCH" else None
        assert (await client.ask(method, f"/customers/none{path}", body))[0] == 404
