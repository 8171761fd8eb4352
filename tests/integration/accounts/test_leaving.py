"""Who may send whom away, and to whom what they held goes: the routes."""

from __future__ import annotations

from sqlalchemy import update

from hub.accounts.model import SYSTEM
from hub.customers.service import CreateCustomer, create_customer
from hub.customers.tables import customers
from hub.storage import Tx
from hub.web import Role

from .conftest import Browser, Office


async def leave(browser: Browser, user_id: str, **body: str) -> tuple[int, object]:
    return await browser.ask("POST", f"/api/v1/users/{user_id}/leave", body)


async def looked_after(office: Office, owner_id: str) -> str:
    def add(tx: Tx, _: None) -> str:
        customer_id = create_customer(tx, CreateCustomer(SYSTEM, "CN", name="Chen"))
        tx.execute(update(customers).where(customers.c.id == customer_id).values(owner_id=owner_id))
        return customer_id

    return await office.store.write(add, None)


async def test_a_supervisor_lets_an_agent_of_theirs_go_to_another_of_theirs(
    office: Office,
) -> None:
    boss = await office.browser_of("boss@example.com", Role.SUPERVISOR, "north")
    li = await office.hire("li@example.com", Role.AGENT, "north")
    wang = await office.hire("wang@example.com", Role.AGENT, "north")
    await looked_after(office, li.id)
    status, held = await boss.ask("GET", f"/api/v1/users/{li.id}/holdings")
    kinds = ("contacts", "commitments", "callbacks", "groups", "leads", "articles")
    assert (status, held) == (200, {"customers": 1, **dict.fromkeys(kinds, 0), "live": 0})
    path = f"/api/v1/users/{li.id}"
    status, problem = await boss.ask("PATCH", path, {"disabled": True})
    assert isinstance(problem, dict)
    assert (status, problem["code"]) == (409, "user.still_holds")
    status, problem = await leave(boss, li.id)
    assert isinstance(problem, dict)
    assert (status, problem["code"]) == (409, "user.still_holds")
    status, left = await leave(boss, li.id, to=wang.id)
    assert isinstance(left, dict)
    assert (status, left["user"]["disabled"], left["handed_over"]["customers"]) == (200, True, 1)
    assert await office.browser().sign_in("li@example.com") == 401
    assert (await boss.ask("PATCH", path, {"disabled": False}))[0] == 200  # and comes back
    assert await office.browser().sign_in("li@example.com") == 200


async def test_nobody_sends_away_themself_their_equals_or_strangers(office: Office) -> None:
    boss = await office.browser_of("boss@example.com", Role.SUPERVISOR, "north")
    _, me = await boss.ask("GET", "/api/v1/me")
    assert isinstance(me, dict)
    equal = await office.hire("equal@example.com", Role.SUPERVISOR, "north")
    stranger = await office.hire("stranger@example.com", Role.AGENT, "south")
    li = await office.hire("li@example.com", Role.AGENT, "north")
    assert (await leave(boss, me["id"]))[0] == 403
    assert (await leave(boss, equal.id))[0] == 403
    assert (await leave(boss, stranger.id))[0] == 404
    assert (await boss.ask("GET", f"/api/v1/users/{stranger.id}/holdings"))[0] == 404
    assert (await leave(boss, li.id, to=stranger.id))[0] == 404
    agent = office.browser()
    assert await agent.sign_in("li@example.com") == 200
    assert (await leave(agent, equal.id))[0] == 403
    assert (await leave(boss, li.id))[0] == 200
