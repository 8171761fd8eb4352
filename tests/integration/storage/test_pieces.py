"""Work in pieces: as large as time allows, one hub at a time, no waiting while there is more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import pytest

from hub.storage import Store, Tx
from hub.storage.leases import AskLease, release_lease, take_lease
from hub.storage.pieces import Pace, Piece, PieceWork
from hub.testing.clock import ManualClock


class Heap:
    """Something that becomes less by each piece."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.sizes: list[int] = []

    def piece(self, _tx: Tx, _now: datetime, limit: int) -> int:
        done = min(limit, self.left)
        self.left -= done
        self.sizes.append(limit)
        return done


class Waits:
    """Keeps how long the work waited, and ends it after the first idle wait."""

    def __init__(self, idle_s: float) -> None:
        self.idle_s = idle_s
        self.waited: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waited.append(seconds)
        if seconds == self.idle_s:
            raise asyncio.CancelledError


async def until_idle(store: Store, *pieces: Piece) -> Waits:
    waits = Waits(77.0)
    with pytest.raises(asyncio.CancelledError):
        await PieceWork(store, "heap", pieces, 77.0, waits).run()
    return waits


async def test_piece_follows_piece_until_nothing_is_left(store: Store) -> None:
    heap = Heap(2_000)
    waits = await until_idle(store, heap.piece)
    assert heap.left == 0
    assert waits.waited.count(77.0) == 1  # and only at the end
    assert all(seconds < 1 for seconds in waits.waited[:-1])
    assert heap.sizes == sorted(heap.sizes)
    assert heap.sizes[0] < heap.sizes[-1]  # quick ones become larger


def test_a_slow_piece_makes_the_next_one_smaller_but_never_tiny() -> None:
    pace = Pace(400)
    sizes = []
    for _ in range(20):
        pace.took(0.040, pace.size)
        sizes.append(pace.size)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 50
    pace.took(0.001, 3)  # not full: says nothing about full ones
    assert pace.size == 50
    for _ in range(100):
        pace.took(0.001, pace.size)
    assert pace.size == 500


async def test_a_broken_piece_does_not_stop_the_others(store: Store) -> None:
    def broken(_tx: Tx, _now: datetime, _limit: int) -> int:
        raise RuntimeError("a customer nobody can look at")

    heap = Heap(200)
    await until_idle(store, broken, heap.piece)
    assert heap.left == 0


async def test_only_who_has_the_lease_works(store: Store, clock: ManualClock) -> None:
    other = AskLease("heap", "another process", 10.0)
    assert await store.write(take_lease, other) is not None
    heap = Heap(10)
    await until_idle(store, heap.piece)
    assert (heap.left, heap.sizes) == (10, [])
    clock.advance(11)  # the other one is gone
    await until_idle(store, heap.piece)
    assert heap.left == 0
    assert await store.write(take_lease, other) is not None  # given back at the end
    await store.write(release_lease, other)


async def test_the_lease_is_kept_over_a_long_time_of_work(store: Store, clock: ManualClock) -> None:
    work = PieceWork(store, "heap", [ticking(clock, Heap(10_000))])
    for _ in range(12):
        assert await work.turn() > 0
        rival = AskLease("heap", "another process", 10.0)
        assert await store.write(take_lease, rival) is None


def ticking(clock: ManualClock, heap: Heap) -> Callable[[Tx, datetime, int], int]:
    def piece(tx: Tx, now: datetime, limit: int) -> int:
        clock.advance(4)
        return heap.piece(tx, now, limit)

    return piece
