"""A database that refuses: every caller is told, the log is told once, and it comes back."""

from __future__ import annotations

import contextlib
import logging
import sqlite3

import pytest
from sqlalchemy import event, insert
from sqlalchemy.exc import DBAPIError, OperationalError

from hub.core.errors import Unavailable
from hub.storage import Store, Tx, engine
from hub.storage.leases import leases
from hub.testing.databases import refusing_writes


def add(tx: Tx, name: str) -> None:
    tx.execute(insert(leases).values(name=name, holder="h", epoch=1, expires_at=tx.now))


def nothing(_: Tx, __: None) -> None:
    """A use case that finds nothing to change."""


def wrong(tx: Tx, _: None) -> None:
    tx.fetch("SELECT nothing_of_the_kind FROM leases", {})


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        f"{record.levelname} {record.getMessage()}"
        for record in caplog.records
        if record.levelno >= logging.WARNING
    ]


async def test_what_refuses_writes_is_said_once_and_over_when_one_is_taken(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    assert store.refusing is None
    async with refusing_writes(store):
        for number in range(5):
            with pytest.raises(Unavailable):
                await store.write(add, f"refused {number}")
            assert store.refusing == "The database is read-only: nothing can be stored."
        with pytest.raises(Unavailable):  # what changes nothing does not prove that writes go
            await store.write(nothing, None)
        assert store.refusing is not None
        [said] = lines(caplog)
        assert said.startswith("ERROR Writes are refused. The database is read-only")
        assert not any(record.exc_info for record in caplog.records)
    await store.write(nothing, None)
    assert store.refusing is None
    assert len(lines(caplog)) == 2
    assert lines(caplog)[1].startswith("WARNING Writes are accepted again after")


async def test_a_full_disk_is_named(sqlite_store: Store) -> None:
    def fill(tx: Tx, _: None) -> None:
        pages = tx.fetch("PRAGMA page_count", {})[0][0]
        tx.fetch(f"PRAGMA max_page_count={pages}", {})
        for number in range(500):
            add(tx, f"{number:080}")

    with pytest.raises(Unavailable):
        await sqlite_store.write(fill, None)
    assert sqlite_store.refusing == "The disk is full: nothing can be stored until there is room."
    await sqlite_store.write(add, "a")  # the writer has a new connection, without the limit
    assert sqlite_store.refusing is None


async def test_a_use_case_that_is_wrong_does_not_count_as_a_database_that_refuses(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises((DBAPIError, Unavailable)):
        await store.write(wrong, None)
    assert store.refusing is None
    if store.dialect == "sqlite":  # where it looks like a fault of the database: told with trace
        assert [record.exc_info is not None for record in caplog.records] == [True]


async def test_the_writer_outlives_a_connection_that_cannot_be_made(sqlite_store: Store) -> None:
    """Whatever a driver or a pool raises: who writes is told, and the next one is served."""
    engine = sqlite_store.writer.engine
    broken = True

    def stumble(*_: object) -> None:
        if broken:
            raise RuntimeError("not what databases raise")

    def begin(tx: Tx, _: None) -> None:
        event.listen(engine, "connect", stumble)
        tx.fetch("PRAGMA query_only=ON", {})  # the next write gives its connection up

    await sqlite_store.write(begin, None)
    for number in range(3):
        with pytest.raises(Unavailable):
            await sqlite_store.write(add, f"refused {number}")
    broken = False
    await sqlite_store.write(add, "taken")


def test_a_locked_file_is_waited_for_once(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    asked: list[str] = []
    other = sqlite3.connect(str(sqlite_store.path), isolation_level=None)
    ours = engine.open_engine(sqlite_store.url, reading=False)
    with contextlib.closing(other), ours.connect() as connection:
        other.execute("BEGIN IMMEDIATE")
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(asked.append)
        with pytest.raises(OperationalError, match="database is locked"):
            connection.begin()
        assert asked == ["BEGIN IMMEDIATE"]
        other.execute("ROLLBACK")
        connection.begin()  # it is as good as before
    ours.dispose()
