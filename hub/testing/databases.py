"""Databases for tests: a SQLite file or a PostgreSQL database, empty but for the schema.

The schema is made once for each kind and copied, so that a test pays a file copy or a
CREATE DATABASE … TEMPLATE. PostgreSQL runs as a private cluster on a Unix socket in a temporary
folder.
"""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from hub.core.errors import Unavailable
from hub.core.ids import new_id
from hub.schema import upgrade
from hub.storage import Store, Tx

_FEW_ROWS = 5_000
# One round trip for all tables. What a table's rows refer to is not looked at: all of them go.
_EMPTY = text("""
DO $$
DECLARE
    name text;
    gone bigint;
    rows bigint := 0;
BEGIN
    SET LOCAL lock_timeout = '500ms';
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP
        EXECUTE format('DELETE FROM %I', name);
        GET DIAGNOSTICS gone = ROW_COUNT;
        rows := rows + gone;
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', name);
    END LOOP;
    PERFORM set_config('hub.rows', rows::text, true);
END $$
""")
_ROWS = text("SELECT current_setting('hub.rows')::bigint")


class PostgreSQLMissing(Exception):
    """No PostgreSQL server programs on this machine: apt-get install postgresql."""


class PrivatePostgreSQL:
    """A cluster of its own under `folder`, listening on a socket there. Ended on exit.

    initdb refuses to run as root, so as root everything runs as the user `postgres`.
    """

    def __init__(self, *, durable: bool = False) -> None:
        """`durable`: commits wait for the disk as in real life; tests have no need to."""
        self._programs = find_postgresql()
        self._fsync = "on" if durable else "off"
        self._folder = Path(tempfile.mkdtemp(prefix="hub-pg-"))
        self._data = self._folder / "data"
        # A connection kept for each database knows its tables; a new one reads about all of them.
        self._emptying: dict[str, Engine] = {}

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            entry = pwd.getpwnam("postgres")
            os.chown(self._folder, entry.pw_uid, entry.pw_gid)
        self._run(
            "initdb",
            "-D",
            str(self._data),
            "-A",
            "trust",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        options = (
            f"-c listen_addresses='' -k {self._folder} -c max_connections=60 "
            f"-c shared_buffers=64MB -c fsync={self._fsync}"
        )
        self._run(
            "pg_ctl",
            "-D",
            str(self._data),
            "-w",
            "-l",
            str(self._folder / "log"),
            "-o",
            options,
            "start",
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for engine in self._emptying.values():
            engine.dispose()
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """Return the URL of one database of this cluster."""
        return f"postgresql+psycopg://postgres@/{database}?host={self._folder}"

    def create(self, database: str, template: str = "template1") -> str:
        """Create a database from a template and return its URL."""
        self._admin(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    def empty(self, database: str) -> bool:
        """Delete every row of a database with the schema: ten times as fast as a new one.

        False where that is not worth it or not possible (many rows, open transactions): drop it.
        """
        engine = self._emptying.get(database)
        if engine is None:
            engine = self._emptying[database] = create_engine(self.url(database))
        try:
            with engine.begin() as connection:
                connection.execute(_EMPTY)
                rows = connection.execute(_ROWS).scalar_one()
        except DBAPIError:
            return False
        return int(rows) <= _FEW_ROWS

    def drop(self, database: str) -> None:
        if database in self._emptying:
            self._emptying.pop(database).dispose()
        self._admin(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _admin(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(  # noqa: S603 - our own fixed programs
            command,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}")


def find_postgresql() -> Path:
    """Return the folder with initdb and pg_ctl. Raises PostgreSQLMissing."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise PostgreSQLMissing("PostgreSQL's server programs are not installed (postgresql).")
    return Path(on_path).parent


@cache
def empty_sqlite() -> bytes:
    """Return a SQLite file with the schema and nothing in it, migrated once in a process.

    It is in WAL mode, which is kept in the file: a copy need not be turned to it first.
    """
    with tempfile.TemporaryDirectory(prefix="hub-schema-") as folder:
        file = Path(folder) / "empty.sqlite3"
        upgrade(f"sqlite+pysqlite:///{file}")
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        return file.read_bytes()


class SqliteTemplate:
    """A SQLite file with the schema, made once and copied for each test."""

    def create(self, folder: Path) -> str:
        """Copy the template into `folder` and return the copy's URL."""
        target = folder / f"{new_id()}.sqlite3"
        target.write_bytes(empty_sqlite())
        return f"sqlite+pysqlite:///{target}"


@asynccontextmanager
async def refusing_writes(store: Store) -> AsyncIterator[None]:
    """Make the database refuse every write of `store`, also on connections opened meanwhile."""
    engine = store.writer.engine
    sql = (
        "PRAGMA query_only=ON"
        if store.dialect == "sqlite"
        else "SET default_transaction_read_only = on"
    )

    def refuse(connection: Any, _: object) -> None:
        if refusing:
            connection.execute(sql)
            connection.commit()

    def begin(tx: Tx, _: None) -> None:
        tx.fetch(sql, {})
        # In the writer's thread, which is the one that connects: the pool may be asking its
        # listeners just now.
        event.listen(engine, "connect", refuse)

    refusing = True
    with suppress(Unavailable):  # what is written in the same transaction is refused, and begins it
        await store.write(begin, None)
    if not event.contains(engine, "connect", refuse):
        raise RuntimeError("writes were refused before they were to be")
    try:
        yield
    finally:
        refusing = False
