"""A specialist is no agent: which routes they reach, who makes them, and that no console opens."""

from __future__ import annotations

from hub.web import Role

from .conftest import Place
from .test_access import routes_of
from .test_socket import hello


async def test_a_specialist_reaches_their_commitments_and_themselves_only(place: Place) -> None:
    admin = await place.hire("admin", Role.ADMIN)
    reached = {
        f"{method} {path}"
        for method, path, operation in await routes_of(admin)
        if operation["x-access"] == "specialist"
    }
    one = "/commitments/{commitment_id}"
    assert reached == {
        "DELETE /session",
        "GET /me",
        "PATCH /me",
        "PUT /me/password",
        "GET /commitments",
        f"GET {one}",
        f"POST {one}/comments",
        f"POST {one}/done",
        f"POST {one}/return",
        f"POST {one}/reveal",
        f"POST {one}/take",
    }


async def test_no_console_opens_for_a_specialist(place: Place) -> None:
    technician = await place.hire("technician", Role.SPECIALIST, "team")
    assert (await technician.ask("GET", "/me"))[1]["role"] == "specialist"
    address = f"{place.hub.base_url}/api/v1/console"
    async with technician.session.ws_connect(address) as socket:
        answer = await hello(socket, api_key=technician.key)
        assert (answer["type"], answer["code"]) == ("problem", "unauthenticated")
        assert "Specialists" in answer["message"]


async def test_a_supervisor_makes_specialists_of_their_team(place: Place) -> None:
    chief = await place.hire("chief", Role.SUPERVISOR, "team")
    body = {
        "email": "new@hub.test",
        "name": "New",
        "role": "specialist",
        "password": "correct horse battery",
        "team_ids": ["team"],
    }
    status, made = await chief.ask("POST", "/users", body)
    assert (status, made["role"]) == (201, "specialist")
    assert (await chief.ask("PATCH", f"/users/{made['id']}", {"name": "Old"}))[0] == 200
    elsewhere = {**body, "email": "other@hub.test", "team_ids": ["south"]}
    assert (await chief.ask("POST", "/users", elsewhere))[0] == 403
