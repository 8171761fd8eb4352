"""A CSV file of orders or products, kept in small pieces beside live traffic, in bounded memory.

The file is read as a stream, a page at a time, in a thread; pages are written on the bulk lane in
pieces of about 10 ms. A run that was broken off is repeated: what is there changes nothing.
"""

from __future__ import annotations

import asyncio
import csv
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Generic, NamedTuple, TextIO, TypeVar

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.core.errors import Invalid
from hub.customers.identify import DefaultTier
from hub.customers.imports.csv_file import (
    Broken,
    Cells,
    Header,
    Looked,
    look_at,
    open_text,
    quoted,
    read_header,
    rows,
)
from hub.customers.imports.model import Reason
from hub.storage import Store, Tx

from .csv_rows import Piece, RowKind, Written
from .feeds import check_source, note_rows
from .people import ERASED
from .seen import Seen
from .versions import RowOutcome

R = TypeVar("R")
Tell = Callable[[int, int], Awaitable[None]]  # done and all rows

_PAGE = 500
_FIRST_PIECE = 100
_LEAST_PIECE = 20
_AIM_S = 0.008  # of the writer's time (design section 4: at most 10 ms a call)
_SHOWN_FAULTS = 20


@dataclass(frozen=True, slots=True)
class CsvImport:
    """`refused_to`: where refused rows are written, each with its reasons; None for nowhere."""

    actor: Actor
    path: Path
    source: str
    default_tier: DefaultTier
    dry_run: bool = False
    encoding: str | None = None
    refused_to: Path | None = None


@dataclass(slots=True)
class CsvReport:
    """What was done, or in a dry run would be. `stale` rows are older than what is known."""

    encoding: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    outcomes: Counter[RowOutcome] = field(default_factory=Counter)
    made_customers: int = 0
    refused: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.outcomes.total() + self.refused


class _Refused(NamedTuple):
    line: int
    reasons: tuple[Reason, ...]
    cells: tuple[str, ...]


class _Good(NamedTuple, Generic[R]):
    cells: Cells
    row: R


class _Page(NamedTuple, Generic[R]):
    good: list[_Good[R]]
    refused: list[_Refused]
    line: int


async def import_csv(store: Store, order: CsvImport, kind: RowKind[R], tell: Tell) -> CsvReport:
    """Import a file and report. Raises Invalid where it cannot be read at all."""
    check_source(order.source)
    report = CsvReport()
    with ExitStack() as held:
        looked, pages, header = await asyncio.to_thread(_open, order, kind, held)
        report.encoding, report.ignored = looked.encoding, list(header.ignored)
        report.columns = {header.names[at]: column for at, column in header.columns.items()}
        refused_rows = held.enter_context(_RefusedRows(order.refused_to, header))
        write = _Pieces(store, order, kind, held.enter_context(Seen()))
        while (page := await asyncio.to_thread(next, pages, None)) is not None:
            erased = await write.page(page.good, report)
            refused = sorted([*page.refused, *erased], key=lambda row: row.line)
            await asyncio.to_thread(_note_refused, report, refused_rows, refused)
            await tell(min(page.line, looked.lines), looked.lines)
    if not order.dry_run:
        await store.write(_note_import, (order, kind.name, report))
    return report


class _Pieces(Generic[R]):
    """Writes pages in pieces that keep the writer busy for about 8 ms each."""

    def __init__(self, store: Store, order: CsvImport, kind: RowKind[R], customers: Seen) -> None:
        self._store = store
        self._order = order
        self._kind = kind
        self._customers = customers  # counted once each in a dry run, which makes none
        self._size = _FIRST_PIECE

    async def page(self, good: Sequence[_Good[R]], report: CsvReport) -> list[_Refused]:
        """Write the rows of a page; return those of customers who were erased."""
        at, refused = 0, list[_Refused]()
        while at < len(good):
            part = good[at : at + self._size]
            at += len(part)
            rows_of = [row for _, row in part]
            piece = Piece(self._order.source, rows_of, self._order.default_tier)
            if self._order.dry_run:
                written = await self._store.read(self._kind.plan, piece)
                new = self._customers.note([(key, 0) for key in written.unknown])
                report.made_customers += new.count(None)
            else:
                written, took_s = await self._store.write_bulk(self._write, piece)
                report.made_customers += written.made_customers
                self._fit(len(part), took_s)
            for (cells, _), outcome in zip(part, written.outcomes, strict=True):
                if outcome is RowOutcome.REFUSED:
                    refused.append(_Refused(cells.line, (ERASED,), cells.cells))
                else:
                    report.outcomes[outcome] += 1
        return refused

    def _write(self, tx: Tx, piece: Piece[R]) -> tuple[Written, float]:
        began = perf_counter()
        return self._kind.write(tx, piece), perf_counter() - began

    def _fit(self, rows_written: int, took_s: float) -> None:
        if rows_written < self._size and took_s < _AIM_S:
            return
        fitting = int(rows_written * _AIM_S / max(took_s, 1e-4))
        self._size = max(_LEAST_PIECE, min(_PAGE, (self._size + fitting) // 2))


def _open(
    order: CsvImport, kind: RowKind[R], held: ExitStack
) -> tuple[Looked, Iterator[_Page[R]], Header]:
    try:
        looked = look_at(order.path, order.encoding)
        file = held.enter_context(open_text(order.path, looked.encoding))
    except OSError as error:
        raise Invalid(f"{order.path} cannot be read: {error.strerror}.") from error
    known = {word: name for name, words in kind.headers.items() for word in words.split()}
    try:
        header = read_header(file, known, kind.required)
    except UnicodeError as error:
        raise Invalid(
            f"The file is not written in {looked.encoding}: save it as UTF-8 and try again.",
            code="import.encoding",
        ) from error
    return looked, _pages(file, header, kind, held.enter_context(Seen())), header


def _pages(file: TextIO, header: Header, kind: RowKind[R], seen: Seen) -> Iterator[_Page[R]]:
    source = rows(file, header)
    while found := list(islice(source, _PAGE)):
        good: list[_Good[R]] = []
        refused: list[_Refused] = []
        for row in found:
            if isinstance(row, Broken):
                refused.append(_Refused(row.line, (row.reason,), row.cells))
                continue
            read = kind.read(_by_column(row, header))
            if isinstance(read, tuple):
                refused.append(_Refused(row.line, read, row.cells))
            else:
                good.append(_Good(row, read))
        once, twice = _once(good, kind, seen)
        refused = sorted([*refused, *twice], key=lambda row: row.line)
        yield _Page(once, refused, found[-1].line)


def _by_column(row: Cells, header: Header) -> dict[str, str]:
    return {
        name: row.cells[at]
        for at, name in header.columns.items()
        if at < len(row.cells) and row.cells[at]
    }


def _once(
    good: Sequence[_Good[R]], kind: RowKind[R], seen: Seen
) -> tuple[list[_Good[R]], list[_Refused]]:
    """Part what the file says for the first time from what it says again."""
    keyed = [(key, row.line) for row, read in good if (key := kind.key(read)) is not None]
    before = iter(seen.note(keyed))
    once, twice = [], []
    for one in good:
        row, read = one
        key = kind.key(read)
        line = None if key is None else next(before)
        if line is None:
            once.append(one)
            continue
        reason = Reason("row.duplicate", f"“{key}” is already in line {line}.", "external_id")
        twice.append(_Refused(row.line, (reason,), row.cells))
    return once, twice


def _note_refused(report: CsvReport, to: _RefusedRows, refused: Sequence[_Refused]) -> None:
    report.refused += len(refused)
    for row in refused:
        if len(report.faults) < _SHOWN_FAULTS:
            words = " ".join(reason.text for reason in row.reasons)
            report.faults.append(f"line {row.line}: {words}")
        to.write(row)


class _RefusedRows(ExitStack):
    """The file of refused rows, to mend and import again; made with the first of them."""

    def __init__(self, path: Path | None, header: Header) -> None:
        super().__init__()
        self._path = path
        self._header = header
        self._file: TextIO | None = None

    def write(self, row: _Refused) -> None:
        if self._path is None:
            return
        try:
            if self._file is None:  # the mark tells spreadsheets that it is UTF-8
                opened = self._path.open("w", encoding="utf-8-sig", newline="")
                self._file = self.enter_context(opened)
                csv.writer(self._file).writerow(["line", "reasons", *self._header.names])
            reasons = "; ".join(reason.text for reason in row.reasons)
            cells = (quoted(cell) for cell in row.cells)
            csv.writer(self._file).writerow([row.line, reasons, *cells])
        except OSError as error:
            raise Invalid(f"{self._path} cannot be written: {error.strerror}.") from error


def _note_import(tx: Tx, done: tuple[CsvImport, str, CsvReport]) -> None:
    order, kind, report = done
    counts = {outcome.value: count for outcome, count in report.outcomes.items()}
    detail = {**counts, "refused": report.refused, "customers": report.made_customers}
    note_rows(tx, order.source, report.rows)
    audit(tx, order.actor, f"{kind}.import", "import", order.source[:64], detail)
