"""The jobs about imports: customers from a file, and out again, by the hub that runs or by the
command itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from sqlalchemy import false, select

from hub import care
from hub.accounts.model import SYSTEM
from hub.accounts.tables import teams
from hub.contacts.home import home_region
from hub.core.errors import Invalid
from hub.core.ids import new_id
from hub.customers.access import Scope
from hub.customers.imports import ImportOrder, ImportReport, import_customers
from hub.customers.imports.file import MAX_FILE_BYTES
from hub.customers.imports.importing import BatchWork, Tell, look_at_file
from hub.customers.imports.mapping import check_columns
from hub.customers.imports.model import BatchState
from hub.customers.imports.of_orders import check_no_orders
from hub.customers.imports.outcome import Counts, Outcome
from hub.customers.imports.reads import list_batches
from hub.customers.imports.refused import refused_sheet
from hub.customers.imports.runner import Rules
from hub.customers.imports.service import Batch, MoveBatch, move_batch
from hub.routing.settings import load_settings, tier_of_new_customers
from hub.storage import Blobs, Store, Tx


class ImportFile(Struct, frozen=True):
    """`path` is absolute. `refused_to`: where the refused rows are written, "" for nowhere.

    `encoding` "": found out. `source` is recorded with every new customer.
    """

    path: str
    source: str = ""
    dry_run: bool = False
    encoding: str = ""
    refused_to: str = ""


class Imported(Struct, frozen=True, kw_only=True):
    """What the report says, in figures; `faults` are the first refused rows in words.

    `batch_id`: by which it can be undone; "" where nothing was written.
    """

    dry_run: bool
    encoding: str
    columns: dict[str, str]
    ignored_columns: list[str]
    rows: int
    created: int
    updated: int
    unchanged: int
    organisations: int
    refused: int
    faults: list[str]
    batch_id: str = ""


class UndoImport(Struct, frozen=True):
    batch_id: str


class ListImports(Struct, frozen=True):
    limit: int = 20


class ImportLine(Struct, frozen=True, kw_only=True):
    """One import, as it stands."""

    id: str
    state: BatchState
    source: str
    file_name: str
    by_name: str
    at: datetime
    rows: int
    counts: Counts
    kept: list[str] = []

    @classmethod
    def of(cls, batch: Batch, kept: Sequence[str] = ()) -> ImportLine:
        return cls(
            id=batch.id,
            state=batch.state,
            source=batch.source,
            file_name=batch.file_name,
            by_name=batch.by_name,
            at=batch.at,
            rows=batch.rows,
            counts=batch.counts,
            kept=list(kept),
        )


class ImportLines(Struct, frozen=True):
    items: list[ImportLine]


_SHOWN_FAULTS = 20
_CHUNK = 1 << 20


async def import_file(store: Store, blobs: Blobs, asked: ImportFile, tell: Tell) -> Imported:
    """Import the file at `asked.path`. Raises Invalid with what to do when it cannot be read.

    A copy is kept with the batch, so that the hub goes on should this process end.
    """
    path = Path(asked.path)
    await asyncio.to_thread(_check, path)
    rules = await store.read(import_rules, None)
    order = ImportOrder(
        actor=SYSTEM,
        data=path,
        region=rules.region,
        tiers=rules.tiers,
        default_tier=rules.default_tier,
        source=(asked.source or path.name)[:64],
        dry_run=asked.dry_run,
        encoding=asked.encoding or None,
        retier=care.retier,
        file_name=path.name,
    )
    seen = await asyncio.to_thread(look_at_file, order)
    check_columns(seen.columns, seen.form.header)
    check_no_orders(seen.form.header)
    if not asked.dry_run:
        blob = await blobs.put_stream(_chunks(path), MAX_FILE_BYTES)
        order = replace(order, data=blobs.path(blob.id), blob_id=blob.id)
    sheet = _Sheet(asked.refused_to)
    report = await import_customers(store, order, tell, sheet, seen)
    sheet.close()
    return _in_figures(report)


async def undo_import(store: Store, asked: UndoImport, tell: Tell) -> ImportLine:
    """Take a batch back. Raises NotFound, BatchMoved."""
    holder = new_id()
    move = MoveBatch(actor=SYSTEM, batch_id=asked.batch_id, to=BatchState.UNDOING, held_by=holder)
    batch = await store.write(move_batch, move)
    kept: list[str] = []

    def take(rows: Sequence[Outcome]) -> None:
        kept.extend(_fault(row) for row in rows[: _SHOWN_FAULTS - len(kept)])

    order = ImportOrder(SYSTEM, b"", "", frozenset(), retier=care.retier)
    batch = await BatchWork(store, holder, tell, take).undo(batch, order)
    return ImportLine.of(batch, kept)


async def list_imports(store: Store, asked: ListImports) -> ImportLines:
    """List the newest imports."""

    def listed(tx: Tx, limit: int) -> list[Batch]:
        return list_batches(tx, Scope("", True, frozenset(), false()), limit, None)

    return ImportLines([ImportLine.of(one) for one in await store.read(listed, asked.limit)])


def import_rules(tx: Tx, branch_id: str | None) -> Rules:
    """How an import into a branch reads numbers and tiers."""
    region = None
    if branch_id is not None:
        region = tx.execute(select(teams.c.region).where(teams.c.id == branch_id)).scalar()
    settings = load_settings(tx)
    return Rules(region or home_region(tx), frozenset(settings.tiers), tier_of_new_customers(tx))


class _Sheet:
    """The refused rows as a file, written as they come; there is none where there are none."""

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None
        self._begun = False
        self._error: OSError | None = None

    def __call__(self, header: Sequence[str], rows: Sequence[Outcome]) -> None:
        if self._path is None or self._error is not None:
            return
        text = refused_sheet(header, rows, with_header=not self._begun)
        try:  # the mark tells spreadsheets that it is UTF-8
            encoding = "utf-8" if self._begun else "utf-8-sig"
            with self._path.open("a" if self._begun else "w", encoding=encoding, newline="") as out:
                out.write(text)
        except OSError as error:
            self._error = error
        self._begun = True

    def close(self) -> None:
        """Raise Invalid if it could not be written."""
        if self._error is not None:
            raise Invalid(
                f"The import is done, but {self._path} cannot be written: {self._error.strerror}."
            ) from self._error


def _check(path: Path) -> None:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise Invalid(f"{path} is larger than {MAX_FILE_BYTES // 1_048_576} MiB: split it.")
        path.open("rb").close()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk


def _fault(row: Outcome) -> str:
    return f"line {row.line}: {' '.join(why.text for why in row.reasons)}"


def _in_figures(report: ImportReport) -> Imported:
    return Imported(
        dry_run=report.dry_run,
        encoding=report.encoding,
        columns=report.columns,
        ignored_columns=report.ignored_columns,
        rows=report.rows,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        organisations=report.organisations,
        refused=report.refused_count,
        faults=[
            f"line {row.line}: {' '.join(row.reasons)}" for row in report.refused[:_SHOWN_FAULTS]
        ],
        batch_id=report.batch_id,
    )
