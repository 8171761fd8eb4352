"""The job `import`: customers from a file, by the hub that runs or by the command itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct

from hub import care
from hub.accounts.model import SYSTEM
from hub.contacts.home import home_region
from hub.core.errors import Invalid
from hub.customers.import_file import MAX_FILE_BYTES
from hub.customers.imports import ImportOrder, ImportReport, import_customers
from hub.routing.settings import load_settings, tier_of_new_customers
from hub.storage import Store, Tx


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
    """What the report says, in figures; `faults` are the first refused rows in words."""

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


_SHOWN_FAULTS = 20


async def import_file(
    store: Store, asked: ImportFile, tell: Callable[[int, int], Awaitable[None]]
) -> Imported:
    """Import the file at `asked.path`. Raises Invalid with what to do when it cannot be read."""
    path = Path(asked.path)
    data = await asyncio.to_thread(_read, path)
    region, tiers, default_tier = await store.read(_rules, None)
    order = ImportOrder(
        actor=SYSTEM,
        data=data,
        region=region,
        tiers=tiers,
        default_tier=default_tier,
        source=(asked.source or path.name)[:64],
        dry_run=asked.dry_run,
        encoding=asked.encoding or None,
        retier=care.retier,
    )
    report = await import_customers(store, order, tell)
    if asked.refused_to and report.refused_csv:
        await asyncio.to_thread(_write, Path(asked.refused_to), report.refused_csv)
    return _in_figures(report)


def _rules(tx: Tx, _: None) -> tuple[str, frozenset[str], str]:
    return home_region(tx), frozenset(load_settings(tx).tiers), tier_of_new_customers(tx)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise Invalid(f"{path} is larger than {MAX_FILE_BYTES // 1_048_576} MiB: split it.")
        return path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8-sig", newline="")  # the mark tells spreadsheets it is UTF-8
    except OSError as error:
        raise Invalid(
            f"The import is done, but {path} cannot be written: {error.strerror}."
        ) from error


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
    )
