"""Entry points for admins over a real hub: forms, state, tries, the test page, changes at once."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from hub.channels.registry import Registry
from hub.channels.webchat.pages import SCRIPTS
from hub.web import Role
from tests.scenarios.stage import Stage

from .asker import Asker, sign_in


async def change_chat(admin: Asker, **settings: object) -> None:
    """Change the chat's settings in the pages."""
    _, stored = await admin.ask("GET", "/api/v1/setup/document")
    for point in stored["setup"]["entry_points"]:
        if point["key"] == "shop-chat":
            point["settings"] = {**point["settings"], **settings}
    body = {"base": stored["version"]["id"], "setup": stored["setup"]}
    status, changed = await admin.ask("PUT", "/api/v1/setup/document", body)
    assert status == 200, changed


async def test_every_setting_of_every_channel_is_in_its_form(admin: Asker) -> None:
    status, forms = await admin.ask("GET", "/api/v1/entry-points/forms")
    assert status == 200
    named = {
        one["channel"]: {field["name"] for field in one["fields"]} for one in forms["channels"]
    }
    assert {"accent", "origins", "identity_keys"} <= named["webchat"]
    assert "aliases" in named["email"]
    chat = next(one for one in forms["channels"] if one["widget"])
    fields = {field["name"]: field for field in chat["fields"]}
    assert fields["side"]["choices"] == ["start", "end"]
    assert fields["identity_keys"]["secret"] is True
    assert [one["name"] for one in fields["pre_chat"]["fields"]][:2] == ["name", "email"]


async def test_the_state_says_what_is_missing(admin: Asker) -> None:
    _, states = await admin.ask("GET", "/api/v1/entry-points")
    by_key = {one["key"]: one for one in states}
    assert by_key["shop-chat"]["test"] == "page"
    assert by_key["hotline"]["test"] == "look"
    assert by_key["hotline"]["trouble"] == []
    assert all(one["served"] for one in states)
    status, found = await admin.ask("POST", "/api/v1/entry-points/mail/test")
    assert status == 200
    assert {one["verdict"] for one in found} <= {"well", "warning", "fault"}
    assert found
    assert (await admin.ask("POST", "/api/v1/entry-points/shop-chat/test"))[0] == 404
    assert (await admin.ask("POST", "/api/v1/entry-points/nothing/test"))[0] == 404


async def test_a_widget_is_changed_without_a_restart(admin: Asker) -> None:
    await change_chat(admin, accent="#aa0000")
    widget = "/channels/shop-chat/widget.json"
    async with asyncio.timeout(30):
        while (await admin.ask("GET", widget))[1]["accent"] != "#aa0000":  # noqa: ASYNC110 - a hint carries it, which has no event
            await asyncio.sleep(0.02)
    _, states = await admin.ask("GET", "/api/v1/entry-points")
    assert next(one for one in states if one["key"] == "shop-chat")["served"] is True


async def test_a_change_that_is_not_taken_up_yet_is_told(
    admin: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Registry, "take_up", lambda *_: None)
    _, stored = await admin.ask("GET", "/api/v1/setup/document")
    for point in stored["setup"]["entry_points"]:
        if point["key"] == "hotline":
            point["name"] = "Another name"
    body = {"base": stored["version"]["id"], "setup": stored["setup"]}
    assert (await admin.ask("PUT", "/api/v1/setup/document", body))[0] == 200
    _, states = await admin.ask("GET", "/api/v1/entry-points")
    assert next(one for one in states if one["key"] == "hotline")["served"] is False


async def test_the_test_page_is_for_admins(stage: Stage, admin: Asker) -> None:
    status, page = await admin.ask("GET", "/channels/shop-chat/test")
    assert status == 200
    assert 'data-key="shop-chat"' in page
    assert (await admin.ask("GET", "/channels/hotline/test"))[0] == 404
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as other:
        async with other.get(
            f"{stage.hub.base_url}/channels/shop-chat/test", allow_redirects=False
        ) as answer:
            assert (answer.status, answer.headers["Location"]) == (
                302,
                "/sign-in?next=/setup/points",
            )
        agent = await sign_in(stage, other, Role.AGENT)
        assert (await agent.ask("GET", "/channels/shop-chat/test"))[0] == 403
        for path in ("/api/v1/entry-points", "/api/v1/entry-points/forms", "/api/v1/roles"):
            assert (await agent.ask("GET", path))[0] == 403


async def test_the_preview_holds_nothing_and_is_framed_by_the_hub_alone(admin: Asker) -> None:
    status, page = await admin.ask("GET", "/channels/-preview/")
    assert status == 200
    assert "shop" not in page
    built = [f"{script}.js" for script in SCRIPTS]
    for name in ("page.js", "page.css", "test.js", *built):
        assert (await admin.ask("GET", f"/channels/-preview/{name}"))[0] == 200
    assert (await admin.ask("GET", "/channels/-preview/preview.html"))[0] == 404


async def test_roles_are_told_from_the_routes_of_the_hub(admin: Asker) -> None:
    _, areas = await admin.ask("GET", "/api/v1/roles")
    acts = {act["summary"]: act["role"] for area in areas for act in area["acts"]}
    assert acts["Read the audit log"] == "admin"
    assert acts["The state of each entry point"] == "admin"
