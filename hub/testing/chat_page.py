"""A customer's chat page without a browser: for tests, load and the demo's customers."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Self, TypeVar, overload

import jwt as pyjwt
from websockets.asyncio.client import ClientConnection, connect

from hub.channels.webchat import protocol as p
from hub.core.ids import new_id

F = TypeVar("F")
G = TypeVar("G")


class MessageRefused(Exception):
    """The hub did not store a message; `code` says why, and whether to try again."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class ChatPage:
    """One socket of one visitor. Keeps its token and the seq up to which nothing is missing, as
    the widget does.
    """

    def __init__(self, url: str, entry_point: str, origin: str | None = None) -> None:
        self._url = url
        self._entry_point = entry_point
        self._origin = origin
        self.token: str | None = None
        self.last_seq = 0
        self.conversation: str | None = None
        self.messages: list[p.Message] = []
        self.socket: ClientConnection | None = None
        self._unread: list[p.ServerFrame] = []

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def connect(self) -> None:
        """Open the socket. Raises InvalidStatus where the gateway refuses the upgrade."""
        headers = {"Origin": self._origin} if self._origin else {}
        self.socket = await connect(
            self._url, compression=None, additional_headers=headers, proxy=None
        )

    async def close(self) -> None:
        if self.socket is not None:
            await self.socket.close()
            self.socket = None

    async def hello(
        self,
        *,
        language: str = "en",
        name: str = "",
        email: str = "",
        identity: str = "",
        back: str = "",
    ) -> p.Welcome:
        """Say hello with what is kept, and return the welcome. `back`: of a link in a mail."""
        await self.say(
            p.Hello(
                entry_point=self._entry_point,
                token=self.token,
                last_seq=self.last_seq,
                language=language,
                name=name,
                email=email,
                identity=identity,
                back=back,
            )
        )
        return await self.expect(p.Welcome)

    async def say(self, frame: p.ClientFrame) -> None:
        await self._put(p.encode(frame))

    async def write(self, text: str, client_id: str | None = None) -> p.Ack:
        """Send a message and wait until it is stored. Raises MessageRefused."""
        client_id = client_id or new_id()
        await self.say(p.Send(client_id=client_id, text=text))
        while True:
            answer = await self.expect(p.Ack, p.Nack)
            if answer.client_id != client_id:
                continue
            if isinstance(answer, p.Nack):
                raise MessageRefused(answer.code, answer.message)
            return answer

    @overload
    async def expect(self, kind: type[F], /, *, within_s: float = 30.0) -> F: ...
    @overload
    async def expect(
        self, kind: type[F], other: type[G], /, *, within_s: float = 30.0
    ) -> F | G: ...
    async def expect(self, *kinds: type[object], within_s: float = 30.0) -> object:
        """Return the next frame of these kinds; others before it are kept for later."""
        for frame in self._unread:
            if isinstance(frame, kinds):
                self._unread.remove(frame)
                return frame
        async with asyncio.timeout(within_s):
            while True:
                frame = await self._next()
                if isinstance(frame, kinds):
                    return frame
                self._unread.append(frame)
                del self._unread[:-1000]

    async def _next(self) -> p.ServerFrame:
        frame = p.parse_server_frame(await self._get())
        match frame:
            case p.Welcome():
                self.token = frame.token or self.token
                self.conversation = frame.conversation
                if frame.fresh:
                    self._forget()
            case p.Resync():
                self._forget()
            case p.Message():
                self._keep(frame)
            case p.History():
                for message in frame.messages:
                    self._keep(message)
            case p.Ack():
                # An ack may overtake what the agent said before: a reconnect asks for that again.
                if frame.seq == self.last_seq + 1:
                    self.last_seq = frame.seq
        return frame

    def _keep(self, message: p.Message) -> None:
        self.messages.append(message)
        self.last_seq = max(self.last_seq, message.seq)

    def _forget(self) -> None:
        self.messages.clear()
        self.last_seq = 0

    async def _put(self, frame: bytes) -> None:
        await self._socket().send(frame, text=True)

    async def _get(self) -> bytes:
        return await self._socket().recv(decode=False)

    def _socket(self) -> ClientConnection:
        if self.socket is None:
            raise RuntimeError("the page is not connected")
        return self.socket


def sign_identity(
    key: str,
    *,
    email: str,
    name: str = "",
    subject: str = "",
    expires_at_s: int | None = None,
    **claims: str,
) -> str:
    """Return what a site says of its signed-in visitor (a JWT, HS256).

    `subject`: the site's own id of them, the address where none is given. `expires_at_s`: seconds
    since 1970, in four minutes where none is given. `claims`: further ones.
    """
    exp = expires_at_s or int(time.time()) + 240
    said = {"sub": subject or email, "email": email, "name": name, "exp": exp}
    return pyjwt.encode({**said, **claims}, key, algorithm="HS256")
