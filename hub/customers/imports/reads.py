"""Lists of imports and of their rows, for those who may see them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, and_, false, or_, select, true

from hub.core.errors import NotFound
from hub.customers.access import Scope, seen_customers
from hub.customers.tables import customers
from hub.storage import Tx

from .model import BatchState, Reason, RowClass
from .outcome import Before, Outcome
from .service import Batch, batch_of
from .tables import NOT_NEW, import_batches, import_rows


class BatchPosition(msgspec.Struct, frozen=True, array_like=True):
    at: datetime
    id: str


class LinePosition(msgspec.Struct, frozen=True, array_like=True):
    line: int


class ListedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a file. `customer`: whom it made or completed; `holders`: between whom somebody has
    to decide; both only as far as the reader may see them, as id and name.
    """

    line: int
    row_class: RowClass
    label: str
    customer: tuple[str, str | None] | None
    holders: list[tuple[str, str | None]]
    cells: list[str]
    reasons: list[Reason]


def seen_batches(scope: Scope) -> ColumnElement[bool]:
    """The condition on batches that keeps those one may see: one's own, and one's branches'."""
    if scope.everything:
        return true()
    branches = sorted(scope.branches)
    return or_(
        import_batches.c.by == scope.user_id,
        import_batches.c.branch_id.in_(branches) if branches else false(),
    )


def access_batch(tx: Tx, scope: Scope, batch_id: str) -> Batch:
    """Return an import that this user may see. Raises NotFound."""
    found = select(import_batches).where(import_batches.c.id == batch_id, seen_batches(scope))
    row = tx.execute(found).first()
    if row is None:
        raise NotFound("There is no such import.")
    return batch_of(row)


def list_batches(tx: Tx, scope: Scope, limit: int, before: BatchPosition | None) -> list[Batch]:
    """List imports, newest first."""
    at, key = import_batches.c.at, import_batches.c.id
    found = select(import_batches).where(seen_batches(scope))
    if before is not None:
        found = found.where(or_(at < before.at, and_(at == before.at, key < before.id)))
    rows = tx.execute(found.order_by(at.desc(), key.desc()).limit(limit))
    return [batch_of(row) for row in rows]


def list_rows(
    tx: Tx, scope: Scope, batch: Batch, row_class: RowClass | None, limit: int, after: int
) -> list[ListedRow]:
    """List rows of an import after a line, by at most three statements more.

    While a preview is made anew, rows that it has not come to yet are not in it.
    """
    found = _rows(batch.id, row_class, limit, after)
    if batch.state is BatchState.READING:
        found = found.where(import_rows.c.line <= batch.at_line)
    rows = list(tx.execute(found))
    befores = [_before(row) for row in rows]
    ids = {row.object_id for row in rows if row.object_id}
    ids |= {holder for before in befores for holder in before.holders}
    names = _names(tx, scope, ids)
    return [
        ListedRow(
            line=row.line,
            row_class=RowClass(row.row_class),
            label=row.label,
            customer=names.get(row.object_id),
            holders=[names[holder] for holder in before.holders if holder in names],
            cells=row.cells or [],
            reasons=msgspec.convert(row.reasons or [], list[Reason]),
        )
        for row, before in zip(rows, befores, strict=True)
    ]


REFUSED = (RowClass.CONFLICT, RowClass.INVALID)


def refused_rows(tx: Tx, batch_id: str, limit: int, after: int = 0) -> list[Outcome]:
    """List refused rows after a line, to be mended: each class is a range of the index."""
    found = [list(tx.execute(_rows(batch_id, one, limit, after))) for one in REFUSED]
    rows = sorted((row for some in found for row in some), key=lambda row: int(row.line))
    return [
        Outcome(
            line=row.line,
            row_class=RowClass(row.row_class),
            label=row.label,
            cells=tuple(row.cells or ()),
            reasons=msgspec.convert(row.reasons or [], tuple[Reason, ...]),
        )
        for row in rows[:limit]
    ]


def _rows(
    batch_id: str, row_class: RowClass | None, limit: int, after: int
) -> Any:  # Any: a Select of all columns
    found = select(import_rows).where(
        import_rows.c.batch_id == batch_id, import_rows.c.line > after
    )
    if row_class is not None:
        found = found.where(import_rows.c.row_class == row_class)
    if row_class not in (None, RowClass.NEW):
        found = found.where(NOT_NEW)
    return found.order_by(import_rows.c.line).limit(limit)


def _before(row: Row[Any]) -> Before:
    return msgspec.convert(row.before or {}, Before)


def _names(tx: Tx, scope: Scope, ids: set[str]) -> dict[str, tuple[str, str | None]]:
    seen = seen_customers(tx, scope, ids)
    if not seen:
        return {}
    found = select(customers.c.id, customers.c.name).where(customers.c.id.in_(sorted(seen)))
    return {row.id: (row.id, row.name) for row in tx.execute(found)}


def columns_of_batch(batch: Batch) -> Iterator[tuple[str, str]]:
    """Yield the name of each column of the file and what it holds, "" where it is left out."""
    yield from zip(batch.mapping.header, batch.mapping.columns, strict=True)
