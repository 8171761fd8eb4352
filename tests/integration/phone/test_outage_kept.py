"""An outage as it is kept: found by two at once, and over where nobody is left to be away."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub.channels.phone import PhoneChannel
from hub.contacts.outages import service as outages
from hub.contacts.outages.service import Outage, list_outages, note_away
from hub.storage import DirectoryBlobs, Store
from tests.integration.phone.front_door import FrontDoor

AWAY = Outage("phone", datetime(2026, 3, 10, 12, 0, tzinfo=UTC), "HTTP 503")


async def test_two_processes_that_find_out_at_once_keep_one_outage(
    live_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await live_store.write(note_away, AWAY)
    with monkeypatch.context() as at_once:
        at_once.setattr(outages, "find_outage", lambda tx, channel: None)
        await live_store.write(note_away, replace(AWAY, reason="HTTP 502"))
    assert await live_store.read(list_outages, None) == [AWAY]


async def test_an_outage_ends_where_no_account_is_left(
    live_store: Store, blobs: DirectoryBlobs
) -> None:
    """It was disconnected while the hub was down: nobody is away any more, and nothing waits."""
    await live_store.write(note_away, AWAY)
    running = asyncio.create_task(
        PhoneChannel(FrontDoor(live_store, blobs), (), None, "https://hub.example").run()
    )
    async with asyncio.timeout(30):
        while True:
            if not await live_store.read(list_outages, None):
                break
            await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
