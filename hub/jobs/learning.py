"""Learning by night: suggestions refitted, topics drafted, old searches forgotten; also by day,
a little after a file was imported.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from hub.core.bus import Bus
from hub.core.clock import Clock
from hub.core.errors import Unavailable
from hub.core.ids import new_id
from hub.core.metrics import Metrics
from hub.knowledge.searches import forget_searches
from hub.knowledge.suggesting.refitting import refit_suggestions
from hub.knowledge.suggesting.stored import find_model
from hub.knowledge.topics import draft_topics
from hub.storage import Store, Tx
from hub.storage.leases import AskLease, take_lease

from .nightly import last_due

log = logging.getLogger(__name__)

IMPORTED = "knowledge.imported"
RETRY_S = 900.0
SETTLE_S = 30.0
"""After a start or an import, so much later: whoever started or imported comes first."""
_LEASE_S = 3600.0
_FORGOTTEN = 500
_NEVER = datetime.min.replace(tzinfo=UTC)


class NightlyLearning:
    """The service. With several processes on one database, the one that gets the lease does it."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        clock: Clock,
        metrics: Metrics,
        hour_utc: int,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._hour_utc = hour_utc
        self._sleep = sleep
        self._lease = AskLease("knowledge", new_id(), _LEASE_S)
        self._last = metrics.gauge(
            "hub_knowledge_last_refit_timestamp_seconds", "When suggestions were last learned anew."
        )

    async def run(self) -> None:
        """Learn what a missed night left, then every night and after every import."""
        with self._bus.subscribe((IMPORTED,)) as imports:
            await self._sleep(SETTLE_S)
            done = await self._last_refit()
            while True:
                now = self._clock.now()
                due = last_due(now, self._hour_utc)
                if done < due:
                    done = await self._learn(by_night=True)
                    continue
                wait_s = (due + timedelta(days=1) - now).total_seconds()
                if await imports.next(wait_s):
                    await self._sleep(SETTLE_S)
                    await self._learn(by_night=False)

    async def _last_refit(self) -> datetime:
        """When it was learned last, as far as can be told."""
        try:
            model = await self._store.read(lambda tx, _: find_model(tx), None)
        except Unavailable:
            return _NEVER
        return _NEVER if model is None else model.fitted_at

    async def _learn(self, *, by_night: bool) -> datetime:
        try:
            if await self._store.write(take_lease, self._lease) is None:
                log.info("another process learns from the contacts of the day")
                return self._clock.now()
            if await refit_suggestions(self._store):
                self._last.set(self._clock.now().timestamp())
            if by_night:
                made = await draft_topics(self._store)
                log.info("topics drafted", extra={"topics": made})
                while await self._store.write_bulk(_forget, None):
                    pass
        except Unavailable as error:
            log.error("nothing learned, next try in %.0f s: %s", RETRY_S, error.message)
            await self._sleep(RETRY_S)
            return _NEVER if by_night else self._clock.now()
        except Exception:  # what cannot be learned tonight must not stop who answers customers
            log.exception("learning broke off")
        return self._clock.now()


def _forget(tx: Tx, _: None) -> int:
    return forget_searches(tx, tx.now, _FORGOTTEN)
