"""Recordings that were kept long enough are deleted, what is due once an hour."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from hub.contacts.recordings.service import delete_due, forget_files
from hub.core.errors import Unavailable
from hub.storage import Blobs, Store

log = logging.getLogger(__name__)

_EVERY_S = 3600.0
_AT_ONCE = 100


class Retention:
    """The service. With several processes on one database, each row is one process's."""

    def __init__(
        self,
        store: Store,
        blobs: Blobs,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._sleep = sleep

    async def run(self) -> None:
        """Delete until cancelled; a database that is away is waited for."""
        while True:
            try:
                while await self.sweep() == _AT_ONCE:
                    pass
            except Unavailable as error:
                log.info("recordings are deleted later: %s", error.message)
            await self._sleep(_EVERY_S)

    async def sweep(self) -> int:
        """Delete what is due; return how many. The row says it first, then the file goes."""
        due = await self._store.write_bulk(delete_due, _AT_ONCE)
        for blob_id in due.values():
            await self._blobs.delete(blob_id)
        if due:
            await self._store.write_bulk(forget_files, sorted(due))
            log.info("recordings were deleted by their queue's rule", extra={"count": len(due)})
        return len(due)
