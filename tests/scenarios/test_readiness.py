"""A hub whose disk is full or whose database refuses says so, and is ready again by itself."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from aiohttp import ClientSession

from hub.app import Hub
from hub.core.errors import Unavailable
from hub.storage import DirectoryBlobs
from hub.storage.leases import AskLease, release_lease
from hub.testing.databases import refusing_writes
from hub.testing.hub import hub_settings, running_hub


async def ask(hub: Hub, status: int) -> str:
    """Ask `/readyz` until it answers with `status`; return what it says."""
    async with ClientSession(hub.base_url) as http, asyncio.timeout(30):
        while True:
            async with http.get("/readyz") as answer:
                if answer.status == status:
                    return str((await answer.json()).get("detail", ""))
            await asyncio.sleep(0.05)


async def test_a_hub_that_cannot_write_is_not_ready_until_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_hub(hub_settings(tmp_path)) as hub:
        await ask(hub, 200)
        caplog.clear()
        async with refusing_writes(hub.store):
            assert "database: The database is read-only" in await ask(hub, 503)
            for _ in range(20):  # beside the timers, the router and the sender
                with pytest.raises(Unavailable):
                    await hub.store.write(release_lease, AskLease("nobody", "nobody", 0.0))
            await ask(hub, 503)
        await ask(hub, 200)
    told = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert [record.name for record in told] == ["hub.storage.condition"] * 2
    assert not any(record.exc_info for record in told)


async def test_a_hub_without_room_for_files_is_not_ready(tmp_path: Path) -> None:
    async with running_hub(hub_settings(tmp_path)) as hub:
        assert isinstance(hub.blobs, DirectoryBlobs)
        hub.blobs.spare_bytes = 1 << 62
        assert "files: The disk is full" in await ask(hub, 503)
        hub.blobs.spare_bytes = 0
        await ask(hub, 200)
