"""Text messages as a channel: its numbers, webhooks and sweep put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from aiohttp import web

from hub.channels.base import Capabilities, Door, EntryPoint
from hub.contacts.effects import Effect, Outcome, Permanent, Send
from hub.contacts.model import Channel
from hub.core.errors import NotFound
from hub.settings import Twilio
from hub.vendors.twilio import Account, Pace, TwilioTransport

from .line import TextLine
from .parts import LONGEST
from .provider import Provider
from .receiving import Receiver
from .sending import send_text
from .settings import check_settings
from .states import NO_ACCOUNT
from .sweeping import EVERY_S, Sweeper
from .webhooks import SmsWebhooks, webhook_routes

_LOG = logging.getLogger(__name__)
_LAST_ANSWER_S = 10.0  # longer than a request may take


class _Desk(NamedTuple):
    """What works with one account."""

    provider: Provider
    webhooks: SmsWebhooks
    sweeper: Sweeper


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
        self._desk: _Desk | None = None
        self._left: asyncio.Queue[Provider] = asyncio.Queue()
        self._signed_in = asyncio.Event()
        self.take_up(points)
        self._sign_in(account)

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

    def take_up_account(self, account: Twilio) -> None:
        """Text by this account from now on; without one the numbers text nobody."""
        self._sign_in(Account.of(account))

    def _sign_in(self, account: Account | None) -> None:
        if self._desk is not None:
            self._left.put_nowait(self._desk.provider)
            self._desk = None
        if account is not None:
            self._desk = self._open(account)
            self._signed_in.set()
        elif self._lines:
            _LOG.warning("numbers text nobody: no account is set up")

    def _open(self, account: Account) -> _Desk:
        provider = Provider(account, TwilioTransport(account.base_url, account.timeout_s))
        receiver = Receiver(self._door, provider)
        find, base_url = self._lines.get, self._public_base_url
        webhooks = SmsWebhooks(self._door, find, receiver, account, base_url)
        return _Desk(provider, webhooks, Sweeper(self._door, provider, receiver, self._texting))

    async def run(self) -> None:
        """Look after what the provider never told, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._sweep_on(), name="texts-sweeper")
                group.create_task(self._close_left(), name="texts-accounts-left")
        finally:
            if self._desk is not None:
                await self._desk.provider.close()
            while not self._left.empty():
                await self._left.get_nowait().close()

    async def _sweep_on(self) -> None:
        """Look now, every few minutes, and as soon as another account is connected."""
        while True:
            self._signed_in.clear()
            if self._desk is not None:
                await self._desk.sweeper.look()
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await self._signed_in.wait()

    async def _close_left(self) -> None:
        """Close the connections of accounts that were left, once their last requests have ended."""
        while True:
            provider = await self._left.get()
            try:
                await asyncio.sleep(_LAST_ANSWER_S)
            finally:
                await provider.close()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return webhook_routes(lambda: None if self._desk is None else self._desk.webhooks)

    async def perform(self, entry_point_id: str, effect: Effect) -> Outcome:
        """Send a text. Raises NotFound for a number that is no more."""
        line = self._lines.get(entry_point_id)
        if line is None:
            raise NotFound(f"There is no number {entry_point_id!r} to text from any more.")
        if not isinstance(effect, Send):
            return Permanent("A text can only be sent.")
        if self._desk is None:
            return Permanent(NO_ACCOUNT)
        back = f"{self._public_base_url}/channels/{line.id}/sms-status/{effect.interaction_id}"
        pace = self._paces[line.id]
        return await send_text(self._door, self._desk.provider, line, pace, effect, back)

    async def sweep(self) -> None:
        """Look once for what the provider never told; `run` does it every few minutes."""
        if self._desk is not None:
            await self._desk.sweeper.sweep()

    def _texting(self) -> Sequence[TextLine]:
        return tuple(self._lines.values())
