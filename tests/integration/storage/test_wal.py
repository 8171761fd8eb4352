"""SQLite's log: how much of it is in use, and that its file is written over."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine

import hub.storage.wal as wal_module
from hub.core.bus import Bus
from hub.storage import Store, Tx
from hub.storage.engine import open_engine
from hub.storage.wal import is_longer

_PAGE = 4096


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "one.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("CREATE TABLE said (text BLOB)")
    connection.close()
    return path


def test_what_was_written_before_the_log_began_anew_does_not_count(database: Path) -> None:
    log = f"{database}-wal"
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("INSERT INTO said VALUES (zeroblob(?))", (50 * _PAGE,))
    assert is_longer(log, 40 * _PAGE)
    assert not is_longer(log, 80 * _PAGE)
    connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    connection.execute("INSERT INTO said VALUES ('short')")
    assert Path(log).stat().st_size > 50 * _PAGE
    assert is_longer(log, 0)
    assert not is_longer(log, 10 * _PAGE)
    connection.close()


def test_a_log_that_is_not_there_is_not_longer(tmp_path: Path) -> None:
    assert not is_longer(tmp_path / "none-wal", 0)
    (tmp_path / "none-wal").write_bytes(b"\0" * 100)
    assert not is_longer(tmp_path / "none-wal", 0)


async def test_under_calls_without_an_end_the_log_stays_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CALM_BYTES", "FORCED_BYTES"):
        monkeypatch.setattr(wal_module, name, 20 * _PAGE)

    def say(tx: Tx, _: int) -> None:
        tx.fetch("INSERT INTO said VALUES (zeroblob(3000))", [])

    async with Store(f"sqlite:///{tmp_path / 'hub.sqlite'}", Bus()) as store:
        await store.write(lambda tx, _: tx.fetch("CREATE TABLE said (text BLOB)", []), None)
        for number in range(10 * wal_module.LOOK_EVERY):
            await store.write(say, number)
        # At most what is written between two looks, and a page or two of each commit.
        most = 20 * _PAGE + 3 * wal_module.LOOK_EVERY * (_PAGE + 24)
        assert (tmp_path / "hub.sqlite-wal").stat().st_size < most


async def test_a_long_read_keeps_neither_the_writer_nor_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CALM_BYTES", "FORCED_BYTES"):
        monkeypatch.setattr(wal_module, name, 20 * _PAGE)
    monkeypatch.setattr(wal_module, "AGAIN_S", 0.0)

    def say(tx: Tx, _: int) -> None:
        tx.fetch("INSERT INTO said VALUES (zeroblob(3000))", [])

    path = tmp_path / "hub.sqlite"
    async with Store(f"sqlite:///{path}", Bus()) as store:
        await store.write(lambda tx, _: tx.fetch("CREATE TABLE said (text BLOB)", []), None)
        with closing(sqlite3.connect(path, isolation_level=None)) as backup:
            backup.execute("BEGIN")
            backup.execute("SELECT count(*) FROM said").fetchall()
            async with asyncio.timeout(25):  # six checkpoints: each that waited would take 5 s
                for number in range(6 * wal_module.LOOK_EVERY):
                    await store.write(say, number)
            assert is_longer(f"{path}-wal", 100 * _PAGE)
        for number in range(2 * wal_module.LOOK_EVERY):
            await store.write(say, number)
        assert not is_longer(f"{path}-wal", 100 * _PAGE)


def test_connections_that_open_a_new_file_at_once_do_not_lock_each_other_out(
    tmp_path: Path,
) -> None:
    for number in range(30):
        url = f"sqlite+pysqlite:///{tmp_path / f'{number}.sqlite3'}"
        with closing(sqlite3.connect(tmp_path / f"{number}.sqlite3")) as made:
            made.execute("CREATE TABLE one (id INTEGER PRIMARY KEY)")  # as migrated: no WAL yet
        engines = [open_engine(url, reading=reading) for reading in (False, True, True, True)]
        together = Barrier(len(engines))

        def look(engine: Engine, together: Barrier = together) -> None:
            together.wait(30)
            with engine.begin() as connection:
                connection.exec_driver_sql("SELECT count(*) FROM one")

        with ThreadPoolExecutor(len(engines)) as pool:
            list(pool.map(look, engines))
        for engine in engines:
            engine.dispose()
