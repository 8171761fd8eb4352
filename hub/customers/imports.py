"""Import of customers from a file: dry run or real, in small set-based pieces beside live traffic.

Each piece is planned by one function of a transaction and written by another, so that a dry run
plans exactly what a real run would do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from hub.accounts.audit import audit
from hub.storage import Store, Tx

from .import_file import CustomerFile, ImportRow, Refused, read_customer_file, refused_csv
from .import_plan import ImportOrder as ImportOrder
from .import_plan import Plan, import_piece, plan_piece

Tell = Callable[[int, int], Awaitable[None]]  # done and total rows

ROWS_A_PIECE = 100  # about 10 ms of the writer's time (design section 4)
_SHOWN_REFUSED = 1_000


class RefusedView(msgspec.Struct, frozen=True):
    line: int
    reasons: list[str]


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, or in a dry run would be. `refused_csv`: those rows, to mend and retry."""

    dry_run: bool
    encoding: str
    columns: dict[str, str]
    ignored_columns: list[str]
    rows: int
    created: int
    updated: int
    unchanged: int
    organisations: int
    refused: list[RefusedView]
    refused_count: int
    refused_csv: str


async def import_customers(store: Store, order: ImportOrder, tell: Tell) -> ImportReport:
    """Import a file of customers and report row by row. Raises Invalid for an unreadable file."""
    file, checked = await asyncio.to_thread(_read, order)
    refused = [row for row in checked if isinstance(row, Refused)]
    good = [row for row in checked if isinstance(row, ImportRow)]
    total = Plan()
    await tell(len(refused), len(checked))
    for start in range(0, len(good), ROWS_A_PIECE):
        piece = (order, good[start : start + ROWS_A_PIECE])
        if order.dry_run:
            plan = await store.read(plan_piece, piece)
        else:
            plan = await store.write_bulk(import_piece, piece)
        _add(total, plan)
        await tell(len(refused) + min(start + ROWS_A_PIECE, len(good)), len(checked))
    report = _report(file, order, total, sorted(refused + total.refused, key=lambda r: r.line))
    if not order.dry_run:
        await store.write(_note_import, (order, report))
    return report


def _read(order: ImportOrder) -> tuple[CustomerFile, list[ImportRow | Refused]]:
    """Read and check every row: seconds of work for a large file, so never on the event loop."""
    file = read_customer_file(order.data, order.encoding)
    return file, list(file.rows(order.region, order.tiers))


def _add(total: Plan, plan: Plan) -> None:
    for name in ("created", "organisations", "refused"):
        getattr(total, name).extend(getattr(plan, name))
    total.people |= plan.people
    total.unchanged += plan.unchanged


def _report(
    file: CustomerFile, order: ImportOrder, total: Plan, refused: list[Refused]
) -> ImportReport:
    created = len(total.created)
    return ImportReport(
        dry_run=order.dry_run,
        encoding=file.encoding,
        columns={file.header[index]: column.value for index, column in file.columns.items()},
        ignored_columns=file.ignored,
        rows=created + len(total.people) - created + total.unchanged + len(refused),
        created=created,
        updated=len(total.people) - created,
        unchanged=total.unchanged,
        organisations=len({row["name"] for row in total.organisations}),
        refused=[
            RefusedView(row.line, [reason.text for reason in row.reasons])
            for row in refused[:_SHOWN_REFUSED]
        ],
        refused_count=len(refused),
        refused_csv=refused_csv(file, refused) if refused else "",
    )


def _note_import(tx: Tx, done: tuple[ImportOrder, ImportReport]) -> None:
    order, report = done
    counts = {"created": report.created, "updated": report.updated, "refused": report.refused_count}
    audit(tx, order.actor, "customer.import", "import", order.source[:64], counts)
