"""Many rows in one statement: a list of rows travels as one JSON parameter (design section 4).

Hot paths use `Statement` and `insert_rows`: the text is made once for each database and goes to the
driver as it is, which costs a tenth of building and compiling an expression for every call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, overload

import msgspec
from sqlalchemy import BigInteger, Boolean, Float, Integer, SmallInteger, Table

from .tx import Tx, row_type
from .types import Json, UTCDateTime, from_micros, to_micros

Cell = str | int | float | bool | datetime | None

_ROW_ITEM = {
    "sqlite": "json_each(:rows) AS j",
    "postgresql": "json_array_elements(CAST(:rows AS json)) AS j(value)",
}
_PARAMETER = re.compile(r"(?<![:\w]):(\w+)")
_CELL = re.compile(r"\{(text|integer|time) (\d+|:\w+)\}")
_POSTGRESQL_TYPES = {"integer": "bigint", "time": "timestamptz"}


def json_rows(tx: Tx, parameter: str = "rows") -> str:
    """Return the FROM item `j` whose column `value` is one row of the JSON array in `:parameter`.

    A cell is `j.value ->> 0` (text) on both databases; cast it where a number is needed.
    """
    return _ROW_ITEM[tx.dialect].replace(":rows", f":{parameter}")


def encode_rows(rows: Iterable[Sequence[Cell]]) -> str:
    """Return the JSON text of rows for the parameter of `json_rows`."""
    return msgspec.json.encode(list(rows)).decode()


class Statement:
    """One set-based statement, written once for both databases.

    In `sql`, `{rows}` is the FROM item `j` of the rows; `{text 0}`, `{integer 1}`, `{time 2}` are
    cells of a row, `{time :now}` is a typed parameter; `{locked}` ends a SELECT whose rows are
    about to be changed; `:name` are other parameters. Times go in as `tx_time` makes them, and come
    out raw as JSON does: see `read_time`, `read_json`.
    """

    def __init__(self, sql: str) -> None:
        self._sql = {dialect: _of_dialect(sql, dialect) for dialect in _ROW_ITEM}
        self._selects = sql.lstrip().startswith("SELECT")
        self._gathered: tuple[str, Any] | None = None  # its text, the type of its rows

    def __call__(self, tx: Tx, rows: Iterable[Sequence[Cell]], **parameters: Cell) -> list[Any]:
        """Run it over `rows` and return what it selects as named tuples, if anything."""
        sql = self._sql[tx.dialect]
        values = {"rows": encode_rows(rows), **parameters}
        if tx.dialect == "sqlite" and self._selects:
            return self._gather(tx, sql, values)
        return tx.fetch(sql, values)

    def _gather(self, tx: Tx, sql: str, values: Mapping[str, Cell]) -> list[Any]:
        """Select all rows as one JSON text.

        The driver gives up Python's lock for every row it fetches and has to win it back from the
        event loop: for many rows that takes longer than everything else.
        """
        if self._gathered is None:
            names = tx.columns_of(sql, values)
            columns = ", ".join(f'"{name}"' for name in names)
            gathered = f"SELECT json_group_array(json_array({columns})) FROM ({sql})"  # noqa: S608 - our own text
            self._gathered = gathered, row_type(names)
        gathered, row = self._gathered
        [(found,)] = tx.fetch(gathered, values)
        return list(map(row._make, msgspec.json.decode(found)))


def tx_time(tx: Tx, moment: datetime) -> int | str:
    """Return `moment` (aware) as a cell or a parameter of a Statement."""
    if tx.dialect == "sqlite":
        return to_micros(moment)
    return moment.isoformat()


@overload
def read_time(value: int | datetime) -> datetime: ...
@overload
def read_time(value: int | datetime | None) -> datetime | None: ...
def read_time(value: int | datetime | None) -> datetime | None:
    """Return the UTC time of what a Statement selected from a column of times."""
    if value is None or isinstance(value, datetime):
        return None if value is None else value.astimezone(UTC)
    return from_micros(value)


def read_json(value: Any) -> Any:  # Any: whatever JSON holds
    """Return the value of what a Statement selected from a column of JSON."""
    if not isinstance(value, str):
        return value
    return {} if value == "{}" else msgspec.json.decode(value)


def insert_rows(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, all with the columns of the first, in one statement.

    Columns that are not named get NULL or their server's default, never a default of `table`.
    """
    if not rows:
        return
    names = tuple(rows[0])
    sql, convert = _insert(table, names, tx.dialect)
    cells = []
    for row in rows:
        if tuple(row) != names:
            raise ValueError(f"rows of {table.name} must all have the columns {', '.join(names)}")
        values = zip(row.values(), convert, strict=True)
        cells.append([value if to is None else to(value) for value, to in values])
    tx.fetch(sql, {"rows": msgspec.json.encode(cells).decode()})


@lru_cache(maxsize=256)
def _insert(
    table: Table, names: tuple[str, ...], dialect: str
) -> tuple[str, list[Callable[[Any], Cell] | None]]:
    cells = [_cell(table, name, place, dialect) for place, name in enumerate(names)]
    columns = ", ".join(names)
    select = ", ".join(sql for sql, _ in cells)
    statement = f"INSERT INTO {table.name} ({columns}) SELECT {select} FROM {{rows}}"  # noqa: S608 - names of our own columns
    if dialect == "sqlite":
        statement += " ORDER BY j.key"  # rows go in as they were given
    return _of_dialect(statement, dialect), [convert for _, convert in cells]


def _cell(
    table: Table, name: str, place: int, dialect: str
) -> tuple[str, Callable[[Any], Cell] | None]:
    """The expression that reads a cell in the column's type, and how the value gets into JSON."""
    kind = table.c[name].type
    raw = f"j.value ->> {place}"
    if isinstance(kind, UTCDateTime):
        if dialect == "sqlite":
            return raw, _micros
        return f"CAST({raw} AS timestamptz)", None  # msgspec writes ISO 8601
    if isinstance(kind, Json):
        return (raw if dialect == "sqlite" else f"CAST({raw} AS jsonb)"), _json
    if dialect == "sqlite":
        return raw, None
    for python_type, cast in _POSTGRESQL_CASTS:
        if isinstance(kind, python_type):
            return f"CAST({raw} AS {cast})", None
    return raw, None


_POSTGRESQL_CASTS = (
    (SmallInteger, "smallint"),
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Boolean, "boolean"),
    (Float, "double precision"),
)


def _micros(value: datetime | None) -> Cell:
    return None if value is None else to_micros(value)


def _json(value: Any) -> Cell:  # Any: whatever JSON holds
    return None if value is None else msgspec.json.encode(value).decode()


def _typed(dialect: str, kind: str, source: str) -> str:
    """A cell by its place, or a parameter by its `:name`, in the type that is meant."""
    raw = source if source.startswith(":") else f"(j.value ->> {source})"
    if dialect == "sqlite" or kind == "text":
        return raw
    return f"CAST({raw} AS {_POSTGRESQL_TYPES[kind]})"


def _of_dialect(sql: str, dialect: str) -> str:
    sql = sql.replace("{rows}", _ROW_ITEM[dialect])
    sql = sql.replace("{locked}", "" if dialect == "sqlite" else "FOR UPDATE")
    sql = _CELL.sub(lambda found: _typed(dialect, found[1], found[2]), sql)
    if dialect == "sqlite":
        return sql
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))
