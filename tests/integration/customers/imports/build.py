"""Imports for tests, said briefly: a batch from text, and what is in every table."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select, text

from hub.accounts.model import SYSTEM
from hub.customers.imports import ImportOrder, ImportReport, import_customers
from hub.customers.imports.importing import BatchWork
from hub.customers.imports.model import BatchState
from hub.customers.imports.order import Retier, Sight
from hub.customers.imports.outcome import Outcome
from hub.customers.imports.service import Batch, MoveBatch, get_batch, move_batch
from hub.customers.imports.tables import import_rows
from hub.customers.tables import customers
from hub.schema import all_tables
from hub.storage import Store, Tx

_AUDITED = {"audit_log", "audit_links", "audit_head"}
_OF_IMPORTS = {"import_batches", "import_rows", "leases"} | _AUDITED
_MOVES_ON = {"version", "updated_at"}  # of whoever was completed: never back


async def tell_nobody(_done: int, _rows: int) -> None:
    """Progress is of no interest."""


def order_of(
    data: str | bytes,
    *,
    source: str = "crm",
    branch: str | None = None,
    sight: Sight | None = None,
    retier: Retier | None = None,
    dry: bool = False,
) -> ImportOrder:
    return ImportOrder(
        actor=SYSTEM,
        data=data.encode() if isinstance(data, str) else data,
        region="CN",
        tiers=frozenset({"gold", "standard"}),
        source=source,
        dry_run=dry,
        branch_id=branch,
        sight=sight or Sight(),
        retier=retier,
    )


async def bring(store: Store, data: str | bytes, **more: Any) -> ImportReport:
    """Import a file."""
    return await import_customers(store, order_of(data, **more), tell_nobody)


async def take_back(
    store: Store, batch_id: str, *, retier: Retier | None = None
) -> tuple[Batch, list[Outcome]]:
    """Undo a batch; return it and the rows that were kept."""
    move = MoveBatch(actor=SYSTEM, batch_id=batch_id, to=BatchState.UNDOING, held_by="me")
    batch = await store.write(move_batch, move)
    kept: list[Outcome] = []
    work = BatchWork(store, "me", tell_nobody, kept.extend)
    return await work.undo(batch, order_of("", retier=retier)), kept


async def batch(store: Store, batch_id: str) -> Batch:
    return await store.read(get_batch, batch_id)


async def classes(store: Store, batch_id: str) -> dict[int, str]:
    """Return the class of each row by its line."""

    def read(tx: Tx, _: None) -> dict[int, str]:
        found = select(import_rows.c.line, import_rows.c.row_class)
        rows = tx.execute(found.where(import_rows.c.batch_id == batch_id))
        return {row.line: row.row_class for row in rows}

    return await store.read(read, None)


async def everything(store: Store, without: Collection[str] = ()) -> dict[str, list[str]]:
    """Return every row of every table that an undo has to bring back, as text."""

    def read(tx: Tx, _: None) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for table in all_tables().sorted_tables:
            if table.name in _OF_IMPORTS or table.name in without:
                continue
            columns = [
                column
                for column in table.c
                if table is not customers or column.name not in _MOVES_ON
            ]
            rows = tx.execute(select(*columns))
            found[table.name] = sorted(repr(tuple(row)) for row in rows)
        name = "search_customers_docs" if tx.dialect == "sqlite" else "search_customers"
        words = tx.execute(text(f"SELECT ref_id, tokens FROM {name}"))  # noqa: S608 - our own name
        found[name] = sorted(repr(tuple(row)) for row in words)
        return found

    return await store.read(read, None)
