"""Files of the blob store that no row names are removed: written for a transaction that never
committed, or left by a process that ended between an erasure and the removal of its files.

The store is looked through by parts (256), the longest unseen first, one at a time with a rest
between; a part is listed in pages, so that memory and each question to the database stay small
however large the store is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from hub.core.clock import Clock
from hub.core.errors import Unavailable
from hub.core.ids import made_at_ms, new_id
from hub.storage import Blobs, Store
from hub.storage.blob_rounds import Looked, next_part, note_look
from hub.storage.leases import AskLease, take_lease

from .blob_pairing import find_pair, keep_pair, made_ms, may_remove
from .named_blobs import unnamed

log = logging.getLogger(__name__)

SAFE_AGE = timedelta(days=7)
"""What is younger is left alone: its row may still come, and a database brought back by hand may be
some days older than its files."""

ROUND = timedelta(days=1)  # each part is looked at once in so long
_EVERY_S = ROUND.total_seconds() / 300  # a little more often than parts become due
_LEASE_S = 4 * _EVERY_S


class BlobSweep:
    """The service. With several processes on one database, the one that holds the lease does it."""

    def __init__(
        self,
        store: Store,
        blobs: Blobs,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._sleep = sleep
        self._lease = AskLease("blob-sweep", new_id(), _LEASE_S)

    async def run(self) -> None:
        """Look at a part now and then until cancelled; a database or a disk that is away is waited
        for.
        """
        while True:
            await self._sleep(_EVERY_S)
            try:
                if await self._store.write_bulk(take_lease, self._lease) is not None:
                    await self.turn()
            except (Unavailable, OSError) as error:
                log.info("files that nobody names are looked for later: %s", error)

    async def turn(self) -> Looked | None:
        """Look at the part that has waited longest; None where every part was seen lately."""
        part = await self._store.read(next_part, ROUND)
        if part is None:
            return None
        now = self._clock.now()
        pair = await find_pair(self._store, self._blobs, now)
        looked = await self._look(part, now - SAFE_AGE, removes=may_remove(pair, SAFE_AGE, now))
        await self._store.write_bulk(note_look, looked)
        await keep_pair(self._store, self._blobs, pair.since)
        if looked.removed or looked.unfinished:
            found = looked._asdict()
            log.info("files that no row names were removed", extra=found)
        return looked

    async def _look(self, part: int, before: datetime, *, removes: bool) -> Looked:
        """Without `removes` only count: the files may be another database's."""
        if not removes:
            files = sum([len(page) async for page in self._blobs.old_in(part, before)])
            return Looked(part, files, 0, 0, 0)
        made = await self._store.read(made_ms, None)
        unfinished = await self._blobs.drop_unfinished(part, before)
        files = removed = removed_bytes = 0
        async for page in self._blobs.old_in(part, before):
            files += len(page)
            own = [blob_id for blob_id in page if made_at_ms(blob_id) >= made]
            for blob_id in await self._nobodys(own):
                removed_bytes += await self._blobs.size(blob_id)
                await self._blobs.delete(blob_id)
                removed += 1
        return Looked(part, files, removed, removed_bytes, unfinished)

    async def _nobodys(self, page: list[str]) -> list[str]:
        """Ask twice: what moved from one row to another meanwhile is named by the second look."""
        suspected = await self._store.read(unnamed, page) if page else []
        return await self._store.read(unnamed, suspected) if suspected else []
