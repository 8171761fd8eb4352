"""Signing in and out over a real server: sessions, limits, CSRF, API keys, doors."""

from __future__ import annotations

from http.cookies import SimpleCookie

from sqlalchemy import select

from hub.accounts.audit import ListAudit, list_audit
from hub.accounts.model import SYSTEM
from hub.accounts.service import DisableUser, disable_user
from hub.accounts.tables import sessions
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock
from hub.web import Role

from .conftest import PASSWORD, Browser, Office

CHEN = "chen@example.com"


def code_of(answer: tuple[int, object]) -> tuple[int, str]:
    status, body = answer
    assert isinstance(body, dict)
    return status, body["code"]


async def test_who_signs_in_is_known_from_then_on(office: Office) -> None:
    browser = await office.browser_of(CHEN, Role.AGENT, "north")
    status, me = await browser.ask("GET", "/api/v1/me")
    assert status == 200
    assert isinstance(me, dict)
    assert (me["email"], me["role"], me["team_ids"]) == (CHEN, "agent", ["north"])
    assert me["teams"] == [{"id": "north", "zh": "北方", "en": "North"}]
    assert me["csrf_token"] == browser.csrf


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(office: Office) -> None:
    await office.hire(CHEN, Role.AGENT)
    browser = office.browser()
    async with browser.session.post(
        browser.base.join(browser.base.with_path("/api/v1/session")),
        json={"email": CHEN, "password": PASSWORD},
    ) as response:
        cookie = SimpleCookie(response.headers["Set-Cookie"])["hub_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"


async def test_the_database_keeps_only_the_digest_of_a_session(office: Office) -> None:
    browser = await office.browser_of(CHEN, Role.AGENT)
    token = next(iter(browser.session.cookie_jar)).value

    def stored(tx: Tx, _: None) -> list[str]:
        return list(tx.execute(select(sessions.c.token_sha256)).scalars())

    assert token not in await office.store.read(stored, None)


async def test_unknown_wrong_and_disabled_get_the_same_answer(office: Office) -> None:
    await office.hire(CHEN, Role.AGENT)
    gone = await office.hire("gone@example.com", Role.AGENT)
    await office.store.write(disable_user, DisableUser(gone.email, SYSTEM))
    answers = set()
    for email, password in (
        (CHEN, "not the right one"),
        ("nobody@example.com", PASSWORD),
        ("gone@example.com", PASSWORD),
        ("not an address", PASSWORD),
    ):
        status, body = await office.browser().ask(
            "POST", "/api/v1/session", {"email": email, "password": password}
        )
        assert isinstance(body, dict)
        answers.add((status, body["code"], body["detail"]))
    assert answers == {(401, "sign_in_failed", "E-mail address or password is wrong.")}


async def test_attempts_on_one_account_are_limited_also_for_the_right_password(
    office: Office, clock: ManualClock
) -> None:
    await office.hire(CHEN, Role.AGENT)
    for _ in range(3):
        assert await office.browser().sign_in(CHEN, "not the right one") == 401
    browser = office.browser()
    assert await browser.sign_in(CHEN) == 429
    clock.advance(901)
    assert await browser.sign_in(CHEN) == 200


async def test_attempts_from_one_address_are_limited_over_all_accounts(office: Office) -> None:
    for number in range(6):
        assert await office.browser().sign_in(f"guess{number}@example.com") == 401
    await office.hire(CHEN, Role.AGENT)
    assert await office.browser().sign_in(CHEN) == 429


async def test_right_passwords_do_not_use_up_the_limit(office: Office) -> None:
    await office.hire(CHEN, Role.AGENT)
    assert [await office.browser().sign_in(CHEN) for _ in range(5)] == [200] * 5


async def test_signing_out_ends_the_session_at_once(office: Office) -> None:
    browser = await office.browser_of(CHEN, Role.AGENT)
    token = next(iter(browser.session.cookie_jar)).value
    assert (await browser.ask("DELETE", "/api/v1/session"))[0] == 204
    assert list(browser.session.cookie_jar) == []
    answer = await browser.ask("GET", "/api/v1/me", Cookie=f"hub_session={token}")
    assert code_of(answer) == (401, "session_ended")


async def test_a_session_ends_after_its_idle_time_and_lives_while_used(
    office: Office, clock: ManualClock
) -> None:
    browser = await office.browser_of(CHEN, Role.AGENT)
    for _ in range(3):
        clock.advance(11 * 3600)
        assert (await browser.ask("GET", "/api/v1/me"))[0] == 200
    clock.advance(13 * 3600)
    assert code_of(await browser.ask("GET", "/api/v1/me")) == (401, "session_ended")


async def test_no_session_lives_longer_than_a_week(office: Office, clock: ManualClock) -> None:
    browser = await office.browser_of(CHEN, Role.AGENT)
    for _ in range(16):
        clock.advance(10 * 3600)
        assert (await browser.ask("GET", "/api/v1/me"))[0] == 200
    clock.advance(10 * 3600)
    assert (await browser.ask("GET", "/api/v1/me"))[0] == 401


async def test_a_disabled_user_is_out_at_once(office: Office) -> None:
    browser = await office.browser_of(CHEN, Role.AGENT)
    await office.store.write(disable_user, DisableUser(CHEN, SYSTEM))
    assert (await browser.ask("GET", "/api/v1/me"))[0] == 401


async def test_a_change_needs_the_sessions_csrf_token(office: Office) -> None:
    browser = await office.browser_of(CHEN, Role.AGENT)
    other = office.browser()
    await other.sign_in(CHEN)
    for wrong in ("", "x", other.csrf):
        answer = await browser.ask("PATCH", "/api/v1/me", {"theme": "dark"}, X_CSRF_Token=wrong)
        assert code_of(answer) == (403, "bad_csrf_token")
    assert (await browser.ask("PATCH", "/api/v1/me", {"theme": "dark"}))[0] == 200


async def test_a_change_from_another_sites_page_is_refused(office: Office) -> None:
    browser = await office.browser_of(CHEN, Role.AGENT)
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        answer = await browser.ask("PATCH", "/api/v1/me", {"theme": "dark"}, Origin=origin)
        assert code_of(answer) == (403, "foreign_origin")


async def test_another_sites_page_cannot_sign_a_visitor_in(office: Office) -> None:
    await office.hire(CHEN, Role.AGENT)
    answer = await office.browser().ask(
        "POST",
        "/api/v1/session",
        {"email": CHEN, "password": PASSWORD},
        Origin="https://evil.example",
    )
    assert code_of(answer) == (403, "foreign_origin")


async def test_changing_the_password_ends_the_other_sessions(office: Office) -> None:
    here = await office.browser_of(CHEN, Role.AGENT)
    there = office.browser()
    await there.sign_in(CHEN)
    wrong = {"current": "not the right one", "new": "another four plain words"}
    assert code_of(await here.ask("PUT", "/api/v1/me/password", wrong)) == (403, "wrong_password")
    right = {"current": PASSWORD, "new": "another four plain words"}
    assert (await here.ask("PUT", "/api/v1/me/password", right))[0] == 204
    assert (await here.ask("GET", "/api/v1/me"))[0] == 200
    assert (await there.ask("GET", "/api/v1/me"))[0] == 401
    assert await office.browser().sign_in(CHEN, "another four plain words") == 200


async def with_key(browser: Browser, key: str) -> int:
    async with browser.session.get(
        browser.base.with_path("/api/v1/me"), headers={"Authorization": f"Bearer {key}"}
    ) as response:
        return response.status


async def test_an_api_key_works_until_it_is_revoked(office: Office, clock: ManualClock) -> None:
    browser = await office.browser_of(CHEN, Role.AGENT)
    status, made = await browser.ask("POST", "/api/v1/me/api-keys", {"name": "till", "days": 1})
    assert status == 201
    assert isinstance(made, dict)
    program = office.browser()
    assert await with_key(program, made["key"]) == 200
    assert await with_key(program, made["key"] + "x") == 401
    status, listed = await browser.ask("GET", "/api/v1/me/api-keys")
    assert isinstance(listed, list)
    assert made["key"] not in str(listed)
    path = f"/api/v1/api-keys/{listed[0]['id']}"
    stranger = await office.browser_of("li@example.com", Role.SUPERVISOR)
    assert (await stranger.ask("DELETE", path))[0] == 404
    assert (await browser.ask("DELETE", path))[0] == 204
    assert await with_key(program, made["key"]) == 401


async def test_an_api_key_ends_on_its_day(office: Office, clock: ManualClock) -> None:
    browser = await office.browser_of(CHEN, Role.AGENT)
    _, made = await browser.ask("POST", "/api/v1/me/api-keys", {"name": "till", "days": 1})
    assert isinstance(made, dict)
    clock.advance(86_400)
    assert await with_key(office.browser(), made["key"]) == 401


async def test_a_door_opens_once_and_only_for_a_while(office: Office, clock: ManualClock) -> None:
    user = await office.hire(CHEN, Role.AGENT)
    token = await office.accounts.make_door(user.id)
    browser = office.browser()
    assert (await browser.ask("POST", "/api/v1/session/door", {"token": token}))[0] == 200
    assert (await browser.ask("GET", "/api/v1/me"))[0] == 200
    assert (await browser.ask("POST", "/api/v1/session/door", {"token": token}))[0] == 403
    late = await office.accounts.make_door(user.id)
    clock.advance(301)
    assert (await browser.ask("POST", "/api/v1/session/door", {"token": late}))[0] == 403


async def test_a_door_does_not_open_to_what_was_forwarded(office: Office) -> None:
    user = await office.hire(CHEN, Role.AGENT)
    token = await office.accounts.make_door(user.id)
    answer = await office.browser().ask(
        "POST", "/api/v1/session/door", {"token": token}, X_Forwarded_For="127.0.0.1"
    )
    assert answer[0] == 403


async def test_signing_in_and_out_is_in_the_audit_log(office: Office, store: Store) -> None:
    browser = await office.browser_of(CHEN, Role.AGENT)
    await browser.ask("DELETE", "/api/v1/session")
    lines = await store.read(list_audit, ListAudit(limit=10))
    assert [line.action for line in lines] == ["session.close", "session.open", "user.add"]
    assert lines[0].address == "127.0.0.1"
