"""The jobs `import.orders` and the like: rows of a CSV file, here or by the hub."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from hub.accounts.model import SYSTEM
from hub.contacts.effort import rebuild_piece
from hub.customers.business.csv_accounts import BalanceRows, CaseRows
from hub.customers.business.csv_rows import OrderRows, ProductRows, RowKind
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


R = TypeVar("R")
Tell = Callable[[int, int], Awaitable[None]]


async def import_orders(store: Store, asked: ImportRows, tell: Tell) -> ImportedRows:
    """Import orders. Raises Invalid with what to do when the file cannot be read."""
    return await _import(store, asked, OrderRows(await store.read(_zone, None)), tell)


async def import_products(store: Store, asked: ImportRows, tell: Tell) -> ImportedRows:
    """Import products. Raises Invalid with what to do when the file cannot be read."""
    return await _import(store, asked, ProductRows(), tell)


async def import_balances(store: Store, asked: ImportRows, tell: Tell) -> ImportedRows:
    """Import balances. Raises Invalid with what to do when the file cannot be read."""
    return await _import(store, asked, BalanceRows(await store.read(_zone, None)), tell)


async def import_cases(store: Store, asked: ImportRows, tell: Tell) -> ImportedRows:
    """Import repairs. Raises Invalid with what to do when the file cannot be read."""
    return await _import(store, asked, CaseRows(await store.read(_zone, None)), tell)


async def _import(store: Store, asked: ImportRows, kind: RowKind[R], tell: Tell) -> ImportedRows:
    return _in_figures(asked, await import_csv(store, _order(asked), kind, tell))


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
