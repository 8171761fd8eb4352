"""Text messages as a channel: its numbers, webhooks and sweep put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from aiohttp import web

from hub.channels.base import Capabilities, Door, EntryPoint
from hub.contacts.effects import Effect, Outcome, Permanent, Send
from hub.contacts.model import Channel
from hub.core.errors import NotFound
from hub.vendors.twilio import Account, Pace, TwilioTransport

from .line import TextLine
from .parts import LONGEST
from .provider import Provider
from .receiving import Receiver
from .sending import send_text
from .settings import check_settings
from .sweeping import Sweeper
from .webhooks import SmsWebhooks

_LOG = logging.getLogger(__name__)


class SmsChannel:
    """Texts over one Twilio account. `public_base_url`: how Twilio reaches the hub.

    `account` None: the hub runs without one; its numbers text nobody until one is set.
    """

    kind = Channel.SMS
    webhooks = ("sms",)
    capabilities = Capabilities(
        reply=True,
        html=False,
        subject=False,
        recipients=False,
        files=False,
        live=False,
        call=False,
        instant=False,
        survey=False,
        text_limit=LONGEST,
        parts=True,
        one_thread=True,
    )

    def __init__(
        self,
        door: Door,
        points: Sequence[EntryPoint],
        account: Account | None,
        public_base_url: str,
    ) -> None:
        self._door = door
        self._public_base_url = public_base_url.rstrip("/")
        self._lines: dict[str, TextLine] = {}
        self._paces: dict[str, Pace] = {}
        self._provider: Provider | None = None
        self._webhooks: SmsWebhooks | None = None
        self._sweeper: Sweeper | None = None
        if account is not None:
            transport = TwilioTransport(account.base_url, account.timeout_s)
            self._provider = Provider(account, transport)
            receiver = Receiver(door, self._provider)
            self._webhooks = SmsWebhooks(
                door, self._lines.get, receiver, account, self._public_base_url
            )
            self._sweeper = Sweeper(door, self._provider, receiver, self._texting)
        elif points:
            _LOG.warning("numbers text nobody: no account is set up ([twilio])")
        self.take_up(points)

    def take_up(self, points: Sequence[EntryPoint]) -> None:
        """Serve exactly these numbers from now on. Raises Invalid for settings of one."""
        lines = {
            point.id: TextLine(point, check_settings(point.id, point.settings)) for point in points
        }
        for key, line in lines.items():
            before = self._lines.get(key)
            per_second = line.settings.parts_per_second
            if before is None or before.settings.parts_per_second != per_second:
                self._paces[key] = Pace(per_second)
        self._lines.clear()
        self._lines.update(lines)

    async def run(self) -> None:
        """Look after what the provider never told, until cancelled."""
        if self._sweeper is None or self._provider is None:
            await asyncio.Event().wait()
            return
        try:
            await self._sweeper.run()
        finally:
            await self._provider.close()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return () if self._webhooks is None else self._webhooks.routes()

    async def perform(self, entry_point_id: str, effect: Effect) -> Outcome:
        """Send a text. Raises NotFound for a number that is no more."""
        line = self._lines.get(entry_point_id)
        if line is None:
            raise NotFound(f"There is no number {entry_point_id!r} to text from any more.")
        if not isinstance(effect, Send):
            return Permanent("A text can only be sent.")
        if self._provider is None:
            return Permanent(f"{entry_point_id!r} has no account to text by: set up [twilio].")
        back = f"{self._public_base_url}/channels/{line.id}/sms-status/{effect.interaction_id}"
        pace = self._paces[line.id]
        return await send_text(self._door, self._provider, line, pace, effect, back)

    async def sweep(self) -> None:
        """Look once for what the provider never told; `run` does it every few minutes."""
        if self._sweeper is not None:
            await self._sweeper.sweep()

    def _texting(self) -> Sequence[TextLine]:
        return tuple(self._lines.values())
