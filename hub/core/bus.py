"""Hints inside one process: small, may be lost, never the truth (design §1.1).

A hint says "look at this again": a topic and a key. Whoever misses one is caught by its own poll.
Live events that are never stored (typing) travel the same way, with a `data` mapping.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

_QUEUE_LIMIT = 1024


@dataclass(frozen=True, slots=True)
class Hint:
    topic: str
    key: str
    data: Mapping[str, str | int | float | bool | None] | None = None


class Subscription:
    """A bounded queue of hints. After an overflow `lost` is true once: reload what you show."""

    def __init__(
        self,
        bus: Bus,
        topics: frozenset[str],
        keys: frozenset[str] | None,
        wants: Callable[[Hint], bool] | None,
    ) -> None:
        self._bus = bus
        self.topics = topics
        self.keys = keys
        self._wants = wants
        self._queue: deque[Hint] = deque()
        self._ready = asyncio.Event()
        self._lost = False

    def offer(self, hint: Hint) -> None:
        if self._wants is not None and not self._wants(hint):
            return
        if len(self._queue) >= _QUEUE_LIMIT:
            self._queue.clear()
            self._lost = True
        self._queue.append(hint)
        self._ready.set()

    async def next(self, timeout_s: float | None = None) -> list[Hint]:
        """Wait for hints and return all that are there; empty after `timeout_s` seconds."""
        if not self._queue:
            self._ready.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._ready.wait()
            except TimeoutError:
                return []
        hints = list(self._queue)
        self._queue.clear()
        return hints

    def take_lost(self) -> bool:
        """Return whether hints were dropped since the last call."""
        lost, self._lost = self._lost, False
        return lost

    def close(self) -> None:
        self._bus.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Bus:
    """Fan-out by topic, and by key where a subscriber names keys. One event loop, no locks."""

    def __init__(self) -> None:
        self._by_topic: dict[str, set[Subscription]] = {}
        self._by_key: dict[tuple[str, str], set[Subscription]] = {}

    def subscribe(
        self,
        topics: Iterable[str],
        keys: Iterable[str] | None = None,
        wants: Callable[[Hint], bool] | None = None,
    ) -> Subscription:
        """Return a subscription to `topics`, restricted to `keys` if given. Close it when done.

        `wants` is asked of each hint as it is published; where it says no, nobody is woken.
        """
        subscription = Subscription(
            self, frozenset(topics), None if keys is None else frozenset(keys), wants
        )
        for topic in subscription.topics:
            if subscription.keys is None:
                self._by_topic.setdefault(topic, set()).add(subscription)
            else:
                for key in subscription.keys:
                    self._by_key.setdefault((topic, key), set()).add(subscription)
        return subscription

    def remove(self, subscription: Subscription) -> None:
        for topic in subscription.topics:
            if subscription.keys is None:
                members = self._by_topic.get(topic)
                if members is not None:
                    members.discard(subscription)
                    if not members:
                        del self._by_topic[topic]
                continue
            for key in subscription.keys:
                members = self._by_key.get((topic, key))
                if members is not None:
                    members.discard(subscription)
                    if not members:
                        del self._by_key[(topic, key)]

    def publish(self, hint: Hint) -> None:
        for subscription in self._by_topic.get(hint.topic, ()):
            subscription.offer(hint)
        for subscription in self._by_key.get((hint.topic, hint.key), ()):
            subscription.offer(hint)
