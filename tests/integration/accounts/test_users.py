"""Managing users over a real server: who may do what to whom."""

from __future__ import annotations

from sqlalchemy import update

from hub.accounts.chain.looking import ChainWatch
from hub.accounts.chain.standing import read_standing
from hub.accounts.tables import audit_log
from hub.core.metrics import Metrics
from hub.storage import Tx
from hub.testing.clock import ManualClock
from hub.web import Role

from .conftest import PASSWORD, Browser, Office


async def patch(browser: Browser, user_id: str, **fields: object) -> int:
    return (await browser.ask("PATCH", f"/api/v1/users/{user_id}", fields))[0]


async def test_a_supervisor_manages_the_agents_of_their_teams(office: Office) -> None:
    boss = await office.browser_of("boss@example.com", Role.SUPERVISOR, "north")
    new = {
        "email": "li@example.com",
        "name": "Li Na",
        "role": "agent",
        "password": PASSWORD,
        "team_ids": ["north"],
    }
    status, made = await boss.ask("POST", "/api/v1/users", new)
    assert status == 201
    assert isinstance(made, dict)
    assert await patch(boss, made["id"], name="Li Na (Linda)", language="zh-CN") == 200
    assert await patch(boss, made["id"], disabled=True) == 200
    assert await office.browser().sign_in("li@example.com") == 401


async def test_a_supervisor_makes_nobody_their_equal_nor_in_other_teams(office: Office) -> None:
    boss = await office.browser_of("boss@example.com", Role.SUPERVISOR, "north")
    new = {"email": "li@example.com", "name": "Li Na", "password": PASSWORD}
    for role, team_ids in (("supervisor", ["north"]), ("admin", []), ("agent", ["south"])):
        asked = {**new, "role": role, "team_ids": team_ids}
        assert (await boss.ask("POST", "/api/v1/users", asked))[0] == 403


async def test_users_of_other_teams_do_not_exist_for_a_supervisor(office: Office) -> None:
    boss = await office.browser_of("boss@example.com", Role.SUPERVISOR, "north")
    stranger = await office.hire("wang@example.com", Role.AGENT, "south")
    assert (await boss.ask("GET", f"/api/v1/users/{stranger.id}"))[0] == 404
    assert await patch(boss, stranger.id, name="x") == 404
    _, listed = await boss.ask("GET", "/api/v1/users")
    assert isinstance(listed, dict)
    assert [user["email"] for user in listed["items"]] == ["boss@example.com"]


async def test_nobody_edits_a_higher_role(office: Office) -> None:
    boss = await office.browser_of("boss@example.com", Role.SUPERVISOR, "north")
    admin = await office.hire("admin@example.com", Role.ADMIN, "north")
    assert await patch(boss, admin.id, name="x") == 403
    assert await patch(boss, admin.id, password="another four plain words") == 403
    assert await patch(boss, admin.id, disabled=True) == 403


async def test_nobody_changes_their_own_role_or_locks_themself_out(office: Office) -> None:
    admin = await office.browser_of("admin@example.com", Role.ADMIN)
    await office.hire("second@example.com", Role.ADMIN)
    _, me = await admin.ask("GET", "/api/v1/me")
    assert isinstance(me, dict)
    assert await patch(admin, me["id"], disabled=True) == 403
    assert await patch(admin, me["id"], role="agent") == 403
    assert await patch(admin, me["id"], password="another four plain words") == 403


async def test_a_new_password_from_above_ends_the_users_sessions(office: Office) -> None:
    admin = await office.browser_of("admin@example.com", Role.ADMIN)
    agent = await office.browser_of("li@example.com", Role.AGENT, "north")
    _, me = await agent.ask("GET", "/api/v1/me")
    assert isinstance(me, dict)
    assert await patch(admin, me["id"], password="another four plain words") == 200
    assert (await agent.ask("GET", "/api/v1/me"))[0] == 401


async def test_an_address_is_taken_once_whatever_its_case(office: Office) -> None:
    admin = await office.browser_of("admin@example.com", Role.ADMIN)
    asked = {"email": "ADMIN@example.com", "name": "X", "role": "agent", "password": PASSWORD}
    status, body = await admin.ask("POST", "/api/v1/users", asked)
    assert status == 409
    assert isinstance(body, dict)
    assert body["code"] == "email_taken"


async def test_the_list_pages_by_name_without_losing_or_repeating_anybody(office: Office) -> None:
    admin = await office.browser_of("admin@example.com", Role.ADMIN)
    for number in range(5):
        await office.hire(f"agent{number}@example.com", Role.AGENT, "north")
    seen: list[str] = []
    after = ""
    while True:
        _, page = await admin.ask("GET", f"/api/v1/users?limit=2&after={after}")
        assert isinstance(page, dict)
        seen += [user["email"] for user in page["items"]]
        if page["after"] is None:
            break
        after = page["after"]
    assert seen == sorted(seen)
    assert len(seen) == 6


async def test_the_list_is_searched_by_name_and_address(office: Office) -> None:
    admin = await office.browser_of("admin@example.com", Role.ADMIN)
    await office.hire("li@example.com", Role.AGENT, "north")
    for text in ("LI@", "li", "Li"):
        _, page = await admin.ask("GET", f"/api/v1/users?q={text}&role=agent&team=north")
        assert isinstance(page, dict)
        assert [user["email"] for user in page["items"]] == ["li@example.com"]
    _, none = await admin.ask("GET", "/api/v1/users?q=%25")
    assert isinstance(none, dict)
    assert none["items"] == []


async def test_a_weak_password_is_refused_by_field(office: Office) -> None:
    admin = await office.browser_of("admin@example.com", Role.ADMIN)
    asked = {"email": "li@example.com", "name": "Li", "role": "agent", "password": "short"}
    status, body = await admin.ask("POST", "/api/v1/users", asked)
    assert status == 422
    assert isinstance(body, dict)
    assert (body["code"], body["field"]) == ("weak_password", "password")


async def test_what_an_admin_did_is_in_the_audit_log(office: Office) -> None:
    admin = await office.browser_of("admin@example.com", Role.ADMIN)
    li = await office.hire("li@example.com", Role.AGENT, "north")
    await patch(admin, li.id, name="Li Na")
    _, page = await admin.ask("GET", f"/api/v1/audit?object={li.id}&limit=1")
    assert isinstance(page, dict)
    assert page["items"][0]["action"] == "user.change"
    assert page["items"][0]["actor_name"] == "Admin"
    _, rest = await admin.ask("GET", f"/api/v1/audit?object={li.id}&after={page['after']}")
    assert isinstance(rest, dict)
    assert [line["action"] for line in rest["items"]] == ["user.add"]


async def test_an_admin_checks_the_audit_log_and_is_told_what_was_changed(office: Office) -> None:
    admin = await office.browser_of("admin@example.com", Role.ADMIN)
    _, before = await admin.ask("GET", "/api/v1/audit/chain")
    assert isinstance(before, dict)
    assert (before["looked_at"], before["head"].split(":")[0]) == (None, str(before["lines"]))
    _, found = await admin.ask("POST", "/api/v1/audit/chain/look", {"anew": True})
    assert isinstance(found, dict)
    assert (found["done"], found["broken"], found["by_name"]) == (True, None, "Admin")
    assert found["seq"] == found["lines"] == before["lines"]

    def change(tx: Tx, _: None) -> None:
        tx.execute(update(audit_log).values(address="192.0.2.9"))

    await office.store.write(change, None)
    await admin.ask("POST", "/api/v1/audit/chain/look", {"anew": False})
    _, held = await admin.ask("GET", "/api/v1/audit/chain")
    assert isinstance(held, dict)
    assert held["broken"] is None, "the look that is done is not begun again"
    _, found = await admin.ask("POST", "/api/v1/audit/chain/look", {"anew": True})
    assert isinstance(found, dict)
    assert (found["broken"]["what"], found["broken"]["seq"]) == ("line_changed", 1)


async def test_the_audit_log_is_checked_by_admins_only(office: Office) -> None:
    boss = await office.browser_of("boss@example.com", Role.SUPERVISOR, "north")
    assert (await boss.ask("GET", "/api/v1/audit/chain"))[0] == 403
    assert (await boss.ask("POST", "/api/v1/audit/chain/look", {"anew": True}))[0] == 403


async def test_the_hub_checks_the_log_once_a_day(office: Office, clock: ManualClock) -> None:
    await office.hire("li@example.com", Role.AGENT, "north")
    watch = ChainWatch(office.store, clock, Metrics())
    await watch.turn()
    first = await office.store.read(read_standing, None)
    assert (first.done, first.by_name, first.seq) == (True, "hub", first.lines)
    await office.hire("wang@example.com", Role.AGENT, "north")
    clock.advance(3600)
    await watch.turn()
    assert (await office.store.read(read_standing, None)).seq == first.seq
    clock.advance(86_400)
    await watch.turn()
    assert (await office.store.read(read_standing, None)).seq > first.seq


async def test_my_preferences_are_kept(office: Office) -> None:
    agent = await office.browser_of("li@example.com", Role.AGENT)
    wanted = {"language": "zh-CN", "theme": "dark", "settings": {"keys": False, "widths": [1, 2]}}
    assert (await agent.ask("PATCH", "/api/v1/me", wanted))[0] == 200
    _, me = await agent.ask("GET", "/api/v1/me")
    assert isinstance(me, dict)
    assert {name: me[name] for name in wanted} == wanted
