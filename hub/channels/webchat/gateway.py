"""The customers' chat port: `websockets`, one small object for each open page.

Origins are checked before the upgrade, tokens only in the first frame. There is no task, timer or
queue for an idle socket beside its own: one sweep a second pings, measures and cuts off for all.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from hub.channels.base import Door
from hub.core.budget import Bucket, Budgets, Rate
from hub.core.errors import HubError, Unavailable
from hub.core.networks import network_of

from . import protocol as p
from .chat_socket import CLOSE_TRY_LATER, ChatSocket, Shared
from .connection import ChatConnection
from .help import Help
from .rooms import Rooms
from .session import Phase, Session, SessionLimits
from .settings import GatewaySettings, WebChatSettings
from .visitors import Visitors

log = logging.getLogger(__name__)
_wire_log = logging.getLogger("hub.channels.webchat.wire")
_wire_log.setLevel(logging.ERROR)

SWEEP_S = 1.0
STOP_S = 0.7  # how long pages may take to answer the close, on shutdown
CLOSE_S = 5.0
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_ABANDONED_AT_ONCE = 200  # customers whose waiting ends in one sweep
_SILENT_BEATS = 3  # heartbeats without a byte before a socket is given up


class ChatGateway:
    """Serves every widget of this hub; `port` is the bound one once `started` is set."""

    def __init__(
        self,
        door: Door,
        widgets: Mapping[str, WebChatSettings],
        settings: GatewaySettings,
        public_base_url: str,
        listener: socket.socket | None = None,
        help_: Help | None = None,
    ) -> None:
        self._door = door
        self._widgets = widgets
        self._settings = settings
        self._own_origins = own_origins(public_base_url)
        self._listener = listener
        self._help = help_
        self.rooms = Rooms(door)
        self.visitors = Visitors(door, widgets, Budgets(settings.visitor_rate()))
        self._connects = Budgets(settings.connect_rate())
        self._by_network: Counter[str] = Counter()
        self.connections: set[ChatConnection] = set()
        self.started = asyncio.Event()
        self.port = settings.port
        self._shared: Shared | None = None
        self._limits: dict[str, SessionLimits] = {}
        self.take_up()

    def take_up(self) -> None:
        """The widgets are others now: so are the limits of whoever comes from now on."""
        self._limits.update({key: self._limits_of(one) for key, one in self._widgets.items()})

    async def run(self) -> None:
        """Serve until cancelled, then close every socket with 1001 (going away)."""
        settings = self._settings
        self._shared = self._make_shared()
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
                await self._sweep()
        finally:
            self.started.clear()
            await self._stop(server)

    def _make_shared(self) -> Shared:
        settings = self._settings
        all_rate = Rate(settings.all_messages_per_s, settings.all_messages_per_s)
        return Shared(
            door=self._door,
            rooms=self.rooms,
            visitors=self.visitors,
            address_messages=Budgets(settings.address_rate()),
            all_messages=Bucket(all_rate, asyncio.get_running_loop().time()),
            all_rate=all_rate,
            abandon_after_s=settings.abandon_after_s,
            help=self._help,
        )

    async def _stop(self, server: Server) -> None:
        server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await server.wait_closed()
        for connection in tuple(self.connections):
            connection.transport.abort()
        await server.wait_closed()
        self.rooms.close()

    # ---- before the upgrade ---------------------------------------------------------------------

    def _check_request(self, raw: ServerConnection, request: Request) -> Response | None:
        """Refuse a wrong address or origin, and everybody when the house is full."""
        assert isinstance(raw, ChatConnection)  # noqa: S101 - create_connection makes no other
        entry_point_id = entry_point_of(request.path)
        widget = self._widgets.get(entry_point_id)
        if widget is None:
            return raw.respond(HTTPStatus.NOT_FOUND, "There is no such chat.\n")
        if not self.may_embed(widget, request.headers.get("Origin")):
            return raw.respond(HTTPStatus.FORBIDDEN, "This site may not open this chat.\n")
        raw.entry_point_id = entry_point_id
        raw.address = client_address(
            raw.remote_address, request.headers, self._settings.trusted_proxies
        )
        raw.network = network_of(raw.address)
        if len(self.connections) >= self._settings.max_connections:
            return raw.respond(HTTPStatus.SERVICE_UNAVAILABLE, "The chat is full. Try again.\n")
        if self._by_network[raw.network] >= self._settings.max_connections_per_address:
            return raw.respond(HTTPStatus.TOO_MANY_REQUESTS, "Too many chats at once.\n")
        return None

    def may_embed(self, widget: WebChatSettings, origin: str | None) -> bool:
        """Say whether a page of `origin` may use this widget.

        Browsers always name the origin of a socket; what names none is no browser, holds no
        visitor's cookies or storage, and could name any origin it likes.
        """
        if origin is None:
            return True
        if origin in widget.origins or "*" in widget.origins:
            return True
        return origin in self._own_origins  # "self", and the hub's own test page

    # ---- one socket -----------------------------------------------------------------------------

    async def _serve(self, raw: ServerConnection) -> None:
        assert isinstance(raw, ChatConnection)  # noqa: S101 - create_connection makes no other
        assert self._shared is not None  # noqa: S101 - set before the server was started
        now_s = raw.loop.time()
        raw.forget_handshake()
        self.connections.add(raw)
        self._by_network[raw.network] += 1
        try:
            wait_s = self._connects.take(raw.network, now_s)
            if wait_s:
                await _turn_away(raw, wait_s)
                return
            session = Session(raw.entry_point_id, self._limits[raw.entry_point_id], now_s)
            raw.chat = ChatSocket(raw, session, raw.address, self._shared)
            await raw.chat.run()
        except Exception:
            # Unexpected ends only this socket (design section 1, rule 8): websockets closes 1011.
            log.exception("a chat socket failed")
            raise
        finally:
            self.connections.discard(raw)
            raw.chat = None
            self._by_network[raw.network] -= 1
            if not self._by_network[raw.network]:
                del self._by_network[raw.network]

    def _limits_of(self, widget: WebChatSettings) -> SessionLimits:
        return SessionLimits(
            messages=self._settings.message_rate(),
            file_bytes=widget.max_file_mb << 20,
            heartbeat_s=self._settings.heartbeat_s,
        )

    # ---- the sweep ------------------------------------------------------------------------------

    async def _sweep(self) -> None:
        """Ping the silent, give up the dead, cut off those that do not read or say hello."""
        assert self._shared is not None  # noqa: S101 - set before the sweep starts
        settings = self._settings
        now_s = asyncio.get_running_loop().time()
        for stalled in tuple(self._shared.stalled):
            stalled.check_stalled(now_s, settings.write_timeout_s)
        for connection in tuple(self.connections):
            silent_s = now_s - connection.heard_at_s
            late = connection.chat is not None and _never_said_hello(
                connection.chat, now_s, settings.hello_timeout_s
            )
            if late or silent_s > settings.heartbeat_s * _SILENT_BEATS:
                connection.transport.abort()
            elif silent_s > settings.heartbeat_s:
                connection.ask(now_s)
        await self._abandon(now_s)

    async def _abandon(self, now_s: float) -> None:
        """End the waiting of customers whose page went and who left no other way to answer.

        Many at once: after an outage a thousand have gone, and dead sockets wait for this.
        """
        assert self._shared is not None  # noqa: S101 - set before the sweep starts
        gone = self._shared.gone
        due = [conversation_id for conversation_id, (at_s, _) in gone.items() if at_s <= now_s]
        left = [(one, gone.pop(one)[1]) for one in due[:_ABANDONED_AT_ONCE]]
        await asyncio.gather(*(self._leave(*one, gone) for one in left))

    async def _leave(
        self, conversation_id: str, contact_id: str, gone: dict[str, tuple[float, str]]
    ) -> None:
        try:
            await self._door.leave(contact_id, "The customer closed the page while waiting.")
        except Unavailable:
            if self.rooms.get(conversation_id) is None:  # they are not back: the next sweep's
                gone.setdefault(conversation_id, (0.0, contact_id))
        except HubError as error:
            log.info("waiting of a customer who left was not ended: %s", error)


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


def own_origins(public_base_url: str) -> frozenset[str]:
    """Return what browsers name as the origin of the hub's own pages (RFC 6454 §6.2).

    On loopback people type `localhost` as well as the number: there both are ours.
    """
    parts = urlsplit(public_base_url)
    host = (parts.hostname or "").lower()
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    hosts = _LOOPBACK if host in _LOOPBACK else (f"[{host}]" if ":" in host else host,)
    return frozenset(f"{parts.scheme}://{name}{port}" for name in hosts)


def _never_said_hello(chat: ChatSocket, now_s: float, timeout_s: float) -> bool:
    return chat.session.phase is Phase.NEW and now_s - chat.opened_at_s > timeout_s


async def _turn_away(connection: ServerConnection, wait_s: float) -> None:
    """Say visibly that this address connects too often, then close."""
    problem = p.Problem(
        code="too_many",
        message="Too many connections from your network. Please wait a moment.",
        retry_after_s=wait_s,
    )
    with contextlib.suppress(ConnectionClosed):
        await connection.send(p.encode(problem), text=True)
        await connection.close(CLOSE_TRY_LATER, problem.code)
