"""A canary: what one team handles is nowhere in what another team's people can read or hear."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import aiohttp
import msgspec
import pytest

from hub.core.ids import new_id
from hub.web import Role

from .conftest import Person, Place
from .test_files_and_starts import PNG, download, upload
from .test_socket import a_socket, hello, next_frame

CANARY = "CANARY-SOUTH"


class South:
    """The other team at work: a contact offered, accepted, answered, with a file and a promise."""

    def __init__(self, place: Place, agent: Person) -> None:
        self.place = place
        self.agent = agent
        self.offer_id = ""
        self.contact_id = ""
        self.conversation_id = ""
        self.customer_id = ""
        self.file_url = ""

    async def receive(self) -> None:
        receipt = await self.place.write_in(CANARY, "finance-mail", "chen@example.test")
        self.contact_id = str(receipt.contact_id)
        self.conversation_id = receipt.conversation_id

    async def work(self) -> None:
        async with self.agent.console().signed_in() as console:
            await console.set_state("ready")
            await console.until(lambda: bool(console.offers))
            self.offer_id = next(iter(console.offers))
            self.customer_id = console.offers[self.offer_id].contact.customer.id
            await console.accept(self.offer_id)
            await console.until(lambda: self.contact_id in console.contacts)
            _, file = await upload(self.agent, PNG, f"{CANARY}.png", "image/png")
            self.file_url = file["url"]
            answer = {"client_id": new_id(), "text": CANARY, "attachments": [file["id"]]}
            await self.act("reply", answer)
            await self.act("note", {"client_id": new_id(), "text": CANARY})
            tomorrow = self.place.hub.clock.now() + timedelta(days=1)
            await self.act(
                "commitments",
                {"kind": "callback", "text": CANARY, "due_at": f"{tomorrow:%Y-%m-%dT%H:%M:%SZ}"},
            )

    async def act(self, verb: str, body: dict[str, Any]) -> None:
        status, answer = await self.agent.ask("POST", f"/contacts/{self.contact_id}/{verb}", body)
        assert status < 300, answer


@pytest.fixture
async def south(place: Place) -> South:
    made = South(place, await place.hire("south", Role.AGENT, "south"))
    await made.receive()
    return made


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
async def test_no_list_and_no_search_shows_anything_of_another_team(
    place: Place, south: South, role: Role
) -> None:
    await south.work()
    stranger = await place.hire("stranger", role, "team")
    own = await south.agent.ask("GET", f"/customers/{south.customer_id}/timeline")
    assert CANARY in str(own)
    found = await south.agent.ask("GET", f"/interactions?q={CANARY}")
    assert CANARY in str(found)
    for path in (
        "/contacts",
        "/contacts?state=queued",
        "/contacts?state=active",
        "/contacts?queue=finance",
        "/contacts?channel=email",
        "/me/contacts",
        "/me/offers",
        "/queues",
        "/commitments",
        f"/customers?q={CANARY}",
        f"/customers/{south.customer_id}/timeline",
        f"/customers/{south.customer_id}/contacts",
        f"/customers/{south.customer_id}",
        f"/knowledge?q={CANARY}",
        f"/interactions?q={CANARY}",
        "/colleagues",
        "/setup",
    ):
        status, body = await stranger.ask("GET", path)
        assert status == 200, path
        assert CANARY not in str(body), path
        assert south.contact_id not in str(body), path
        assert south.conversation_id not in str(body), path


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
async def test_files_offers_and_suggestions_of_another_team_do_not_exist(
    place: Place, south: South, role: Role
) -> None:
    await south.work()
    stranger = await place.hire("stranger", role, "team")
    assert (await download(south.agent, south.file_url))[0] == 200
    assert (await download(stranger, south.file_url))[0] == 404
    for method, path, body in (
        ("GET", f"/knowledge/suggestions?contact={south.contact_id}", None),
        ("POST", f"/offers/{south.offer_id}/accept", {}),
        ("POST", f"/offers/{south.offer_id}/decline", {}),
        ("GET", f"/conversations/{south.conversation_id}/interactions", None),
    ):
        status, problem = await stranger.ask(method, path, body)
        assert status == 404, (path, problem)


async def test_another_teams_files_cannot_be_sent_on(place: Place, south: South) -> None:
    """Neither in an answer nor in a contact that is filed: an id is no right to a file."""
    await south.work()
    stranger = await place.hire("stranger", Role.AGENT, "team")
    file_id = south.file_url.rpartition("/")[2]
    filed = {
        "channel": "email",
        "entry_point_id": "mail",
        "identities": [{"kind": "email", "value": "wang@example.test"}],
        "text": "x",
        "dedupe_key": "k",
        "attachments": [file_id],
    }
    assert (await stranger.ask("POST", "/contacts", filed))[0] == 422
    receipt = await place.write_in("Hello")
    async with stranger.console().signed_in() as console:
        await console.set_state("ready")
        await console.until(lambda: bool(console.offers))
        await console.accept(next(iter(console.offers)))
        path = f"/contacts/{receipt.contact_id}/reply"
        body = {"client_id": "c1", "text": "x", "attachments": [file_id]}
        status, problem = await stranger.ask("POST", path, body)
        assert (status, problem["code"]) == (422, "reply.unknown_file")


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
async def test_no_frame_of_a_console_shows_anything_of_another_team(
    place: Place, south: South, role: Role
) -> None:
    stranger = await place.hire("stranger", role, "team")
    async with a_socket(place, stranger.session) as socket:
        await hello(socket, api_key=stranger.key, board=True)
        await socket.send_json({"type": "open", "conversation_id": south.conversation_id})
        await socket.send_json({"type": "seen", "contact_id": south.contact_id})
        await south.work()
        heard = await everything_until_beat(socket)
    assert heard
    assert CANARY not in heard
    assert south.contact_id not in heard
    assert south.conversation_id not in heard


async def everything_until_beat(socket: aiohttp.ClientWebSocketResponse) -> str:
    """Return all that is sent up to the figures and hints of now, as one text."""
    await asyncio.sleep(1.5)  # the figures go out once a second: their frame is to be among it
    await socket.send_json({"type": "beat"})
    told = []
    while (frame := await next_frame(socket))["type"] != "beat":
        told.append(msgspec.json.encode(frame).decode())
    return "\n".join(told)
