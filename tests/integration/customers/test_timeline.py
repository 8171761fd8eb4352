"""One timeline of a customer over all channels."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hub.contacts.model import Channel
from hub.storage import Store
from hub.testing.clock import ManualClock

from .house import Client, House, open_house, serve


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


async def a_history(house: House, clock: ManualClock, client: Client) -> str:
    """A mail, then a call by another address of the same customer; return the customer."""
    contact_id = await house.receive("my lamp is dark", subject="lamp")
    customer_id = await house.customer_of(contact_id)
    path = f"/customers/{customer_id}/identities"
    await client.ask("POST", path, {"kind": "phone", "value": "13800138000"})
    clock.advance(60)
    await house.receive("", "13800138000", Channel.PHONE)
    return customer_id


async def test_all_channels_stand_on_one_timeline_newest_first(
    house: House, clock: ManualClock, client: Client
) -> None:
    customer_id = await a_history(house, clock, client)
    _, page = await client.ask("GET", f"/customers/{customer_id}/timeline")
    inbound = [entry for entry in page["items"] if entry["direction"] == "in"]
    assert [entry["channel"] for entry in inbound] == ["phone", "email"]
    assert inbound[1]["subject"] == "lamp"
    assert page["items"] == sorted(page["items"], key=lambda e: e["at"], reverse=True)


async def test_pages_join_without_gap_or_repeat(
    house: House, clock: ManualClock, client: Client
) -> None:
    customer_id = await a_history(house, clock, client)
    for n in range(6):
        clock.advance(1)
        await house.receive(f"and another thing {n}")
    path = f"/customers/{customer_id}/timeline"
    _, whole = await client.ask("GET", f"{path}?limit=200")
    pages, after = [], ""
    while after is not None:
        _, page = await client.ask("GET", f"{path}?limit=3&after={after}")
        pages += page["items"]
        after = page["after"]
    assert [e["id"] for e in pages] == [e["id"] for e in whole["items"]]


async def test_what_the_customer_waits_for_is_marked_until_it_is_answered(
    house: House, client: Client
) -> None:
    contact_id = await house.receive("hello?")
    customer_id = await house.customer_of(contact_id)
    path = f"/customers/{customer_id}/timeline"
    _, page = await client.ask("GET", path)
    assert [e["unanswered"] for e in page["items"] if e["direction"] == "in"] == [True]
    await house.answer(contact_id, "here we are")
    _, page = await client.ask("GET", path)
    assert not any(e["unanswered"] for e in page["items"])


async def test_words_of_another_team_are_not_shown(house: House, client: Client) -> None:
    contact_id = await house.receive("canary of the team")
    customer_id = await house.customer_of(contact_id)
    _, page = await client.ask("GET", f"/customers/{customer_id}/timeline", who="outsider")
    assert page["items"] == []


async def test_a_customers_contacts_are_listed_newest_first_to_who_may_see_them(
    house: House, clock: ManualClock, client: Client
) -> None:
    customer_id = await a_history(house, clock, client)
    path = f"/customers/{customer_id}/contacts"
    _, first = await client.ask("GET", f"{path}?limit=1")
    _, second = await client.ask("GET", f"{path}?limit=1&after={first['after']}")
    assert [row["channel"] for row in first["items"] + second["items"]] == ["phone", "email"]
    _, page = await client.ask("GET", path, who="outsider")
    assert page["items"] == []


async def test_what_a_customer_waits_for_is_listed_by_pages(house: House, client: Client) -> None:
    waiting = await house.receive("hello?")
    customer_id = await house.customer_of(waiting)
    path = f"/customers/{customer_id}/contacts?unanswered=true"
    _, page = await client.ask("GET", path)
    assert [row["id"] for row in page["items"]] == [waiting]
    await house.answer(waiting, "here we are")
    _, page = await client.ask("GET", path)
    assert page["items"] == []
