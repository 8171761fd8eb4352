"""Hints inside one process: small, may be lost, never the truth (design §1.1).

A hint says "look at this again": a topic and a key. Whoever misses one is caught by its own poll.
Live events that are never stored (typing) travel the same way, with a `data` mapping.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Self

import msgspec

_QUEUE_LIMIT = 1024


class Hint(msgspec.Struct, frozen=True):
    topic: str
    key: str
    data: Mapping[str, str | int | float | bool | None] | None = None


class Subscription:
    """A bounded queue of hints. After an overflow `lost` is true once: reload what you show."""

    __slots__ = ("_bus", "_lost", "_queue", "_waiter", "keys", "topics")

    def __init__(self, bus: Bus, topics: tuple[str, ...], keys: tuple[str, ...] | None) -> None:
        self._bus = bus
        self.topics = topics
        self.keys = keys
        self._queue: list[Hint] = []
        self._waiter: asyncio.Future[None] | None = None
        self._lost = False

    def offer(self, hint: Hint) -> None:
        if len(self._queue) >= _QUEUE_LIMIT:
            self._queue.clear()
            self._lost = True
        self._queue.append(hint)
        if self._waiter is not None:
            _wake(self._waiter)

    async def next(self, timeout_s: float | None = None) -> list[Hint]:
        """Wait for hints and return all that are there; empty after `timeout_s` seconds.

        One task waits at a time.
        """
        if not self._queue:
            loop = asyncio.get_running_loop()
            waiter = self._waiter = loop.create_future()
            timer = None if timeout_s is None else loop.call_later(timeout_s, _wake, waiter)
            try:
                await waiter
            finally:
                self._waiter = None
                if timer is not None:
                    timer.cancel()
        hints, self._queue = self._queue, []
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


class Listener:
    """Calls `hear` for each hint of its key as it is published. Close it when done.

    There is one for each open chat: it holds no queue, and nobody waits for it.
    """

    __slots__ = ("_bus", "keys", "offer", "topics")

    def __init__(
        self, bus: Bus, topics: tuple[str, ...], key: str, hear: Callable[[Hint], None]
    ) -> None:
        self._bus = bus
        self.topics = topics
        self.keys: tuple[str, ...] | None = (key,)
        self.offer = hear

    def close(self) -> None:
        self._bus.remove(self)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class Bus:
    """Fan-out by topic, and by key where a subscriber names keys. One event loop, no locks."""

    def __init__(self) -> None:
        # In the order in which they subscribed: a seeded schedule is the same again.
        self._by_topic: dict[str, dict[Subscription | Listener, None]] = {}
        # By key alone: an open chat has one place here, not one for each of its topics. Most keys
        # have one subscriber, for whom a set is four times a tuple.
        self._by_key: dict[str, tuple[Subscription | Listener, ...]] = {}

    def subscribe(
        self,
        topics: Iterable[str],
        keys: Iterable[str] | None = None,
    ) -> Subscription:
        """Return a subscription to `topics`, restricted to `keys` if given. Close it when done."""
        subscription = Subscription(
            self,
            tuple(dict.fromkeys(topics)),
            None if keys is None else tuple(dict.fromkeys(keys)),
        )
        self._add(subscription)
        return subscription

    def listen(self, topics: tuple[str, ...], key: str, hear: Callable[[Hint], None]) -> Listener:
        """Have `hear` called with each hint of `topics` and `key`: at once, so it only takes note.
        Give the same `topics` each time: they are kept.
        """
        listener = Listener(self, topics, key, hear)
        self._add(listener)
        return listener

    def _add(self, subscription: Subscription | Listener) -> None:
        if subscription.keys is None:
            for topic in subscription.topics:
                self._by_topic.setdefault(topic, {})[subscription] = None
        for key in subscription.keys or ():
            self._by_key[key] = (*self._by_key.get(key, ()), subscription)

    def remove(self, subscription: Subscription | Listener) -> None:
        for topic in subscription.topics if subscription.keys is None else ():
            members = self._by_topic.get(topic)
            if members is not None:
                members.pop(subscription, None)
                if not members:
                    del self._by_topic[topic]
        for key in subscription.keys or ():
            followers = self._by_key.get(key, ())
            others = tuple(one for one in followers if one is not subscription)
            if others:
                self._by_key[key] = others
            else:
                self._by_key.pop(key, None)

    def publish(self, hint: Hint) -> None:
        for subscription in self._by_topic.get(hint.topic, ()):
            subscription.offer(hint)
        for subscription in self._by_key.get(hint.key, ()):
            if hint.topic in subscription.topics:
                subscription.offer(hint)
