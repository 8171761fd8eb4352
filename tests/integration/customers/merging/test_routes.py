"""Merges, splits and conflicts through the API, as agents and supervisors use them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from hub.contacts.model import Channel
from hub.core.ids import new_id
from hub.storage import Store
from tests.integration.customers.builders import asks, identify, mail, phone
from tests.integration.customers.house import Client, House, open_house, serve


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


async def a_claim(store: Store, number: int = 0) -> tuple[str, str]:
    """Somebody writes and names an address of somebody else; return (who, whose)."""
    whose, who = await identify(
        store, asks(phone(f"1380013{number:04}", "Ann")), asks(mail(f"a{number}@example.test"))
    )
    await identify(store, asks(mail(f"a{number}@example.test"), phone(f"1380013{number:04}")))
    return who.customer_id, whose.customer_id


async def conflicts(client: Client, who: str = "agent") -> list[dict[str, Any]]:
    _, page = await client.ask("GET", "/conflicts", who=who)
    items: list[dict[str, Any]] = page["items"]
    return items


async def test_a_claim_is_a_question_with_both_records_and_the_address(
    store: Store, client: Client
) -> None:
    who, whose = await a_claim(store)
    [asked] = await conflicts(client)
    assert (asked["one"]["id"], asked["other"]["id"], asked["kind"]) == (who, whose, "claim")
    assert asked["identity"]["value"] == "138 **** 0000"  # agents see numbers masked
    [seen] = await conflicts(client, who="supervisor")
    assert seen["identity"]["value"] == "138 0013 0000"
    _, record = await client.ask("GET", f"/customers/{whose}")
    assert [claim["customer_id"] for claim in record["claims"]] == [who]


async def test_the_same_person_is_merged_and_the_one_to_keep_is_chosen(
    store: Store, client: Client
) -> None:
    who, whose = await a_claim(store)
    [asked] = await conflicts(client)
    path = f"/conflicts/{asked['id']}/decide"
    wrong = {"decision": "merged", "keep_id": new_id()}
    assert (await client.ask("POST", path, wrong))[0] == 422
    assert (await client.ask("POST", path, {"decision": "merged", "keep_id": who}))[0] == 204
    assert await conflicts(client) == []
    _, gone = await client.ask("GET", f"/customers/{whose}")
    assert gone["merged_into_id"] == who
    assert (await client.ask("POST", path, {"decision": "apart"}))[0] == 409
    assert (await client.ask("POST", f"/customers/{whose}/unmerge", who="supervisor"))[0] == 200
    assert len(await conflicts(client)) == 1  # it is a question again


async def test_who_is_not_the_same_is_not_asked_about_again(store: Store, client: Client) -> None:
    await a_claim(store)
    [asked] = await conflicts(client)
    path = f"/conflicts/{asked['id']}/decide"
    assert (await client.ask("POST", path, {"decision": "apart"}))[0] == 204
    await identify(store, asks(mail("a0@example.test"), phone("13800130000")))
    assert await conflicts(client) == []


async def test_a_shared_address_is_both_ones(store: Store, client: Client) -> None:
    who, whose = await a_claim(store)
    [asked] = await conflicts(client)
    path = f"/conflicts/{asked['id']}/decide"
    assert (await client.ask("POST", path, {"decision": "shared"}))[0] == 204
    for customer_id in (who, whose):
        _, record = await client.ask("GET", f"/customers/{customer_id}")
        assert ("phone", "shared") in [(i["kind"], i["status"]) for i in record["identities"]]
        assert record["claims"] == []


async def test_the_list_goes_on_page_after_page(store: Store, client: Client) -> None:
    for number in range(5):
        await a_claim(store, number)
    seen, after = [], ""
    for _ in range(3):
        _, page = await client.ask("GET", f"/conflicts?limit=2{after}")
        seen += [asked["id"] for asked in page["items"]]
        after = f"&after={page['after']}"
    assert page["after"] is None
    assert len(set(seen)) == len(seen) == 5


async def test_the_log_says_who_merged_what_and_why(house: House, client: Client) -> None:
    by_mail = await house.customer_of(await house.receive("mail", "ann@example.test"))
    by_phone = await house.customer_of(await house.receive("call", "13800138000", Channel.PHONE))
    body = {"into_id": by_mail, "reason": "she said so"}
    await client.ask("POST", f"/customers/{by_phone}/merge", body)
    for customer_id in (by_mail, by_phone):
        _, log = await client.ask("GET", f"/customers/{customer_id}/merges")
        [entry] = log["items"]
        assert (entry["from_id"], entry["into_id"]) == (by_phone, by_mail)
        assert (entry["by"], entry["reason"], entry["undone_at"]) == ("Li", "she said so", None)
        assert [one["value"] for one in entry["addresses"]] == ["138 **** 8000"]
    await client.ask("POST", f"/customers/{by_phone}/unmerge", who="supervisor")
    _, log = await client.ask("GET", f"/customers/{by_phone}/merges")
    assert log["items"][0]["undone_by"] == "Sun"
    assert (await client.ask("GET", "/customers/none/merges"))[0] == 404


async def test_a_split_is_a_supervisors_and_in_the_log(house: House, client: Client) -> None:
    contact_id = await house.receive("mail", "ann@example.test")
    customer_id = await house.customer_of(contact_id)
    await client.ask("PATCH", f"/customers/{customer_id}", {"name": "Ann"})
    path = f"/customers/{customer_id}/identities"
    _, added = await client.ask("POST", path, {"kind": "phone", "value": "13800138000"})
    body = {"identity_ids": [added["id"]], "reason": "her neighbour's", "name": "Bob"}
    assert (await client.ask("POST", f"/customers/{customer_id}/split", body))[0] == 403
    path = f"/customers/{customer_id}/split"
    status, made = await client.ask("POST", path, body, who="supervisor")
    assert (status, made["name"]) == (200, "Bob")
    assert [i["kind"] for i in made["identities"]] == ["phone"]
    _, log = await client.ask("GET", f"/customers/{made['id']}/merges")
    [entry] = log["items"]
    assert (entry["kind"], entry["reason"]) == ("split", "her neighbour's")
    undo = f"/splits/{entry['id']}/undo"
    assert (await client.ask("POST", undo, who="supervisor"))[0] == 204
    assert (await client.ask("POST", undo, who="supervisor"))[0] == 409
    _, seen = await client.ask("GET", f"/customers/{customer_id}")
    assert {i["kind"] for i in seen["identities"]} == {"email", "phone"}


async def test_a_split_moves_the_promise_of_what_waits(house: House, client: Client) -> None:
    """Who is gold keeps it; what came by a stranger's address is promised what strangers are."""
    contact_id = await house.receive("mail", "ann@example.test")
    customer_id = await house.customer_of(contact_id)
    path = f"/customers/{customer_id}"
    _, added = await client.ask("POST", f"{path}/identities", {"kind": "external", "value": "x:1"})
    gold = {"tier": "gold", "tier_reason": "said so"}
    await client.ask("PATCH", path, gold, who="supervisor")
    _, record = await client.ask("GET", path)
    [address] = [i["id"] for i in record["identities"] if i["id"] != added["id"]]
    assert (await house.contact(contact_id)).tier == "gold"
    body = {"identity_ids": [address], "reason": "another's"}
    await client.ask("POST", f"{path}/split", body, who="supervisor")
    assert (await house.contact(contact_id)).tier == "standard"
