"""The addresses of lines without a socket: open one, hand frames in, wait for ours.

A body is lines: first a JSON object that says which line and which number, then a frame on each. A
browser sends such text to another site without asking first (no preflight, which some proxies
drop); the key of a line and the visitor's token are in it, never in an address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import msgspec
from aiohttp import web

from hub.core.errors import Malformed, TooLarge
from hub.web import QUIET

from .polled import Batch, PolledLines
from .protocol import MAX_FRAME_BYTES
from .settings import GatewaySettings

MAX_BODY_BYTES = 2 * MAX_FRAME_BYTES  # one frame of any size, or many small ones
MAX_FRAMES = 64
BODY_S = 10.0  # how long a body may take to come

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]
Key = Annotated[str, msgspec.Meta(max_length=100)]
HeadT = TypeVar("HeadT")


class Handing(msgspec.Struct, frozen=True, kw_only=True):
    """Frames of the page follow. `number`: of the first one, from 1 on. `bye`: the page goes."""

    line: Key
    number: Annotated[int, msgspec.Meta(ge=1)] = 1
    bye: bool = False


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """The page has our frames up to `after`. `wait`: for the next one; else it rests a while."""

    line: Key
    after: Annotated[int, msgspec.Meta(ge=0)] = 0
    wait: bool = True


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Our frames follow, from number `first` on. `code`: the line has ended after them."""

    first: int
    line: str = ""
    code: int = 0
    reason: str = ""


class PolledRoutes:
    """`address`: of the page that asks, as the proxies that are trusted say it."""

    def __init__(
        self, lines: PolledLines, address: Callable[[web.Request], str], settings: GatewaySettings
    ) -> None:
        self._lines = lines
        self._address = address
        self._wait_s = settings.poll_wait_s
        self._frame_bytes = settings.frame_bytes

    def routes(
        self, base: str, answered: Callable[[Handle], Handle]
    ) -> Sequence[web.AbstractRouteDef]:
        return [
            web.post(f"{base}/line", answered(self._open)),
            web.post(f"{base}/line/send", answered(self._send)),
            web.post(f"{base}/line/receive", answered(self._receive)),
        ]

    async def _open(self, request: web.Request) -> web.StreamResponse:
        """A new line, and its first frames: a hello is answered at once."""
        frames = (await _body_of(request)).split(b"\n")
        self._check(frames)
        key, line = self._lines.open(request.match_info["entry_point"], self._address(request))
        await line.take(1, frames)
        return _answer(await line.news(0, 0), key)

    async def _send(self, request: web.Request) -> web.StreamResponse:
        """Frames of the page: answered once they are done, so that it sends no faster than that."""
        head, frames = _read(await _body_of(request), Handing)
        self._check(frames)
        line = self._lines.get(request.match_info["entry_point"], head.line)
        await line.take(head.number, frames)
        if head.bye:
            self._lines.drop(head.line)
        return web.Response(status=204)

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        """Our frames, as soon as there are any; none after a while, so that no proxy tires."""
        head, _ = _read(await _body_of(request), Asking)
        line = self._lines.get(request.match_info["entry_point"], head.line)
        line.rests = not head.wait
        request[QUIET] = True  # three a minute of each page, all day

        def alive() -> bool:
            return request.transport is not None and not request.transport.is_closing()

        return _answer(await line.news(head.after, self._wait_s if head.wait else 0, alive))

    def _check(self, frames: Sequence[bytes]) -> None:
        """Raise Malformed for too many frames, TooLarge for one that is larger than on a socket."""
        if len(frames) > MAX_FRAMES:
            raise Malformed(f"At most {MAX_FRAMES} frames are sent at once.")
        if any(len(frame) > self._frame_bytes for frame in frames):
            raise TooLarge(f"A frame may have {self._frame_bytes} bytes.")


def _answer(batch: Batch, key: str = "") -> web.Response:
    code, reason = batch.closed or (0, "")
    told = Told(first=batch.first, line=key, code=code, reason=reason)
    return web.Response(
        body=b"\n".join((msgspec.json.encode(told), *batch.frames)),
        content_type="application/x-ndjson",
        headers={"Cache-Control": "no-store"},
    )


def _read(body: bytes, kind: type[HeadT]) -> tuple[HeadT, list[bytes]]:
    """Return the first line, and the frames after it. Raises Malformed."""
    head, *frames = body.split(b"\n")
    try:
        return msgspec.json.decode(head, type=kind), frames
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("The first line says which line of the chat it is, in JSON.") from error


async def _body_of(request: web.Request) -> bytes:
    """Return the body. Raises TooLarge, Malformed where it does not come."""
    too_large = TooLarge(f"A request may have {MAX_BODY_BYTES} bytes.")
    if request.content_length is not None and request.content_length > MAX_BODY_BYTES:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > MAX_BODY_BYTES:
                    raise too_large
    except TimeoutError as error:
        raise Malformed("The request did not come in time.") from error
    return bytes(body)
