"""An event loop with virtual time whose ready callbacks run in a random, seeded order.

What real schedules do only under load, now and then, it does at once: timers fire as soon as
nothing else is ready, and of several tasks that may go on any is the next. One seed is one
schedule.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import TypeVar, TypeVarTuple

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


class Stuck(RuntimeError):
    """Every task waits for something that nothing will bring."""


class ShuffledLoop(asyncio.SelectorEventLoop):
    """Its time stands still while anything is ready. Threads are not used: what is sent to one runs
    at once.
    """

    def __init__(self, seed: int) -> None:
        self._now_s = 0.0
        self.chance = random.Random(seed)  # noqa: S311 - a test's own
        super().__init__()
        self._clock_resolution = 1e-9

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now_s

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*_Ts], _T], *args: *_Ts
    ) -> asyncio.Future[_T]:
        future: asyncio.Future[_T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def _run_once(self) -> None:
        ready: deque[asyncio.Handle] = self._ready  # type: ignore[attr-defined]  # typeshed hides asyncio's inner state
        scheduled = self._scheduled  # type: ignore[attr-defined]  # as above
        if len(ready) > 1:
            mixed = list(ready)
            self.chance.shuffle(mixed)
            ready.clear()
            ready.extend(mixed)
        elif not ready and scheduled:
            self._now_s = max(self._now_s, scheduled[0].when())
        elif not ready and not self._stopping:  # type: ignore[attr-defined]  # as above
            raise Stuck("nothing is ready and nothing is due")
        super()._run_once()  # type: ignore[misc]  # as above


class LoopClock:
    """The loop's time as a date: `start` when the loop was made."""

    def __init__(self, loop: ShuffledLoop, start: datetime) -> None:
        self._loop = loop
        self._start = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time())
