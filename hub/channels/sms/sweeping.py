"""What the provider told nobody: texts that came while the hub was away, and ends of ours.

It asks a webhook once and its fallback once; the rest is found by looking through its list, after a
start and every few minutes.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from hub.channels.base import Door
from hub.core.errors import Forbidden, Invalid, NotFound, Unavailable
from hub.vendors.twilio import Fault, FaultKind

from . import service
from .line import TextLine
from .provider import Arrived, Provider
from .receiving import Receiver
from .service import News, Unsettled
from .settling import settle

_LOG = logging.getLogger(__name__)
EVERY_S = 300.0
_LOOKED_BACK = timedelta(days=1)
_PATIENCE = timedelta(minutes=10)  # with the end of a text that is not told
_REMEMBERED = 5_000
_ASKED = 50  # texts at a time whose end is asked for


class Sweeper:
    """Looks through the provider's lists. `lines`: the numbers as they are at that moment."""

    def __init__(
        self,
        door: Door,
        provider: Provider,
        receiver: Receiver,
        lines: Callable[[], Sequence[TextLine]],
    ) -> None:
        self._door = door
        self._provider = provider
        self._receiver = receiver
        self._lines = lines
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._asked_until: datetime | None = None

    async def look(self) -> None:
        """Look once; what fails is looked for again the next time."""
        try:
            await self.sweep()
        except Unavailable as error:
            _LOG.debug("texts are looked for later: %s", error.message)
        except Exception:  # what the provider answers is not in our hands
            _LOG.exception("looking for texts failed; it is tried again")

    async def sweep(self) -> None:
        """Look once. Raises Unavailable where the store does not answer."""
        for line in self._lines():
            await self._take_in(line)
        await self._settle()

    async def _take_in(self, line: TextLine) -> None:
        since = self._door.clock.now() - _LOOKED_BACK
        found = await self._provider.list_arrived(line.point.address, since)
        if isinstance(found, Fault):
            _LOG.warning("texts that came in could not be listed: %s", found.reason)
            return
        for arrived in reversed(found):  # the oldest first, as they were written
            if arrived.text.sid not in self._seen and _is_recent(arrived, since):
                await self._file(line, arrived)

    async def _file(self, line: TextLine, arrived: Arrived) -> None:
        text = arrived.text
        if text.lost_media:
            named = await self._provider.with_media(text)
            if not isinstance(named, Fault):
                text = named
            elif named.kind in (FaultKind.TRANSIENT, FaultKind.LOST):
                return  # the next time; else its words are kept all the same
        try:
            await self._receiver.receive(line, text, arrived.at)
        except (Invalid, Forbidden) as error:
            _LOG.warning("a text was not taken: %s", error.message, extra={"entry_point": line.id})
        self._seen[text.sid] = None
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)

    async def _settle(self) -> None:
        """Ask for some at a time, each in its turn: of some networks' nobody ever tells the end."""
        ask = Unsettled(self._door.clock.now() - _PATIENCE, self._asked_until, _ASKED)
        unsettled = await self._door.store.read(service.list_unsettled, ask)
        self._asked_until = unsettled[-1].begun_at if len(unsettled) == ask.limit else None
        for sending in unsettled:
            found = await self._provider.fetch_state(str(sending.sid))
            if isinstance(found, Fault):
                continue
            news = News(sending.interaction_id, found.sid, found.told)
            try:
                await settle(self._door, sending.entry_point_id, news)
            except NotFound:
                continue


def _is_recent(arrived: Arrived, since: datetime) -> bool:
    """The list goes by days: what is older was taken in long ago."""
    return arrived.at is not None and arrived.at >= since
