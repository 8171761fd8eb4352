"""Schemathesis against the description of a running hub: nothing it thinks of makes the hub fail.

It asks as an agent with real ids, so that the requests come as far as the use cases. Signing out
and making keys are left out: the run must keep the rights it began with.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.testing.hub import hub_settings, running_hub
from hub.web import Role
from tests.integration.agent_console.conftest import Person, Place, two_teams

_SECONDS = 25
_LEFT_OUT = ("/api/v1/session", "/api/v1/me/password", "/api/v1/me/api-keys")


@pytest.fixture
async def place(tmp_path: Path, database_url: str) -> AsyncIterator[Place]:
    async with running_hub(hub_settings(tmp_path / "hub", database_url), two_teams) as hub:
        made = Place(hub)
        yield made
        for session in made.sessions:
            await session.close()


async def known_ids(place: Place, agent: Person) -> dict[str, str]:
    """Make one thing of each kind; return the path parameters that name them."""
    status, customer = await agent.ask("POST", "/customers", {"name": "Chen", "identities": []})
    assert status == 201, customer
    status, article = await agent.ask(
        "POST", "/knowledge", {"question": "Warm?", "answer": "Plug it in.", "language": "en"}
    )
    assert status == 201, article
    async with agent.console().signed_in() as console:
        await console.set_state("ready")
        receipt = await place.write_in("Hello")
        await console.until(lambda: bool(console.offers))
        offer_id = next(iter(console.offers))
        await console.accept(offer_id)
    return {
        "contact_id": str(receipt.contact_id),
        "conversation_id": receipt.conversation_id,
        "offer_id": offer_id,
        "customer_id": str(customer["id"]),
        "article_id": str(article["id"]),
    }


def configuration(folder: Path, ids: dict[str, str]) -> Path:
    """Write what schemathesis is to know; the tool reads its settings from a file."""
    lines = ["[parameters]", *(f'"path.{name}" = "{value}"' for name, value in ids.items())]
    file = folder / "schemathesis.toml"
    file.write_text("\n".join(lines), "utf-8")
    return file


@pytest.mark.timeout(240)
async def test_no_request_of_the_description_makes_the_hub_fail(
    place: Place, tmp_path: Path
) -> None:
    agent = await place.hire("chen", Role.AGENT, "team")
    settings = configuration(tmp_path, await known_ids(place, agent))
    run = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        *("--config-file", str(settings), "run", f"{place.hub.base_url}/api/openapi.json"),
        *("--header", f"Authorization: Bearer {agent.key}"),
        *("--checks", "not_a_server_error", "--phases", "coverage,fuzzing"),
        *("--max-time", str(_SECONDS), "--seed", "20260310", "--continue-on-failure"),
        *("--generation-database", "none", "--no-color"),
        *(part for path in _LEFT_OUT for part in ("--exclude-path", path)),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await run.communicate()
    assert run.returncode == 0, told.decode()
    assert (await agent.ask("GET", "/me"))[0] == 200
