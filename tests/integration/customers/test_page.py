"""One look at a customer: one request, a fixed number of statements."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, update

from hub.accounts.tables import users
from hub.agent_console.customer_page import CustomerPageRoutes
from hub.contacts.inbound import SurveyAnswer
from hub.core.ids import new_id
from hub.customers.business.tables import accounts_receivable, orders, service_cases
from hub.intake.report import report
from hub.storage import Store, Tx
from hub.web import Principal, Role, Via
from tests.integration.customers.house import House, open_house, serve
from tests.integration.sla.house import Counting

MOST_STATEMENTS = 20


async def lived(house: House, client: Any, times: int, sender: str = "ann@example.test") -> str:
    """A customer with so many of everything; return their id."""
    contact_id = ""
    for number in range(times):
        contact_id = await house.receive(f"hello {number}", sender)
        await house.store.write(
            report, SurveyAnswer(contact_id, 1 + number % 5, "", await house.now())
        )
    customer_id = await house.customer_of(contact_id)
    await house.store.write(_buys, (customer_id, times))
    for number in range(times):
        body = {"kind": "callback", "text": f"call {number}", "due_at": "2026-04-01T00:00:00Z"}
        status, made = await client.ask("POST", f"/contacts/{contact_id}/commitments", body)
        assert status == 201, made
    await client.ask("POST", f"/customers/{customer_id}/complaints", {"reason": "late again"})
    return customer_id


def _buys(tx: Tx, asked: tuple[str, int]) -> None:
    customer_id, times = asked
    for number in range(times):
        tx.execute(
            insert(orders).values(
                id=new_id(),
                source="shop",
                external_id=new_id(),
                customer_id=customer_id,
                customer_external_id="x",
                ordered_at=tx.now,
                amount_minor=100 + number,
                cost_minor=50,
                currency="CNY",
                state="paid",
                state_at=tx.now,
                received_at=tx.now,
            )
        )
        for state in ("repairing", "done"):
            tx.execute(
                insert(service_cases).values(
                    id=new_id(),
                    source="shop",
                    external_id=new_id(),
                    customer_id=customer_id,
                    customer_external_id="x",
                    kind="repair",
                    state=state,
                    state_at=tx.now,
                    received_at=tx.now,
                )
            )
    tx.execute(
        insert(accounts_receivable).values(
            customer_id=customer_id,
            source="shop",
            balance_minor=100,
            credit_hold=True,
            currency="CNY",
            as_of=tx.now,
        )
    )


def _promote(tx: Tx, user_id: str | None) -> None:
    """Somebody has to be there for who is dissatisfied."""
    tx.execute(update(users).where(users.c.id == user_id).values(role="supervisor"))


async def test_one_request_shows_what_is_open_and_what_to_mind(store: Store) -> None:
    house = await open_house(store)
    await house.store.write(_promote, house.supervisor.id)
    async with serve(house) as client:
        customer_id = await lived(house, client, 5)
        status, page = await client.ask("GET", f"/customers/{customer_id}/page")
        assert status == 200, page
        assert len(page["contacts"]) == 5
        kinds = [one["kind"] for one in page["commitments"]]
        assert sorted(set(kinds)) == ["callback", "recovery"]
        assert page["commitments"][0]["source"] is not None
        assert [one["reason"] for one in page["complaints"]] == ["late again"]
        assert page["balance"]["credit_hold"] is True
        assert (page["satisfaction"]["n"], page["satisfaction"]["last"]) == (5, 5)
        assert page["satisfaction"]["zone"] is None
        assert len(page["orders"]) == 3
        assert {one["cost_minor"] for one in page["orders"]} == {None}
        assert [one["state"] for one in page["cases"]] == ["repairing"] * 5  # none that is done
        assert page["ask_for"] == "name"
        _, above = await client.ask("GET", f"/customers/{customer_id}/page", who="supervisor")
        assert above["satisfaction"]["zone"] == "loyal"
        assert above["orders"][0]["cost_minor"] == 50
        _, hidden = await client.ask("GET", f"/customers/{customer_id}/page", who="outsider")
        assert hidden["contacts"] == []
        assert {one["source"] for one in hidden["commitments"]} == {None}


async def test_a_stranger_has_an_empty_page(store: Store) -> None:
    house = await open_house(store)
    async with serve(house) as client:
        status, made = await client.ask("POST", "/customers", {"name": "Chen"})
        assert status == 201
        status, page = await client.ask("GET", f"/customers/{made['id']}/page")
        assert status == 200
        assert page["ask_for"] == "phone"
        assert page["satisfaction"]["mean"] is None
        empty = ("contacts", "commitments", "complaints", "orders", "cases")
        assert [page[name] for name in empty] == [[], [], [], [], []]
        assert (await client.ask("GET", "/customers/nobody/page"))[0] == 404


async def test_it_costs_the_same_for_a_little_and_for_much(store: Store) -> None:
    house = await open_house(store)
    routes = CustomerPageRoutes(store, mask_numbers=True)
    agent = Principal(
        house.agent.id or "", "Li", Role.AGENT, frozenset({"team"}), Via.API_KEY, "key", "en"
    )

    def cost(tx: Tx, customer_id: str) -> int:
        counting = Counting(tx)
        routes._page(counting, (agent, customer_id))  # type: ignore[arg-type] # counts beside it
        return counting.count

    async with serve(house) as client:
        little = await store.read(cost, await lived(house, client, 1))
        much = await store.read(cost, await lived(house, client, 12, "li@example.test"))
    assert little == much <= MOST_STATEMENTS
