"""A read of one moment: what is committed between two of its statements is not seen."""

from __future__ import annotations

import asyncio
import threading

from sqlalchemy import func, select

from hub.storage import Store, Tx
from hub.storage.leases import AskLease, leases, take_lease


async def test_all_statements_see_the_same_moment(store: Store) -> None:
    begun, written = threading.Event(), threading.Event()

    def twice(tx: Tx, _: None) -> list[int]:
        counts = [count(tx)]
        begun.set()
        assert written.wait(60)
        return [*counts, count(tx)]

    reading = asyncio.create_task(store.read_at_once(twice, None))
    assert await asyncio.to_thread(begun.wait, 60)
    await store.write(take_lease, AskLease("new", "somebody", 60.0))
    written.set()
    assert await reading == [0, 0]
    assert await store.read(lambda tx, _: count(tx), None) == 1


async def test_who_reads_next_by_the_same_connection_sees_what_is_committed(store: Store) -> None:
    """The wish is forgotten with the read."""
    await store.read_at_once(lambda tx, _: count(tx), None)
    begun, written = threading.Event(), threading.Event()

    def twice(tx: Tx, _: None) -> tuple[str, list[int]]:
        counts = [count(tx)]
        begun.set()
        assert written.wait(60)
        return tx.dialect, [*counts, count(tx)]

    reading = asyncio.create_task(store.read(twice, None))
    assert await asyncio.to_thread(begun.wait, 60)
    await store.write(take_lease, AskLease("new", "somebody", 60.0))
    written.set()
    dialect, counts = await reading
    assert counts == ([0, 0] if dialect == "sqlite" else [0, 1])


def count(tx: Tx) -> int:
    return int(tx.execute(select(func.count()).select_from(leases)).scalar_one())
