"""One transaction, as a use case sees it, and the mark of a batch function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, CursorResult, Executable

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

    __slots__ = ("_connection", "_hints", "dialect", "now")

    def __init__(self, connection: Connection, now: datetime, hints: list[Hint] | None) -> None:
        self._connection = connection
        self._hints = hints
        self.dialect = connection.dialect.name
        self.now = now

    def execute(
        self, statement: Executable, parameters: Parameters | None = None
    ) -> CursorResult[Any]:
        """Run one statement. `parameters`: one mapping, or a list of them for executemany."""
        result = self._connection.execute(statement, parameters)
        assert isinstance(result, CursorResult)  # noqa: S101 - narrows SQLAlchemy's declared type
        return result

    def execute_text(self, sql: str, parameters: Mapping[str, Any]) -> CursorResult[Any]:
        """Run a text in the driver's own language, and get what the driver gives: for `bulk`."""
        return self._connection.exec_driver_sql(sql, dict(parameters))

    def hint(self, topic: str, key: str) -> None:
        """Ask that `Hint(topic, key)` be published once this transaction has committed."""
        if self._hints is None:
            raise RuntimeError("a reading transaction publishes no hints")
        self._hints.append(Hint(topic, key))


@dataclass(frozen=True, slots=True)
class Batch(Generic[A, R]):
    """A batch function: neighbouring calls of the same one are coalesced into one call.

    It costs a fixed number of set-based statements and returns one result for each item, in order;
    a returned HubError is raised to that item's caller alone.
    """

    function: Callable[[Tx, Sequence[A]], Sequence[R | HubError]]

    def __call__(self, tx: Tx, items: Sequence[A]) -> Sequence[R | HubError]:
        return self.function(tx, items)

    @property
    def name(self) -> str:
        return self.function.__qualname__


def batch(function: Callable[[Tx, Sequence[A]], Sequence[R | HubError]]) -> Batch[A, R]:
    """Mark `function` as a batch function, to be awaited one item at a time by `Store.write`."""
    return Batch(function)
