"""An employee leaves, over real mail and consoles: the customer notices nothing."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientSession
from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.accounts.tables import users
from hub.contacts.commitments.tables import commitments
from hub.contacts.tables import contacts
from hub.customers.service import ChangeCustomer, change_customer
from hub.customers.tables import customers
from hub.storage import Tx

from .stage import Stage, one_offer, settled
from .test_commitments import DAY, HOUR, MONTH, hired, in_


async def test_an_employee_leaves_and_nothing_is_ownerless(stage: Stage) -> None:
    chief = await hired(stage, "Sun", "supervisor")
    chen = await stage.known("Chen Li", "gold", email="chen@example.test")
    async with stage.console("Li") as agent:
        await stage.hub.store.write(
            change_customer, ChangeCustomer(SYSTEM, chen, owner_id=stage.agents["Li"])
        )
        await stage.mail("Where is my washing machine?")
        working = await agent.accept(await one_offer(agent))
        await agent.reply(working, "I look for it.")
        call = {"kind": "callback", "text": "Call back", "due_at": in_(stage, HOUR)}
        promise = await agent.call("POST", f"/contacts/{working}/commitments", call)
        path = f"/users/{stage.agents['Li']}"
        held = await chief.ask("GET", f"{path}/holdings")
        assert held == {
            "customers": 1,
            "contacts": 1,
            "commitments": 1,
            "callbacks": 0,
            "groups": 0,
            "leads": 0,
            "articles": 0,
            "live": 0,
        }
        refused = await _refused(chief, "PATCH", path, {"disabled": True})
        assert (refused["code"], refused["details"]["customers"]) == ("user.still_holds", 1)
        async with stage.console("Wang") as successor:
            left = await chief.ask("POST", f"{path}/leave", {"to": stage.agents["Wang"]})
            assert left["user"]["disabled"]
            assert {**left["handed_over"], "live": 0} == held
            again = await successor.accept(await one_offer(successor))
            assert again == working
            await successor.until(
                lambda: [one.text for one in successor.commitments] == ["Call back"]
            )
            await successor.reply(working, "It comes tomorrow.")

            async def told() -> bool:
                return len([one for one in await stage.said() if one.direction == "out"]) == 3

            await settled(told)  # the acknowledgement, Li's answer and Wang's
    assert await stage.hub.store.read(_ownerless, None) == {}
    history = await chief.ask("GET", f"/customers/{chen}/owners")
    assert [(one["from_name"], one["to_name"], one["by_name"]) for one in history] == [
        ("Li", "Wang", "Sun"),
        (None, "Li", None),
    ]
    shown = await chief.ask("GET", f"/commitments/{promise['id']}")
    assert shown["commitment"]["owner_name"] == "Wang"
    assert [one["kind"] for one in shown["entries"]] == ["hand_over"]


async def _refused(person: Any, method: str, path: str, body: object) -> Any:
    address = f"{person.stage.hub.base_url}/api/v1{path}"
    headers = {"Authorization": f"Bearer {person.key}"}
    async with (
        ClientSession() as session,
        session.request(method, address, json=body, headers=headers) as answer,
    ):
        assert answer.status == 409
        return await answer.json()


def _ownerless(tx: Tx, _: None) -> dict[str, int]:
    """Return what is not over and in the hands of somebody who cannot sign in."""
    gone = select(users.c.id).where(users.c.disabled_at.is_not(None))
    asked = {
        "customers": select(customers.c.id).where(customers.c.owner_id.in_(gone)),
        "contacts": select(contacts.c.id).where(
            contacts.c.agent_id.in_(gone), contacts.c.state.not_in(["closed", "abandoned"])
        ),
        "commitments": select(commitments.c.id).where(
            commitments.c.owner_id.in_(gone), commitments.c.state.in_(["open", "broken"])
        ),
    }
    found = {name: len(tx.execute(one).all()) for name, one in asked.items()}
    return {name: number for name, number in found.items() if number}


async def test_a_new_agent_with_an_old_customer_sees_the_last_quotes_and_the_price_rule(
    stage: Stage,
) -> None:
    chief = await hired(stage, "Sun", "supervisor")
    old = await hired(stage, "Li", "agent")
    chen = await stage.known("Chen Li", "gold", email="chen@example.test")
    await chief.ask("PATCH", f"/customers/{chen}", {"owner_id": old.id})
    quote = {
        "kind": "quote",
        "text": "Price of the washing machine",
        "product_name": "Washing machine X1",
        "price_minor": 299_900,
        "currency": "CNY",
        "due_at": in_(stage, DAY),
        "valid_until": in_(stage, MONTH),
    }
    promised = f"/customers/{chen}/commitments"
    first = await old.ask("POST", promised, quote)
    await old.ask("POST", f"/commitments/{first['id']}/done", {"outcome": "sent by mail"})
    dearer = quote | {"product_name": "Dryer X2", "price_minor": 399_900}
    await old.ask("POST", promised, dearer)
    rule = {"kind": "price_rule", "text": "From five pieces on 8 % off, never more."}
    await old.ask("POST", f"/customers/{chen}/facts", rule)
    new = await hired(stage, "Wang", "agent")
    await chief.ask("POST", f"/users/{old.id}/leave", {"to": new.id})

    record = await new.ask("GET", f"/customers/{chen}")
    assert record["owner_id"] == new.id
    assert [(fact["kind"], fact["text"]) for fact in record["facts"]] == [
        ("price_rule", "From five pieces on 8 % off, never more.")
    ]
    quotes = await new.ask("GET", f"/customers/{chen}/quotes")
    assert [
        (one["product_name"], one["price_minor"], one["holds"], one["made_by_name"])
        for one in quotes
    ] == [
        ("Dryer X2", 399_900, True, "Li"),
        ("Washing machine X1", 299_900, True, "Li"),
    ]
    assert quotes[0]["owner_name"] == "Wang"  # who answers for it now; what is done stays Li's
    assert quotes[1]["owner_name"] == "Li"
    withdraw = {"state": "withdrawn", "outcome": "sold out"}
    await new.ask("PATCH", f"/commitments/{quotes[0]['id']}", withdraw)
    [dryer, _] = await new.ask("GET", f"/customers/{chen}/quotes")
    assert not dryer["holds"]
