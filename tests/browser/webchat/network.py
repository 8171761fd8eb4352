"""A network between a browser and the hub, as some companies have it: a small TCP proxy that knows
what a WebSocket's handshake looks like, and lets none through.
"""

from __future__ import annotations

import asyncio
import contextlib
from enum import StrEnum

_HEAD_BYTES = 64 * 1024


class Handshakes(StrEnum):
    """What becomes of an upgrade."""

    REFUSED = "refused"  # answered with 403 by the proxy
    CUT = "cut"  # the connection is closed without an answer
    SWALLOWED = "swallowed"  # never answered
    THROUGH = "through"


class Network:
    """`port` leads to `target` on loopback, in the middle of a `with`."""

    def __init__(self, handshakes: Handshakes) -> None:
        self.handshakes = handshakes
        self.target = 0
        self.port = 0
        self.stopped = 0  # handshakes that were not let through
        self.opened = 0  # and those that were
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Network:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0, limit=_HEAD_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection there is."""
        for task in self._tasks:
            task.cancel()

    async def _meet(self, page: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._carry(page, back)
        finally:
            self._tasks.discard(task)
            back.transport.abort()

    async def _carry(self, page: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        head = await page.readuntil(b"\r\n\r\n")
        if b"upgrade: websocket" in head.lower():
            if self.handshakes is not Handshakes.THROUGH:
                await self._stop(page, back)
                return
            self.opened += 1
        hub, out = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            out.write(head)
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(page, out))
                both.create_task(_pump(hub, back))
        finally:
            out.transport.abort()

    async def _stop(self, page: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self.stopped += 1
        if self.handshakes is Handshakes.REFUSED:
            back.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await back.drain()
            back.close()
            await back.wait_closed()
        elif self.handshakes is Handshakes.SWALLOWED:
            await page.read()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while piece := await source.read(_HEAD_BYTES):
        sink.write(piece)
        await sink.drain()
    sink.write_eof()
