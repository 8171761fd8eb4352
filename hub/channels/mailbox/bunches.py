"""Mails are filed in bunches: a transaction of ten costs little more than one of two.

The first of a while goes at once. Those that are ready soon after it go together when the rest is
over, so that a flood of mails is few transactions, between which those of others have their turn.
"""

from __future__ import annotations

import asyncio

REST_S = 0.04  # what a mail may wait for others; it takes a hundred milliseconds and more anyway


class Bunches:
    """Holds up who comes sooner than `rest_s` after the last bunch."""

    def __init__(self, rest_s: float = REST_S) -> None:
        self._rest_s = rest_s
        self._next_at = 0.0  # on the loop's clock
        self._gathering: asyncio.Event | None = None

    async def join(self) -> None:
        """Return when the bunch goes."""
        loop = asyncio.get_running_loop()
        if self._gathering is None:
            if loop.time() >= self._next_at:
                self._next_at = loop.time() + self._rest_s
                return
            self._gathering = asyncio.Event()
            loop.call_at(self._next_at, self._go, loop)
        await self._gathering.wait()

    def _go(self, loop: asyncio.AbstractEventLoop) -> None:
        self._next_at = loop.time() + self._rest_s
        gathered, self._gathering = self._gathering, None
        if gathered is not None:
            gathered.set()
