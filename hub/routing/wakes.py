"""When the engine is to look again although nothing happened: a hold, a rest, a reserve ends."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime
from enum import IntEnum


class Wake(IntEnum):
    """What looks again; the key beside it is its id."""

    CONTACT = 0
    AGENT = 1
    QUEUE = 2


class Wakes:
    """Times in the order in which they come. One that has become needless does no harm."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, Wake, str]] = []

    def push(self, at: datetime, kind: Wake, key: str) -> None:
        heapq.heappush(self._heap, (at, kind, key))

    def next(self) -> datetime | None:
        """Return the earliest time, or None."""
        return self._heap[0][0] if self._heap else None

    def due(self, now: datetime) -> Iterator[tuple[Wake, str]]:
        """Take out and yield what is due."""
        heap = self._heap
        while heap and heap[0][0] <= now:
            _, kind, key = heapq.heappop(heap)
            yield kind, key
