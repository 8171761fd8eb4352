"""Many rows in one statement: a list of rows travels as one JSON parameter (design section 4).

Hot paths use `Statement` and `insert_rows`: the text is made once for each database and goes to the
driver as it is, which costs a tenth of building and compiling an expression for every call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, overload

import msgspec
from sqlalchemy import BigInteger, Boolean, Float, Integer, SmallInteger, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from .tx import Tx, row_type
from .types import Json, UTCDateTime, from_micros, to_micros

Cell = str | int | float | bool | datetime | None

_ROW_ITEM = {
    "sqlite": "json_each(:rows) AS j",
    "postgresql": "json_array_elements(CAST(:rows AS json)) AS j(value)",
}
_PARAMETER = re.compile(r"(?<![:\w]):(\w+)")
_CELL = re.compile(r"\{(text|integer|time) (\d+|:\w+)\}")
_KEPT = re.compile(r"\{kept (\w+)\}")
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
    about to be changed, `{kept e}` one whose rows of `e` nobody else may change before this
    transaction ends; `:name` are other parameters. Times go in as `tx_time` makes them, and come
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
        if self._selects:
            return tx.fetch(sql, values)
        tx.send(sql, values)
        return []

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
    """Insert rows that all have the columns of the first: see `insert_values`."""
    if not rows:
        return
    names = tuple(rows[0])
    if any(tuple(row) != names for row in rows):
        raise ValueError(f"rows of {table.name} must all have the columns {', '.join(names)}")
    insert_values(tx, table, names, [tuple(row.values()) for row in rows])


def insert_whole(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows as SQLAlchemy would: columns that the first does not name get their default in
    `table` where that is a plain value.
    """
    if not rows:
        return
    missing = _defaults(table, tuple(rows[0]))
    insert_rows(tx, table, [{**row, **missing} for row in rows] if missing else rows)


@lru_cache(maxsize=256)
def _defaults(table: Table, names: tuple[str, ...]) -> Mapping[str, Cell]:
    """Return what the columns that are not in `names` have by default."""
    missing = {column.name: column.default for column in table.c if column.name not in names}
    return {
        name: one.arg
        for name, one in missing.items()
        if isinstance(one, ScalarElementColumnDefault)
    }


def insert_values(
    tx: Tx, table: Table, names: tuple[str, ...], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows, each the values of the columns `names`, in the order given.

    Columns that are not named get NULL or their server's default, never a default of `table`.
    """
    if not rows:
        return
    converts = _converts(table, names, tx.dialect)
    cells = [list(row) for row in rows]
    for place, to in converts:
        for row in cells:
            row[place] = to(row[place])
    if tx.dialect == "postgresql":
        sql = _insert_json(table, names)
        tx.send(sql, {"rows": msgspec.json.encode(cells).decode()})
        return
    insert_cells(tx, table.name, names, cells)


def insert_cells(
    tx: Tx, table: str, names: tuple[str, ...], cells: Sequence[Sequence[Cell]]
) -> None:
    """Insert rows on SQLite, their values as the driver takes them.

    It takes values faster than JSON; few sizes, so that each text is prepared once.
    """
    at = 0
    while at < len(cells):
        size = next(size for size in _SIZES if size <= len(cells) - at)
        values = [value for row in cells[at : at + size] for value in row]
        tx.send(_insert_sized(table, names, size), values)
        at += size


def update_values(
    tx: Tx,
    table: Table,
    names: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    *,
    keys: int = 1,
    also: str = "",
) -> None:
    """Change rows found by the first `keys` of the columns `names`: each gets the values of the
    others.

    `also`: what else is set, in SQL that both databases know ("version = version + 1").
    """
    if not rows:
        return
    converts = _converts(table, names, tx.dialect)
    cells = [list(row) for row in rows]
    for place, to in converts:
        for row in cells:
            row[place] = to(row[place])
    sql = _update_json(table, names, keys, also, tx.dialect)
    tx.send(sql, {"rows": encode_rows(cells)})


@lru_cache(maxsize=256)
def _update_json(table: Table, names: tuple[str, ...], keys: int, also: str, dialect: str) -> str:
    cells = [_json_cell(table, name, place) for place, name in enumerate(names)]
    if dialect == "sqlite":
        cells = [f"(j.value ->> {place})" for place in range(len(names))]
    pairs = list(zip(names, cells, strict=True))
    wanted = ", ".join([f"{name} = {cell}" for name, cell in pairs[keys:]] + [also] * bool(also))
    found = " AND ".join(f"{table.name}.{name} = {cell}" for name, cell in pairs[:keys])
    statement = f"UPDATE {table.name} SET {wanted} FROM {{rows}} WHERE {found}"  # noqa: S608 - names of our own columns
    return _of_dialect(statement, dialect)


_SIZES = (64, 16, 4, 1)


@lru_cache(maxsize=256)
def _insert_sized(table: str, names: tuple[str, ...], size: int) -> str:
    row = f"({', '.join('?' * len(names))})"
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {', '.join([row] * size)}"  # noqa: S608 - names of our own columns


@lru_cache(maxsize=256)
def _insert_json(table: Table, names: tuple[str, ...]) -> str:
    cells = ", ".join(_json_cell(table, name, place) for place, name in enumerate(names))
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {cells} FROM {{rows}}"  # noqa: S608 - names of our own columns
    return _of_dialect(statement, "postgresql")


@lru_cache(maxsize=256)
def _converts(
    table: Table, names: tuple[str, ...], dialect: str
) -> list[tuple[int, Callable[[Any], Cell]]]:
    """The places of a row whose values have to be written first, and how."""
    all_of = [(place, _convert(table, name, dialect)) for place, name in enumerate(names)]
    return [(place, to) for place, to in all_of if to is not None]


def _convert(table: Table, name: str, dialect: str) -> Callable[[Any], Cell] | None:
    """How a value gets into the statement: times on SQLite and JSON have to be written first."""
    kind = table.c[name].type
    if isinstance(kind, Json):
        return _json
    if isinstance(kind, UTCDateTime) and dialect == "sqlite":
        return _micros
    return None


def _json_cell(table: Table, name: str, place: int) -> str:
    """The expression that reads a cell in the column's type."""
    kind = table.c[name].type
    raw = f"j.value ->> {place}"
    for python_type, cast in _POSTGRESQL_CASTS:
        if isinstance(kind, python_type):
            return f"CAST({raw} AS {cast})"
    return raw


_POSTGRESQL_CASTS: tuple[tuple[type[Any], str], ...] = (
    (UTCDateTime, "timestamptz"),  # msgspec writes ISO 8601
    (Json, "jsonb"),
    (SmallInteger, "smallint"),
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Boolean, "boolean"),
    (Float, "double precision"),
)


def _micros(value: datetime | None) -> Cell:
    return None if value is None else to_micros(value)


def _json(value: Any) -> Cell:  # Any: whatever JSON holds
    if value is None:
        return None
    if value == {}:
        return "{}"
    plain = dict(value) if isinstance(value, MappingProxyType) else value
    return msgspec.json.encode(plain).decode()


def _typed(dialect: str, kind: str, source: str) -> str:
    """A cell by its place, or a parameter by its `:name`, in the type that is meant."""
    raw = source if source.startswith(":") else f"(j.value ->> {source})"
    if dialect == "sqlite" or kind == "text":
        return raw
    return f"CAST({raw} AS {_POSTGRESQL_TYPES[kind]})"


def _of_dialect(sql: str, dialect: str) -> str:
    sql = sql.replace("{rows}", _ROW_ITEM[dialect])
    sql = sql.replace("{locked}", "" if dialect == "sqlite" else "FOR UPDATE")
    sql = _KEPT.sub("" if dialect == "sqlite" else r"FOR SHARE OF \1", sql)
    sql = _CELL.sub(lambda found: _typed(dialect, found[1], found[2]), sql)
    if dialect == "sqlite":
        return sql
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))
