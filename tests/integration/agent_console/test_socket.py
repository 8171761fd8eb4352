"""The console socket of a whole hub: who gets in, what is pushed, when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from hub.accounts.keys import RevokeApiKey, revoke_api_key
from hub.accounts.model import SYSTEM
from hub.accounts.service import ChangeUser, DisableUser, change_user, disable_user
from hub.accounts.teams import Team, put_teams
from hub.agent_console import protocol as p
from hub.care import check_nothing_held
from hub.core.errors import Unavailable
from hub.testing.hub import hub_settings, running_hub
from hub.web import Principal, Role, Via
from tests.integration.accounts.conftest import Browser

from .conftest import Person, Place, two_teams

UNAUTHENTICATED = 4401
TRY_AGAIN = 1013


@asynccontextmanager
async def a_socket(
    place: Place, session: aiohttp.ClientSession, **headers: str
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open the console socket as given, without a word."""
    async with session.ws_connect(
        f"{place.hub.base_url}/api/v1/console", headers=headers, max_msg_size=0
    ) as socket:
        yield socket


async def next_frame(socket: aiohttp.ClientWebSocketResponse, kind: str = "") -> dict[str, Any]:
    """Return the next frame (of this type); fails if the socket closes before."""
    async with asyncio.timeout(30):
        while True:
            message = await socket.receive()
            assert message.type is aiohttp.WSMsgType.TEXT, (message.type, socket.close_code)
            frame = msgspec.json.decode(message.data, type=dict[str, Any])
            if not kind or frame["type"] == kind:
                return frame


async def close_code(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    """Read until the hub closes the socket and return its code."""
    async with asyncio.timeout(30):
        while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    return socket.close_code


def own_origin(place: Place) -> dict[str, str]:
    return {"Origin": place.hub.base_url}


async def hello(socket: aiohttp.ClientWebSocketResponse, **fields: object) -> dict[str, Any]:
    await socket.send_json({"type": "hello", **fields})
    return await next_frame(socket)


# ---- who gets in


async def test_a_browser_comes_with_its_cookie_its_origin_and_its_csrf_token(place: Place) -> None:
    browser = await place.browser_of(await place.hire("chen", Role.AGENT, "team"))
    async with a_socket(place, browser.session, **own_origin(place)) as socket:
        snapshot = await hello(socket, csrf=browser.csrf)
    assert (snapshot["type"], snapshot["n"]) == ("snapshot", 1)
    assert snapshot["me"]["name"] == "Chen"


async def test_another_sites_page_is_refused_before_the_upgrade(place: Place) -> None:
    browser = await place.browser_of(await place.hire("chen", Role.AGENT, "team"))
    for origin in ("https://evil.example", "null", place.hub.base_url + ".evil.example", ""):
        headers = {"Origin": origin} if origin else {}
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with a_socket(place, browser.session, **headers):
                pass
        assert refused.value.status == 403


async def test_a_cookie_without_the_csrf_token_is_not_enough(place: Place) -> None:
    browser = await place.browser_of(await place.hire("chen", Role.AGENT, "team"))
    for csrf in (None, "", "0" * 64):
        async with a_socket(place, browser.session, **own_origin(place)) as socket:
            assert (await hello(socket, csrf=csrf))["code"] == "unauthenticated"
            assert await close_code(socket) == UNAUTHENTICATED


async def test_a_program_may_show_its_key_in_the_first_frame(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    async with a_socket(place, person.session) as socket:
        assert (await hello(socket, api_key=person.key))["type"] == "snapshot"
    async with a_socket(place, person.session) as socket:
        assert (await hello(socket, api_key="hub_wrong"))["type"] == "problem"
        assert await close_code(socket) == UNAUTHENTICATED


async def test_a_console_that_cannot_be_served_now_is_told_to_come_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4401 would be the end for a browser: it stays away until the page is loaded again."""
    person = await place.hire("chen", Role.AGENT, "team")

    def refuses(*_: object) -> None:
        raise Unavailable("The database cannot store anything now.")

    monkeypatch.setattr("hub.agent_console.ws.renew_presence", refuses)
    bearer = {"Authorization": f"Bearer {person.key}"}
    async with a_socket(place, person.session, **bearer) as socket:
        assert (await hello(socket))["code"] == "unavailable"
        assert await close_code(socket) == TRY_AGAIN


async def test_nothing_is_told_before_the_hello(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    bearer = {"Authorization": f"Bearer {person.key}"}
    async with a_socket(place, person.session, **bearer) as socket:
        await socket.send_json({"type": "resync"})
        assert (await next_frame(socket))["type"] == "problem"
        assert await close_code(socket) == UNAUTHENTICATED


# ---- what is taken


async def test_a_frame_only_the_server_may_send_is_refused(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    async with a_socket(place, person.session) as socket:
        await hello(socket, api_key=person.key)
        for frame in ({"type": "snapshot"}, {"type": "offer", "n": 1}, {"topic": "team.south"}):
            await socket.send_json(frame)
            assert (await next_frame(socket, "problem"))["code"] == "malformed"
        await socket.send_json({"type": "beat"})
        assert (await next_frame(socket, "beat"))["at"]


async def test_a_console_that_talks_nonsense_is_shown_out(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    async with a_socket(place, person.session) as socket:
        await hello(socket, api_key=person.key)
        for _ in range(11):
            await socket.send_str("{")
        assert await close_code(socket) == 1008


async def test_a_console_that_floods_is_shown_out(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    async with a_socket(place, person.session) as socket:
        await hello(socket, api_key=person.key)
        for _ in range(200):
            await socket.send_json({"type": "leave", "conversation_id": "x"})
        assert await close_code(socket) == 1008


async def test_resync_gives_everything_again(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    async with a_socket(place, person.session) as socket:
        first = await hello(socket, api_key=person.key)
        await socket.send_json({"type": "resync"})
        again = await next_frame(socket, "snapshot")
    assert again["n"] > first["n"]


# ---- what is pushed


async def test_an_offer_is_pushed_accepted_answered_and_closed(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    async with person.console().signed_in() as agent:
        await agent.set_state("ready")
        receipt = await place.write_in("My fridge is warm")
        await agent.until(lambda: bool(agent.offers))
        offer = next(iter(agent.offers.values()))
        assert offer.contact.preview == "My fridge is warm"
        assert offer.why.en
        assert offer.why.zh
        await agent.accept(offer.id)
        await agent.until(lambda: receipt.contact_id in agent.contacts and not agent.offers)
        await agent.open_conversation(receipt.conversation_id)
        await agent.reply(str(receipt.contact_id), "Is it plugged in?")
        entries = agent.entries[receipt.conversation_id]
        await agent.until(lambda: len(entries) == 2)
        assert [entry.text for _, entry in sorted(entries.items())] == [
            "My fridge is warm",
            "Is it plugged in?",
        ]
        await agent.close(str(receipt.contact_id), "repair", "solved")
        await agent.until(lambda: receipt.contact_id not in agent.contacts)
        assert agent.gaps == 0


async def test_the_customers_words_arrive_in_an_open_conversation(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    receipt = await place.write_in("one")
    async with person.console().signed_in() as agent:
        await agent.open_conversation(receipt.conversation_id)
        entries = agent.entries[receipt.conversation_id]
        await agent.until(lambda: len(entries) == 1)
        for text in ("two", "three"):
            await place.write_in(text)
        await agent.until(lambda: len(entries) == 3)
        assert [entries[seq].text for seq in (1, 2, 3)] == ["one", "two", "three"]


async def test_a_long_conversation_arrives_whole(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    receipt = await place.write_in("0")
    await asyncio.gather(*(place.write_in(str(number)) for number in range(1, 620)))
    async with person.console().signed_in() as agent:
        await agent.open_conversation(receipt.conversation_id)
        entries = agent.entries[receipt.conversation_id]
        await agent.until(lambda: len(entries) == 620)
        assert sorted(entries) == list(range(1, 621))


async def test_two_consoles_of_one_agent_show_the_same(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    async with person.console().signed_in() as desk, person.console().signed_in() as laptop:
        await desk.set_state("ready")
        await laptop.until(lambda: laptop.me is not None and laptop.me.state == "ready")
        receipt = await place.write_in("Hello")
        await laptop.until(lambda: bool(laptop.offers))
        await desk.until(lambda: bool(desk.offers))
        await desk.accept(next(iter(desk.offers)))
        await laptop.until(lambda: receipt.contact_id in laptop.contacts and not laptop.offers)


async def test_a_supervisor_sees_the_board_of_their_teams_move(place: Place) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    async with boss.console().signed_in(board=True) as screen:
        assert screen.board is not None
        await place.write_in("CANARY-SOUTH", "finance-mail", "chen@example.test")
        await place.write_in("Hello")

        def waits() -> bool:
            return screen.board is not None and [q.waiting for q in screen.board.queues] == [1]

        await screen.until(waits)
        assert screen.board is not None
        assert [row.preview for row in screen.board.waiting] == ["Hello"]


async def test_an_agent_is_never_sent_the_board(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    async with a_socket(place, person.session) as socket:
        snapshot = await hello(socket, api_key=person.key, board=True)
        assert snapshot["board"] is None
        await socket.send_json({"type": "board", "on": True})
        await place.write_in("Hello")
        while (frame := await next_frame(socket))["type"] != "summary":
            assert frame["type"] != "board"


async def test_a_conversation_of_another_team_cannot_be_opened(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    receipt = await place.write_in("CANARY-SOUTH", "finance-mail", "chen@example.test")
    async with a_socket(place, person.session) as socket:
        await hello(socket, api_key=person.key)
        await socket.send_json({"type": "open", "conversation_id": receipt.conversation_id})
        problem = await next_frame(socket, "problem")
        assert problem["code"] == "not_found"
        place.hub.door.live(
            receipt.conversation_id,
            {"type": "typing", "from": "customer", "on": True, "text": "CANARY-SOUTH"},
        )
        await socket.send_json({"type": "beat"})
        while (frame := await next_frame(socket))["type"] != "beat":
            assert "CANARY-SOUTH" not in str(frame)


async def test_the_customer_is_told_of_typing_only_by_who_holds_the_contact(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    receipt = await place.write_in("Hello")
    with place.hub.bus.subscribe(["conversation.live"]) as told:
        async with person.console().signed_in() as agent:
            await agent.open_conversation(receipt.conversation_id)
            typing = p.Typing(conversation_id=receipt.conversation_id, on=True)
            await agent.say(typing)  # looks at it, does not hold it
            await agent.set_state("ready")
            await agent.until(lambda: bool(agent.offers))
            await agent.accept(next(iter(agent.offers)))
            await agent.until(lambda: receipt.contact_id in agent.contacts)
            await agent.say(typing)
            heard = await told.next(5)
    assert [hint.data and hint.data["name"] for hint in heard] == ["Chen"]


# ---- when it ends


async def open_console(place: Place, person: Person) -> aiohttp.ClientWebSocketResponse:
    socket = await person.session.ws_connect(f"{place.hub.base_url}/api/v1/console")
    await hello(socket, api_key=person.key)
    return socket


async def test_a_disabled_users_console_closes_at_once(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    socket = await open_console(place, person)
    await place.hub.store.write(disable_user, DisableUser(person.view.email, SYSTEM))
    assert await close_code(socket) == UNAUTHENTICATED


async def test_a_revoked_keys_console_closes_at_once(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    socket = await open_console(place, person)
    status, keys = await person.ask("GET", "/me/api-keys")
    assert status == 200
    me = Principal(person.view.id, "", Role.AGENT, frozenset(), Via.API_KEY, keys[0]["id"])
    await place.hub.store.write(revoke_api_key, RevokeApiKey(me, keys[0]["id"]))
    assert await close_code(socket) == UNAUTHENTICATED


async def test_signing_out_closes_the_console_of_that_session(place: Place) -> None:
    browser: Browser = await place.browser_of(await place.hire("chen", Role.AGENT, "team"))
    async with a_socket(place, browser.session, **own_origin(place)) as socket:
        await hello(socket, csrf=browser.csrf)
        assert (await browser.ask("DELETE", "/api/v1/session"))[0] == 204
        assert await close_code(socket) == UNAUTHENTICATED


async def test_who_leaves_a_team_sees_nothing_of_it_any_more(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    admin = await place.hire("admin", Role.ADMIN)
    receipt = await place.write_in("Hello")
    as_admin = Principal(admin.view.id, "Admin", Role.ADMIN, frozenset(), Via.API_KEY, "k")
    async with a_socket(place, person.session) as socket:
        await hello(socket, api_key=person.key)
        await socket.send_json({"type": "open", "conversation_id": receipt.conversation_id})
        await next_frame(socket, "interactions")
        south = frozenset({"south"})
        await place.hub.store.write(
            lambda tx, cmd: change_user(tx, cmd, check_nothing_held),
            ChangeUser(as_admin, person.view.id, team_ids=south),
        )
        await next_frame(socket, "snapshot")
        await place.write_in("CANARY")
        assert (await next_frame(socket, "problem"))["code"] == "not_found"
        assert (await person.ask("GET", f"/contacts/{receipt.contact_id}"))[0] == 404


async def test_a_new_set_up_is_announced(place: Place) -> None:
    person = await place.hire("chen", Role.AGENT, "team")
    socket = await open_console(place, person)
    await place.hub.store.write(put_teams, (Team("team", "一", "One"), Team("south", "南", "S")))
    assert (await next_frame(socket, "setup"))["n"] > 1
    await socket.close()


async def test_a_hub_that_stops_tells_its_consoles_to_come_back(tmp_path: Path) -> None:
    async with running_hub(hub_settings(tmp_path), two_teams) as hub:
        place = Place(hub)
        person = await place.hire("chen", Role.AGENT, "team")
        socket = await open_console(place, person)
        closed = asyncio.create_task(close_code(socket))
    assert await closed == 1001
    for session in place.sessions:
        await session.close()
