"""Pictures that a customer's mail shows from another server, over a whole hub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.core.ids import new_id
from hub.testing.hub import hub_settings, running_hub
from hub.testing.picture_server import PictureServer, a_picture, loopback_only
from hub.vendors.mail.sanitise import sanitise_html
from hub.vendors.outbound import OutboundHttp
from hub.web import Role

from .conftest import Person, Place, two_teams


@pytest.fixture
async def outside() -> AsyncIterator[PictureServer]:
    async with PictureServer() as server:
        yield server


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    outbound = OutboundHttp(allow=loopback_only, timeout_s=3.0)
    async with running_hub(hub_settings(tmp_path), two_teams, outbound) as hub:
        made = Place(hub)
        yield made
        for session in made.sessions:
            await session.close()


async def a_mail(place: Place, *urls: str, point: str = "mail") -> str:
    """File a mail that shows these pictures; return the path of its conversation's entries."""
    html = "<p>Look</p>" + "".join(f'<img src="{url}">' for url in urls)
    receipt = await place.hub.door.receive(
        Inbound(
            entry_point_id=point,
            channel=Channel.EMAIL,
            dedupe_key=new_id(),
            senders=(SenderIdentity(IdentityKind.EMAIL, "chen@example.test", None),),
            received_at=place.hub.clock.now(),
            text="Look",
            html=sanitise_html(html),
            acknowledge=False,
        )
    )
    return f"/conversations/{receipt.conversation_id}/interactions"


async def entry_of(reader: Person, path: str) -> str:
    _, page = await reader.ask("GET", path)
    return str(page["items"][0]["id"])


async def picture(person: Person, entry_id: str, url: str) -> tuple[int, dict[str, str], bytes]:
    address = (
        f"{person.hub.base_url}/api/v1/interactions/{entry_id}/image?url={quote(url, safe='')}"
    )
    headers = {"Authorization": f"Bearer {person.key}", "Cookie": "theme=dark"}
    async with person.session.get(address, headers=headers) as answer:
        return answer.status, dict(answer.headers), await answer.read()


async def refusal(person: Person, entry_id: str, url: str) -> tuple[int, Any]:
    path = f"/interactions/{entry_id}/image?url={quote(url, safe='')}"
    status, problem = await person.ask("GET", path)
    return status, problem.get("details", {}).get("why", problem["code"])


async def test_a_picture_of_a_mail_is_fetched_for_who_may_read_the_mail(
    place: Place, outside: PictureServer
) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    url = outside.url("/picture.png?who=chen&mail=1")
    entry_id = await entry_of(chen, await a_mail(place, url))
    status, headers, data = await picture(chen, entry_id, url)
    assert (status, data) == (200, a_picture())
    assert headers["Content-Type"] == "image/png"  # the server said text/html
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"].startswith("private")
    assert "Set-Cookie" not in headers
    [(_, told)] = outside.asked
    assert set(told) == {"host", "accept", "accept-encoding", "connection"}


async def test_an_address_that_is_not_in_the_mail_is_not_fetched(
    place: Place, outside: PictureServer
) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    path = await a_mail(place, outside.url("/picture.png"))
    entry_id = await entry_of(chen, path)
    for url in (outside.url("/other.png"), outside.url("/picture.png#x"), "", "Look"):
        assert await refusal(chen, entry_id, url) == (404, "not_found")
    assert outside.asked == []


async def test_a_picture_of_another_teams_mail_does_not_exist(
    place: Place, outside: PictureServer
) -> None:
    south = await place.hire("south", Role.AGENT, "south")
    stranger = await place.hire("stranger", Role.SUPERVISOR, "team")
    url = outside.url()
    entry_id = await entry_of(south, await a_mail(place, url, point="finance-mail"))
    assert (await picture(south, entry_id, url))[0] == 200
    assert await refusal(stranger, entry_id, url) == (404, "not_found")
    assert len(outside.asked) == 1


@pytest.mark.parametrize(
    ("path", "why"),
    [("/vector.png", "type"), ("/moved", "redirect"), ("/huge", "size"), ("/slow", "time")],
)
async def test_what_is_no_fair_picture_is_not_shown(
    place: Place, outside: PictureServer, path: str, why: str
) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    entry_id = await entry_of(chen, await a_mail(place, outside.url(path)))
    assert await refusal(chen, entry_id, outside.url(path)) == (422, why)
    assert len(outside.asked) == 1


async def test_a_hub_as_it_is_installed_fetches_nothing_from_its_own_network(
    tmp_path: Path, outside: PictureServer
) -> None:
    urls = [
        outside.url(),
        "http://169.254.169.254/latest/meta-data/",
        f"http://[::ffff:127.0.0.1]:{outside.port}/picture.png",
    ]
    async with running_hub(hub_settings(tmp_path), two_teams) as hub:
        place = Place(hub)
        chen = await place.hire("chen", Role.AGENT, "team")
        entry_id = await entry_of(chen, await a_mail(place, *urls))
        for url in urls:
            assert await refusal(chen, entry_id, url) == (422, "address")
        for session in place.sessions:
            await session.close()
    assert outside.asked == []
