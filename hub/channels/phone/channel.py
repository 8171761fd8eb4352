"""The phone channel: its lines, webhooks, worker and sweeps put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from aiohttp import web

from hub.channels.base import Capabilities, Door, EntryPoint
from hub.contacts.effects import Effect, Outcome
from hub.contacts.model import Channel
from hub.vendors.twilio import Account, TwilioTransport

from .front import Front
from .line import Line
from .performer import Performer
from .settings import PhoneSettings, parse_settings
from .sweeper import Sweeper
from .twilio import TwilioPort, TwilioWebhooks
from .twilio.twiml import Style, Urls
from .worker import Worker

_LOG = logging.getLogger(__name__)


class PhoneChannel:
    """Phone over one Twilio account. `public_base_url`: how Twilio reaches the hub.

    `account` None: the hub runs without a phone; its entry points take no calls until one is set.
    """

    kind = Channel.PHONE
    capabilities = Capabilities(
        reply=False,
        html=False,
        subject=False,
        recipients=False,
        files=False,
        live=True,
        call=True,
        instant=False,
        survey=False,
        pages=False,
    )

    def __init__(
        self,
        door: Door,
        entry_points: Sequence[EntryPoint],
        account: Account | None,
        public_base_url: str,
    ) -> None:
        self._front = Front(door)
        self._performer = Performer(door)
        self._lines: dict[str, Line] = {}
        self._webhooks: list[TwilioWebhooks] = []
        self._transport: TwilioTransport | None = None
        if account is not None:
            self._transport = TwilioTransport(account.base_url, account.timeout_s)
            self._open_lines(door, entry_points, account, self._transport, public_base_url)
        elif entry_points:
            _LOG.warning("phone entry points take no calls: no account is set up ([twilio])")
        self._worker = Worker(door, self._lines, self._front)
        self._sweeper = Sweeper(door, self._lines, self._front)

    def _open_lines(
        self,
        door: Door,
        entry_points: Sequence[EntryPoint],
        account: Account,
        transport: TwilioTransport,
        public_base_url: str,
    ) -> None:
        for entry_point in entry_points:
            settings = parse_settings(entry_point.id, entry_point.settings)
            style = _style(entry_point, settings, public_base_url)
            port = TwilioPort(account, transport, style, settings.calls_per_second)
            line = Line(entry_point, settings, port)
            self._lines[line.id] = line
            self._webhooks.append(
                TwilioWebhooks(
                    door,
                    self._front,
                    line,
                    style,
                    public_base_url,
                    account.sid,
                    account.auth_tokens,
                )
            )

    async def run(self) -> None:
        """Do what calls ask for and look after silent ones, until cancelled."""
        if not self._lines:
            await asyncio.Event().wait()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._worker.run(), name="phone-worker")
                group.create_task(self._sweeper.run(), name="phone-sweeper")
        finally:
            if self._transport is not None:
                await self._transport.close()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [route for webhooks in self._webhooks for route in webhooks.routes()]

    async def perform(self, entry_point_id: str, effect: Effect) -> Outcome:
        line = self._lines.get(entry_point_id)
        if line is None:
            reason = f"The phone entry point {entry_point_id!r} has no account set up."
            return await self._performer.refuse(entry_point_id, effect, reason)
        return await self._performer.perform(line, effect)

    async def sweep(self) -> None:
        """Look once for what the provider never told; `run` does it every few seconds."""
        await self._sweeper.sweep()


def _style(entry_point: EntryPoint, settings: PhoneSettings, public_base_url: str) -> Style:
    urls = Urls.of(public_base_url, entry_point.id)
    return Style(
        urls=urls,
        voices=settings.voices,
        music_url=settings.music_url or urls("music.wav"),
        voicemail_max_s=settings.voicemail_max_s,
        captions=settings.captions,
    )
