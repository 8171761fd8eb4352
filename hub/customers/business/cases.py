"""Defects and repairs, linked to order and product: "where is it?" has an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from hub.core.ids import new_id
from hub.customers.changes import mark_dirty
from hub.customers.identify import DefaultTier
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_values, read_time, update_values

from .feeds import note_rows
from .model import CaseState
from .orders import Put, PutDone
from .people import customers_by_external_id, lock_rows
from .products import products_by_external_id
from .rows import Case
from .tables import service_cases
from .versions import Known, RowOutcome, Said, settle

_USUAL: Said = ("", "", CaseState.REPORTED.value, "", "", "")
_FIND = Statement("""
SELECT s.id, s.external_id, s.customer_id, s.customer_external_id, s.kind, s.state, s.state_at,
       s.order_external_id, p.external_id AS product, s.text, s.revision
FROM {rows} JOIN service_cases s ON s.source = {text 1} AND s.external_id = {text 0}
LEFT JOIN products p ON p.id = s.product_id
""")
_ORDERS = Statement("""
SELECT o.id, o.external_id FROM {rows}
JOIN orders o ON o.source = {text 1} AND o.external_id = {text 0}
""")
_NAMES = (
    "id",
    "customer_id",
    "customer_external_id",
    "kind",
    "state",
    "order_external_id",
    "order_id",
    "product_id",
    "text",
    "state_at",
    "revision",
)


class PutCases(NamedTuple):
    """Rows of one source, in the order they came."""

    source: str
    rows: Sequence[Case]
    default_tier: DefaultTier


class _Kept(NamedTuple):
    """`customer_id`: who it was when it came; None for a new one."""

    id: str
    customer_id: str | None
    known: Known


def put_cases(tx: Tx, cmd: PutCases) -> PutDone:
    """Keep what these rows say; the same rows again, or older ones, change nothing."""
    lock_rows(tx, [f"business:cases:{cmd.source}"])
    found = _FIND(tx, [[row.external_id, cmd.source] for row in cmd.rows])
    before = {row.external_id: _kept(row) for row in found}
    kept, results = dict(before), []
    changed: set[str] = set()
    for row in cmd.rows:
        key = row.external_id
        item = kept.get(key)
        at = row.version.state_at or tx.now
        outcome, known = settle(item and item.known, _said(row), row.version, _USUAL, at, tx.now)
        if outcome in (RowOutcome.CREATED, RowOutcome.UPDATED):
            kept[key] = _Kept(item.id if item else new_id(), item and item.customer_id, known)
            changed.add(key)
        results.append(Put(outcome, kept[key].id))
    made = _write(tx, cmd, {key: kept[key] for key in sorted(changed)}, before) if changed else 0
    note_rows(tx, cmd.source, len(cmd.rows))
    return PutDone(results, made)


def _said(row: Case) -> Said:
    return row.customer, row.kind.value, row.state.value, row.order, row.product, row.text


def _kept(row: Any) -> _Kept:  # Any: a row of _FIND
    said: Said = (
        row.customer_external_id,
        row.kind,
        row.state,
        row.order_external_id or "",
        row.product or "",
        row.text or "",
    )
    return _Kept(row.id, row.customer_id, Known(said, row.revision, read_time(row.state_at)))


def _write(tx: Tx, cmd: PutCases, changed: dict[str, _Kept], before: dict[str, _Kept]) -> int:
    said = [item.known.said for item in changed.values()]
    people, made = customers_by_external_id(
        tx, cmd.source, {str(values[0]) for values in said}, cmd.default_tier
    )
    named = products_by_external_id(tx, {str(values[4]) for values in said} - {""})
    wanted = sorted({str(values[3]) for values in said} - {""})
    of_orders = {}
    if wanted:
        found = _ORDERS(tx, [[value, cmd.source] for value in wanted])
        of_orders = {row.external_id: row.id for row in found}
    touched: set[str] = set()
    new_rows, changed_rows = [], []
    for key, item in changed.items():
        customer, kind, state, order, product, text = map(str, item.known.said)
        owner = people[customer]
        touched |= {owner, item.customer_id or owner}
        if item.customer_id is not None and before[key].known.said[0] == customer:
            owner = item.customer_id
        row = (
            item.id,
            owner,
            customer,
            kind,
            state,
            order or None,
            of_orders.get(order),
            named[product].id if product else None,
            text or None,
            item.known.state_at,
            item.known.revision,
        )
        if key in before:
            changed_rows.append(row)
        else:
            new_rows.append((*row, tx.now, cmd.source, key))
    insert_values(tx, service_cases, (*_NAMES, "received_at", "source", "external_id"), new_rows)
    update_values(tx, service_cases, _NAMES, changed_rows)
    mark_dirty(tx, touched, "case")
    for customer_id in sorted(touched):
        tx.hint("customer.changed", customer_id)
    return made
