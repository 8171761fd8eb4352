"""The customers' chat port: `websockets`, one small object for each open page.

Origins are checked before the upgrade, tokens only in the first frame. There is no task, timer or
queue for an idle socket beside its own: one sweep a second pings and cuts off for all.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from hub.core.errors import HubError, TooMany
from hub.core.networks import network_of

from . import protocol as p
from .chat_socket import CLOSE_TRY_LATER, ChatSocket
from .chats import SWEEP_S, Chats
from .connection import ChatConnection

log = logging.getLogger(__name__)
_wire_log = logging.getLogger("hub.channels.webchat.wire")
_wire_log.setLevel(logging.ERROR)

STOP_S = 0.7  # how long pages may take to answer the close, on shutdown
CLOSE_S = 5.0
_SILENT_BEATS = 3  # heartbeats without a byte before a socket is given up


class ChatGateway:
    """Serves sockets of every widget; `port` is the bound one once `started` is set."""

    def __init__(self, chats: Chats, listener: socket.socket | None = None) -> None:
        self._chats = chats
        self._settings = chats.settings
        self._listener = listener
        self.connections: set[ChatConnection] = set()
        self.started = asyncio.Event()
        self.port = self._settings.port

    async def run(self) -> None:
        """Serve until cancelled, then close every socket with 1001 (going away)."""
        settings = self._settings
        server = await serve(
            self._serve,
            None if self._listener else settings.host,
            None if self._listener else settings.port,
            sock=self._listener,
            compression=None,
            ping_interval=None,  # the sweep pings
            close_timeout=CLOSE_S,
            open_timeout=settings.hello_timeout_s,
            max_size=settings.frame_bytes,
            max_queue=4,
            process_request=self._check_request,
            create_connection=ChatConnection,
            server_header=None,
            logger=_wire_log,
        )
        try:
            self.port = next(iter(server.sockets)).getsockname()[1]
            self.started.set()
            log.info("chat gateway listens on port %d", self.port)
            while True:
                await asyncio.sleep(SWEEP_S)
                self._sweep()
        finally:
            self.started.clear()
            await self._stop(server)

    async def _stop(self, server: Server) -> None:
        server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await server.wait_closed()
        for connection in tuple(self.connections):
            connection.transport.abort()
        await server.wait_closed()

    # ---- before the upgrade ---------------------------------------------------------------------

    def _check_request(self, raw: ServerConnection, request: Request) -> Response | None:
        """Refuse a wrong address or origin, and everybody when the house is full."""
        assert isinstance(raw, ChatConnection)  # noqa: S101 - create_connection makes no other
        entry_point_id = entry_point_of(request.path)
        widget = self._chats.find_widget(entry_point_id)
        if widget is None:
            return raw.respond(HTTPStatus.NOT_FOUND, "There is no such chat.\n")
        if not self._chats.may_embed(widget, request.headers.get("Origin")):
            return raw.respond(HTTPStatus.FORBIDDEN, "This site may not open this chat.\n")
        raw.entry_point_id = entry_point_id
        raw.address = client_address(
            raw.remote_address, request.headers, self._settings.trusted_proxies
        )
        raw.network = network_of(raw.address)
        try:
            self._chats.check_room(raw.network)
        except HubError as full:
            return raw.respond(HTTPStatus(full.status), f"{full.message}\n")
        return None

    # ---- one socket -----------------------------------------------------------------------------

    async def _serve(self, raw: ServerConnection) -> None:
        assert isinstance(raw, ChatConnection)  # noqa: S101 - create_connection makes no other
        now_s = raw.loop.time()
        raw.forget_handshake()
        self.connections.add(raw)
        self._chats.enter(raw.network)
        try:
            try:
                self._chats.check_pace(raw.network, now_s)
            except TooMany as why:
                await _turn_away(raw, why)
                return
            session = self._chats.new_session(raw.entry_point_id, now_s)
            raw.chat = ChatSocket(raw, session, raw.address, self._chats.shared)
            await self._listen(raw, raw.chat)
        except Exception:
            # Unexpected ends only this socket (design section 1, rule 8): websockets closes 1011.
            log.exception("a chat socket failed")
            raise
        finally:
            self.connections.discard(raw)
            raw.chat = None
            self._chats.leave(raw.network)

    async def _listen(self, raw: ChatConnection, chat: ChatSocket) -> None:
        """Take what the page sends until it is gone."""
        try:
            while True:
                await chat.take(await raw.recv(decode=False))
        except ConnectionClosed:
            pass
        finally:
            chat.left()

    # ---- the sweep ------------------------------------------------------------------------------

    def _sweep(self) -> None:
        """Ping the silent, give up the dead and those that do not say hello."""
        heartbeat_s = self._settings.heartbeat_s
        now_s = asyncio.get_running_loop().time()
        for connection in tuple(self.connections):
            silent_s = now_s - connection.heard_at_s
            chat = connection.chat
            late = chat is not None and self._chats.never_said_hello(chat, now_s)
            if late or silent_s > heartbeat_s * _SILENT_BEATS:
                connection.transport.abort()
            elif silent_s > heartbeat_s:
                connection.ask(now_s)


def entry_point_of(path: str) -> str:
    """Return the entry point of `…/channels/<entry point>/chat`, or "" for any other path.

    A reverse proxy may serve the port below a prefix of its own.
    """
    parts = path.partition("?")[0].split("/")
    if len(parts) >= 4 and parts[-3] == "channels" and parts[-1] == "chat":
        return parts[-2]
    return ""


def client_address(peer: Any, headers: Headers, trusted: Sequence[str]) -> str:
    """Return the address of the page: the last one in X-Forwarded-For that is no proxy of ours."""
    address = str(peer[0]) if isinstance(peer, tuple) else ""
    hops = [hop.strip() for line in headers.get_all("X-Forwarded-For") for hop in line.split(",")]
    while hops and _is_trusted(address, trusted):
        address = hops.pop()
    return address


def _is_trusted(address: str, trusted: Sequence[str]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in ipaddress.ip_network(network, strict=False) for network in trusted)


async def _turn_away(connection: ServerConnection, why: TooMany) -> None:
    """Say visibly that this address connects too often, then close."""
    problem = p.Problem(code=why.reason, message=why.message, retry_after_s=why.retry_after_s)
    with contextlib.suppress(ConnectionClosed):
        await connection.send(p.encode(problem), text=True)
        await connection.close(CLOSE_TRY_LATER, problem.code)
