"""Defects and repairs, linked to order and product: "where is it?" has an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from hub.core.ids import new_id
from hub.customers.card_numbers import hider
from hub.customers.changes import tell_changed
from hub.customers.identify import DefaultTier
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_values, read_time, update_values

from .feeds import note_rows
from .model import CaseState
from .orders import Put, PutDone
from .people import ERASED, LookedUp, Owner, customers_by_external_id, lock_rows, look_up
from .products import products_by_external_id
from .rows import Case
from .tables import service_cases
from .versions import Known, RowOutcome, Said, settle

_USUAL: Said = ("", "", CaseState.REPORTED.value, "", "", "")
_FIND = Statement("""
SELECT s.id, s.external_id, s.customer_id, s.customer_external_id, s.kind, s.state, s.state_at,
       s.order_external_id, p.external_id AS product, s.text, s.revision,
       COALESCE(c.merged_into_id, c.id) AS today, c.archived_at IS NOT NULL AS gone
FROM {rows} JOIN service_cases s ON s.source = {text 1} AND s.external_id = {text 0}
JOIN customers c ON c.id = s.customer_id
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
    """`owner`: whose it was until now; None for a new one. `gone`: that customer was erased."""

    id: str
    owner: Owner | None
    known: Known
    gone: bool = False


class CasePlan(NamedTuple):
    """What would come of rows; by external id, `changed` is what is known then, `before` now.

    `people`: whose they are.
    """

    results: list[Put]
    changed: dict[str, _Kept]
    before: dict[str, _Kept]
    people: LookedUp


def put_cases(tx: Tx, cmd: PutCases) -> PutDone:
    """Keep what these rows say; the same rows again, or older ones, change nothing.

    Of a customer who was erased only the cases that are known already are kept, without words.
    """
    lock_rows(tx, [f"business:cases:{cmd.source}"])
    plan = plan_cases(tx, cmd)
    made = _write(tx, cmd, plan) if plan.changed else 0
    note_rows(tx, cmd.source, len(cmd.rows))
    return PutDone(plan.results, made)


def plan_cases(tx: Tx, cmd: PutCases) -> CasePlan:
    """Return what would come of these rows, and write nothing."""
    found = _FIND(tx, [[row.external_id, cmd.source] for row in cmd.rows])
    before = {row.external_id: _kept(row) for row in found}
    people = look_up(tx, {row.customer for row in cmd.rows})
    kept, results, hide = dict(before), list[Put](), hider(tx)
    changed: set[str] = set()
    for row in cmd.rows:
        key = row.external_id
        item = kept.get(key)
        same = item is not None and item.known.said[0] == row.customer
        if row.customer in people.erased and not same:
            results.append(Put(RowOutcome.REFUSED, None, (ERASED,)))
            continue
        gone = item is not None and item.gone and same
        at = row.version.state_at or tx.now
        outcome, known = settle(
            item and item.known, _said(row, gone, hide), row.version, _USUAL, at, tx.now
        )
        if outcome in (RowOutcome.CREATED, RowOutcome.UPDATED):
            kept[key] = _Kept(item.id if item else new_id(), item and item.owner, known, gone)
            changed.add(key)
        results.append(Put(outcome, kept[key].id))
    return CasePlan(results, {key: kept[key] for key in sorted(changed)}, before, people)


def _said(row: Case, gone: bool, hide: Callable[[str], str]) -> Said:
    words = "" if gone else row.text and hide(row.text)
    return row.customer, row.kind.value, row.state.value, row.order, row.product, words


def _kept(row: Any) -> _Kept:  # Any: a row of _FIND
    said: Said = (
        row.customer_external_id,
        row.kind,
        row.state,
        row.order_external_id or "",
        row.product or "",
        row.text or "",
    )
    known = Known(said, row.revision, read_time(row.state_at))
    return _Kept(row.id, Owner(row.customer_id, row.today), known, bool(row.gone))


def _write(tx: Tx, cmd: PutCases, plan: CasePlan) -> int:
    changed, before = plan.changed, plan.before
    said = [item.known.said for item in changed.values()]
    people, made = customers_by_external_id(
        tx, cmd.source, {str(values[0]) for values in said}, cmd.default_tier, plan.people
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
        touched.update(one.today for one in (people.get(customer), item.owner) if one)
        stays = item.owner is not None and before[key].known.said[0] == customer
        owner = item.owner if stays and item.owner else people[customer]
        row = (
            item.id,
            owner.home,
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
    tell_changed(tx, touched, "case")
    return made
