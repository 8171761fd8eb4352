"""A customer names a competitor: a dated fact, shown beside the contact that names it."""

from __future__ import annotations

from typing import Any

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.core.ids import new_id
from hub.customers.tables import customer_facts
from hub.intake.receive import receive
from hub.storage import Store, Tx
from tests.integration.customers.house import serve
from tests.integration.sla.house import Counting

from .build import Shop, open_shop


async def facts(shop: Shop) -> list[Any]:
    return await shop.rows(customer_facts, customer_facts.c.learned_at)


async def test_naming_one_makes_a_dated_fact_of_the_message(shop: Shop) -> None:
    contact_id = await shop.house.receive("在艾克米便宜20元。你们能降价吗？")
    [fact] = await facts(shop)
    assert (fact.kind, fact.competitor_id, fact.contact_id) == ("competitor", "acme", contact_id)
    assert fact.customer_id == await shop.house.customer_of(contact_id)
    assert fact.text == "艾克米"  # the sentence stays where it was said
    assert fact.learned_at == await shop.house.now()


async def test_once_for_each_contact(shop: Shop) -> None:
    first = await shop.house.receive("Acme is cheaper")
    again = await shop.house.receive("I said ACME!", answers=first)
    await shop.house.receive("Acme")
    assert first == again
    assert len(await facts(shop)) == 2


async def test_who_names_nobody_has_no_fact(shop: Shop) -> None:
    await shop.house.receive("Where is my order?")
    await shop.house.receive("> Acme is cheaper\nNo")
    await shop.rules(competitors=[])
    await shop.house.receive("Acme")
    assert await facts(shop) == []


async def test_a_message_that_names_nobody_costs_no_statement(sqlite_store: Store) -> None:
    shop = await open_shop(sqlite_store)

    async def cost(text: str) -> int:
        at = await shop.house.now()
        item = Inbound(
            entry_point_id="mail",
            channel=Channel.EMAIL,
            dedupe_key=new_id(),
            senders=(SenderIdentity(IdentityKind.EMAIL, f"{new_id()}@example.test"),),
            received_at=at,
            text=text,
        )

        def come(tx: Tx, _: None) -> int:
            counting = Counting(tx)
            receive(counting, [item])  # type: ignore[arg-type] # counts beside it
            return counting.count

        return await sqlite_store.write(come, None)

    named, silent = await cost("Acme"), await cost("hello")
    await shop.rules(competitors=[])
    assert await cost("hello") == silent
    assert named == silent + 2


async def test_the_contact_shows_whom_they_name_where_and_what_is_known(shop: Shop) -> None:
    old = await shop.house.receive("Acme offered me 90")
    new = await shop.house.receive("Hello.\nNow Acme says 80. And you?")
    customer_id = await shop.house.customer_of(new)
    async with serve(shop.house) as client:
        status, made = await client.ask(
            "POST",
            f"/customers/{customer_id}/facts",
            {
                "kind": "price",
                "text": "pays 90 there",
                "competitor": "Acme",
                "contact_id": old,
                "url": "https://acme.example/prices",
                "licence": "public",
            },
        )
        assert status == 201, made
        status, [named] = await client.ask("GET", f"/contacts/{new}/competitors")
        assert status == 200
        assert (named["competitor_id"], named["name"]) == ("acme", "Acme")
        assert named["sentence"] == "Now Acme says 80."
        assert {fact["text"] for fact in named["facts"]} == {"Acme", "pays 90 there"}
        assert (await client.ask("GET", f"/contacts/{new}/competitors", who="outsider"))[0] == 404
        _, page = await client.ask("GET", f"/customers/{customer_id}/facts?kind=price")
        [fact] = page["items"]
        assert (fact["competitor_id"], fact["licence"]) == ("acme", "public")
        assert fact["url"] == "https://acme.example/prices"
        _, page = await client.ask("GET", f"/customers/{customer_id}/facts?competitor=acme&limit=2")
        assert len(page["items"]) == 2
        _, rest = await client.ask(
            "GET",
            f"/customers/{customer_id}/facts?competitor=acme&limit=2&after={page['after']}",
        )
        ids = {one["id"] for one in (*page["items"], *rest["items"])}
        assert (len(ids), rest["after"]) == (3, None)


async def test_a_fact_about_nobody_we_know_or_with_a_hostile_address_is_refused(
    shop: Shop,
) -> None:
    customer_id = await shop.house.customer_of(await shop.house.receive("hello"))
    async with serve(shop.house) as client:
        for more in ({"competitor": "Nobody"}, {"url": "javascript:alert(1)"}):
            status, _ = await client.ask(
                "POST", f"/customers/{customer_id}/facts", {"kind": "k", "text": "t", **more}
            )
            assert status in (400, 422)
    assert await facts(shop) == []
