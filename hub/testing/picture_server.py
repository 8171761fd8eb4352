"""Somebody else's web server with pictures, one that behaves well and badly by path."""

from __future__ import annotations

import asyncio
import struct
import zlib
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Self

from aiohttp import web

from hub.vendors.outbound import Address

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def a_picture(width: int = 48, height: int = 16) -> bytes:
    """Return a blue PNG."""
    rows = (b"\x00" + b"\x1f\x5f\xbf" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def loopback_only(address: Address, _port: int) -> bool:
    """An allow rule for tests: this server, on whatever port it got."""
    return address == ip_address("127.0.0.1")


@dataclass
class PictureServer:
    """`async with PictureServer() as server`: `asked` has path and headers of each request."""

    huge_bytes: int = 6 * 1_048_576
    port: int = 0
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    _leave: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._leave.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def url(self, path: str = "/picture.png", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path, {k.lower(): v for k, v in request.headers.items()}))
        match request.path:
            case "/moved":
                raise web.HTTPFound("/picture.png", headers={"Set-Cookie": "a=b"})
            case "/gone":
                raise web.HTTPNotFound
            case "/vector.png":
                return web.Response(body=SVG, content_type="image/png")
            case "/said-huge":
                return web.Response(body=a_picture() + b"\x00" * self.huge_bytes)
            case "/huge":
                return await self._endless(request)
            case "/slow":
                return await self._unfinished(request)
            case "/packed":
                return web.Response(body=a_picture(), headers={"Content-Encoding": "gzip"})
        return web.Response(
            body=a_picture(), content_type="text/html", headers={"Set-Cookie": "tracked=1; Path=/"}
        )

    async def _endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        while request.transport is not None and not request.transport.is_closing():
            await response.write(b"\x00" * 65_536)
        return response

    async def _unfinished(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(a_picture())
        await self._leave.wait()
        return response
