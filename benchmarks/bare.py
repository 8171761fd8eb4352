"""The prototype a hub is measured against: a socket server that stores a text and echoes an ack.

One table, one statement, group commit on a thread, nothing else: no access, no queue, no search.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import queue
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from sqlalchemy import text
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

from hub.storage.engine import open_engine

_MOST = 256
_TABLE = "CREATE TABLE echoed (client_id TEXT, said TEXT)"
_INSERT = text("INSERT INTO echoed VALUES (:client_id, :text)")
_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()
_Waiting = tuple[dict[str, Any], asyncio.Future[None]]


@asynccontextmanager
async def a_bare_server(database_url: str) -> AsyncIterator[str]:
    """Serve until the block ends; yields the address of its socket."""
    waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
    thread = threading.Thread(target=_store, args=(database_url, waiting))
    loop = asyncio.get_running_loop()

    async def converse(connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await connection.recv()
            broadcast([connection], b'{"type":"welcome"}', text=True)
            for seq in itertools.count(1):
                frame = _decoder.decode(await connection.recv(decode=False))
                stored = loop.create_future()
                waiting.put((frame, stored))
                await stored
                ack = {"type": "ack", "client_id": frame["client_id"], "seq": seq}
                broadcast([connection], _encoder.encode(ack), text=True)

    thread.start()
    try:
        async with serve(converse, "127.0.0.1", 0, compression=None) as server:
            yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"
    finally:
        waiting.put(None)
        await asyncio.to_thread(thread.join)


def _store(database_url: str, waiting: queue.SimpleQueue[_Waiting | None]) -> None:
    engine = open_engine(database_url, reading=False)
    with engine.connect() as connection:
        with connection.begin():
            connection.execute(text(_TABLE))
        while (first := waiting.get()) is not None:
            taken = [first]
            while len(taken) < _MOST and not waiting.empty():
                one = waiting.get()
                if one is None:
                    waiting.put(None)
                    break
                taken.append(one)
            with connection.begin():
                rows = [{"client_id": f["client_id"], "text": f["text"]} for f, _ in taken]
                connection.execute(_INSERT, rows)
            taken[0][1].get_loop().call_soon_threadsafe(_resume, [done for _, done in taken])
    engine.dispose()


def _resume(stored: list[asyncio.Future[None]]) -> None:
    for future in stored:
        if not future.done():
            future.set_result(None)
