"""All sources of one customer in one list, newest first, each page where the last one ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from hub import care
from hub.accounts.model import SYSTEM
from hub.contacts.research.tables import survey_answers
from hub.core.ids import new_id
from hub.customers.business.tables import orders, service_cases
from hub.customers.service import SetTier
from hub.customers.tables import customer_facts
from hub.storage import Store, Tx
from tests.integration.customers.house import House, open_house, serve


async def lived(house: House) -> tuple[str, str]:
    """A customer with two of each, an hour between each; return their id and their contact."""
    contact_id = await house.receive("hello")
    customer_id = await house.customer_of(contact_id)
    identity_id = (await house.contact(contact_id)).identity_id
    await house.store.write(_happens, (customer_id, identity_id))
    return customer_id, contact_id


def _happens(tx: Tx, asked: tuple[str, str]) -> None:
    customer_id, identity_id = asked
    for number in range(2):
        at = tx.now - timedelta(hours=5 * number + 1)

        def hours(count: int, at: datetime = at) -> datetime:
            return at - timedelta(hours=count)

        common = {"customer_id": customer_id, "customer_external_id": "x", "source": "shop"}
        tx.execute(
            insert(orders).values(
                id=new_id(), external_id=new_id(), ordered_at=at, amount_minor=100,
                currency="CNY", state="paid", state_at=at, received_at=at, **common,
            )
        )  # fmt: skip
        tx.execute(
            insert(service_cases).values(
                id=new_id(), external_id=new_id(), kind="repair", state="ready",
                state_at=hours(1), text="leaks", received_at=at, **common,
            )
        )  # fmt: skip
        tx.execute(
            insert(customer_facts).values(
                id=new_id(), customer_id=customer_id, kind="size", text="big", source="lab",
                learned_at=hours(2),
            )
        )  # fmt: skip
        for asked_in in (None, "somewhere"):
            tx.execute(
                insert(survey_answers).values(
                    id=new_id(), identity_id=identity_id, contact_id=asked_in, survey_key="s",
                    question_key="satisfaction", score=4, at=hours(3), source="lab",
                    received_at=at,
                )
            )  # fmt: skip


def kinds(page: Any) -> list[str]:
    return ["contact" if one["item"] is None else one["item"]["source"] for one in page["items"]]


async def test_everything_stands_in_its_place_in_time(store: Store) -> None:
    house = await open_house(store)
    customer_id, _ = await lived(house)
    async with serve(house) as client:
        status, page = await client.ask("GET", f"/customers/{customer_id}/stream")
    assert status == 200, page
    told = ["order", "case", "fact", "answer"]
    found = kinds(page)
    assert [kind for kind in found if kind != "contact"] == told * 2
    assert found[0] == "contact"
    assert page["after"] is None


async def test_pages_are_the_whole_without_gap_or_repetition(store: Store) -> None:
    house = await open_house(store)
    customer_id, _ = await lived(house)
    async with serve(house) as client:
        _, whole = await client.ask("GET", f"/customers/{customer_id}/stream")
        for limit in (1, 2, 3):
            pages, after = [], ""
            while True:
                path = f"/customers/{customer_id}/stream?limit={limit}&after={after}"
                _, page = await client.ask("GET", path)
                pages += page["items"]
                after = page["after"]
                if after is None:
                    break
            assert pages == whole["items"]


async def test_sources_and_days_may_be_chosen(store: Store) -> None:
    house = await open_house(store)
    customer_id, _ = await lived(house)
    async with serve(house) as client:
        _, page = await client.ask("GET", f"/customers/{customer_id}/stream?source=order,fact")
        assert kinds(page) == ["order", "fact"] * 2
        status, _ = await client.ask("GET", f"/customers/{customer_id}/stream?source=nothing")
        assert status in (400, 422)
        since = ((await house.now()) - timedelta(hours=3)).isoformat().replace("+", "%2B")
        _, page = await client.ask("GET", f"/customers/{customer_id}/stream?since={since}")
        assert [kind for kind in kinds(page) if kind != "contact"] == ["order", "case", "fact"]


async def test_agents_see_no_move_to_a_tier_they_are_not_told(store: Store) -> None:
    house = await open_house(store)
    customer_id, _ = await lived(house)
    for tier in ("low", "gold"):
        change = SetTier(SYSTEM, customer_id, tier, "because")
        await house.store.write(care.change_tier, change)
    async with serve(house) as client:
        _, page = await client.ask("GET", f"/customers/{customer_id}/stream?source=tier")
        moves = [(one["item"]["before"], one["item"]["state"]) for one in page["items"]]
        assert moves == [("standard", "gold")]
        path = f"/customers/{customer_id}/stream?source=tier"
        _, page = await client.ask("GET", path, who="supervisor")
        moves = [(one["item"]["before"], one["item"]["state"]) for one in page["items"]]
        assert moves == [("low", "gold"), ("standard", "low")]


async def test_what_was_said_in_a_contact_out_of_sight_is_not_shown(store: Store) -> None:
    house = await open_house(store)
    customer_id, _ = await lived(house)
    async with serve(house) as client:
        _, page = await client.ask("GET", f"/customers/{customer_id}/stream", who="outsider")
    assert "contact" not in kinds(page)
    assert "order" in kinds(page)
