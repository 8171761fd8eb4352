"""The store: the only way to the database. Writes through the one writer, reads on a small pool."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar, overload

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from hub.core.bus import Bus
from hub.core.clock import Clock, SystemClock
from hub.core.errors import Unavailable

from .condition import Condition
from .engine import is_sqlite, open_engine
from .tx import Batch, Tx
from .writer import PG_NOW, Writer

A = TypeVar("A")
R = TypeVar("R")

_READERS = 4


class Store:
    """Open with `async with`. `url`: a SQLAlchemy URL of a SQLite file or a PostgreSQL database.

    `clock`: given in tests; by default the database's clock decides (on SQLite the machine's).
    """

    def __init__(self, url: str, bus: Bus, clock: Clock | None = None) -> None:
        self.url = url
        self.bus = bus
        self._clock = clock or (SystemClock() if is_sqlite(url) else None)
        path = make_url(url).database if is_sqlite(url) else None
        self.path = Path(path) if path else None
        self._write_engine = open_engine(url, reading=False)
        self._read_engine = open_engine(url, reading=True, size=_READERS)
        self.dialect = self._write_engine.dialect.name
        self.writer = Writer(
            self._write_engine, self._now, bus.publish, f"{path}-wal" if path else None
        )
        self._reading = Condition("Reads")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="hub-reader")

    async def __aenter__(self) -> Store:
        self.writer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.writer.stop()
        await asyncio.get_running_loop().run_in_executor(None, self._readers.shutdown)
        self._read_engine.dispose()
        self._write_engine.dispose()

    @overload
    async def write(self, function: Batch[A, R], argument: A) -> R: ...
    @overload
    async def write(self, function: Callable[[Tx, A], R], argument: A) -> R: ...
    async def write(self, function: Batch[A, R] | Callable[[Tx, A], R], argument: A) -> R:
        """Run one use case durably and return its result after the commit.

        Raises what the use case raised, or Unavailable if nothing could be stored.
        """
        result: R = await self.writer.call(function, argument)
        return result

    async def write_bulk(self, function: Callable[[Tx, A], R], argument: A) -> R:
        """Like `write`, on the lane that is served when no live call waits: at most 10 ms a
        call.
        """
        result: R = await self.writer.call(function, argument, bulk=True)
        return result

    async def read(self, function: Callable[[Tx, A], R], argument: A) -> R:
        """Run `function` in a fresh short read-only transaction. Raises Unavailable on a dead
        database.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, function, argument)

    async def read_at_once(self, function: Callable[[Tx, A], R], argument: A) -> R:
        """Like `read`, but all statements of `function` see the database of one moment.

        On SQLite they always do. PostgreSQL shows each statement what was committed before it
        (https://www.postgresql.org/docs/current/transaction-iso.html), unless it is asked.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, function, argument, True)

    @property
    def is_ours_alone(self) -> bool:
        """Whether no other hub can have it: the file of SQLite is locked by the one that runs."""
        return self.path is not None

    @property
    def refusing(self) -> str | None:
        """Why writes are refused: what the last try met; None while they are taken."""
        return self.writer.condition.reason

    def _read(self, function: Callable[[Tx, A], R], argument: A, at_once: bool = False) -> R:
        try:
            with self._reader(at_once=at_once) as connection, connection.begin():
                result = function(Tx(connection, self._now(connection), None), argument)
        except DBAPIError as error:
            self._reading.failed(error)
            if error.connection_invalidated or type(error).__name__ == "OperationalError":
                raise Unavailable("The database cannot be read now. Try again shortly.") from error
            raise
        self._reading.well()
        return result

    def _reader(self, *, at_once: bool) -> Connection:
        connection = self._read_engine.connect()
        if at_once and self.dialect == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        return connection

    def _now(self, connection: Connection) -> datetime:
        if self._clock is not None:
            return self._clock.now()
        moment: datetime = connection.exec_driver_sql(PG_NOW).scalar_one()
        return moment.astimezone(UTC)
