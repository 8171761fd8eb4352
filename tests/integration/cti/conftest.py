"""A PBX on one side, the hub's own door on the other, and real HTTP between them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import insert, select, update

from hub.accounts.tables import users
from hub.channels.cti import PbxChannel
from hub.channels.cti.proof import sign
from hub.contacts.pbx.reads import Ringing, ringing_at
from hub.contacts.tables import contacts, entry_points, interactions
from hub.core.bus import Bus
from hub.intake.door import HubDoor
from hub.storage import DirectoryBlobs, Store, Tx
from hub.testing.center import add_agent, an_entry_point, open_center
from hub.testing.clock import ManualClock
from hub.vendors.outbound import OutboundHttp

KEY = "the key of the firm's PBX"
CHEN = "13800138000"
CHENS = "+8613800138000"
OURS = "02155501000"


@dataclass
class House:
    """A firm with a PBX: Ann has the phone 801, Ben 802."""

    store: Store
    clock: ManualClock
    channel: PbxChannel
    url: str
    session: aiohttp.ClientSession
    ann: str
    ben: str

    async def post(self, body: Mapping[str, Any], key: str = KEY) -> int:
        raw = json.dumps(body).encode()
        headers = {
            "X-Hub-Signature": sign(key, raw, self.clock.now()),
            "Content-Type": "application/json",
        }
        async with self.session.post(self.url, data=raw, headers=headers) as answer:
            return answer.status

    async def tell(self, event: str, call: str = "a1", **more: Any) -> None:
        """An event of a call of Chen's, or of another number."""
        facts = {"call_id": call, "event": event, "from": CHEN, "to": OURS, "direction": "in"}
        at = self.clock.now().isoformat()
        assert await self.post({**facts, "at": at, **more}) == 200

    async def over(self) -> None:
        """Some seconds later, what the channel looks after by itself is done."""
        self.clock.advance(3)
        await self.channel.sweep()

    async def rings(self, agent_id: str) -> list[Ringing]:
        return await self.store.read(ringing_at, agent_id)

    async def contacts(self) -> list[Any]:
        return await self.store.read(_contacts, None)

    async def contact(self) -> Any:
        [row] = await self.contacts()
        return row

    async def entries(self) -> list[Any]:
        return await self.store.read(_entries, None)

    async def set_pbx(self, **changes: Any) -> None:
        await self.store.write(_set_pbx, changes)


def _contacts(tx: Tx, _: None) -> list[Any]:
    return list(tx.execute(select(contacts).order_by(contacts.c.opened_at, contacts.c.id)))


def _entries(tx: Tx, _: None) -> list[Any]:
    calls = interactions.c.kind == "call"
    return list(tx.execute(select(interactions).where(calls).order_by(interactions.c.id)))


def _set_pbx(tx: Tx, changes: Mapping[str, Any]) -> None:
    pbx = {"profile": "generic", "signing_keys": [KEY], **changes}
    tx.execute(
        update(entry_points).where(entry_points.c.id == "house").values(settings={"pbx": pbx})
    )


def _furnish(tx: Tx, _: None) -> tuple[str, str]:
    open_center(tx)
    tx.execute(insert(entry_points).values(**an_entry_point("house", "phone", OURS)))
    _set_pbx(tx, {})
    ids = add_agent(tx, "Ann"), add_agent(tx, "Ben")
    for agent_id, extension in zip(ids, ("801", "802"), strict=True):
        phone = update(users).where(users.c.id == agent_id)
        tx.execute(phone.values(phone_address=extension))
    return ids


@pytest.fixture
async def house(store: Store, clock: ManualClock, tmp_path: Path) -> AsyncIterator[House]:
    ann, ben = await store.write(_furnish, None)
    door = HubDoor(store, DirectoryBlobs(tmp_path / "blobs"), clock, Bus())
    local = OutboundHttp(allow=lambda address, _: address.is_loopback, timeout_s=30.0)
    channel = PbxChannel(door, local, local)
    app = web.Application()
    app.add_routes(channel.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{port}/channels/house/calls"
        yield House(store, clock, channel, url, session, ann, ben)
    await runner.cleanup()
