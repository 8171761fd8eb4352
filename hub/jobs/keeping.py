"""What was kept long enough goes, by rounds of small steps, once an hour.

Rows first, then files: where a process ends between the two, what is left of the files is nobody's
and goes with the sweep of the blob store (blob_sweep.py).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from hub.care.keeping import Again, Gone, Walk, empty_next, empty_waiting, rules_with_work
from hub.contacts.forgetting import Forget
from hub.core.errors import NotFound, Unavailable
from hub.core.ids import new_id
from hub.storage import Blobs, Store, Tx
from hub.storage.leases import AskLease, take_lease

from .keeping_steps import drop_access_lines, drop_originals, drop_waiting_originals
from .keeping_went import Counted, take_counted, tell_round
from .named_blobs import unnamed

log = logging.getLogger(__name__)

_EVERY_S = 3600.0
_LEASE_S = 60.0
_FEWEST, _MOST = 5, 100  # contacts of a step
_LINES = 500  # originals or lines of the audit log of a step
_FILES = 200  # looked for at once
_AIM_S = 0.010  # of the writer's time (design section 4)

A = TypeVar("A")
Step = Callable[[int], Awaitable[Gone]]


@dataclass(slots=True)
class Went:
    """What a round came to. `lines`: of the audit log."""

    contacts: int = 0
    entries: int = 0
    files: int = 0
    lines: int = 0

    def add(self, gone: Gone) -> None:
        self.contacts += gone.contacts
        self.entries += gone.entries
        self.files += len(gone.blob_ids)
        self.lines += gone.lines


class Keeping:
    """The service. With several processes on one database, the one that holds the lease does it.

    `forget`: what the channels keep of contacts themselves.
    """

    def __init__(
        self,
        store: Store,
        blobs: Blobs,
        forget: Sequence[Forget],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._forget = forget
        self._sleep = sleep
        self._lease = AskLease("keeping", new_id(), _LEASE_S)

    async def run(self) -> None:
        """Go round until cancelled; a database or a disk that is away is waited for."""
        while True:
            try:
                await self.round()
            except (Unavailable, OSError) as error:
                log.info("what was kept long enough goes later: %s", error)
            await self._sleep(_EVERY_S)

    async def round(self) -> Went:
        """Carry out every rule as far as it is due; return what went."""
        went = Went()
        if await self._store.write_bulk(take_lease, self._lease) is not None:
            await self._tell()  # of a round that was cut short
        for rule in await self._store.read(rules_with_work, None):
            walk = Walk(rule.kept, rule.queue_id, _FEWEST, self._forget)
            await self._apart(self._walked(walk), _MOST, went)
        await self._apart(self._waited, _MOST, went)
        for step in (drop_originals, drop_waiting_originals, drop_access_lines):
            await self._apart(self._stepped(step), _LINES, went)
        if went != Went():
            await self._tell()
        return went

    async def _tell(self) -> None:
        told = await self._store.write_bulk(tell_round, None)
        if told is not None:
            log.info("what was kept long enough went", extra=told)

    def _walked(self, walk: Walk) -> Step:
        async def step(limit: int) -> Gone:
            return await self._take(empty_next, walk._replace(limit=limit))

        return step

    async def _waited(self, limit: int) -> Gone:
        return await self._take(empty_waiting, Again(limit, self._forget))

    def _stepped(self, function: Callable[[Tx, int], Gone]) -> Step:
        async def step(limit: int) -> Gone:
            return await self._take(function, limit)

        return step

    async def _take(self, function: Callable[[Tx, A], Gone], argument: A) -> Gone:
        """Take a step and count what went, both or neither."""
        counted = Counted(lambda tx: function(tx, argument))
        return await self._store.write_bulk(take_counted, counted)

    async def _apart(self, step: Step, most: int, went: Went) -> None:
        """Take all steps of one kind. One that fails ends neither the others nor the hub: it is
        tried again in the next round, and committed nothing.
        """
        try:
            await self._all(step, most, went)
        except (Unavailable, OSError):
            raise
        except Exception:
            log.exception("what was kept long enough could not be removed; the rest goes on")

    async def _all(self, step: Step, most: int, went: Went) -> None:
        """Take step after step until one finds nothing, resting as long as each took; one that was
        short is followed by a longer one.
        """
        limit = _FEWEST
        while await self._store.write_bulk(take_lease, self._lease) is not None:
            began = perf_counter()
            gone = await step(limit)
            took = perf_counter() - began
            await self._remove(gone.blob_ids)
            went.add(gone)
            if gone.judged == 0:
                break
            limit = min(most, limit * 2) if took < _AIM_S else max(_FEWEST, limit // 2)
            await self._sleep(took)

    async def _remove(self, blob_ids: Sequence[str]) -> None:
        """Remove files, but those that another row names: what was sent on is one file for two."""
        for at in range(0, len(blob_ids), _FILES):
            for blob_id in await self._store.read(unnamed, blob_ids[at : at + _FILES]):
                try:
                    await self._blobs.delete(blob_id)
                except NotFound:
                    log.debug("a file that was kept long enough was gone already")
