"""What the console and programs are told of consent, and what they may change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from hub.accounts.tables import audit_log
from hub.agent_console.readers import sees_more
from hub.contacts.outreach.api import ConsentBody, ConsentsView, OutreachRoutes
from hub.intake.opt_out import opt_out
from hub.storage import Store, Tx
from hub.web import Principal, Role, Via
from tests.integration.customers.house import Client, House, open_house, serve


@pytest.fixture
async def house(store: Store) -> House:
    return await open_house(store)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with serve(house) as opened:
        yield opened


@pytest.fixture
async def chen(client: Client) -> Any:
    body = {
        "name": "Chen",
        "identities": [
            {"kind": "email", "value": "chen@example.test"},
            {"kind": "phone", "value": "13800138000"},
        ],
    }
    status, made = await client.ask("POST", "/customers", body, who="supervisor")
    assert status == 201
    return made


def answers(view: Any, purpose: str) -> set[str]:
    return {one["answer"] for one in view["now"] if one["purpose"] == purpose}


async def test_a_no_to_an_agent_is_shown_with_where_it_is_from(client: Client, chen: Any) -> None:
    path = f"/customers/{chen['id']}/consents"
    status, before = await client.ask("GET", path)
    assert (status, before["said"]) == (200, [])
    assert answers(before, "survey") <= {"permit", "later"}
    body = {"purpose": "survey", "allowed": False, "note": "别再发问卷了"}
    status, after = await client.ask("PUT", path, body)
    assert status == 200
    assert answers(after, "survey") == {"refused"}
    assert answers(after, "service") == {"permit"}
    assert {(one["source"], one["note"], one["counts"]) for one in after["said"]} == {
        ("api", "别再发问卷了", True)
    }
    assert len(after["said"]) == 2  # of both addresses
    assert "13800138000" not in str(after)


async def test_a_program_undoes_no_no_and_a_person_at_the_console_does(
    client: Client, chen: Any, house: House
) -> None:
    path = f"/customers/{chen['id']}/consents"
    await client.ask("PUT", path, {"purpose": "marketing", "allowed": False})
    yes = {"purpose": "marketing", "allowed": True, "note": "She asked for the newsletter."}
    status, after = await client.ask("PUT", path, yes)
    assert (status, answers(after, "marketing")) == (200, {"refused"})
    shown = await at_the_console(house, chen["id"], msgspec.convert(yes, ConsentBody))
    assert {one.answer for one in shown.now if one.purpose == "marketing"} <= {"permit", "later"}
    assert shown.said[0].source == "agent"


async def test_a_yes_needs_how_it_is_known(client: Client, chen: Any) -> None:
    path = f"/customers/{chen['id']}/consents"
    status, answer = await client.ask("PUT", path, {"purpose": "marketing", "allowed": True})
    assert (status, answer["field"]) == (422, "note")
    status, answer = await client.ask(
        "PUT", path, {"purpose": "marketing", "allowed": False, "identity_id": "nobody"}
    )
    assert status == 404


async def test_a_change_is_in_the_audit_log_without_words(
    client: Client, chen: Any, house: House
) -> None:
    body = {"purpose": "marketing", "allowed": False, "note": "secret words"}
    await client.ask("PUT", f"/customers/{chen['id']}/consents", body)

    def lines(tx: Tx, _: None) -> list[Any]:
        found = select(audit_log).where(audit_log.c.action == "consent.change")
        return list(tx.execute(found))

    [line] = await house.store.read(lines, None)
    assert line.object_id == chen["id"]
    assert "secret" not in str(line.detail)


async def test_whether_a_customer_may_be_reached_can_be_asked(client: Client, chen: Any) -> None:
    await client.ask("PUT", f"/customers/{chen['id']}/consents",
                     {"purpose": "marketing", "allowed": False})  # fmt: skip
    body = {"purpose": "marketing", "channel": "phone", "customer_id": chen["id"]}
    status, found = await client.ask("POST", "/outreach/check", body)
    assert status == 200
    assert [(one["answer"], one["why"], one["overridable"]) for one in found] == [
        ("refused", "opted_out", False)
    ] * 2
    status, _ = await client.ask("POST", "/outreach/check",
                                 {"purpose": "survey", "channel": "phone"})  # fmt: skip
    assert status == 422


async def test_complaints_are_opened_listed_and_closed(client: Client, chen: Any) -> None:
    path = f"/customers/{chen['id']}/complaints"
    status, [opened] = await client.ask("POST", path, {"reason": "It came broken."})
    assert (status, opened["opened_by_name"], opened["closed_at"]) == (201, "Li", None)
    body = {"purpose": "marketing", "channel": "email", "customer_id": chen["id"]}
    _, found = await client.ask("POST", "/outreach/check", body)
    assert {(one["why"], one["overridable"]) for one in found} == {("complaint", True)}
    end = {"upheld": True, "outcome": "A new one was sent."}
    status, [closed] = await client.ask("PATCH", f"/complaints/{opened['id']}", end)
    assert (status, closed["upheld"], closed["closed_by_name"]) == (200, True, "Li")
    status, answer = await client.ask("PATCH", f"/complaints/{opened['id']}", end)
    assert (status, answer["code"]) == (409, "complaint.closed")
    status, _ = await client.ask("PATCH", "/complaints/nobody", end)
    assert status == 404


async def test_an_agent_sets_nothing_aside(client: Client, chen: Any) -> None:
    body = {
        "channel": "email",
        "direction": "out",
        "customer_id": chen["id"],
        "purpose": "marketing",
        "override_reason": "I want to",
    }
    status, answer = await client.ask("POST", "/contacts", body)
    assert (status, answer["code"]) == (403, "outreach.override")


async def test_selling_to_who_said_stop_is_refused(client: Client, chen: Any) -> None:
    await client.ask("PUT", f"/customers/{chen['id']}/consents",
                     {"purpose": "marketing", "allowed": False})  # fmt: skip
    body = {"channel": "email", "direction": "out", "customer_id": chen["id"], "text": "Buy!"}
    status, answer = await client.ask("POST", "/contacts", body | {"purpose": "marketing"})
    assert (status, answer["code"]) == (409, "outreach.opted_out")
    status, _ = await client.ask("POST", "/contacts", body)
    assert status == 201


async def at_the_console(house: House, customer_id: str, body: ConsentBody) -> ConsentsView:
    """The same by somebody who has signed in."""
    actor = house.agent
    principal = Principal(
        actor.id or "", actor.name, Role.AGENT, frozenset({"team"}), Via.SESSION, "s", "zh-CN"
    )
    routes = OutreachRoutes(house.store, sees_more, opt_out)
    return await house.store.write(routes._say, (principal, customer_id, body))
