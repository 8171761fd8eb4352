"""How fast the vendor may be asked: so many units a second, and a burst waits a little."""

from __future__ import annotations

import asyncio


class Pace:
    """`per_second`: units the vendor takes. Who would wait more than `longest_s` comes again."""

    def __init__(self, per_second: float, longest_s: float = 3.0) -> None:
        self._interval_s = 1.0 / per_second
        self.longest_s = longest_s
        self._next = 0.0

    def take(self, units: int = 1) -> float:
        """Return the seconds to wait for a place; it is taken only where that is not too long."""
        now = asyncio.get_running_loop().time()
        wait_s = max(0.0, self._next - now)
        if wait_s <= self.longest_s:
            self._next = now + wait_s + self._interval_s * units
        return wait_s
