"""What is due, as timers ask for it twice a second: nearly always there is nothing.

To put a statement together and hand it over takes SQLAlchemy some forty times what the database
takes to answer that there is nothing. So a look is put together once, and asked in the driver's own
language whether it finds anything; only where it does the statement itself is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Integer, Row, Select, bindparam

from .tx import Tx
from .types import UTCDateTime

# Not required, or SQLAlchemy writes no text without them; a look always gives both.
NOW = bindparam("now", type_=UTCDateTime(), required=False)
"""The time that a look is asked with."""
LIMIT = bindparam("limit", type_=Integer(), required=False)
"""At most so many rows."""


class _Text(NamedTuple):
    """A statement as a driver takes it. `order`: names of parameters where they go by place."""

    sql: str
    order: Sequence[str] | None
    constants: dict[str, Any]
    now: Any  # Callable[[datetime], Any]: how the driver takes a time


class Look:
    """A SELECT with the parameters NOW and LIMIT, put together once: keep it in a module."""

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement
        self._texts: dict[str, _Text] = {}

    def __call__(self, tx: Tx, now: datetime, limit: int) -> Sequence[Row[Any]]:
        """Return the rows of the statement: what `tx.execute` would find, locked where it locks."""
        if not self._found(tx, now, limit):
            return ()
        return tx.execute(self.statement, {"now": now, "limit": limit}).all()

    def ids(self, tx: Tx, now: datetime, limit: int) -> list[str]:
        """Return the first column of the rows, one of texts: the driver gives them as they are."""
        return [row[0] for row in self._found(tx, now, limit)]

    def _found(self, tx: Tx, now: datetime, limit: int) -> list[Any]:
        text = self._texts.get(tx.dialect)
        if text is None:
            text = self._texts[tx.dialect] = _text_of(tx, self.statement)
        values = {**text.constants, "now": text.now(now), "limit": limit}
        if text.order is None:
            return tx.fetch(text.sql, values)
        return tx.fetch(text.sql, [values[name] for name in text.order])


def _text_of(tx: Tx, statement: Select[Any]) -> _Text:
    made = tx.compiled(statement)
    constants = {}
    for name, value in made.params.items():
        bound = made.binds.get(name)  # None: one of a list, which is of words or numbers
        make = None if bound is None else _processor(bound.type, made.dialect)
        constants[name] = value if make is None or value is None else make(value)
    order = made.positiontup
    now = _processor(NOW.type, made.dialect)
    return _Text(str(made), None if order is None else list(order), constants, now or _as_it_is)


def _processor(kind: Any, dialect: Any) -> Any:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _as_it_is(value: datetime) -> datetime:
    return value
