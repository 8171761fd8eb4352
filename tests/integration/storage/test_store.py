from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from hub.core.bus import Bus
from hub.core.errors import Conflict, HubError, Unavailable
from hub.storage import Store, Tx, batch, batch_ahead, engine
from hub.storage.bulk import insert_values
from hub.storage.leases import leases
from hub.testing.clock import ManualClock


def add(tx: Tx, name: str) -> str:
    tx.execute(insert(leases).values(name=name, holder="h", epoch=1, expires_at=tx.now))
    tx.hint("lease.taken", name)
    return name


def add_then_fail(tx: Tx, name: str) -> str:
    add(tx, name)
    raise Conflict("no")


def add_then_crash(tx: Tx, name: str) -> str:
    add(tx, name)
    raise ZeroDivisionError


def names(tx: Tx, _: None) -> list[str]:
    return list(tx.execute(select(leases.c.name).order_by(leases.c.name)).scalars())


@batch
def add_many(tx: Tx, items: Sequence[str]) -> Sequence[int | HubError]:
    tx.execute(
        insert(leases),
        [
            {"name": name, "holder": "h", "epoch": len(items), "expires_at": tx.now}
            for name in items
            if name != "refused"
        ],
    )
    if "poison" in items:
        raise ZeroDivisionError
    return [Conflict("refused") if name == "refused" else len(items) for name in items]


@batch_ahead
def count_ahead(tx: Tx, items: Sequence[str]) -> Sequence[tuple[int, list[str]]]:
    return [(len(items), names(tx, None))] * len(items)


async def test_a_write_is_there_for_the_next_reader(store: Store) -> None:
    assert await store.write(add, "a") == "a"
    assert await store.read(names, None) == ["a"]


async def test_a_failing_use_case_leaves_nothing_and_publishes_nothing(
    store: Store, bus: Bus
) -> None:
    with bus.subscribe(["lease.taken"]) as hints:
        results = await asyncio.gather(
            store.write(add, "a"),
            store.write(add_then_fail, "b"),
            store.write(add_then_crash, "c"),
            store.write(add, "d"),
            return_exceptions=True,
        )
        assert results[0] == "a"
        assert isinstance(results[1], Conflict)
        assert isinstance(results[2], ZeroDivisionError)
        assert results[3] == "d"
        assert await store.read(names, None) == ["a", "d"]
        assert [hint.key for hint in await hints.next(1)] == ["a", "d"]


async def test_neighbouring_calls_of_a_batch_function_become_one(store: Store) -> None:
    sizes = await asyncio.gather(*(store.write(add_many, f"n{n}") for n in range(50)))
    assert max(sizes) > 1
    assert len(await store.read(names, None)) == 50


async def test_calls_that_go_ahead_are_one_and_the_first(store: Store) -> None:
    begun, gate = threading.Event(), threading.Event()

    def hold_up(_tx: Tx, _: None) -> bool:
        begun.set()
        return gate.wait(60)

    under_way = asyncio.create_task(store.write(hold_up, None))
    assert await asyncio.to_thread(begun.wait, 60)
    waits = ["x", "a", "x", "b", "x"]
    calls = [asyncio.create_task(store.write(count_ahead if one == "x" else add, one))
             for one in waits]  # fmt: skip
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*calls) == [(3, []), "a", (3, []), "b", (3, [])]
    assert await under_way


async def test_a_refused_item_of_a_batch_does_not_touch_its_neighbours(store: Store) -> None:
    first = store.write(add_many, "first")  # keeps the writer busy while the others gather
    results = await asyncio.gather(
        first,
        store.write(add_many, "x"),
        store.write(add_many, "refused"),
        store.write(add_many, "y"),
        return_exceptions=True,
    )
    assert isinstance(results[2], Conflict)
    assert await store.read(names, None) == ["first", "x", "y"]


async def test_an_item_that_breaks_its_batch_fails_alone(store: Store) -> None:
    results = await asyncio.gather(
        store.write(add_many, "first"),
        store.write(add_many, "x"),
        store.write(add_many, "poison"),
        store.write(add_many, "y"),
        return_exceptions=True,
    )
    assert isinstance(results[2], ZeroDivisionError)
    assert await store.read(names, None) == ["first", "x", "y"]


async def test_a_cancelled_caller_does_not_cancel_its_write(store: Store, bus: Bus) -> None:
    with bus.subscribe(["lease.taken"]) as hints:
        task = asyncio.create_task(store.write(add, "a"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [hint.key for hint in await hints.next(5)] == ["a"]
    assert await store.read(names, None) == ["a"]


async def test_a_constraint_violation_reaches_only_its_caller(store: Store) -> None:
    await store.write(add, "a")
    results = await asyncio.gather(
        store.write(add, "b"), store.write(add, "a"), store.write(add, "c"), return_exceptions=True
    )
    assert isinstance(results[1], Exception)
    assert not isinstance(results[1], Unavailable)
    assert await store.read(names, None) == ["a", "b", "c"]


async def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(Exception, match=r"cannot be read|read-only"):
        await store.read(lambda tx, _: tx.execute(leases.delete()), None)


async def test_the_bulk_lane_gives_way_to_live_calls(store: Store) -> None:
    order: list[str] = []

    def note(tx: Tx, name: str) -> None:
        order.append(name)
        tx.execute(select(func.count()).select_from(leases))

    await asyncio.gather(
        store.write_bulk(note, "bulk 1"),
        store.write_bulk(note, "bulk 2"),
        *(store.write(note, f"live {n}") for n in range(5)),
    )
    assert order.index("bulk 2") > order.index("live 4")


async def test_the_transaction_has_the_manual_clock(store: Store, clock: ManualClock) -> None:
    clock.advance(60)
    assert await store.write(lambda tx, _: tx.now, None) == clock.now()


def add_raw(tx: Tx, name: str) -> None:
    insert_values(tx, leases, tuple(leases.c.keys()), [(name, "h", 1, tx.now)])


def broken_text(tx: Tx, _: None) -> None:
    tx.fetch("SELECT nothing_of_the_kind FROM leases", {})


async def test_a_violation_in_a_text_of_the_drivers_own_reaches_only_its_caller(
    store: Store,
) -> None:
    await store.write(add_raw, "a")
    results = await asyncio.gather(
        store.write(add_raw, "b"),
        store.write(add_raw, "a"),
        store.write(add_raw, "c"),
        return_exceptions=True,
    )
    assert isinstance(results[1], IntegrityError)
    assert await store.read(names, None) == ["a", "b", "c"]


def add_three_raw(tx: Tx, name: str) -> list[str]:
    for one in ("x", name, "y"):
        add_raw(tx, one)
    return [row.name for row in tx.fetch("SELECT name FROM leases ORDER BY name", {})]


def add_raw_then_refuse(tx: Tx, name: str) -> None:
    add_raw(tx, name)
    raise Conflict("no")


async def test_what_is_under_way_is_seen_by_the_next_statement(store: Store) -> None:
    assert await store.write(add_three_raw, "a") == ["a", "x", "y"]


async def test_of_statements_under_way_the_first_that_fails_is_told_and_none_stays(
    store: Store,
) -> None:
    await store.write(add_raw, "a")
    with pytest.raises(IntegrityError):
        await store.write(add_three_raw, "a")
    with pytest.raises(Conflict):
        await store.write(add_raw_then_refuse, "b")
    await store.write(add_raw, "c")
    assert await store.read(names, None) == ["a", "c"]


async def test_after_a_text_that_fails_reads_and_writes_go_on(store: Store) -> None:
    for ask in (store.read, store.write):
        for _ in range(6):  # more than there are reading connections
            with pytest.raises((DBAPIError, Unavailable)):
                await ask(broken_text, None)
    await store.write(add_raw, "a")
    assert await store.read(names, None) == ["a"]


async def test_while_another_program_locks_the_file_it_is_read_and_writes_are_refused(
    sqlite_store: Store,
) -> None:
    assert sqlite_store.path is not None
    await sqlite_store.write(lambda tx, _: tx.fetch("PRAGMA busy_timeout=50", {}), None)
    other = sqlite3.connect(sqlite_store.path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            await sqlite_store.write(add_raw, "a")
        assert await sqlite_store.read(names, None) == []
    finally:
        other.close()
    await sqlite_store.write(add_raw, "b")
    assert await sqlite_store.read(names, None) == ["b"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_statement_that_reads_a_whole_table_is_not_compiled_first(store: Store) -> None:
    def way(tx: Tx, _: None) -> str:
        sql = "EXPLAIN ANALYZE SELECT count(*) FROM leases WHERE holder <> 'x'"
        return "\n".join(row[0] for row in tx.fetch(sql, ()))

    for plan in (await store.read(way, None), await store.write(way, None)):
        assert "Seq Scan on leases" in plan
        assert "JIT" not in plan


async def test_a_process_that_stands_still_does_not_keep_what_it_has_locked(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.is_sqlite(database_url):
        return  # its one writer is the only process there is
    monkeypatch.setattr(engine, "_STANDS_STILL_MS", 300)
    locked, goes_on = threading.Event(), threading.Event()

    def stand_still(tx: Tx, _: None) -> None:
        tx.execute(update(leases).values(holder="who stands still"))
        locked.set()
        goes_on.wait(30)

    def set_holder(tx: Tx, _: None) -> None:
        tx.execute(update(leases).values(holder="another"))

    def holder(tx: Tx, _: None) -> str:
        return str(tx.execute(select(leases.c.holder)).scalar_one())

    async with Store(database_url, Bus()) as first, Store(database_url, Bus()) as second:
        await first.write(add, "one")
        still = asyncio.create_task(first.write(stand_still, None))
        await asyncio.to_thread(locked.wait, 30)
        await second.write(set_holder, None)
        goes_on.set()
        with pytest.raises(Unavailable):
            await still
        assert await first.read(holder, None) == "another"
        await first.write(add, "two")  # by a connection of its own
