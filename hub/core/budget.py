"""Token buckets: how many times something may happen. Pure; times are monotonic seconds, given."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then `per_s` a second."""

    per_s: float
    burst: float


class Bucket:
    """One token bucket, full at the start."""

    __slots__ = ("_at_s", "_level")

    def __init__(self, rate: Rate, now_s: float) -> None:
        self._level = rate.burst
        self._at_s = now_s

    def take(self, rate: Rate, now_s: float, amount: float = 1.0) -> float:
        """Take `amount` and return 0; else take nothing and return the seconds to wait for it."""
        self._level = min(rate.burst, self._level + max(0.0, now_s - self._at_s) * rate.per_s)
        self._at_s = max(self._at_s, now_s)
        if self._level >= amount:
            self._level -= amount
            return 0.0
        return (amount - self._level) / rate.per_s

    def give_back(self, rate: Rate, amount: float = 1.0) -> None:
        """Undo a `take`: what it was for did not happen."""
        self._level = min(rate.burst, self._level + amount)


class Budgets:
    """A bucket for each key (an address, a session), for at most `limit` keys.

    The least recently used key is forgotten first, which only ever gives somebody a full bucket.
    """

    def __init__(self, rate: Rate, limit: int = 20_000) -> None:
        self.rate = rate
        self._limit = limit
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str, now_s: float, amount: float = 1.0) -> float:
        """As Bucket.take, for `key`."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(self.rate, now_s)
            if len(self._buckets) > self._limit:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket.take(self.rate, now_s, amount)

    def give_back(self, key: str, amount: float = 1.0) -> None:
        """As Bucket.give_back, for `key`; who was forgotten meanwhile has a full bucket anyway."""
        bucket = self._buckets.get(key)
        if bucket is not None:
            bucket.give_back(self.rate, amount)

    def __len__(self) -> int:
        return len(self._buckets)
