"""A canary: the tier that agents are not told of is nowhere in what an agent's key can read or
hear, while a supervisor is told (knowledge.md, Value tiers).

The surface is walked by the hub's own description of it, so a new route is checked too.
"""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from typing import Any

import aiohttp
import msgspec
import pytest
from sqlalchemy import select, update

from hub import care
from hub.accounts.model import SYSTEM
from hub.agent_console.why import duration
from hub.contacts.tables import contacts
from hub.core.ids import new_id
from hub.customers.reads import customers_of_identities
from hub.customers.service import SetTier
from hub.routing.settings import QueueSettings, load_settings, save_settings
from hub.routing.tables import tiers
from hub.storage import Tx
from hub.web import Role

from .conftest import Person, Place
from .test_socket import a_socket

CANARY_S = 27_183  # its promise, which no other tier has: who reads it knows the tier
CANARY = "canarytier"  # what the set-up calls its lowest tier here, in every language


def hide_a_tier(tx: Tx, _: None) -> None:
    """Call the lowest tier by a name that nothing else has."""
    settings = load_settings(tx)

    def renamed(queue: QueueSettings) -> QueueSettings:
        targets = {
            channel: {tier: s for tier, s in by_tier.items() if tier != "low"} | {CANARY: CANARY_S}
            for channel, by_tier in queue.target_s.items()
        }
        return msgspec.structs.replace(queue, target_s=targets)

    save_settings(
        tx,
        msgspec.structs.replace(
            settings,
            tiers=(*settings.tiers[:-1], CANARY),
            agents_see={CANARY: "standard"},
            queues={key: renamed(queue) for key, queue in settings.queues.items()},
        ),
    )
    names = {"id": CANARY, "zh": CANARY, "en": CANARY}
    tx.execute(update(tiers).where(tiers.c.id == "low").values(**names))


def to_the_lowest(tx: Tx, contact_id: str) -> str:
    """Give the contact's customer the hidden tier and return the customer's id."""
    identity_id = tx.execute(
        select(contacts.c.identity_id).where(contacts.c.id == contact_id)
    ).scalar_one()
    customer_id: str = customers_of_identities(tx, [identity_id])[identity_id].customer_id
    care.change_tier(tx, SetTier(SYSTEM, customer_id, CANARY, f"{CANARY} after a review"))
    return customer_id


class Surface:
    """Everything one person can read by GET, with the ids of one customer's affairs."""

    def __init__(self, person: Person, ids: dict[str, str]) -> None:
        self.person = person
        self.ids = ids
        self.walked: set[str] = set()

    async def read(self) -> list[str]:
        """Walk every GET route of the description; return what was answered, as JSON."""
        return [await self._ask(path, filled) for path, filled in await self._paths()]

    async def _ask(self, path: str, filled: str) -> str:
        status, body = await self.person.ask("GET", filled.removeprefix("/api/v1"))
        if status == 200:
            self.walked.add(path)
        return f"{path} {status} {msgspec.json.encode(body).decode()}"

    async def _paths(self) -> list[tuple[str, str]]:
        _, described = await self.person.ask("GET", "/../openapi.json")
        return [
            (path, filled)
            for path, methods in described["paths"].items()
            if "get" in methods and path.startswith("/api/v1/")
            for filled in self._filled(path)
        ]

    def _filled(self, path: str) -> list[str]:
        for name, value in self.ids.items():
            path = path.replace(f"{{{name}}}", value)
        if "{" in path:
            return []
        if path == "/api/v1/contacts":
            return [path, f"{path}?state=queued", f"{path}?state=active", f"{path}?state=closed"]
        return [f"{path}?q=Chen", path] if path.endswith(("/customers", "/knowledge")) else [path]


async def listen(place: Place, person: Person, heard: list[str]) -> None:
    headers = {"Authorization": f"Bearer {person.key}"}
    async with a_socket(place, person.session, **headers) as socket:
        await socket.send_json({"type": "hello"})
        while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            heard.append(message.data)


async def test_agents_never_hear_of_the_hidden_tier(place: Place) -> None:
    await place.hub.store.write(hide_a_tier, None)
    agent = await place.hire("li", Role.AGENT, "team")
    chief = await place.hire("chief", Role.SUPERVISOR, "team")
    receipt = await place.write_in("Where is my parcel?", "mail", "chen@example.test")
    contact_id = str(receipt.contact_id)
    customer_id = await place.hub.store.write(to_the_lowest, contact_id)
    ids = {
        "contact_id": contact_id,
        "customer_id": customer_id,
        "conversation_id": receipt.conversation_id,
    }
    waiting = await Surface(agent, ids).read()
    heard: list[str] = []
    ear = asyncio.create_task(listen(place, agent, heard))
    surface = Surface(agent, ids)
    async with agent.console().signed_in() as console:
        await console.set_state("ready")
        await console.until(lambda: bool(console.offers))
        offered = await surface.read()
        await console.accept(next(iter(console.offers)))
        await console.until(lambda: contact_id in console.contacts)
        said = [await act(agent, contact_id, verb, body) for verb, body in acts(place)]
        handled = await surface.read()
        refused = await agent.ask("PATCH", f"/customers/{customer_id}", {"tier": "nonsense"})
        said.append(str(refused))
        said.append(str(await agent.ask("POST", f"/contacts/{contact_id}/close", {})))
        after = await surface.read()
    ear.cancel()
    everything = [*waiting, *offered, *said, *handled, *after, *heard]
    tells = (CANARY, str(CANARY_S), *duration(CANARY_S))
    assert not [one for one in everything if any(word in one.casefold() for word in tells)]
    assert any(frame for frame in heard if contact_id in frame)
    expected = {
        "/api/v1/contacts/{contact_id}",
        "/api/v1/customers/{customer_id}",
        "/api/v1/customers/{customer_id}/timeline",
        "/api/v1/conversations/{conversation_id}/interactions",
        "/api/v1/me/offers",
        "/api/v1/queues",
        "/api/v1/setup",
    }
    assert expected <= surface.walked
    told = await Surface(chief, ids).read()
    assert any(CANARY in one for one in told), "the canary sings for who may hear it"
    assert any(str(CANARY_S) in one for one in told)


def give_up_the_tier(tx: Tx, _: None) -> None:
    """Take the hidden tier out of the set-up, while its customers have it still."""
    settings = load_settings(tx)

    def without(queue: QueueSettings) -> QueueSettings:
        targets = {
            channel: {tier: s for tier, s in by_tier.items() if tier != CANARY}
            for channel, by_tier in queue.target_s.items()
        }
        return msgspec.structs.replace(queue, target_s=targets)

    queues = {key: without(queue) for key, queue in settings.queues.items()}
    left = msgspec.structs.replace(
        settings, tiers=settings.tiers[:-1], agents_see={}, queues=queues
    )
    save_settings(tx, left)
    tx.execute(update(tiers).where(tiers.c.id == CANARY).values(retired=True))


async def test_agents_do_not_hear_of_a_hidden_tier_that_is_given_up(place: Place) -> None:
    await place.hub.store.write(hide_a_tier, None)
    agent = await place.hire("li", Role.AGENT, "team")
    chief = await place.hire("chief", Role.SUPERVISOR, "team")
    receipt = await place.write_in("Where is my parcel?", "mail", "chen@example.test")
    contact_id = str(receipt.contact_id)
    customer_id = await place.hub.store.write(to_the_lowest, contact_id)
    await place.hub.store.write(give_up_the_tier, None)
    ids = {
        "contact_id": contact_id,
        "customer_id": customer_id,
        "conversation_id": receipt.conversation_id,
    }
    read = await Surface(agent, ids).read()
    async with agent.console().signed_in() as console:
        await console.set_state("ready")
        await console.until(lambda: bool(console.offers))
        await console.accept(next(iter(console.offers)))
        await console.until(lambda: contact_id in console.contacts)
        read += await Surface(agent, ids).read()
    tells = (CANARY, str(CANARY_S), *duration(CANARY_S))
    assert not [one for one in read if any(word in one.casefold() for word in tells)]
    _, shown = await agent.ask("GET", f"/customers/{customer_id}")
    assert (shown["tier"], shown["tier_detail"]["tier"]) == ("standard", "standard")
    assert any(CANARY in one for one in await Surface(chief, ids).read())


async def test_agents_see_the_promise_of_the_tier_they_are_shown_in_the_true_order(
    place: Place,
) -> None:
    """Nothing that is shown lets the true promise be worked out, not even the cursor."""
    await place.hub.store.write(hide_a_tier, None)
    agent = await place.hire("li", Role.AGENT, "team")
    chief = await place.hire("chief", Role.SUPERVISOR, "team")
    for number in range(6):
        receipt = await place.write_in("Where is it?", "mail", f"chen{number}@example.test")
        if number % 2 == 0:
            await place.hub.store.write(to_the_lowest, str(receipt.contact_id))
        await place.hub.store.write(began_before, (str(receipt.contact_id), 1000 * (number + 1)))
    shown, cursors = await walk(agent)
    true, true_cursors = await walk(chief)
    assert [row["id"] for row in shown] == [row["id"] for row in true]
    waits = [row["urgency"]["waited_s"] for row in shown]
    assert waits != sorted(waits, reverse=True)  # it is not the order of what is shown
    assert {row["target_s"] for row in true} == {14_400, CANARY_S}
    for row in shown:
        urgency = row["urgency"]
        assert (row["target_s"], urgency["target_s"]) == (14_400, 14_400)
        assert urgency["value"] == pytest.approx(urgency["waited_s"] / 14_400, abs=1e-4)
    assert not any(number in cursor for cursor in cursors for number in ("14400", str(CANARY_S)))
    assert any(str(CANARY_S) in cursor for cursor in true_cursors)
    assert (await agent.ask("GET", "/queues"))[1]["items"][0]["longest_urgency"] is None


def began_before(tx: Tx, asked: tuple[str, int]) -> None:
    contact_id, seconds = asked
    earlier = contacts.c.virtual_start_us - seconds * 1_000_000
    tx.execute(update(contacts).where(contacts.c.id == contact_id).values(virtual_start_us=earlier))


async def walk(person: Person) -> tuple[list[dict[str, Any]], list[str]]:
    """Return who waits, most urgent first, read by pages, and what the cursors hold."""
    rows: list[dict[str, Any]] = []
    cursors: list[str] = []
    after = ""
    while True:
        _, page = await person.ask("GET", f"/contacts?state=queued&limit=1&after={after}")
        rows += page["items"]
        after = page["after"]
        if not after:
            return rows, cursors
        cursors.append(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode())


def acts(place: Place) -> list[tuple[str, dict[str, Any]]]:
    due = place.hub.clock.now() + timedelta(days=1)
    return [
        ("note", {"client_id": new_id(), "text": "called back"}),
        (
            "commitments",
            {"kind": "callback", "text": "Call", "due_at": f"{due:%Y-%m-%dT%H:%M:%SZ}"},
        ),
        ("reply", {"client_id": new_id(), "text": "On its way."}),
    ]


async def act(agent: Person, contact_id: str, verb: str, body: dict[str, Any]) -> str:
    status, answer = await agent.ask("POST", f"/contacts/{contact_id}/{verb}", body)
    assert status < 300, answer
    return str(answer)
