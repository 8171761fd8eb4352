"""Work that is never finished, in pieces of the bulk lane: as large as time allows, never longer.

Like the timekeeper it is one per hub, under a lease that is held in the transaction of each piece;
other than the timekeeper's, a piece that found something to do is followed by the next one at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import NamedTuple

from hub.core.errors import Unavailable
from hub.core.ids import new_id

from .leases import AskLease, hold_lease, release_lease
from .store import Store
from .tx import Tx

log = logging.getLogger(__name__)

Piece = Callable[[Tx, datetime, int], int]
"""Do at most so much of it and return how much it was; 0: there is nothing to do now."""

_LEASE_S = 10.0
_FIRST = 50
_FEWEST = 50  # what a piece costs whatever its size is too much for fewer
_MOST = 500
_AIM_S = 0.008  # of the writer's time, so that live traffic goes on (design section 4)
_TOO_LONG_S = 0.012


@dataclass(slots=True)
class Pace:
    """How much the next piece does, by the time the one before took."""

    size: int = _FIRST

    def took(self, seconds: float, done: int) -> None:
        """Learn that `done` took the writer so long; a piece that was not full teaches little."""
        if seconds > _TOO_LONG_S:
            self.size = max(_FEWEST, self.size * 3 // 4)
        elif seconds < _AIM_S and done >= self.size:
            self.size = min(_MOST, self.size + 10)


class Took(NamedTuple):
    """`seconds` of the writer; `done` None: another process has the lease."""

    done: int | None
    seconds: float


@dataclass(slots=True)
class _Job:
    piece: Piece
    pace: Pace = field(default_factory=Pace)


class PieceWork:
    """Give it to the hub's services, or take a `turn` in tests.

    `name`: of the lease. Between two pieces it waits as long as the last ones took, so that at most
    half of the writer's time is theirs; where nothing is to be done, `idle_s`.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        pieces: Sequence[Piece],
        idle_s: float = 0.5,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._ask = AskLease(name, new_id(), _LEASE_S)
        self._jobs = [_Job(piece) for piece in pieces]
        self._idle_s = idle_s
        self._sleep = sleep

    async def run(self) -> None:
        try:
            while True:
                busy_s = 0.0
                try:
                    busy_s = await self.turn()
                except Unavailable as error:
                    log.debug("%s waits for the database: %s", self._ask.name, error.message)
                await self._sleep(busy_s or self._idle_s)
        finally:
            await asyncio.shield(self._store.write(release_lease, self._ask))

    async def turn(self) -> float:
        """Do a piece of each; return how long those took that found something to do.

        0.0: nothing is to be done, or another process does it. Raises Unavailable.
        """
        busy_s = 0.0
        for job in self._jobs:
            took = await self._step(job)
            if took.done is None:
                break
            if took.done > 0:
                job.pace.took(took.seconds, took.done)
                busy_s += took.seconds
        return busy_s

    async def _step(self, job: _Job) -> Took:
        try:
            return await self._store.write_bulk(self._do, job)
        except Unavailable:
            raise
        except Exception:  # one broken piece must not stop the others; it is tried again later
            log.exception("a piece of work broke", extra={"piece": _name(job.piece)})
            job.pace.size = _FEWEST
            return Took(0, 0.0)

    def _do(self, tx: Tx, job: _Job) -> Took:
        if not hold_lease(tx, self._ask):
            return Took(None, 0.0)
        began = perf_counter()
        done = job.piece(tx, tx.now, job.pace.size)
        return Took(done, perf_counter() - began)


def _name(piece: Piece) -> str:
    return getattr(piece, "__name__", "")
