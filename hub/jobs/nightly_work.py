"""Work of the night: once a day by the set-up's clock, at the start after a missed night."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.care.value_run import TierRunGoesOn
from hub.core.clock import Clock
from hub.core.errors import Unavailable
from hub.core.metrics import Metrics
from hub.customers.settings import load_customer_settings
from hub.customers.value.writing import last_run
from hub.routing.settings import load_settings
from hub.storage import Store, Tx

from .tiers import RunOrder, run_job

log = logging.getLogger(__name__)

RETRY_S = 900.0
LOOK_AGAIN_S = 3600.0  # the set-up may say another hour by then


@dataclass(frozen=True, slots=True)
class Night:
    """When work is due: at `hour` ("03:30") in `zone`; `last`: when it was done, as is stored."""

    hour: str
    zone: str
    wanted: bool
    last: datetime | None


class Busy(Exception):
    """Somebody else does it now."""


def last_due_at(now: datetime, hour: str, zone: str) -> datetime:
    """Return the latest moment not after `now` at which it was `hour` in `zone` (UTC)."""
    clock = ZoneInfo(zone)
    today = now.astimezone(clock).date()
    due = datetime.combine(today, time.fromisoformat(hour), clock)
    if due > now:
        due = datetime.combine(today - timedelta(days=1), time.fromisoformat(hour), clock)
    return due.astimezone(UTC)


class NightlyWork:
    """A service. Who holds the work's own lease does it; the others find it done.

    A hub that never did it waits for its first night; one that missed a night does it at once,
    `settle_s` after its start.
    """

    def __init__(
        self,
        name: str,
        night: Callable[[], Awaitable[Night]],
        work: Callable[[], Awaitable[str]],
        clock: Clock,
        metrics: Metrics,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        *,
        settle_s: float = 0.0,
    ) -> None:
        self._settle_s = settle_s
        self._name = name
        self._night = night
        self._work = work
        self._clock = clock
        self._sleep = sleep
        self._last = metrics.gauge(
            f"hub_{name}_last_success_timestamp_seconds", f"When the nightly {name} ended well."
        )

    async def run(self) -> None:
        """Wait and work until cancelled. What fails is tried again; it stops nothing else."""
        done: datetime | None = None
        if self._settle_s:
            await self._sleep(self._settle_s)
        while True:
            try:
                night = await self._night()
                now = self._clock.now()
                done = max((at for at in (done, night.last) if at is not None), default=now)
                due = last_due_at(now, night.hour, night.zone)
                if not night.wanted or done >= due:
                    wait = (due + timedelta(days=1) - now).total_seconds()
                    await self._sleep(min(max(wait, 1.0), LOOK_AGAIN_S))
                    continue
                told = await self._work()
            except (Busy, Unavailable) as error:
                log.info("nightly %s waits: %s", self._name, error)
                await self._sleep(RETRY_S)
            except Exception:  # the night's work must not end the day's
                log.exception("nightly %s failed, next try in %.0f s", self._name, RETRY_S)
                await self._sleep(RETRY_S)
            else:
                done = self._clock.now()
                self._last.set(done.timestamp())
                log.info("nightly %s done: %s", self._name, told)


def nightly_tiers(
    store: Store,
    clock: Clock,
    metrics: Metrics,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> NightlyWork:
    """Return the service of the nightly tier run."""

    async def night() -> Night:
        return await store.read(_tier_night, None)

    async def work() -> str:
        try:
            report = await run_job(store, RunOrder(), _quiet)
        except TierRunGoesOn as error:
            raise Busy(error.message) from error
        return f"{report.customers} customers, {report.moved} moved"

    return NightlyWork("tiers", night, work, clock, metrics, sleep)


async def _quiet(_done: int, _total: int) -> None:
    return


def _tier_night(tx: Tx, _: None) -> Night:
    value = load_customer_settings(tx).value
    last = last_run(tx)
    return Night(
        value.run_at, load_settings(tx).zone, value.nightly, None if last is None else last.at
    )
