"""Products as the business's systems name them. One that only an order names is kept bare."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from hub.core.ids import new_id
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_values, update_values
from hub.storage.search import Document, SearchKind, reindex_documents

from .feeds import note_rows
from .people import lock_rows
from .rows import Product
from .tables import products
from .versions import RowOutcome

_FIND = Statement("""
SELECT p.id, p.external_id, p.name, p.family, p.list_minor, p.currency, p.retired
FROM {rows} JOIN products p ON p.external_id = {text 0}
""")
_NAMES = (
    "external_id",
    "name",
    "family",
    "list_minor",
    "currency",
    "retired",
    "updated_at",
)
_LOCK = "business:products"


class ProductPlan(NamedTuple):
    """What would come of rows: their results, and the rows to write."""

    results: list[tuple[RowOutcome, str]]
    new: list[dict[str, Any]]
    changed: list[dict[str, Any]]


def put_products(tx: Tx, source: str, rows: Sequence[Product]) -> list[tuple[RowOutcome, str]]:
    """Keep what the rows say, in their order; return what came of each, and the product's id.

    What a row leaves out stays. A product is the same in every source; its later row counts.
    """
    lock_rows(tx, [_LOCK])
    plan = plan_products(tx, rows)
    _write(tx, plan.new, plan.changed)
    note_rows(tx, source, len(rows))
    return plan.results


def plan_products(tx: Tx, rows: Sequence[Product]) -> ProductPlan:
    """Return what would come of these rows, and write nothing."""
    known = _find(tx, [row.external_id for row in rows])
    new, changed = set[str](), set[str]()
    results = []
    for row in rows:
        before = known.get(row.external_id)
        after = _merged(before, row)
        if before is None:
            new.add(row.external_id)
            outcome = RowOutcome.CREATED
        else:
            outcome = RowOutcome.UNCHANGED if after == before else RowOutcome.UPDATED
        if outcome is not RowOutcome.UNCHANGED:
            changed.add(row.external_id)
            known[row.external_id] = after
        results.append((outcome, str(after["id"])))
    return ProductPlan(
        results,
        [known[key] for key in sorted(new)],
        [known[key] for key in sorted(changed - new)],
    )


class Named(NamedTuple):
    id: str
    name: str


def products_by_external_id(tx: Tx, external_ids: Collection[str]) -> dict[str, Named]:
    """Return the products of these external ids; one that is not known is made, bare."""
    if not external_ids:
        return {}
    known = _find(tx, external_ids)
    if len(known) < len(set(external_ids)) and tx.dialect == "postgresql":
        lock_rows(tx, [_LOCK])
        known = _find(tx, external_ids)
    missing = sorted(set(external_ids) - known.keys())
    made = [_merged(None, Product(external_id)) for external_id in missing]
    _write(tx, made, [])
    return {
        str(row["external_id"]): Named(str(row["id"]), str(row["name"]))
        for row in (*known.values(), *made)
    }


def _find(tx: Tx, external_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    rows = _FIND(tx, [[value] for value in sorted(set(external_ids))])
    return {row.external_id: row._asdict() | {"retired": bool(row.retired)} for row in rows}


def _merged(before: dict[str, Any] | None, row: Product) -> dict[str, Any]:
    base = before or {
        "id": new_id(),
        "external_id": row.external_id,
        "name": row.external_id,
        "family": None,
        "list_minor": None,
        "currency": None,
        "retired": False,
    }
    said = {
        "name": row.name,
        "family": row.family,
        "list_minor": row.list_minor,
        "currency": row.currency,
        "retired": row.retired,
    }
    return base | {key: value for key, value in said.items() if value is not None}


def _write(tx: Tx, new: Sequence[dict[str, Any]], changed: Sequence[dict[str, Any]]) -> None:
    if not new and not changed:
        return
    values = [(row["id"], *(row[name] for name in _NAMES[:-1]), tx.now) for row in (*new, *changed)]
    insert_values(
        tx,
        products,
        ("id", *_NAMES, "created_at"),
        [(*row, tx.now) for row in values[: len(new)]],
    )
    update_values(tx, products, ("id", *_NAMES), values[len(new) :])
    reindex_documents(
        tx,
        SearchKind.PRODUCTS,
        [
            Document(
                str(row["id"]),
                f"{row['name']}\n{row['external_id']}\n{row['family'] or ''}",
                tx.now,
            )
            for row in (*new, *changed)
        ],
    )
