"""Reads that many ask for at once, answered together (the readers' side of group commit).

What is asked while one read is under way is the next read: a fixed number of statements for all who
ask. Between two reads there is a rest in proportion to the processor's time that the last one took,
so that watching the hub never takes more than a fifth of it; who asks a resting reader waits, who
asks a rested one does not. Time in which a read only waited for its turn is no reason to rest: on a
busy machine it is several times its own, and news would come the later the busier it is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from hub.core.errors import HubError

from .store import Store
from .tx import Tx

A = TypeVar("A")
R = TypeVar("R")

_MOST = 256  # asked in one read
_REST_SHARE = 4.0
_LONGEST_REST_S = 0.25


class Together(Generic[A, R]):
    """One kind of read. `function` returns a result or a refusal for each question, in order."""

    def __init__(
        self, store: Store, function: Callable[[Tx, Sequence[A]], Sequence[R | HubError]]
    ) -> None:
        self._store = store
        self._function = function
        self._waiting: list[tuple[A, asyncio.Future[R]]] = []
        self._reading: asyncio.Task[None] | None = None

    async def read(self, question: A) -> R:
        """Return the answer. Raises what the function returned as its refusal, or Unavailable."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read(), name="hub-reads-together")
        return await answer

    async def _read(self) -> None:
        try:
            while self._waiting:
                cost_s = await self._read_once()
                await asyncio.sleep(min(_LONGEST_REST_S, _REST_SHARE * cost_s))
        finally:
            self._reading = None
            for _, answer in self._waiting:  # only where this task was cancelled
                answer.cancel()
            self._waiting.clear()

    async def _read_once(self) -> float:
        """Answer those who wait; return the seconds of a processor that it cost."""
        asked, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        try:
            found, cost_s = await self._store.read(self._cost, [question for question, _ in asked])
        except Exception as error:  # every one who asked gets it, and says what to do about it
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(error)
            return loop.time() - began_s
        for (_, answer), result in zip(asked, found, strict=True):
            if answer.done():
                continue  # who asked has gone
            if isinstance(result, HubError):
                answer.set_exception(result)
            else:
                answer.set_result(result)
        return cost_s

    def _cost(self, tx: Tx, questions: Sequence[A]) -> tuple[Sequence[R | HubError], float]:
        """Return the results and their cost. What PostgreSQL does is on no clock of this thread:
        there the time counts that passed.
        """
        clock = time.thread_time if tx.dialect == "sqlite" else time.perf_counter
        began_s = clock()
        found = self._function(tx, questions)
        return found, clock() - began_s
