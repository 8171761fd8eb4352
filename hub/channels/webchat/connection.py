"""One page's connection: that of `websockets` without what an idle one keeps and nobody needs.

Thousands are open and say nothing. For each, `websockets` keeps two deques (624 bytes each), two
coroutines that wait for a frame, a logger of its own, the handshake and a table of pings.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from websockets.asyncio.messages import MAX_FRAGMENTS
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.datastructures import Headers
from websockets.exceptions import TooManyFragments
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import OPEN

if TYPE_CHECKING:
    from .chat_socket import ChatSocket

_FORGOTTEN = Request("/", Headers())


class Inbox:
    """Whole messages that wait to be taken, in the place of websockets' Assembler of frames.

    Once `high` wait, nothing is read from the page until all of them are taken.
    """

    __slots__ = (
        "_failure",
        "_fragments",
        "_high",
        "_messages",
        "_stopped",
        "_transport",
        "_waiter",
    )

    def __init__(self, high: int, transport: asyncio.Transport) -> None:
        self._high = high
        self._transport = transport
        self._messages: list[bytes] | None = None
        self._fragments: list[bytes] | None = None
        self._waiter: asyncio.Future[bytes] | None = None
        self._stopped = False  # nothing is read from the page
        self._failure: Exception | None = None  # no message comes any more

    def put(self, frame: Frame) -> None:
        """Add a data frame; after the end nothing."""
        if self._failure is not None:
            return
        if frame.fin and self._fragments is None:
            self._come(bytes(frame.data))
            return
        fragments = self._fragments = self._fragments or []
        fragments.append(bytes(frame.data))
        if frame.fin:
            self._fragments = None
            self._come(b"".join(fragments))
        elif len(fragments) >= MAX_FRAGMENTS:
            self._fail(TooManyFragments(MAX_FRAGMENTS))

    def get(self, decode: bool | None = None) -> asyncio.Future[bytes]:
        """Return the next message, as bytes whatever `decode` says; await it before the next one.

        EOFError: there is none any more; TooManyFragments: the page sends none that ends.
        """
        found: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        if self._messages:
            found.set_result(self._messages.pop(0))
            if not self._messages:
                self._messages = None
                if self._stopped:
                    self._stopped = False
                    self._transport.resume_reading()
        elif self._failure is not None:
            found.set_exception(self._failure)
        else:
            self._waiter = found
        return found

    def close(self) -> None:
        """No message comes any more."""
        if self._failure is None:
            self._fail(EOFError("no message comes any more"))

    def _come(self, message: bytes) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(message)
            return
        self._messages = self._messages or []
        self._messages.append(message)
        if len(self._messages) >= self._high and not self._stopped:
            self._stopped = True
            self._transport.pause_reading()

    def _fail(self, failure: Exception) -> None:
        self._failure, self._fragments = failure, None
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(failure)


class ChatConnection(ServerConnection):
    """A connection that knows when it was last heard."""

    # In slots: more keys would make the dictionary of every connection twice as large.
    __slots__ = ("address", "chat", "entry_point_id", "heard_at_s", "network", "pinged_at_s")

    def __init__(self, protocol: Any, *arguments: Any, **options: Any) -> None:  # as `serve` says
        logger = protocol.logger
        super().__init__(protocol, *arguments, **options)
        self.logger = self.protocol.logger = logger
        self.drain_waiters = cast(Any, [])  # used as a list
        self.heard_at_s = self.pinged_at_s = 0.0
        self.chat: ChatSocket | None = None
        self.entry_point_id = ""
        self.address = self.network = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        inbox = Inbox(self.max_queue_high or 1, cast(asyncio.Transport, transport))
        self.recv_messages = cast(Any, inbox)  # whose get, put and close are all that is used

    def data_received(self, data: bytes) -> None:
        self.heard_at_s = self.loop.time()
        super().data_received(data)

    def forget_handshake(self) -> None:
        """Drop the upgrade's request and response: nobody reads them again, and they are large.

        The protocol's parser still holds the request, so its headers go too; and a connection
        without a request would take the next frame for one.
        """
        if self.request is not None:
            self.request.headers.clear()
        self.request = _FORGOTTEN
        self.response = None
        self.request_rcvd = self.connection_lost_waiter  # done with: one future less

    def put(self, frame: bytes) -> None:
        """Write one frame; never waits."""
        broadcast((self,), frame, text=True)

    def unsent_bytes(self) -> int:
        return self.transport.get_write_buffer_size()

    def abort(self) -> None:
        self.transport.abort()

    def ask(self, now_s: float) -> None:
        """Ping a silent page, once until it is heard: that it answers is all we want to know.

        One that does not read is the write timeout's business.
        """
        unanswered = self.pinged_at_s > self.heard_at_s
        if unanswered or self.protocol.state is not OPEN:
            return
        if not self.transport.get_write_buffer_size():
            self.pinged_at_s = now_s
            self.protocol.send_ping(b"")
            self.send_data()
