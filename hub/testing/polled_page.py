"""A customer's chat page without a browser, on a network that lets no WebSocket through: for tests.

It asks as the widget's `polled.ts` does: one request at a time hands frames in, another one waits.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque

import msgspec
from aiohttp import ClientSession, ClientTimeout

from hub.channels.webchat.polled_routes import Asking, Handing, Told

from .chat_page import ChatPage

_AGAIN = 0.3  # of the requests of a bad network are made twice


class LineEnded(ConnectionError):
    """The line is over. `code`: as a WebSocket's close code; 1006: the hub knows it no more."""

    def __init__(self, code: int, reason: str = "", status: int = 0) -> None:
        super().__init__(f"the line has ended: {code} {reason} {status or ''}")
        self.code = code
        self.reason = reason
        self.status = status  # of the refusal, 0: there was none


class PolledClient:
    """The page's end of one line. `url`: …/channels/<entry point>/line. `bad`: with this dice some
    requests are lost on their way back, and made again.
    """

    def __init__(
        self, http: ClientSession, url: str, origin: str | None, bad: random.Random | None = None
    ) -> None:
        self._http = http
        self._url = url
        self._headers = {"Origin": origin} if origin else {}
        self._bad = bad
        self._sending = asyncio.Lock()
        self._sent = 0
        self._frames: deque[bytes] = deque()
        self._ended: LineEnded | None = None
        self.key = ""
        self.got = 0

    async def send(self, frame: bytes) -> None:
        """Hand one frame in; the first opens the line. Raises LineEnded."""
        async with self._sending:
            if not self.key:
                self._take(await self._ask("", frame))
            else:
                head = msgspec.json.encode(Handing(line=self.key, number=self._sent + 1))
                await self._ask("/send", head + b"\n" + frame)
            self._sent += 1

    async def recv(self) -> bytes:
        """Return the next frame. Raises LineEnded."""
        while not self._frames:
            if self._ended is not None:
                raise self._ended
            await self.poll()
        return self._frames.popleft()

    async def poll(self, *, wait: bool = True) -> int:
        """Ask once; return how many frames came. Raises LineEnded."""
        asking = Asking(line=self.key, after=self.got, wait=wait)
        return self._take(await self._ask("/receive", msgspec.json.encode(asking)))

    async def close(self) -> None:
        """Say that the page goes."""
        if self.key and self._ended is None:
            self._ended = LineEnded(1001)
            await self._ask("/send", msgspec.json.encode(Handing(line=self.key, bye=True)))

    def abort(self) -> None:
        """The page is gone, and could not say so."""
        self._ended = LineEnded(1006)

    async def _ask(self, path: str, body: bytes) -> bytes:
        again = path and self._bad is not None and self._bad.random() < _AGAIN
        for _ in range(2 if again else 1):
            async with self._http.post(
                self._url + path,
                data=body,
                headers=self._headers,
                timeout=ClientTimeout(total=60),
            ) as answer:
                said = await answer.read()
                if answer.status >= 400:
                    self._ended = LineEnded(1006, said.decode(), answer.status)
                    raise self._ended
        return said

    def _take(self, answer: bytes) -> int:
        head, *frames = answer.split(b"\n")
        told = msgspec.json.decode(head, type=Told)
        self.key = self.key or told.line
        new = 0
        for number, frame in enumerate(frames, told.first):
            if number > self.got:
                self.got, new = number, new + 1
                self._frames.append(frame)
        if told.code:
            self._ended = self._ended or LineEnded(told.code, told.reason)
        return new


class PolledPage(ChatPage):
    """As ChatPage, by requests: `url` is the address of the entry point's lines."""

    def __init__(
        self, http: ClientSession, url: str, entry_point: str, origin: str | None = None
    ) -> None:
        super().__init__(url, entry_point, origin)
        self._http = http
        self.line: PolledClient | None = None

    async def connect(self) -> None:
        self.line = PolledClient(self._http, self._url, self._origin)

    async def close(self) -> None:
        if self.line is not None:
            await self.line.close()
            self.line = None

    async def _put(self, frame: bytes) -> None:
        await self._line().send(frame)

    async def _get(self) -> bytes:
        return await self._line().recv()

    def _line(self) -> PolledClient:
        if self.line is None:
            raise RuntimeError("the page is not connected")
        return self.line
