"""The sweep: once a minute a few contacts and agents are held against the laws of the queue.

What the property tests prove of any course of events is looked after where it counts. It costs a
few dozen small reads and one note a minute, locks nothing, and mends nothing: whoever runs the hub
is told by the log, the figures, `hub doctor` and the wallboard.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from hub.core.clock import Clock
from hub.core.errors import Unavailable
from hub.core.ids import new_id
from hub.core.metrics import Metrics
from hub.storage import Store
from hub.storage.leases import AskLease, take_lease

from .book import Noted, Round, count_standing, next_ask, note_round
from .looks import first_look, second_look
from .model import Law

log = logging.getLogger(__name__)

REST_S = 40.0
AGAIN_S = 20.0
"""Between the two looks: the router polls every 5 s, its lease passes to another within 10 s."""

_LEASE_S = 4 * (REST_S + AGAIN_S)


class LawSweep:
    """The service. With several processes on one database, the one that holds the lease does it."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        metrics: Metrics,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._lease = AskLease("law-sweep", new_id(), _LEASE_S)
        self._found = metrics.counter(
            "hub_law_breaches_total", "Laws of the contact queue that were found broken.", ["law"]
        )
        self._standing = metrics.gauge(
            "hub_law_breaches_standing", "Laws of the queue that are broken now.", ["law"]
        )
        self._done_at = metrics.gauge(
            "hub_law_sweep_last_success_timestamp_seconds",
            "When a look at the laws of the queue was done by this process.",
        )
        for law in Law:
            self._found.labels(law.value)

    async def run(self) -> None:
        """Look now and then until cancelled; a database that is away is waited for, and a look that
        breaks is told in the log and by the time of the last one that was done.
        """
        while True:
            await self._sleep(REST_S)
            try:
                if await self._store.write_bulk(take_lease, self._lease) is not None:
                    await self.turn()
                await self._show()
            except Unavailable as error:
                log.info("the laws of the queue are looked at later: %s", error.message)
            except (
                Exception
            ):  # rows that cannot be read must not end the hub that serves the others
                log.exception("a look at the laws of the queue broke")

    async def turn(self) -> Noted:
        """Look twice at those whose turn it is, and keep what is wrong in both looks."""
        ask = await self._store.read(next_ask, None)
        first, after = await self._store.read_at_once(first_look, ask)
        await self._sleep(AGAIN_S)
        breaches = await self._store.read_at_once(second_look, first)
        done = Round(breaches, after, first.contacts, first.agents)
        noted = await self._store.write_bulk(note_round, done)
        self._tell(noted)
        self._done_at.set(self._clock.now().timestamp())
        return noted

    def _tell(self, noted: Noted) -> None:
        for one in noted.found:
            self._found.labels(one.law.value).inc()
            facts = {"law": one.law.value, "subject": one.subject, **one.facts}
            log.error("a law of the contact queue is broken", extra=facts)
        for one in noted.ended:
            facts = {"law": one.law.value, "subject": one.subject}
            log.warning("a law of the contact queue holds again", extra=facts)

    async def _show(self) -> None:
        counts = await self._store.read(count_standing, None)
        for law in Law:
            self._standing.labels(law.value).set(counts[law])
