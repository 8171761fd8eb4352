"""The watch over a provider: heeds how each request went, asks by itself while one is in doubt.

A first failure is followed by small questions, so that an outage is known soon on a quiet line and
its end without anybody's call being the trial. What becomes of it is a row
(`hub.contacts.outages`): a hub that is started again in the middle of an outage goes on from there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from hub.channels.base import Door
from hub.contacts.model import Channel
from hub.contacts.outages.service import Outage, find_outage, note_away, note_back
from hub.core.errors import Unavailable

from .model import WELL, Health, answered, failed

_LOG = logging.getLogger(__name__)
_ASK_AGAIN_S = 2.0
_CHANNEL = Channel.PHONE.value

Probe = Callable[[], Awaitable[None]]
"""Asks the provider something small; how that went is told by `note`."""


class Watch:
    """`probe`: see there. `show`: whether it is away, for the figures."""

    def __init__(self, door: Door, probe: Probe, show: Callable[[bool], object]) -> None:
        self._door = door
        self._probe = probe
        self._show = show
        self._health = WELL
        self._heard_at: datetime | None = None
        self._kept: Outage | None = None
        self._news = asyncio.Event()

    def is_away(self) -> bool:
        """Whether requests are known to come to nothing."""
        return self._health.away

    def note(self, trouble: str | None) -> None:
        """A request was answered (None), or was not, and how it failed."""
        if trouble is None:
            if self._health is not WELL:
                self._health = answered(self._health)
                self._news.set()
            return
        self._health = failed(self._health, trouble, self._door.clock.now())
        self._news.set()

    def heard(self) -> None:
        """The provider told us something by itself."""
        self._heard_at = self._door.clock.now()

    def forget(self) -> None:
        """It is another account from now on: nothing is known of it."""
        self._health = WELL
        self._news.set()

    async def run(self) -> None:
        """Ask, keep and tell until cancelled."""
        await self._recall()
        while True:
            if self._health.failures == 0 and self._kept is None:
                await self._news.wait()
            self._news.clear()
            try:
                await self._keep()
            except Unavailable as error:
                _LOG.debug("the state of the phone provider is kept later: %s", error.message)
            if self._health.failures or self._kept is not None:
                await asyncio.sleep(_ASK_AGAIN_S)
                await self._probe()

    async def _recall(self) -> None:
        """Go on where the last process of this hub stopped."""
        while True:
            try:
                self._kept = await self._door.store.read(find_outage, _CHANNEL)
                break
            except Unavailable:
                await asyncio.sleep(_ASK_AGAIN_S)
        if self._kept is not None:
            self._health = Health(1, self._kept.since, self._kept.reason, away=True)
            self._show(True)

    async def _keep(self) -> None:
        health, kept = self._health, self._kept
        if health.away and health.since is not None:
            since = health.since
            heard = self._heard_at if self._heard_at and self._heard_at > since else None
            outage = Outage(_CHANNEL, since, health.reason, heard)
            if kept is None:
                _LOG.error("the phone provider does not answer since %s: %s", since, health.reason)
            if kept is None or _is_news(kept, outage):
                await self._door.store.write(note_away, outage)
                self._kept = outage
        elif kept is not None and health.failures == 0:
            await self._door.store.write(note_back, _CHANNEL)
            _LOG.warning("the phone provider answers again; it was away since %s", kept.since)
            self._kept = None
        self._show(self._kept is not None)


def _is_news(kept: Outage, outage: Outage) -> bool:
    """Whether consoles would show anything else: not each single time that it is heard."""
    return (kept.heard_at is None) != (outage.heard_at is None) or kept.reason != outage.reason
