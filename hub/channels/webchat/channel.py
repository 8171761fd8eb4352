"""Web chat as a channel: the gateway, its routes, and the one effect it knows."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence

import msgspec
from aiohttp import web

from hub.channels.base import Capabilities, Door, EntryPoint
from hub.contacts.effects import AskSurvey, Done, Effect, Outcome, Permanent
from hub.contacts.model import Channel as ChannelKind
from hub.core.errors import Invalid, Unavailable
from hub.storage import Tx

from . import service
from .chats import Chats
from .gateway import ChatGateway
from .help import Help
from .pages import WidgetPages
from .polled import PolledLines
from .routes import WidgetRoutes
from .settings import GatewaySettings, WebChatSettings

log = logging.getLogger(__name__)

SWEEP_S = 3600.0
_SWEEP_ROWS = 200


class WebChat:
    """Every web chat entry point of this hub.

    `public_base_url`: the hub's own address, whose origin is "self" in an allow-list. `chat_url`:
    the public address of the gateway; empty: the bound port on loopback, for development.
    `listener`: a socket bound already; without it the host and port of the settings are bound.
    `help_`: what customers may read before they write; without it there is only the chat.
    """

    kind = ChannelKind.WEBCHAT
    capabilities = Capabilities(
        reply=True,
        html=False,
        subject=False,
        recipients=False,
        files=True,
        live=True,
        call=False,
        instant=True,
        survey=True,
        pages=False,
    )

    def __init__(
        self,
        door: Door,
        entry_points: Sequence[EntryPoint],
        settings: GatewaySettings,
        public_base_url: str,
        chat_url: str = "",
        listener: socket.socket | None = None,
        help_: Help | None = None,
    ) -> None:
        self._door = door
        self._chat_url = chat_url.rstrip("/")
        self._points: dict[str, EntryPoint] = {}
        self._widgets: dict[str, WebChatSettings] = {}
        self._hold(entry_points)
        self.chats = Chats(door, self._widgets, settings, public_base_url, help_)
        self.gateway = ChatGateway(self.chats, listener)
        self.polled = PolledLines(self.chats)
        self._pages = WidgetPages(self._points, self.socket_url)
        self._routes = WidgetRoutes(
            door,
            self._points,
            self._widgets,
            self.chats,
            self.polled,
            self.socket_url,
            public_base_url,
            help_,
        )

    def _hold(self, entry_points: Sequence[EntryPoint]) -> None:
        """Gateway and routes look into these two: they are filled anew, not replaced."""
        widgets = {entry.id: parse_settings(entry) for entry in entry_points}
        self._points.clear()
        self._points.update({entry.id: entry for entry in entry_points})
        self._widgets.clear()
        self._widgets.update(widgets)

    def take_up(self, points: Sequence[EntryPoint]) -> None:
        """Serve these widgets from now on; who chats by one that is gone goes on."""
        self._hold(points)
        self.chats.take_up()

    def test_page(self, entry_point_id: str) -> web.StreamResponse:
        """Return the page on which the widget can be tried. Raises NotFound."""
        return self._pages.test_page(entry_point_id)

    def socket_url(self, entry_point_id: str) -> str:
        """Return where the pages of an entry point open their socket."""
        base = self._chat_url or f"ws://127.0.0.1:{self.gateway.port}"
        return f"{base}/channels/{entry_point_id}/chat"

    async def run(self) -> None:
        """Serve pages, by sockets and without, and forget stale visitors until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.chats.run(), name="chats")
                tasks.create_task(self.gateway.run(), name="chat-gateway")
                tasks.create_task(self.polled.run(), name="chat-polled")
                tasks.create_task(self._sweep(), name="chat-visitors")
        finally:
            self.chats.close()

    async def release(self) -> None:
        await self.polled.stop()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [*self._pages.routes(), *self._routes.routes()]

    async def perform(self, entry_point_id: str, effect: Effect) -> Outcome:
        """Ask for a survey: noted first, so that a page opened later asks too."""
        if not isinstance(effect, AskSurvey):
            return Permanent(f"Web chat has nothing to do for {type(effect).__name__}.")
        want = service.WantSurvey(effect.conversation_id, effect.contact_id)
        if not await self._door.store.write(service.want_survey, want):
            return Permanent("The visitor's session is gone: there is nobody to ask.")
        room = self.chats.rooms.get(effect.conversation_id)
        if room is not None:
            room.ask_survey(effect.contact_id)
        return Done(detail="asked" if room is not None else "asked when the page opens again")

    async def _sweep(self) -> None:
        while True:
            try:
                while await self._door.store.write_bulk(_forget, _SWEEP_ROWS) == _SWEEP_ROWS:
                    pass
            except Unavailable as fault:
                log.debug("stale visitors are forgotten later: %s", fault)
            await asyncio.sleep(SWEEP_S)


def _forget(tx: Tx, limit: int) -> int:
    return service.forget_visitors(tx, tx.now, limit)


def parse_settings(entry: EntryPoint) -> WebChatSettings:
    """Read the channel's part of an entry point. Raises Invalid with the key's path."""
    try:
        return msgspec.convert(entry.settings, WebChatSettings)
    except msgspec.ValidationError as error:
        raise Invalid(f"entry_points.{entry.id}.settings: {error}") from error
