"""A whole hub inside a test: real ports on loopback, SQLite or PostgreSQL, every service
running.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from hub.app import Hub, open_hub
from hub.core.bus import Bus
from hub.core.supervise import run_services
from hub.schema import upgrade
from hub.settings import Backup, Secret, Server, Settings
from hub.storage import Store, Tx
from hub.vendors.outbound import OutboundHttp

from .center import open_center
from .databases import empty_sqlite

READY_S = 20.0


def hub_settings(folder: Path, database_url: str = "") -> Settings:
    """Return settings for a hub on free ports with its data in `folder`."""
    return Settings(
        data_dir=str(folder),
        database_url=Secret(database_url),
        server=Server(port=0, chat_port=0, mail_port=0),
        backup=Backup(keep=0),
    )


@asynccontextmanager
async def running_hub(
    settings: Settings,
    seed: Callable[[Tx, None], Any] = open_center,
    outbound: OutboundHttp | None = None,
) -> AsyncIterator[Hub]:
    """Run a hub whose database was first filled by `seed`; stop it in the end.

    An error of a service ends the block with that error.
    """
    settings.data_path().mkdir(parents=True, exist_ok=True)
    await asyncio.to_thread(_give_schema, settings)
    async with Store(settings.database(), Bus()) as store:
        await store.write(seed, None)
    stop = asyncio.Event()
    async with (
        open_hub(settings, doors=True, outbound=outbound) as hub,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(run_services(hub.services, stop))
        try:
            await _listening(hub)
            yield hub
        finally:
            stop.set()


def _give_schema(settings: Settings) -> None:
    """A new SQLite file gets the schema as a copy: one migrated of its own takes a second."""
    file = settings.sqlite_path()
    if file is None or file.exists():
        upgrade(settings.database())
    else:
        file.write_bytes(empty_sqlite())


async def _listening(hub: Hub) -> None:
    """Wait until the web port answers: everything before it in the order of services runs."""
    async with asyncio.timeout(READY_S):
        while True:
            try:
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", hub.settings.server.port
                )
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            if answer.startswith(b"HTTP/1.1 200"):
                return
            await asyncio.sleep(0.02)


def with_server(settings: Settings, **changes: Any) -> Settings:
    """Return settings with changed server keys."""
    return msgspec.structs.replace(
        settings, server=msgspec.structs.replace(settings.server, **changes)
    )
