"""Database engines: how connections are opened and how transactions begin, on SQLite and
PostgreSQL.
"""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

BUSY_TIMEOUT_MS = 5_000
_SYNCHRONOUS = "FULL"
# What a batch of writes touches, several times over. With 32 MiB a message costs as much CPU (3,000
# chats), and each chat leaves 6 KiB more behind, until it is full.
_WRITER_CACHE_KIB = 4_096
# In WAL mode a connection forgets its pages once another one has written (pager.c of SQLite,
# pagerBeginReadTransaction): what a reader keeps serves one transaction of a hub that is at work.
# The system keeps the pages of the file anyway.
_READER_CACHE_KIB = 2_048
_LOG_BYTES = 96 << 20  # the log's file is written over; longer only while readers hold it
_LOCK_TIMEOUT_MS = 200
# A process that stands still amid a transaction, or whose machine is lost: the server ends it, and
# others need not wait for what it locked (leases, the newest link of the audit log) until TCP gives
# up, which takes hours. The writer rests for milliseconds between statements, seconds at the most.
_STANDS_STILL_MS = 30_000
# Rows are found by key. Of a young table PostgreSQL knows too little to see that: it planned to
# read all of it for a message, and kept the plan until autovacuum came by.
_BY_KEY = ["enable_seqscan=off", "enable_hashjoin=off", "enable_mergejoin=off"]
# Where none but such a way is left, it counts as ten thousand million: above any `jit_above_cost`,
# so a count of a small table was compiled for 190 ms before it ran 0.1 ms.
_AS_PLANNED = ["jit=off"]


def is_sqlite(url: str) -> bool:
    """Say whether `url` names a SQLite file."""
    return make_url(url).get_backend_name() == "sqlite"


def open_engine(url: str, *, reading: bool, size: int = 1) -> Engine:
    """Return an engine of at most `size` connections, for reading or for the one writer.

    SQLite: WAL, `synchronous=FULL` (an acknowledged commit survives a power cut), BEGIN IMMEDIATE
    for the writer, no automatic checkpoints (the writer makes them; https://sqlite.org/wal.html).
    PostgreSQL: `synchronous_commit=on` and a lock timeout, read committed.
    """
    if is_sqlite(url):
        return _open_sqlite(url, reading=reading, size=size)
    return _open_postgresql(url, reading=reading, size=size)


def _open_sqlite(url: str, *, reading: bool, size: int) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        with _PREPARING:
            _prepare(connection, reading=reading)

    begin = "BEGIN" if reading else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - a connection that begins has one
        try:  # past SQLAlchemy, which takes longer to hand it on than SQLite to begin
            driver.execute(begin).close()
        except sqlite3.Error as error:  # never tried again: it has waited for its turn already
            raise DBAPIError.instance(
                begin, None, error, sqlite3.Error, dialect=engine.dialect
            ) from error

    return engine


# A file that was just made or restored has no WAL yet. Two connections that turn it on at once wait
# for each other, which SQLite refuses without waiting: "database is locked", whatever the timeout.
_PREPARING = threading.Lock()


def _prepare(connection: sqlite3.Connection, *, reading: bool) -> None:
    for pragma in (
        "journal_mode=WAL",
        f"synchronous={_SYNCHRONOUS}",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "wal_autocheckpoint=0",
        f"journal_size_limit={_LOG_BYTES}",
        "temp_store=MEMORY",
        f"cache_size=-{_READER_CACHE_KIB if reading else _WRITER_CACHE_KIB}",
        *(["query_only=ON"] if reading else []),
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _open_postgresql(url: str, *, reading: bool, size: int) -> Engine:
    options = [f"lock_timeout={_LOCK_TIMEOUT_MS}", "timezone=UTC", "synchronous_commit=on"]
    options += [*_BY_KEY, *_AS_PLANNED]
    if reading:
        options.append("default_transaction_read_only=on")
    else:
        options.append(f"idle_in_transaction_session_timeout={_STANDS_STILL_MS}")
    arguments: dict[str, Any] = {"options": " ".join(f"-c {option}" for option in options)}
    return create_engine(
        url, pool_size=size, max_overflow=0, pool_pre_ping=True, connect_args=arguments
    )
