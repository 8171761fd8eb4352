"""The phone channel: its lines, webhooks, worker and sweeps put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from aiohttp import web

from hub.channels.base import Capabilities, Door, EntryPoint
from hub.contacts.effects import Effect, Outcome
from hub.contacts.model import Channel
from hub.settings import Twilio
from hub.vendors.twilio import Account, TwilioTransport

from .front import Front
from .joining import find_talk
from .line import Line
from .outage.watch import Watch
from .performer import Performer
from .recording.keeper import Keeper
from .settings import PhoneSettings, parse_settings
from .sweeper import Sweeper
from .twilio import TwilioPort, TwilioWebhooks, webhook_routes
from .twilio.twiml import Style, Urls
from .worker import Worker

_LOG = logging.getLogger(__name__)
_LAST_ANSWER_S = 10.0  # longer than a request may take


class PhoneChannel:
    """Phone over one Twilio account. `public_base_url`: how Twilio reaches the hub.

    `account` None: the hub runs without a phone; its entry points take no calls until one is set.
    `show_away`: told whether the provider answers nothing now, for the figures.
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
        show_away: Callable[[bool], object] = bool,
    ) -> None:
        self._door = door
        self._watch = Watch(door, self._probe, show_away)
        self._base_url = public_base_url
        self._front = Front(door)
        self._performer = Performer(door, self._watch.is_away)
        self._known: dict[str, tuple[EntryPoint, PhoneSettings]] = {}
        self._taken: frozenset[str] = frozenset()  # of those known, the ones that take calls
        self._lines: dict[str, Line] = {}
        self._webhooks: dict[str, TwilioWebhooks] = {}
        self._account: Account | None = None
        self._transport: TwilioTransport | None = None
        self._left: asyncio.Queue[TwilioTransport] = asyncio.Queue()
        self._has_lines = asyncio.Event()
        self._worker = Worker(door, self._lines, self._front)
        self._sweeper = Sweeper(door, self._lines, self._front)
        self._keeper = Keeper(door, self._lines)
        self.take_up(entry_points)
        self._sign_in(account)

    def take_up(self, points: Sequence[EntryPoint]) -> None:
        """Take calls by exactly these from now on; calls by one that is gone go on to their end.

        Raises Invalid for settings of one.
        """
        read = {point.id: (point, parse_settings(point.id, point.settings)) for point in points}
        self._known.update(read)
        self._taken = frozenset(read)
        self._open_lines()

    def take_up_account(self, account: Twilio) -> None:
        """Speak with the provider as this account from now on; without one there is no phone.

        Calls that are going on at another account are lost to us, and end as gone.
        """
        self._sign_in(Account.of(account))

    def _sign_in(self, account: Account | None) -> None:
        if self._transport is not None:
            self._left.put_nowait(self._transport)
            self._transport = None
        if self._account is not None:
            self._watch.forget()
        self._account = account
        self._lines.clear()
        self._webhooks.clear()
        if account is not None:
            note = self._watch.note
            self._transport = TwilioTransport(account.base_url, account.timeout_s, note)
        elif self._taken:
            _LOG.warning("phone entry points take no calls: no account is set up")
        self._open_lines()

    def _open_lines(self) -> None:
        """Have a line for each entry point; one that is as it was stays, with its pace."""
        account, transport = self._account, self._transport
        if account is None or transport is None:
            return
        for entry_point, settings in self._known.values():
            line = self._lines.get(entry_point.id)
            if line is not None and line.entry_point == entry_point:
                continue
            style = _style(entry_point, settings, self._base_url)
            port = TwilioPort(account, transport, style, settings.calls_per_second)
            line = Line(entry_point, settings, port)
            self._lines[line.id] = line
            self._webhooks[line.id] = TwilioWebhooks(
                self._door,
                self._front,
                line,
                style,
                self._base_url,
                account.sid,
                account.auth_tokens,
                self._watch.heard,
            )
        if self._lines:
            self._has_lines.set()

    async def run(self) -> None:
        """Do what calls ask for and look after silent ones, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                # First: an outage that was kept ends also where no line is left.
                group.create_task(self._watch.run(), name="phone-provider")
                await self._has_lines.wait()
                group.create_task(self._worker.run(), name="phone-worker")
                group.create_task(self._sweeper.run(), name="phone-sweeper")
                group.create_task(self._keeper.run(), name="phone-recordings")
                group.create_task(self._close_left(), name="phone-accounts-left")
        finally:
            if self._transport is not None:
                await self._transport.close()
            while not self._left.empty():
                await self._left.get_nowait().close()

    async def _probe(self) -> None:
        """Ask the account that is in force; without one nobody is away."""
        if self._transport is None or self._account is None:
            self._watch.forget()
            return
        await self._transport.probe(self._account)

    async def _close_left(self) -> None:
        """Close the connections of accounts that were left, once their last requests have ended."""
        while True:
            transport = await self._left.get()
            try:
                await asyncio.sleep(_LAST_ANSWER_S)
            finally:
                await transport.close()

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return webhook_routes(self._find)

    def _find(self, entry_point_id: str, new_calls: bool) -> TwilioWebhooks | None:
        if new_calls and entry_point_id not in self._taken:
            return None
        return self._webhooks.get(entry_point_id)

    async def perform(self, entry_point_id: str, effect: Effect) -> Outcome:
        line = self._lines.get(entry_point_id)
        if line is None:
            reason = f"The phone entry point {entry_point_id!r} has no account set up."
            return await self._performer.refuse(entry_point_id, effect, reason)
        return await self._performer.perform(line, effect)

    async def carries(self, contact_id: str) -> bool:
        """Whether a call of this contact is, or was, the provider's."""
        return await self._door.store.write(find_talk, contact_id) is not None

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
