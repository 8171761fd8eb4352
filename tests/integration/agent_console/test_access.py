"""Who may do what, over every route of the whole hub: role, team and object."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hub.web import Role

from .conftest import Person, Place

RANK = {"public": 0, "specialist": 1, "agent": 2, "supervisor": 3, "admin": 4}


async def routes_of(person: Person) -> list[tuple[str, str, dict[str, Any]]]:
    """List method, path below /api/v1 and description of every route of the API."""
    async with person.session.get(f"{person.hub.base_url}/api/openapi.json") as answer:
        described = await answer.json()
    return [
        (method.upper(), path.removeprefix("/api/v1"), operation)
        for path, operations in described["paths"].items()
        if path.startswith("/api/v1")
        for method, operation in operations.items()
    ]


async def test_no_route_answers_to_less_than_its_declared_role(place: Place) -> None:
    people = [
        await place.hire("technician", Role.SPECIALIST, "team"),
        await place.hire("agent", Role.AGENT, "team"),
        await place.hire("boss", Role.SUPERVISOR, "team"),
        await place.hire("admin", Role.ADMIN),
    ]
    nobody = Person(place.hub, people[0].view, "nonsense", people[0].session)
    wrong = []
    routes = await routes_of(people[0])
    assert len(routes) > 50
    for method, path, operation in routes:
        address = re.sub(r"\{[^}]*\}", "none", path)
        least = RANK[operation["x-access"]]
        for number, person in enumerate([nobody, *people]):
            if number == least or not least:
                continue  # what the route itself says to those who may call it is tested elsewhere
            status, _ = await person.ask(method, address)
            refused = status == (401 if number == 0 else 403)
            if refused is not (number < least):
                wrong.append(f"{method} {path} as {number}: {status}")
    assert wrong == []


async def test_no_route_but_the_public_ones_answers_without_credentials(place: Place) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    wrong = []
    for method, path, operation in await routes_of(agent):
        if operation["x-access"] == "public":
            continue
        address = f"{place.hub.base_url}/api/v1" + re.sub(r"\{[^}]*\}", "none", path)
        for headers in ({}, {"Authorization": "Bearer"}, {"Cookie": "hub_session=nonsense"}):
            asked = {**headers, "Origin": place.hub.base_url}
            async with agent.session.request(method, address, headers=asked) as answer:
                problem = await answer.json(content_type=None)
            # A made-up cookie has no CSRF token to show: a change is refused for that.
            expected = 403 if "Cookie" in headers and method != "GET" else 401
            if answer.status != expected or answer.content_type != "application/problem+json":
                wrong.append(f"{method} {path} {headers}: {answer.status} {problem}")
    assert wrong == []


async def test_a_change_with_a_cookie_needs_its_csrf_token_and_its_own_origin(
    place: Place,
) -> None:
    admin = await place.hire("admin", Role.ADMIN)
    browser = await place.browser_of(admin)
    wrong = []
    tried = 0
    for method, path, operation in await routes_of(admin):
        if operation["x-access"] == "public" or method == "GET":
            continue
        tried += 1
        address = "/api/v1" + re.sub(r"\{[^}]*\}", "none", path)
        for code, headers in (
            ("bad_csrf_token", {"X_CSRF_Token": ""}),
            ("bad_csrf_token", {"X_CSRF_Token": "0" * 64}),
            ("foreign_origin", {"Origin": "https://evil.example"}),
            ("foreign_origin", {"Origin": "null"}),
        ):
            status, problem = await browser.ask(method, address, None, **headers)
            found = problem["code"] if isinstance(problem, dict) else None
            if (status, found) != (403, code):
                wrong.append(f"{method} {path} {headers}: {status} {found}")
    assert wrong == []
    assert tried > 30
    assert (await browser.ask("GET", "/api/v1/me"))[0] == 200


async def test_nothing_but_signing_in_and_the_help_is_public(place: Place) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    public = {
        f"{method} {path}"
        for method, path, operation in await routes_of(agent)
        if operation["x-access"] == "public"
    }
    of_link = {"POST /password-link", "POST /password-link/look"}
    assert public == {"POST /session", "POST /session/door", "GET /help"} | of_link


# What a member of another team tries with a contact they must not know of.
BODIES: dict[str, object] = {
    "reply": {"client_id": "c1", "text": "hello"},
    "note": {"client_id": "c2", "text": "hello"},
    "pages": {"text": "hello"},
    "transfer": {"queue_id": "support"},
    "park": {},
    "close": {},
    "take-along": {},
    "customer": {"name": "Somebody new"},
    "close-together": {"contact_ids": []},
    "commitments": {"kind": "callback", "text": "call", "due_at": "2199-01-01T00:00:00Z"},
    "merge": {"other_id": "another"},
    "links": {"kind": "related", "contact_id": "another"},
    "split": {"entry_ids": ["an-entry"]},
    "consults": {"words": "hello", "agent_id": "another"},
    "release": {"as_spam": True},
    "priority": {"priority": 3},
    "draft": {"version": 0, "text": "hello"},
    "{macro_id}": {"client_id": "c3"},
    "scheduled": {"client_id": "c4", "text": "hello", "send_at": "2199-01-01T00:00:00Z"},
    "tags": {"add": ["a-tag"]},
    "transcript": {"to": "somebody@example.test"},
    "block": {"reason": "hello"},
    "knowledge-outcome": {"outcome": "missing", "note": "hello"},
    "supervise": {"mode": "listen"},
    "dial": {},
    "skip": {"reason": "other"},
    "result": {"result": "reached"},
    "ask-by-phone": {"number": "13800138000"},
}


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
async def test_a_contact_of_another_team_does_not_exist(place: Place, role: Role) -> None:
    stranger = await place.hire("stranger", role, "team")
    receipt = await place.write_in("CANARY-SOUTH", "finance-mail", "chen@example.test")
    found = {
        "contact_id": receipt.contact_id,
        "conversation_id": receipt.conversation_id,
        "product_id": "a-product",
        "link_id": "a-link",
        "macro_id": "a-macro",
    }
    known = {"contact_id", "conversation_id"}
    answers = {}
    for method, path, operation in await routes_of(stranger):
        names = set(re.findall(r"\{([a-z_]+)\}", path))
        if not names & known or RANK[operation["x-access"]] > RANK[role.value]:
            continue
        address = path.format(**found)
        body = BODIES.get(path.rpartition("/")[2])
        answers[f"{method} {path}"] = (await stranger.ask(method, address, body))[0]
    assert len(answers) > 10
    assert {key: status for key, status in answers.items() if status != 404} == {}


async def test_lists_and_figures_show_nothing_of_another_team(place: Place) -> None:
    stranger = await place.hire("stranger", Role.SUPERVISOR, "team")
    receipt = await place.write_in("CANARY-SOUTH", "finance-mail", "chen@example.test")
    for path in (
        "/contacts",
        "/contacts?state=queued",
        "/contacts?state=queued&queue=finance",
        "/queues",
        "/me/contacts",
        "/me/offers",
    ):
        status, body = await stranger.ask("GET", path)
        assert status == 200
        assert "CANARY-SOUTH" not in str(body)
        assert str(receipt.contact_id) not in str(body)
    _, queues = await stranger.ask("GET", "/queues")
    assert [queue["id"] for queue in queues["items"]] == ["support"]


async def test_an_agent_acts_only_on_contacts_in_their_own_hands(place: Place) -> None:
    """Seeing a contact of one's queue is not holding it."""
    agent = await place.hire("agent", Role.AGENT, "team")
    receipt = await place.write_in("Hello")
    for verb in ("hold", "park", "end", "transfer", "close"):
        address = f"/contacts/{receipt.contact_id}/{verb}"
        status, body = await agent.ask("POST", address, BODIES.get(verb, {}))
        assert (status, body["code"]) == (403, "contact.not_yours")
    status, body = await agent.ask("POST", f"/contacts/{receipt.contact_id}/reply", BODIES["reply"])
    assert (status, body["code"]) == (409, "contact.not_yours")


async def test_agents_are_not_told_the_lowest_tier_nor_full_numbers(place: Place) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    _, setup = await agent.ask("GET", "/setup")
    assert "low" not in [tier["id"] for tier in setup["tiers"]]
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    _, setup = await boss.ask("GET", "/setup")
    assert "low" in [tier["id"] for tier in setup["tiers"]]
