"""Where an agent's calls ring, and the token that lets their browser be rung."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import jwt
import msgspec
import pytest
from sqlalchemy import select, update

from hub.accounts.ringing import ring_addresses
from hub.accounts.tables import audit_log, users
from hub.agent_console.desk_view import agent_views
from hub.routing.reaching import fire_due_lost
from hub.routing.tables import queue_teams
from hub.settings import Secret, Twilio
from hub.storage import Tx
from hub.testing.hub import hub_settings, running_hub
from hub.web import Role

from .conftest import Person, Place, two_teams

SECRET = "a secret of an API key, long enough"
ACCOUNT = Twilio(account_sid=f"AC{'0' * 32}", auth_token=Secret("token"))
WITH_KEY = msgspec.structs.replace(ACCOUNT, api_key=f"SK{'1' * 32}", api_secret=Secret(SECRET))
STAND_IN = msgspec.structs.replace(ACCOUNT, base_url="http://127.0.0.1:1")


async def opened(folder: Path, twilio: Twilio) -> AsyncIterator[Place]:
    settings = msgspec.structs.replace(hub_settings(folder), twilio=twilio)
    async with running_hub(settings, two_teams) as hub:
        made = Place(hub)
        yield made
        for session in made.sessions:
            await session.close()


@pytest.fixture
async def with_key(tmp_path: Path) -> AsyncIterator[Place]:
    async for place in opened(tmp_path, WITH_KEY):
        yield place


async def set_desk_phone(person: Person, address: str | None) -> None:
    def write(tx: Tx, _: None) -> None:
        tx.execute(update(users).where(users.c.id == person.view.id).values(phone_address=address))

    await person.hub.store.write(write, None)


async def rung_at(person: Person) -> str:
    found = await person.hub.store.read(ring_addresses, [person.view.id])
    return found[person.view.id]


async def test_an_agent_is_let_in_as_themselves_to_be_rung_and_no_more(with_key: Place) -> None:
    agent = await with_key.hire("agent", Role.AGENT, "team")
    status, view = await agent.ask("GET", "/softphone")
    assert (status, view) == (200, {"rings": "browser", "desk_phone": None, "lacks": ""})
    status, got = await agent.ask("POST", "/softphone/token", {})
    assert status == 200
    assert got["expires_in_s"] == 600
    claims = jwt.decode(got["token"], SECRET, algorithms=["HS256"])
    assert claims["grants"] == {
        "identity": agent.view.id.replace("-", "_"),
        "voice": {"incoming": {"allow": True}},
    }
    assert got["identity"] == claims["grants"]["identity"]
    page = await agent.session.get(f"{with_key.hub.base_url}/")
    if page.status == 200:  # the console is built
        assert "connect-src 'self' wss://*.twilio.com;" in page.headers["Content-Security-Policy"]


async def test_who_serves_no_line_gets_no_token(with_key: Place) -> None:
    def serve_nothing(tx: Tx, _: None) -> None:
        tx.execute(
            update(queue_teams).where(queue_teams.c.team_id == "south").values(team_id="team")
        )

    agent = await with_key.hire("south", Role.AGENT, "south")
    with_line = await agent.ask("GET", "/softphone")
    await with_key.hub.store.write(serve_nothing, None)
    status, problem = await agent.ask("POST", "/softphone/token", {})
    assert with_line[1]["lacks"] == ""
    assert (status, problem["code"]) == (403, "softphone.no_line")


@pytest.mark.parametrize(
    ("twilio", "code"),
    [(Twilio(), "no_account"), (ACCOUNT, "no_key"), (STAND_IN, "stand_in")],
    ids=["no account", "no key", "a stand-in"],
)
async def test_what_a_softphone_lacks_is_said(tmp_path: Path, twilio: Twilio, code: str) -> None:
    async for place in opened(tmp_path, twilio):
        agent = await place.hire("agent", Role.AGENT, "team")
        _, view = await agent.ask("GET", "/softphone")
        status, problem = await agent.ask("POST", "/softphone/token", {})
        assert view["lacks"] == code
        assert (status, problem["code"]) == (409, f"softphone.{code}")


async def test_an_agent_chooses_between_the_browser_and_the_desk_phone(place: Place) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    softphone = f"client:{agent.view.id}"
    status, problem = await agent.ask("PUT", "/softphone", {"rings": "desk_phone"})
    assert (status, problem["code"]) == (422, "softphone.no_desk_phone")
    await set_desk_phone(agent, "+862155550000")
    assert (await agent.ask("GET", "/softphone"))[1]["rings"] == "desk_phone"
    assert await rung_at(agent) == "+862155550000"
    for _ in range(2):  # the same again is no change
        _, view = await agent.ask("PUT", "/softphone", {"rings": "browser"})
    assert (view["rings"], view["desk_phone"]) == ("browser", "+862155550000")
    assert await rung_at(agent) == softphone
    await agent.ask("PUT", "/softphone", {"rings": "desk_phone"})
    assert await rung_at(agent) == "+862155550000"
    rows = await place.hub.store.read(
        lambda tx, _: (
            tx.execute(select(audit_log.c.detail).where(audit_log.c.action == "user.rings_at"))
            .scalars()
            .all()
        ),
        None,
    )
    assert [row["rings_at"] for row in rows] == ["browser", "desk_phone"]


async def test_an_extension_stays_for_the_firms_own_phone_system(place: Place) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    await set_desk_phone(agent, "801")
    _, view = await agent.ask("GET", "/softphone")  # what the provider rings is the browser
    assert (view["rings"], view["desk_phone"]) == ("browser", None)
    assert (await agent.ask("PUT", "/softphone", {"rings": "desk_phone"}))[0] == 422
    await agent.ask("PUT", "/softphone", {"rings": "browser"})
    assert await rung_at(agent) == "801"


async def test_a_choice_of_nothing_known_is_refused(place: Place) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    assert (await agent.ask("PUT", "/softphone", {"rings": "mobile"}))[0] in (400, 422)


async def offered_no_calls_since(person: Person) -> object:
    """What the agent's own console, and the wallboard, show of it."""
    [view] = await person.hub.store.read(agent_views, [person.view.id])
    return next(one.unreached_since for one in view.channels if one.channel == "phone")


async def test_a_console_says_that_it_cannot_be_rung_and_a_desk_phone_needs_none(
    with_key: Place,
) -> None:
    agent = await with_key.hire("agent", Role.AGENT, "team")
    await set_desk_phone(agent, "+862155550000")
    assert (await agent.ask("PUT", "/softphone", {"rings": "browser"}))[0] == 200
    assert (await agent.ask("PUT", "/softphone/line", {"on": False}))[0] == 204

    def later(tx: Tx, _: None) -> None:
        fire_due_lost(tx, tx.now + timedelta(seconds=60), 10)

    await agent.hub.store.write(later, None)
    assert await offered_no_calls_since(agent) is not None
    await agent.ask("PUT", "/softphone/line", {"on": True})
    assert await offered_no_calls_since(agent) is None

    await agent.ask("PUT", "/softphone/line", {"on": False})
    await agent.hub.store.write(later, None)
    assert (await agent.ask("PUT", "/softphone", {"rings": "desk_phone"}))[0] == 200
    assert await offered_no_calls_since(agent) is None
    # A console on another computer, which does not know of it yet.
    assert (await agent.ask("PUT", "/softphone/line", {"on": False}))[0] == 204
    await agent.hub.store.write(later, None)
    assert await offered_no_calls_since(agent) is None
    status, _ = await agent.ask("PUT", "/softphone/line", {"on": "yes"})
    assert status == 422
