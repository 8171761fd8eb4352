"""The nightly backup: once a day, also when the hub was off at the hour; old ones are removed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from hub.core.clock import Clock
from hub.core.errors import Unavailable
from hub.core.ids import new_id
from hub.core.metrics import Metrics
from hub.storage.backup import list_backups, made_at, make_backup, prune_backups
from hub.storage.leases import AskLease, take_lease

from .work import Workplace

log = logging.getLogger(__name__)

RETRY_S = 900.0
_LEASE_S = 3600.0


def last_due(now: datetime, hour_utc: int) -> datetime:
    """Return the latest moment not after `now` (UTC) at which a backup was due."""
    today = now.replace(hour=hour_utc, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


class NightlyBackup:
    """The service. With several processes on one database, the one that gets the lease does it."""

    def __init__(
        self,
        place: Workplace,
        clock: Clock,
        metrics: Metrics,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._place = place
        self._clock = clock
        self._sleep = sleep
        self._rules = place.settings.backup
        self._folder = place.settings.backup_path()
        self._lease = AskLease("backup", new_id(), _LEASE_S)
        self._last = metrics.gauge(
            "hub_backup_last_success_timestamp_seconds", "When the newest nightly backup was made."
        )

    async def run(self) -> None:
        """Wait, back up, remove old ones, until cancelled. Without `keep`: only wait."""
        if not self._rules.keep:
            await asyncio.Event().wait()
        done = self._newest() or self._clock.now()
        while True:
            now = self._clock.now()
            due = last_due(now, self._rules.hour_utc)
            if done >= due:
                await self._sleep((due + timedelta(days=1) - now).total_seconds())
                continue
            try:
                await self._back_up()
            except Unavailable as error:
                log.error("no nightly backup, next try in %.0f s: %s", RETRY_S, error.message)
                await self._sleep(RETRY_S)
            else:
                done = self._clock.now()

    def _newest(self) -> datetime | None:
        found = list_backups(self._folder) if self._folder.exists() else []
        return made_at(found[-1]) if found else None

    async def _back_up(self) -> None:
        if await self._place.store.write(take_lease, self._lease) is None:
            log.info("another process makes the nightly backup")
            return
        settings = self._place.settings
        made = await asyncio.to_thread(
            make_backup, settings.database(), settings.blobs_path(), self._folder
        )
        removed = await asyncio.to_thread(prune_backups, self._folder, self._rules.keep)
        self._last.set(datetime.now(UTC).timestamp())
        log.info("nightly backup made", extra={"folder": str(made), "removed": len(removed)})
