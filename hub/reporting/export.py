"""Marts as files: page by page by key, each page a short read, so that memory holds one page."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from sqlalchemy import Row, Select, select

from hub.core.errors import Invalid
from hub.customers.access import Scope
from hub.customers.imports.csv_file import quoted
from hub.storage import Store, Tx

from .marts import Kind, Mart, after_key

ROWS_A_PAGE = 1_000

# pyarrow is there only with the extra, so its types are not.
Arrow = Any
Turn = contextlib.AbstractAsyncContextManager[None]
"""What is held while something is read, so that others wait."""


class FileFormat(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"


MEDIA_TYPES: Mapping[FileFormat, str] = {
    FileFormat.CSV: "text/csv",
    FileFormat.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class MartPage:
    """Rows of one part of a mart behind a key; `after` None: from its beginning."""

    mart: Mart
    scope: Scope
    part: str | None
    after: tuple[str, ...] | None
    limit: int = ROWS_A_PAGE


def read_mart(tx: Tx, asked: MartPage) -> Sequence[Row[Any]]:
    """Return the next rows in the order of their keys, by one statement."""
    return tx.execute(page_of(asked)).all()


def read_whole(tx: Tx, asked: tuple[Mart, Scope]) -> Sequence[Row[Any]]:
    """Return all rows in the order of their keys, by one statement: of a mart that adds up what
    there is, each page would add it up anew. It has as many rows as there are products.
    """
    mart, scope = asked
    rows = tx.execute(whole_of(mart, scope)).all()
    return sorted(rows, key=lambda row: key_of(mart, row))


def key_of(mart: Mart, row: Row[Any]) -> tuple[str, ...]:
    """The key of a row."""
    return tuple(str(row._mapping[name]) for name in mart.key)


def whole_of(mart: Mart, scope: Scope) -> Select[Any]:
    """The statement of all rows. In no order, for which SQLite would do without an index."""
    return select(*(mart.view.c[name] for name in mart.columns)).where(mart.seen_by(scope))


def page_of(asked: MartPage) -> Select[Any]:
    """The statement of a page."""
    view = asked.mart.view_of(asked.part)
    found = select(*(view.c[name] for name in asked.mart.columns)).where(
        asked.mart.seen_by(asked.scope, asked.part)
    )
    if asked.after is not None:
        found = found.where(after_key(asked.mart, view, asked.after))
    keys = [view.c[name] for name in asked.mart.key]
    return found.order_by(*keys).limit(asked.limit)


async def mart_pages(
    store: Store, mart: Mart, scope: Scope, limit: int = ROWS_A_PAGE, turn: Turn | None = None
) -> AsyncGenerator[Sequence[Row[Any]], None]:
    """Yield all rows, page by page. A row that is added meanwhile may or may not be among them.

    `turn`: what each page waits for and holds while it is read.
    """
    turn = turn or contextlib.nullcontext()
    if mart.by_branch:
        async with turn:
            whole = await store.read(read_whole, (mart, scope))
        for begin in range(0, len(whole), limit):
            yield whole[begin : begin + limit]
        return
    for part in mart.parts or (None,):
        after: tuple[str, ...] | None = None
        while True:
            async with turn:
                rows = await store.read(read_mart, MartPage(mart, scope, part, after, limit))
            if rows:
                yield rows
            if len(rows) < limit:
                break
            after = key_of(mart, rows[-1])


class CsvWriter:
    """Rows as CSV (RFC 4180, UTF-8). Text that a spreadsheet would run is marked as text.

    Times are ISO 8601 in UTC, what is not known is an empty cell. `mark`: begin with the mark of
    UTF-8, without which spreadsheets misread Chinese.
    """

    def __init__(self, mart: Mart, *, mark: bool = False) -> None:
        self._kinds = list(mart.columns.values())
        self._begin = ("\ufeff" if mark else "", list(mart.columns))

    def begin(self) -> bytes:
        mark, header = self._begin
        return (mark + _line([header])).encode()

    def rows(self, rows: Sequence[Sequence[Any]]) -> bytes:
        return _line(
            [_cell(kind, value) for kind, value in zip(self._kinds, row, strict=True)]
            for row in rows
        ).encode()

    def end(self) -> bytes:
        return b""


def _line(rows: Any) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _cell(kind: Kind, value: Any) -> str:
    if value is None:
        return ""
    if kind is Kind.TIME:
        return time_text(value)
    if kind is Kind.FLAG:
        return "true" if value else "false"
    return quoted(value) if kind is Kind.TEXT else str(value)


def time_text(moment: datetime) -> str:
    """Return a time as files have it: ISO 8601, UTC, "Z" at the end."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def has_parquet() -> bool:
    """Say whether the extra `parquet` is installed."""
    return find_spec("pyarrow") is not None


class ParquetWriter:
    """Rows as Parquet, a row group a page. Raises Invalid without the extra `parquet`."""

    def __init__(self, mart: Mart) -> None:
        if not has_parquet():
            raise Invalid(
                "Parquet needs the extra: pip install 'contact-hub[parquet]'. CSV works without.",
                code="no_parquet",
                field="format",
            )
        arrow: Arrow = import_module("pyarrow")
        parquet: Arrow = import_module("pyarrow.parquet")
        types = {
            Kind.TEXT: arrow.string(),
            Kind.NUMBER: arrow.int64(),
            Kind.TIME: arrow.timestamp("us", tz="UTC"),
            Kind.FLAG: arrow.bool_(),
        }
        self._arrow = arrow
        self._kinds = list(mart.columns.values())
        self._schema = arrow.schema([(name, types[kind]) for name, kind in mart.columns.items()])
        self._sink = _Sink()
        self._file = parquet.ParquetWriter(self._sink, self._schema)

    def begin(self) -> bytes:
        return self._sink.taken()

    def rows(self, rows: Sequence[Sequence[Any]]) -> bytes:
        columns = [
            self._arrow.array(
                [_plain(kind, value) for value in values], type=self._schema.field(number).type
            )
            for number, (kind, values) in enumerate(
                zip(self._kinds, zip(*rows, strict=True), strict=True)
            )
        ]
        self._file.write_table(self._arrow.table(columns, schema=self._schema))
        return self._sink.taken()

    def end(self) -> bytes:
        self._file.close()
        return self._sink.taken()


def _plain(kind: Kind, value: Any) -> Any:
    """SQLite has no booleans, PostgreSQL's sums may be decimals."""
    if value is None:
        return None
    if kind is Kind.FLAG:
        return bool(value)
    return int(value) if kind is Kind.NUMBER else value


class _Sink(io.RawIOBase):
    """What a writer wrote since it was last taken."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        data, self._parts = b"".join(self._parts), []
        return data


Writer = CsvWriter | ParquetWriter


def writer_of(mart: Mart, form: FileFormat, *, mark: bool = False) -> Writer:
    """Return what writes rows of a mart. Raises Invalid where the extra is missing."""
    return ParquetWriter(mart) if form is FileFormat.PARQUET else CsvWriter(mart, mark=mark)


async def written(
    store: Store,
    mart: Mart,
    scope: Scope,
    writer: Writer,
    tell: Callable[[int], None] = lambda _rows: None,
    turn: Turn | None = None,
) -> AsyncGenerator[bytes, None]:
    """Yield a mart as a file, piece by piece; `tell` hears how many rows a piece has."""
    yield writer.begin()
    async for rows in mart_pages(store, mart, scope, turn=turn):
        tell(len(rows))
        yield await asyncio.to_thread(writer.rows, rows)
    yield writer.end()
