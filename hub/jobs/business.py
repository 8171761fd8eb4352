"""The jobs `import.orders` and `import.products`: rows of a CSV file, here or by the hub."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct

from hub.accounts.model import SYSTEM
from hub.contacts.effort import rebuild_piece
from hub.customers.business.csv_rows import OrderRows, ProductRows
from hub.customers.business.imports import CsvImport, CsvReport, import_csv
from hub.customers.business.versions import RowOutcome
from hub.routing.settings import load_settings, tier_of_new_customers
from hub.storage import Store, Tx


class ImportRows(Struct, frozen=True):
    """`path` and `refused_to` are absolute; `refused_to` "": nowhere. `encoding` "": found out.

    Rows are known by their source and external id: another source's rows are other ones.
    """

    path: str
    source: str
    dry_run: bool = False
    encoding: str = ""
    refused_to: str = ""


class ImportedRows(Struct, frozen=True, kw_only=True):
    """What was done in figures; `faults` are the first refused rows in words."""

    dry_run: bool
    encoding: str
    columns: dict[str, str]
    ignored_columns: list[str]
    rows: int
    created: int
    updated: int
    unchanged: int
    stale: int
    made_customers: int
    refused: int
    faults: list[str]


Tell = Callable[[int, int], Awaitable[None]]


async def import_orders(store: Store, asked: ImportRows, tell: Tell) -> ImportedRows:
    """Import orders. Raises Invalid with what to do when the file cannot be read."""
    zone = await store.read(_zone, None)
    return _in_figures(asked, await import_csv(store, _order(asked), OrderRows(zone), tell))


async def import_products(store: Store, asked: ImportRows, tell: Tell) -> ImportedRows:
    """Import products. Raises Invalid with what to do when the file cannot be read."""
    return _in_figures(asked, await import_csv(store, _order(asked), ProductRows(), tell))


def _zone(tx: Tx, _: None) -> str:
    return load_settings(tx).zone


def _order(asked: ImportRows) -> CsvImport:
    return CsvImport(
        actor=SYSTEM,
        path=Path(asked.path),
        source=asked.source,
        default_tier=tier_of_new_customers,
        dry_run=asked.dry_run,
        encoding=asked.encoding or None,
        refused_to=Path(asked.refused_to) if asked.refused_to else None,
    )


def _in_figures(asked: ImportRows, report: CsvReport) -> ImportedRows:
    return ImportedRows(
        dry_run=asked.dry_run,
        encoding=report.encoding,
        columns=report.columns,
        ignored_columns=report.ignored,
        rows=report.rows,
        created=report.outcomes[RowOutcome.CREATED],
        updated=report.outcomes[RowOutcome.UPDATED],
        unchanged=report.outcomes[RowOutcome.UNCHANGED],
        stale=report.outcomes[RowOutcome.STALE],
        made_customers=report.made_customers,
        refused=report.refused,
        faults=report.faults,
    )


class RebuildEffort(Struct, frozen=True):
    pass


class RebuiltEffort(Struct, frozen=True):
    """`changed`: rows that were not what the contacts say."""

    rows: int
    changed: int


async def rebuild_effort(store: Store, _: RebuildEffort, tell: Tell) -> RebuiltEffort:
    """Count anew what contacts cost, address by address, beside live traffic."""
    rows = changed = 0
    after: str | None = ""
    while after is not None:
        piece = await store.write_bulk(rebuild_piece, after)
        rows, changed, after = rows + piece.rows, changed + piece.changed, piece.last
        await tell(rows, rows)
    return RebuiltEffort(rows, changed)
