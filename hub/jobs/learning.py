"""Learning: suggestions refitted, topics drafted and old searches forgotten by night; by day
suggestions refitted a little after a file was imported.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

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
from hub.storage.leases import AskLease, release_lease, take_lease

from .nightly_work import Busy, Night, NightlyWork

log = logging.getLogger(__name__)

IMPORTED = "knowledge.imported"
SETTLE_S = 30.0
"""After a start or an import, so much later: whoever started or imported comes first."""
_LEASE_S = 3600.0
_FORGOTTEN = 500
_WAIT_S = 86_400.0
_NEVER = datetime.min.replace(tzinfo=UTC)

Sleep = Callable[[float], Awaitable[None]]


class Learner:
    """Learns from everything that is there, one at a time in all processes of one database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lease = AskLease("knowledge", new_id(), _LEASE_S)
        self._turn = asyncio.Lock()  # the lease keeps apart processes only

    async def learn(self, *, by_night: bool) -> str:
        """Refit, and by night the rest; return what was done. Raises Busy, Unavailable."""
        async with self._turn:
            if await self._store.write(take_lease, self._lease) is None:
                raise Busy("another process learns")
            try:
                done = "refitted" if await refit_suggestions(self._store) else "nothing new"
                if not by_night:
                    return done
                made = await draft_topics(self._store)
                while await self._store.write_bulk(_forget, None):
                    pass
                return f"{done}, {made} topics drafted"
            finally:
                with suppress(Unavailable):  # then it ends by itself
                    await asyncio.shield(self._store.write(release_lease, self._lease))

    async def last(self) -> datetime:
        """When it was learned last; the beginning of time where it never was."""
        model = await self._store.read(lambda tx, _: find_model(tx), None)
        return _NEVER if model is None else model.fitted_at


def nightly_learning(
    learner: Learner,
    clock: Clock,
    metrics: Metrics,
    hour_utc: int,
    sleep: Sleep = asyncio.sleep,
) -> NightlyWork:
    """Return the service that learns by night; a hub that never learned does so at once."""

    async def night() -> Night:
        return Night(f"{hour_utc:02}:00", "UTC", True, await learner.last())

    async def work() -> str:
        return await learner.learn(by_night=True)

    return NightlyWork("knowledge", night, work, clock, metrics, sleep, settle_s=SETTLE_S)


class LearnImports:
    """The service that learns by day what a file brought. What fails is left to the night."""

    def __init__(self, learner: Learner, bus: Bus, sleep: Sleep = asyncio.sleep) -> None:
        self._learner = learner
        self._bus = bus
        self._sleep = sleep

    async def run(self) -> None:
        """Wait for imports and learn, until cancelled."""
        with self._bus.subscribe((IMPORTED,)) as imports:
            while True:
                if not await imports.next(_WAIT_S):
                    continue
                await self._sleep(SETTLE_S)
                try:
                    await self._learner.learn(by_night=False)
                except (Busy, Unavailable) as error:
                    log.info("what was imported is learned by night: %s", error)
                except Exception:  # a file must not end the hub
                    log.exception("what was imported is learned by night")


def _forget(tx: Tx, _: None) -> int:
    return forget_searches(tx, tx.now, _FORGOTTEN)
