"""Long-lived services: one TaskGroup; expected faults are retried, others stop the hub.

A service is a coroutine function that runs until it is cancelled. Faults it expects (a dropped
connection, a refused login) it retries inside, with `keep_trying`. Anything else is a bug or a
broken machine: the process logs it with its trace and ends, and a restart loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

log = logging.getLogger(__name__)

STOP_GRACE_S = 10.0


@dataclass(frozen=True, slots=True)
class Service:
    """One long-lived task: a name for the log, and what to run until cancelled."""

    name: str
    run: Callable[[], Awaitable[None]]
    grace_s: float = STOP_GRACE_S  # how long it may drain after the cancel


class ServiceEnded(Exception):
    """A service returned though nobody asked it to stop: its loop is broken."""


async def run_services(services: Sequence[Service], stop: asyncio.Event) -> None:
    """Run all services until `stop` is set, then cancel them, the last first, and wait for each.

    Order the services so that a later one depends on earlier ones (storage first, sockets last).
    Raises an ExceptionGroup with the first unexpected error of a service; the others are cancelled.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [
            (service, group.create_task(_guarded(service, stop), name=service.name))
            for service in services
        ]
        await stop.wait()
        for service, task in reversed(tasks):
            await _end(service, task)


async def _guarded(service: Service, stop: asyncio.Event) -> None:
    try:
        await service.run()
    except Exception:
        log.critical("service %s broke: the hub stops", service.name, exc_info=True)
        raise
    if not stop.is_set():
        log.critical("service %s ended by itself: the hub stops", service.name)
        raise ServiceEnded(service.name)


async def _end(service: Service, task: asyncio.Task[None]) -> None:
    """Cancel `task` and wait; one that lingers is named in the log and cancelled again."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=service.grace_s)
        if not task.done():
            log.warning(
                "service %s still runs %.1f s after it was told to stop: cancelled again",
                service.name,
                service.grace_s,
            )


class Jitter(Protocol):
    def uniform(self, a: float, b: float, /) -> float: ...


@dataclass(slots=True)
class Backoff:
    """Waits that double from `first_s` to `ceiling_s`, each drawn from its upper half.

    "Equal jitter": half fixed, half random, so that many clients spread out and none hurries
    (M. Brooker, "Exponential Backoff And Jitter", 2015).
    """

    first_s: float = 0.5
    ceiling_s: float = 60.0
    jitter: Jitter = field(default_factory=random.SystemRandom)
    _tries: int = 0

    def next_s(self) -> float:
        """Return how many seconds to wait before the next try, and count it."""
        whole = min(self.ceiling_s, self.first_s * 2.0 ** min(self._tries, 32))
        self._tries += 1
        return self.jitter.uniform(whole / 2, whole)

    def reset(self) -> None:
        """A try went well: the next wait is short again."""
        self._tries = 0


async def keep_trying(
    what: str,
    work: Callable[[], Awaitable[None]],
    *,
    expected: tuple[type[Exception], ...],
    backoff: Backoff | None = None,
    healthy_after_s: float = 60.0,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Run `work` again and again until cancelled; never returns by itself.

    An error in `expected` is logged in one line and waited out by `backoff`; any other is raised.
    A normal return (a session ended) or a run of `healthy_after_s` seconds resets the back-off.
    """
    backoff = backoff or Backoff()
    while True:
        began = monotonic()
        try:
            await work()
        except expected as fault:
            if monotonic() - began >= healthy_after_s:
                backoff.reset()
            wait_s = backoff.next_s()
            log.warning(
                "%s failed, next try in %.1f s: %s", what, wait_s, fault or type(fault).__name__
            )
        else:
            backoff.reset()
            wait_s = backoff.next_s()
            backoff.reset()
        await sleep(wait_s)
