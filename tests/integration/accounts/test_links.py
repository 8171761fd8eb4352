"""Links by which people set their own password, and signing somebody out everywhere."""

from __future__ import annotations

from typing import Any

from hub.accounts.links import forget_old_links
from hub.testing.clock import ManualClock
from hub.web import Role

from .conftest import PASSWORD, Browser, Office

CHOSEN = "quiet river under stones"


async def invite(boss: Browser, email: str, role: str = "agent", *teams: str) -> Any:
    new = {"email": email, "name": "Li Na", "role": role, "team_ids": list(teams)}
    status, made = await boss.ask("POST", "/api/v1/users", new)
    assert status == 201, made
    return made


async def link(boss: Browser, user_id: str) -> str:
    """Make a link and return its token."""
    status, made = await boss.ask("POST", f"/api/v1/users/{user_id}/password-link")
    assert status == 201
    assert isinstance(made, dict)
    page, _, token = made["url"].partition("#")
    assert page == f"{str(boss.base).rstrip('/')}/set-password"
    return str(token)


async def use(anybody: Browser, token: str, password: str = CHOSEN) -> tuple[int, Any]:
    return await anybody.ask(
        "POST", "/api/v1/password-link", {"token": token, "password": password}
    )


async def test_who_is_invited_sets_the_password_and_is_in(office: Office) -> None:
    boss = await office.browser_of("boss@example.com", Role.ADMIN)
    made = await invite(boss, "li@example.com")
    assert made["invited"] is True
    assert made["seen_at"] is None
    token, guest = await link(boss, made["id"]), office.browser()
    assert await guest.sign_in("li@example.com", "") == 401
    status, whose = await guest.ask("POST", "/api/v1/password-link/look", {"token": token})
    assert (status, whose) == (
        200,
        {"name": "Li Na", "email": "li@example.com", "language": "en"},
    )
    assert (await use(guest, token))[0] == 200
    assert await guest.sign_in("li@example.com", CHOSEN) == 200
    _, user = await boss.ask("GET", f"/api/v1/users/{made['id']}")
    assert isinstance(user, dict)
    assert user["invited"] is False
    assert user["seen_at"]


async def test_a_link_is_good_once(office: Office) -> None:
    boss = await office.browser_of("boss@example.com", Role.ADMIN)
    li = await office.hire("li@example.com", Role.AGENT)
    token, guest = await link(boss, li.id), office.browser()
    assert (await use(guest, token))[0] == 200
    status, refusal = await use(guest, token, "another phrase of words")
    assert (status, refusal["code"]) == (403, "link_ended")
    assert "new one" in refusal["detail"]
    assert await guest.sign_in("li@example.com", CHOSEN) == 200


async def test_a_weak_password_leaves_the_link_as_it_is(office: Office) -> None:
    boss = await office.browser_of("boss@example.com", Role.ADMIN)
    li = await office.hire("li@example.com", Role.AGENT)
    token, guest = await link(boss, li.id), office.browser()
    status, refusal = await use(guest, token, "short")
    assert (status, refusal["code"]) == (422, "weak_password")
    assert (await use(guest, token))[0] == 200


async def test_the_old_password_is_good_until_the_link_is_used(office: Office) -> None:
    boss = await office.browser_of("boss@example.com", Role.ADMIN)
    agent = await office.browser_of("li@example.com", Role.AGENT)
    li = (await agent.ask("GET", "/api/v1/me"))[1]
    assert isinstance(li, dict)
    token = await link(boss, li["id"])
    assert (await agent.ask("GET", "/api/v1/me"))[0] == 200
    assert (await use(office.browser(), token))[0] == 200
    assert (await agent.ask("GET", "/api/v1/me"))[0] == 401
    assert await office.browser().sign_in("li@example.com", PASSWORD) == 401


async def test_a_new_link_ends_the_one_before(office: Office) -> None:
    boss = await office.browser_of("boss@example.com", Role.ADMIN)
    li = await office.hire("li@example.com", Role.AGENT)
    first, second = await link(boss, li.id), await link(boss, li.id)
    assert (await use(office.browser(), first))[0] == 403
    assert (await use(office.browser(), second))[0] == 200


async def test_links_end_by_time(office: Office, clock: ManualClock) -> None:
    boss = await office.browser_of("boss@example.com", Role.ADMIN)
    li = await office.hire("li@example.com", Role.AGENT)
    made = await invite(boss, "new@example.com")
    reset, first = await link(boss, li.id), await link(boss, made["id"])
    clock.advance(24 * 3600)
    assert (await use(office.browser(), reset))[0] == 403
    clock.advance(5 * 24 * 3600)
    assert (await use(office.browser(), first))[0] == 200
    removed = await office.store.write(lambda tx, n: forget_old_links(tx, tx.now, n), 10)
    assert removed == 1


async def test_who_had_a_link_of_an_agent_has_none_of_the_admin_they_became(
    office: Office,
) -> None:
    head = await office.browser_of("head@example.com", Role.ADMIN)
    boss = await office.browser_of("boss@example.com", Role.SUPERVISOR, "north")
    li = await office.hire("li@example.com", Role.AGENT, "north")
    token = await link(boss, li.id)
    await head.ask("PATCH", f"/api/v1/users/{li.id}", {"role": "admin"})
    assert (await use(office.browser(), token))[0] == 403


async def test_links_are_only_for_whom_one_may_change(office: Office) -> None:
    boss = await office.browser_of("boss@example.com", Role.SUPERVISOR, "north")
    me = (await boss.ask("GET", "/api/v1/me"))[1]
    assert isinstance(me, dict)
    equal = await office.hire("equal@example.com", Role.SUPERVISOR, "north")
    other = await office.hire("other@example.com", Role.AGENT, "south")
    agent = await office.browser_of("agent@example.com", Role.AGENT, "north")
    for who, whom, wanted in (
        (boss, equal.id, 403),
        (boss, other.id, 404),
        (boss, me["id"], 403),
        (agent, equal.id, 403),
    ):
        path = f"/api/v1/users/{whom}/password-link"
        assert (await who.ask("POST", path))[0] == wanted


async def test_a_disabled_user_gets_no_link_and_loses_the_one_they_had(office: Office) -> None:
    boss = await office.browser_of("boss@example.com", Role.ADMIN)
    li = await office.hire("li@example.com", Role.AGENT)
    token = await link(boss, li.id)
    await boss.ask("PATCH", f"/api/v1/users/{li.id}", {"disabled": True})
    assert (await use(office.browser(), token))[0] == 403
    status, refusal = await boss.ask("POST", f"/api/v1/users/{li.id}/password-link")
    assert (status, refusal["code"]) == (409, "user_disabled")  # type: ignore[index]  # a problem


async def test_signing_somebody_out_ends_every_session_at_once(office: Office) -> None:
    boss = await office.browser_of("boss@example.com", Role.ADMIN)
    first = await office.browser_of("li@example.com", Role.AGENT)
    second = office.browser()
    await second.sign_in("li@example.com")
    li = (await first.ask("GET", "/api/v1/me"))[1]
    assert isinstance(li, dict)
    path = f"/api/v1/users/{li['id']}/sessions"
    listed = (await boss.ask("GET", path))[1]
    assert isinstance(listed, list)
    assert [one["current"] for one in listed] == [False, False]
    assert (await boss.ask("DELETE", path))[0] == 204
    assert [(await one.ask("GET", "/api/v1/me"))[0] for one in (first, second)] == [401, 401]
    lines = (await boss.ask("GET", f"/api/v1/audit?object={li['id']}"))[1]
    assert isinstance(lines, dict)
    assert lines["items"][0]["action"] == "user.sign_out"


async def test_oneself_is_signed_out_everywhere_else(office: Office) -> None:
    here = await office.browser_of("li@example.com", Role.AGENT)
    there = office.browser()
    await there.sign_in("li@example.com")
    me = (await here.ask("GET", "/api/v1/me"))[1]
    assert isinstance(me, dict)
    path = f"/api/v1/users/{me['id']}/sessions"
    assert (await here.ask("DELETE", path))[0] == 204
    assert (await here.ask("GET", "/api/v1/me"))[0] == 200
    assert (await there.ask("GET", "/api/v1/me"))[0] == 401


async def test_an_agent_signs_nobody_else_out(office: Office) -> None:
    agent = await office.browser_of("li@example.com", Role.AGENT, "north")
    other = await office.hire("wu@example.com", Role.AGENT, "north")
    path = f"/api/v1/users/{other.id}/sessions"
    assert [(await agent.ask(way, path))[0] for way in ("GET", "DELETE")] == [404, 404]
