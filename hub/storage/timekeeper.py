"""The timekeeper: one per hub, under a lease, fires everything that is due exactly once.

Timers are columns (`expires_at`, `due_at`, …); each `fire_due` changes rows guarded by the state it
changes, so a crash between two ticks loses nothing and fires nothing twice (routing.md 3.12).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from hub.core.errors import Unavailable
from hub.core.ids import new_id

from .leases import AskLease, keep_lease, release_lease
from .store import Store
from .tx import Tx

log = logging.getLogger(__name__)

FireDue = Callable[[Tx, datetime, int], object]
_LIMIT = 200
_LEASE_S = 10.0


class Timekeeper:
    """Calls each of `jobs` every `tick_s` seconds in one transaction while it holds the lease."""

    def __init__(self, store: Store, jobs: Sequence[FireDue], tick_s: float = 0.5) -> None:
        self._store = store
        self._jobs = jobs
        self._tick_s = tick_s
        self._ask = AskLease("timekeeper", new_id(), _LEASE_S)

    async def run(self) -> None:
        try:
            while True:
                try:
                    await self.tick()
                except Unavailable as error:
                    log.debug("timers wait for the database: %s", error.message)
                await asyncio.sleep(self._tick_s)
        finally:
            await asyncio.shield(self._store.write(release_lease, self._ask))

    async def tick(self) -> None:
        """Fire once what is due now, if this process holds the lease."""
        if not await self._store.write(keep_lease, self._ask):
            return
        for job in self._jobs:
            try:
                await self._store.write(_fire, job)
            except Unavailable:
                raise
            except Exception:  # one broken timer must not stop the others; what is due stays due
                log.exception("a timer broke", extra={"timer": getattr(job, "__name__", "")})


def _fire(tx: Tx, job: FireDue) -> None:
    job(tx, tx.now, _LIMIT)
