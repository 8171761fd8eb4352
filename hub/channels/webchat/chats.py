"""What all open pages of this process have in common, whether they came by socket or by polls:
who may come, how many, the rooms, and the waiting of customers whose last page has gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlsplit

from hub.channels.base import Door
from hub.core.budget import Bucket, Budgets, Rate
from hub.core.errors import HubError, TooMany, Unavailable

from .chat_socket import ChatSocket, Shared
from .help import Help
from .rooms import Rooms
from .session import Phase, Session, SessionLimits
from .settings import GatewaySettings, WebChatSettings
from .visitors import Visitors

log = logging.getLogger(__name__)

SWEEP_S = 1.0
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_ABANDONED_AT_ONCE = 200  # customers whose waiting ends in one sweep
_FULL_S = 5.0  # until a page tries again where the house is full


class Chats:
    """The open pages of one process. `widgets` is looked into each time: it may be filled anew."""

    def __init__(
        self,
        door: Door,
        widgets: Mapping[str, WebChatSettings],
        settings: GatewaySettings,
        public_base_url: str,
        help_: Help | None = None,
    ) -> None:
        self.door = door
        self.settings = settings
        self.rooms = Rooms(door)
        self.visitors = Visitors(door, widgets, Budgets(settings.visitor_rate()))
        self._widgets = widgets
        self._help = help_
        self._own_origins = own_origins(public_base_url)
        self._connects = Budgets(settings.connect_rate())
        self._by_network: Counter[str] = Counter()
        self._open = 0
        self._shared: Shared | None = None
        self._limits: dict[str, SessionLimits] = {}
        self.take_up()

    def take_up(self) -> None:
        """The widgets are others now: so are the limits of whoever comes from now on."""
        self._limits.update({key: self._limits_of(one) for key, one in self._widgets.items()})

    @property
    def shared(self) -> Shared:
        """What every chat is handed; made in the loop that serves them."""
        if self._shared is None:
            settings = self.settings
            all_rate = Rate(settings.all_messages_per_s, settings.all_messages_per_s)
            self._shared = Shared(
                door=self.door,
                rooms=self.rooms,
                visitors=self.visitors,
                address_messages=Budgets(settings.address_rate()),
                all_messages=Bucket(all_rate, asyncio.get_running_loop().time()),
                all_rate=all_rate,
                abandon_after_s=settings.abandon_after_s,
                help=self._help,
            )
        return self._shared

    # ---- who may come ---------------------------------------------------------------------------

    def find_widget(self, entry_point_id: str) -> WebChatSettings | None:
        return self._widgets.get(entry_point_id)

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

    def check_room(self, network: str) -> None:
        """Raise Unavailable when the house is full, TooMany when this network has its share."""
        if self._open >= self.settings.max_connections:
            raise Unavailable("The chat is full. Try again.", retry_after_s=_FULL_S)
        if self._by_network[network] >= self.settings.max_connections_per_address:
            raise TooMany("Too many chats at once.", retry_after_s=_FULL_S)

    def check_pace(self, network: str, now_s: float) -> None:
        """Count one more page of this network. Raises TooMany where they come too often."""
        wait_s = self._connects.take(network, now_s)
        if wait_s:
            raise TooMany(
                "Too many connections from your network. Please wait a moment.",
                retry_after_s=wait_s,
            )

    def enter(self, network: str) -> None:
        self._open += 1
        self._by_network[network] += 1

    def leave(self, network: str) -> None:
        self._open -= 1
        self._by_network[network] -= 1
        if not self._by_network[network]:
            del self._by_network[network]

    def new_session(self, entry_point_id: str, now_s: float) -> Session:
        return Session(entry_point_id, self._limits[entry_point_id], now_s)

    def never_said_hello(self, chat: ChatSocket, now_s: float) -> bool:
        late_s = now_s - chat.opened_at_s
        return chat.session.phase is Phase.NEW and late_s > self.settings.hello_timeout_s

    def _limits_of(self, widget: WebChatSettings) -> SessionLimits:
        return SessionLimits(
            messages=self.settings.message_rate(),
            file_bytes=widget.max_file_mb << 20,
            heartbeat_s=self.settings.heartbeat_s,
        )

    # ---- while they are open --------------------------------------------------------------------

    async def run(self) -> None:
        """Cut off who does not read and end the waiting of who went, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SWEEP_S)
            for stalled in tuple(self.shared.stalled):
                stalled.check_stalled(loop.time(), self.settings.write_timeout_s)
            await self.abandon(loop.time())

    def close(self) -> None:
        self.rooms.close()

    async def abandon(self, now_s: float) -> None:
        """End the waiting of customers whose page went and who left no other way to answer.

        Many at once: after an outage a thousand have gone, and dead sockets wait for this.
        """
        gone = self.shared.gone
        due = [conversation_id for conversation_id, (at_s, _) in gone.items() if at_s <= now_s]
        left = [(one, gone.pop(one)[1]) for one in due[:_ABANDONED_AT_ONCE]]
        await asyncio.gather(*(self._leave(*one, gone) for one in left))

    async def _leave(
        self, conversation_id: str, contact_id: str, gone: dict[str, tuple[float, str]]
    ) -> None:
        try:
            await self.door.leave(contact_id, "The customer closed the page while waiting.")
        except Unavailable:
            if self.rooms.get(conversation_id) is None:  # they are not back: the next sweep's
                gone.setdefault(conversation_id, (0.0, contact_id))
        except HubError as error:
            log.info("waiting of a customer who left was not ended: %s", error)


def own_origins(public_base_url: str) -> frozenset[str]:
    """Return what browsers name as the origin of the hub's own pages (RFC 6454 §6.2).

    On loopback people type `localhost` as well as the number: there both are ours.
    """
    parts = urlsplit(public_base_url)
    host = (parts.hostname or "").lower()
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    hosts = _LOOPBACK if host in _LOOPBACK else (f"[{host}]" if ":" in host else host,)
    return frozenset(f"{parts.scheme}://{name}{port}" for name in hosts)
