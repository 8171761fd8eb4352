"""A line between the browser and the hub that can be cut: a TCP proxy on a port of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Line:
    """Carries bytes to `target` until it is cut; cut, it refuses connections and drops open ones.

    `mute`: what the hub answers is lost, what the browser says still arrives. `hold`: requests are
    dropped, and sockets are taken and never answered, as by a line that sleeps.
    """

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.target = 0
        self.mute = False
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._held: asyncio.Event | None = None

    async def hold(self) -> None:
        """Let the browser begin a socket, and leave it waiting; returns when it has."""
        self._held = asyncio.Event()
        await self._listen()
        await self._held.wait()

    async def mend(self) -> None:
        """Carry again, on the same port; what was held stays so."""
        self.mute = False
        self._held = None
        await self._listen()

    async def _listen(self) -> None:
        if self._server is not None:
            return
        if self._socket.fileno() < 0:
            self._socket = socket.create_server(("127.0.0.1", self.port))
        self._server = await asyncio.start_server(self._carry, sock=self._socket)

    async def cut(self) -> None:
        """Drop every connection at once and take no new one."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._held is not None:
            self._open.add(writer)  # one that says nothing is aborted at the end, too
            if b"upgrade: websocket" in (await reader.read(65_536)).lower():
                self._held.set()
            else:
                self._open.discard(writer)
                writer.transport.abort()
            return
        hub_reader, hub_writer = await asyncio.open_connection("127.0.0.1", self.target)
        self._open |= {writer, hub_writer}
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._copy(reader, hub_writer, answers=False))
                tasks.create_task(self._copy(hub_reader, writer, answers=True))
        finally:
            self._open -= {writer, hub_writer}
            for one in (writer, hub_writer):
                one.transport.abort()

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                if answers and self.mute:
                    continue
                writer.write(chunk)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def a_line() -> AsyncIterator[Line]:
    line = Line()
    await line.mend()
    try:
        yield line
    finally:
        await line.cut()
