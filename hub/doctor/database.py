"""What the doctor reads of the hub's own database: nothing is made there, and nothing written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Table, create_engine, inspect
from sqlalchemy.engine import URL, make_url

from hub.settings import Settings
from hub.storage import Tx

T = TypeVar("T")


def read_there(settings: Settings, read: Callable[[Tx, Settings], T], table: Table) -> T | None:
    """Return what `read` finds; None where there is no database yet, or one without `table`.

    Raises what `read` does, and SQLAlchemyError where the database does not answer.
    """
    with open_there(settings, table) as begin:
        if begin is None:
            return None
        with begin() as tx:
            return read(tx, settings)


@contextmanager
def open_there(
    settings: Settings, table: Table
) -> Iterator[Callable[[], AbstractContextManager[Tx]] | None]:
    """Yield what begins a short reading transaction; None as `read_there` does."""
    url = _url(settings)
    if url is None:
        yield None
        return
    engine = create_engine(url, hide_parameters=True)

    @contextmanager
    def begin() -> Iterator[Tx]:
        with engine.connect() as connection:
            yield Tx(connection, datetime.now(UTC), None)

    try:
        with engine.connect() as connection:
            there = inspect(connection).has_table(table.name)
        yield begin if there else None  # None: a schema of before
    finally:
        engine.dispose()


def _url(settings: Settings) -> URL | None:
    """Return where the database is, None where SQLite would make one."""
    url = make_url(settings.database())
    if url.get_backend_name() != "sqlite":
        return url
    path = Path(url.database or "")
    if not path.exists():
        return None
    return url.set(database=path.absolute().as_uri(), query={"mode": "rw", "uri": "true"})
