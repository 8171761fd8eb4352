"""The frames of one console as they go over its socket: known ones in, none too many."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec
from aiohttp import WSMsgType, web

from . import protocol as p
from .session import Budget

TOO_MUCH = 1008
FRAME_BYTES = 64 * 1024
WRITE_S = 10.0
_FRAMES_PER_S = 20.0  # what a person's console may say, with a burst of twice as much
_MOST_NONSENSE = 10  # frames that are not known, until the socket is closed

_decoder: msgspec.json.Decoder[p.ConsoleFrame] = msgspec.json.Decoder(p.ConsoleFrame)
_encoder = msgspec.json.Encoder()


class Frames:
    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._budget = Budget(_FRAMES_PER_S)
        self._nonsense = 0
        self._last_n = 0  # of what was handed to the socket

    async def receive(self) -> p.ConsoleFrame | None:
        """Return the next known frame; None when the socket has closed, or says too much."""
        while (message := await self._socket.receive()).type is WSMsgType.TEXT:
            if not self._budget.take(asyncio.get_running_loop().time()):
                await self._socket.close(code=TOO_MUCH, message=b"too many frames")
                return None
            try:
                return _decoder.decode(message.data)
            except msgspec.DecodeError as error:
                self._nonsense += 1
                problem = p.Problem(code="malformed", message=f"This frame is not known: {error}")
                await self.send([problem])
            if self._nonsense > _MOST_NONSENSE:
                await self._socket.close(code=TOO_MUCH, message=b"too many broken frames")
        return None

    async def send(self, frames: Sequence[p.ServerFrame]) -> None:
        """Send frames in order. Raises TimeoutError where the console stops reading."""
        if not frames:
            return
        async with asyncio.timeout(WRITE_S):
            for frame in frames:
                self._last_n = getattr(frame, "n", self._last_n)
                await self._socket.send_str(_encoder.encode(frame).decode())

    async def beat_back(self, now: datetime) -> None:
        """Answer a beat with the number of the wire: nothing comes between reading and writing."""
        await self.send([p.BeatBack(at=now, last=self._last_n)])
