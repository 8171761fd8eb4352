"""A corpus of hostile mails in the real console: nothing runs, nothing is asked of anybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Request

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.testing.picture_server import PictureServer
from tests.scenarios.stage import Stage

from .conftest import Consoles
from .test_desk import accept_by_keys

CORPUS = Path(__file__).parents[2] / "fixtures" / "mail" / "hostile_html.txt"

WALK = Path(__file__).with_name("look_into_mails.js")


def hostile_mails(host: str) -> list[str]:
    lines = CORPUS.read_text("utf-8").splitlines()
    return [line.replace("{host}", host) for line in lines if not line.startswith("#")]


@pytest.fixture
async def outside() -> AsyncIterator[PictureServer]:
    async with PictureServer() as server:
        yield server


async def file_all(stage: Stage, bodies: list[str]) -> None:
    """One conversation, a hostile mail after the other, as if the hub had let them all through: the
    console's guards have to hold by themselves. Those of the hub are in tests/unit/mail.
    """
    conversation_id: str | None = None
    for number, body in enumerate(bodies):
        receipt = await stage.hub.door.receive(
            Inbound(
                entry_point_id="mail",
                channel=Channel.EMAIL,
                dedupe_key=f"hostile-{number}",
                senders=(SenderIdentity(IdentityKind.EMAIL, "chen@example.test", None),),
                received_at=stage.hub.clock.now(),
                text=f"mail {number}.",
                html=f"<p>mail {number}.</p>{body}",
                acknowledge=False,
                conversation_id=conversation_id,
            )
        )
        conversation_id = receipt.conversation_id


async def test_no_mail_of_the_corpus_runs_anything_or_asks_anybody(
    stage: Stage, consoles: Consoles, outside: PictureServer
) -> None:
    page = await consoles.enter("Li")
    await page.context.add_init_script("window.pwned = () => { top.pwnedBy = location.href }")
    await page.reload()
    asked: list[str] = []

    def look(request: Request) -> None:
        ours = request.url.startswith(stage.hub.base_url)
        if not ours and not request.url.startswith(("data:", "blob:", "about:")):
            asked.append(request.url)
        if request.frame is not page.main_frame:
            asked.append(f"from a mail: {request.url}")

    page.context.on("request", look)
    bodies = hostile_mails(f"127.0.0.1:{outside.port}")
    await file_all(stage, bodies)
    await accept_by_keys(page)
    found = await page.evaluate(WALK.read_text("utf-8"), len(bodies))
    assert found["wrong"] == []
    assert found["seen"] == list(range(len(bodies)))
    assert found["ran"] == ""
    assert asked == []
    assert outside.asked == []
    assert page.url.startswith(stage.hub.base_url)
