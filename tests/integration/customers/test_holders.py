"""Several people on one number or mailbox: who it was is chosen by the agent, for each contact."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.contacts.commitments.tables import commitments
from hub.contacts.model import Channel
from hub.contacts.tables import contacts, interactions
from hub.customers.tables import customers, identities
from hub.storage import Store, Tx
from hub.testing.center import give_to_agent
from tests.integration.customers.house import Client, House, open_house, serve

NUMBER = "13800138000"
MAIL = "family@example.test"


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


async def _rows(store: Store, found: Any) -> list[Any]:
    return await store.read(lambda tx, _: list(tx.execute(found).all()), None)


async def _in_hand(house: House, contact_id: str) -> None:
    assert house.agent.id is not None
    await house.store.write(give_to_agent, (contact_id, house.agent.id))


@pytest.fixture
async def call(house: House, client: Client) -> str:
    """A call from Ann's number, in the agent's hands."""
    contact_id = await house.receive("", NUMBER, Channel.PHONE)
    await client.ask("PATCH", f"/customers/{await house.customer_of(contact_id)}", {"name": "Ann"})
    await _in_hand(house, contact_id)
    return contact_id


async def test_somebody_new_on_a_known_number(house: House, client: Client, call: str) -> None:
    ann = await house.customer_of(call)
    _, detail = await client.ask("GET", f"/contacts/{call}")
    assert (detail["may_be_another"], detail["sharers"]) == (True, [])
    status, chosen = await client.ask("POST", f"/contacts/{call}/customer", {"name": "Bob"})
    assert status == 200
    bob = chosen["customer_id"]
    assert await house.customer_of(call) == bob != ann
    _, detail = await client.ask("GET", f"/contacts/{call}")
    assert detail["contact"]["customer"]["name"] == "Bob"
    assert [one["name"] for one in detail["sharers"]] == ["Ann"]
    for customer_id, entries in ((ann, 0), (bob, 1)):
        _, record = await client.ask("GET", f"/customers/{customer_id}")
        assert [i["status"] for i in record["identities"] if i["kind"] == "phone"] == ["shared"]
        _, timeline = await client.ask("GET", f"/customers/{customer_id}/timeline")
        assert len(timeline["items"]) == entries


async def test_the_choice_can_be_made_again_and_all_of_the_contact_goes_with_it(
    house: House, client: Client, call: str
) -> None:
    ann = await house.customer_of(call)
    promise = {"kind": "callback", "text": "call back", "due_at": "2026-04-01T00:00:00Z"}
    status, _ = await client.ask("POST", f"/contacts/{call}/commitments", promise)
    assert status == 201
    await client.ask("POST", f"/contacts/{call}/customer", {"name": "Bob"})
    bob = await house.customer_of(call)
    owner = {
        row.id: row.customer_id
        for row in await _rows(house.store, select(identities.c.id, identities.c.customer_id))
    }
    for table in (commitments, interactions, contacts):
        rows = await _rows(house.store, select(table.c.identity_id))
        assert {owner[row.identity_id] for row in rows} == {bob}, table.name
    status, _ = await client.ask("POST", f"/contacts/{call}/customer", {"customer_id": ann})
    assert status == 200
    for table in (commitments, interactions, contacts):
        rows = await _rows(house.store, select(table.c.identity_id))
        assert {owner[row.identity_id] for row in rows} == {ann}, table.name


async def test_what_waits_is_promised_what_the_chosen_one_is(house: House, client: Client) -> None:
    contact_id = await house.receive("hello", MAIL)
    ann = await house.customer_of(contact_id)
    shared = {"kind": "email", "value": MAIL, "shared": True}
    status, bob = await client.ask("POST", "/customers", {"name": "Bob", "identities": [shared]})
    assert status == 201, bob
    gold = {"tier": "gold", "tier_reason": "said so"}
    await client.ask("PATCH", f"/customers/{bob['id']}", gold, who="supervisor")
    status, _ = await client.ask(
        "POST", f"/contacts/{contact_id}/customer", {"customer_id": bob["id"]}, who="supervisor"
    )
    assert status == 200
    after = await house.contact(contact_id)
    assert after.tier == "gold"
    assert ann != bob["id"]


async def test_an_answer_in_the_thread_is_the_chosen_ones(house: House, client: Client) -> None:
    """Of a shared mailbox, with the mail that was answered as its mark; another thread is not."""
    first = await house.receive("hello", MAIL)
    ann = await house.customer_of(first)
    await _in_hand(house, first)
    await client.ask("POST", f"/contacts/{first}/customer", {"name": "Bob"})
    bob = await house.customer_of(first)
    again = await house.receive("and one more thing", MAIL, answers=first)
    assert again == first
    owners = await _rows(
        house.store,
        select(interactions.c.text, identities.c.customer_id)
        .join(identities, identities.c.id == interactions.c.identity_id)
        .where(interactions.c.direction == "in"),
    )
    assert {row.text: row.customer_id for row in owners} == {
        "hello": bob,
        "and one more thing": bob,
    }
    other = await house.receive("something else", MAIL)
    assert other != first
    assert await house.customer_of(other) in (ann, bob)


async def test_who_does_not_use_the_address_is_refused(
    house: House, client: Client, call: str
) -> None:
    _, stranger = await client.ask("POST", "/customers", {"name": "Stranger"})
    path = f"/contacts/{call}/customer"
    for body, wanted in (
        ({"customer_id": stranger["id"]}, 422),
        ({"customer_id": "none"}, 404),
        ({}, 422),
        ({"customer_id": stranger["id"], "name": "Both"}, 422),
    ):
        status, _ = await client.ask("POST", path, body)
        assert status == wanted, body
    assert (await client.ask("POST", path, {"name": "X"}, who="outsider"))[0] == 404


async def test_a_visitor_is_nobody_else(house: House, client: Client) -> None:
    contact_id = await house.receive("hi", "visitor-1", Channel.WEBCHAT)
    await _in_hand(house, contact_id)
    _, detail = await client.ask("GET", f"/contacts/{contact_id}")
    assert detail["may_be_another"] is False
    status, _ = await client.ask("POST", f"/contacts/{contact_id}/customer", {"name": "Bob"})
    assert status == 422


async def test_a_contact_of_somebody_else_is_not_chosen_for(
    house: House, client: Client, call: str
) -> None:
    def elsewhere(tx: Tx, _: None) -> None:
        tx.execute(update(contacts).values(agent_id=house.supervisor.id))

    await house.store.write(elsewhere, None)
    status, answer = await client.ask("POST", f"/contacts/{call}/customer", {"name": "Bob"})
    assert (status, answer["code"]) == (403, "contact.not_yours")
    count = await _rows(house.store, select(customers.c.id))
    assert len(count) == 1
