"""One transaction, as a use case sees it, and the mark of a batch function."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

from hub.core.bus import Hint
from hub.core.errors import HubError

A = TypeVar("A")
R = TypeVar("R")

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Tx:
    """A transaction under way. Use cases change nothing but this, because they may run twice.

    `now` is the transaction's time (UTC): the database's clock on PostgreSQL, the machine's on
    SQLite (the same machine), a manual one in tests.
    """

    __slots__ = ("_at_end", "_connection", "_hints", "_pipeline", "dialect", "now")

    def __init__(self, connection: Connection, now: datetime, hints: list[Hint] | None) -> None:
        self._connection = connection
        self._hints = hints
        self._at_end: list[tuple[Callable[[Tx, list[Any]], None], Any]] = []
        self._pipeline: Any = None  # psycopg's, while statements are under way
        self.dialect = connection.dialect.name
        self.now = now

    def execute(
        self, statement: Executable, parameters: Parameters | None = None
    ) -> CursorResult[Any]:
        """Run one statement. `parameters`: one mapping, or a list of them for executemany."""
        if self._pipeline is not None:
            self.settle()
        result = self._connection.execute(statement, parameters)
        assert isinstance(result, CursorResult)  # noqa: S101 - narrows SQLAlchemy's declared type
        return result

    def fetch(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any]) -> list[Any]:
        """Run a text of the driver's own and return the rows as named tuples: for `bulk`.

        Raises what `execute` would raise.
        """
        if self._pipeline is not None:
            self.settle()
        driver = self._driver()
        try:
            cursor = driver.execute(sql, parameters)
            row = _rows_of.get(sql, _UNKNOWN)
            if row is _UNKNOWN:
                found = cursor.description
                row = None if found is None else row_type(tuple(column[0] for column in found))
                _rows_of[sql] = row
            return [] if row is None else list(map(row._make, cursor.fetchall()))
        except Exception as error:
            raise self._wrapped(error, driver) from error

    def send(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any]) -> None:
        """Run a text of the driver's own that selects nothing: for `bulk`.

        PostgreSQL is not waited for: several are on their way at once. The next that selects, or
        the end of the call, waits for all and raises what the first that failed would have raised.
        """
        if self.dialect != "postgresql":
            self.fetch(sql, parameters)
            return
        driver = self._driver()
        try:
            if self._pipeline is None:
                pipeline = driver.pipeline()
                pipeline.__enter__()
                self._pipeline = pipeline
            driver.execute(sql, parameters)
        except Exception as error:
            raise self._wrapped(error, driver) from error

    def settle(self) -> None:
        """Wait for what was sent. Raises what the first statement that failed would have raised."""
        pipeline, self._pipeline = self._pipeline, None
        if pipeline is None:
            return
        try:
            pipeline.__exit__(None, None, None)
        except Exception as error:
            raise self._wrapped(error, self._driver()) from error

    def _driver(self) -> Any:  # Any: the connection of either driver
        driver = self._connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - a connection in a transaction has one
        return driver

    def columns_of(self, sql: str, parameters: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of what a SELECT in the driver's own language selects."""
        found = self._connection.exec_driver_sql(sql, dict(parameters))
        names = tuple(found.keys())
        found.close()
        return names

    def compiled(self, statement: Executable) -> SQLCompiler:
        """Return a statement as this database's driver takes it, with the lists in it written out
        and its parameters as they were given, not yet as the driver takes them.
        """
        made = statement.compile(  # type: ignore[attr-defined]  # what is executed is compiled
            dialect=self._connection.dialect, compile_kwargs={"render_postcompile": True}
        )
        assert isinstance(made, SQLCompiler)  # noqa: S101 - narrows SQLAlchemy's declared type
        return made

    def _wrapped(self, error: Exception, driver: Any) -> Exception:
        dialect = self._connection.dialect
        base = dialect.loaded_dbapi.Error
        if not isinstance(error, base):
            return error
        gone = dialect.is_disconnect(error, driver, None)
        return DBAPIError.instance(
            None,
            None,
            error,
            base,
            hide_parameters=True,
            connection_invalidated=gone,
            dialect=dialect,
        )

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo what is done inside, hints too, where a HubError leaves it; what was before stays.

        Any other error leaves the transaction as it is: the whole call fails.
        """
        self.settle()
        mark = self.mark()
        self._connection.exec_driver_sql("SAVEPOINT attempt")
        try:
            yield
            self.settle()
        except HubError:
            self.settle()
            self._connection.exec_driver_sql("ROLLBACK TO SAVEPOINT attempt")
            self._connection.exec_driver_sql("RELEASE SAVEPOINT attempt")
            self.forget_since(mark)
            raise
        self._connection.exec_driver_sql("RELEASE SAVEPOINT attempt")

    def hint(self, topic: str, key: str) -> None:
        """Ask that `Hint(topic, key)` be published once this transaction has committed."""
        if self._hints is None:
            raise RuntimeError("a reading transaction publishes no hints")
        self._hints.append(Hint(topic, key))

    def at_end(self, function: Callable[[Tx, list[A]], None], item: A) -> None:
        """Ask that `function` be called once, with all items given for it, right before the commit.

        For what many transactions have to wait for each other about: a row that is locked last is
        locked for the time of the commit only, and nobody waits in a circle.
        """
        self._at_end.append((function, item))

    def end(self) -> None:
        """Do what was asked for the end; the writer calls it, before the commit."""
        asked, self._at_end = self._at_end, []
        items: dict[Callable[[Tx, list[Any]], None], list[Any]] = {}
        for function, item in asked:
            items.setdefault(function, []).append(item)
        for function, all_items in items.items():
            function(self, all_items)
        self.settle()

    def mark(self) -> tuple[int, int]:
        """Return a place that `forget_since` goes back to."""
        return 0 if self._hints is None else len(self._hints), len(self._at_end)

    def forget_since(self, mark: tuple[int, int]) -> None:
        """Take back hints, and what was asked for the end, of what was undone since `mark`."""
        if self._hints is not None:
            del self._hints[mark[0] :]
        del self._at_end[mark[1] :]


# The type of the rows of each text, None where it selects nothing: psycopg makes an object of each
# column when it is asked for them. Texts are constants, so there are few.
_rows_of: dict[str, Any] = {}
_UNKNOWN = object()


@lru_cache(maxsize=1024)
def row_type(names: tuple[str, ...]) -> Any:
    """Return the named tuple for rows with these columns."""
    return namedtuple("Fetched", names, rename=True)


@dataclass(frozen=True, slots=True)
class Batch(Generic[A, R]):
    """A batch function: neighbouring calls of the same one are coalesced into one call.

    It costs a fixed number of set-based statements and returns one result for each item, in order;
    a returned HubError is raised to that item's caller alone. `goes_ahead`: it matters to none of
    them, and to no other call, what was called before: all that wait are one call, the first.
    """

    function: Callable[[Tx, Sequence[A]], Sequence[R | HubError]]
    goes_ahead: bool = False

    def __call__(self, tx: Tx, items: Sequence[A]) -> Sequence[R | HubError]:
        return self.function(tx, items)

    @property
    def name(self) -> str:
        return self.function.__qualname__


def batch(function: Callable[[Tx, Sequence[A]], Sequence[R | HubError]]) -> Batch[A, R]:
    """Mark `function` as a batch function, to be awaited one item at a time by `Store.write`."""
    return Batch(function)


def batch_ahead(function: Callable[[Tx, Sequence[A]], Sequence[R | HubError]]) -> Batch[A, R]:
    """Mark `function` as a batch function whose calls may go before others that wait."""
    return Batch(function, goes_ahead=True)
