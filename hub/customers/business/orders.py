"""Orders: kept once each, whichever way and in whatever order they come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from hub.core.ids import new_id
from hub.customers.identify import DefaultTier
from hub.customers.imports.model import Reason
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_values, read_time, update_values
from hub.storage.types import from_micros, to_micros

from .feeds import note_rows
from .model import OrderState
from .people import Owner, customers_by_external_id, lock_rows, tell_changed
from .products import Named, products_by_external_id
from .rows import Line, Order
from .tables import order_lines, orders
from .versions import Known, RowOutcome, Said, settle

_MAX_SUMMARY = 200
_USUAL: Said = ("", 0, 0, None, "", OrderState.PLACED.value, "[]")
_FIND = Statement("""
SELECT o.id, o.external_id, o.customer_id, o.customer_external_id, o.ordered_at, o.amount_minor,
       o.cost_minor, o.currency, o.state, o.state_at, o.revision,
       COALESCE(c.merged_into_id, c.id) AS today
FROM {rows} JOIN orders o ON o.source = {text 1} AND o.external_id = {text 0}
JOIN customers c ON c.id = o.customer_id
""")
_LINES = Statement("""
SELECT l.order_id, l.line, p.external_id, l.quantity, l.amount_minor, l.cost_minor
FROM {rows} JOIN order_lines l ON l.order_id = {text 0} JOIN products p ON p.id = l.product_id
ORDER BY l.order_id, l.line
""")
_DROP_LINES = Statement("""
DELETE FROM order_lines WHERE order_id IN (SELECT {text 0} FROM {rows})
""")
_LINK_CASES = Statement("""
UPDATE service_cases SET order_id = {text 1} FROM {rows}
WHERE service_cases.source = {text 2} AND service_cases.order_external_id = {text 0}
  AND service_cases.order_id IS NULL
""")
_CHANGED = (
    "id",
    "customer_id",
    "customer_external_id",
    "ordered_at",
    "amount_minor",
    "cost_minor",
    "currency",
    "state",
    "state_at",
    "revision",
)
_LINE = ("order_id", "line", "product_id", "quantity", "amount_minor", "cost_minor")


class PutOrders(NamedTuple):
    """Rows of one source, in the order they came."""

    source: str
    rows: Sequence[Order]
    default_tier: DefaultTier


class Put(NamedTuple):
    """What came of a row, and the id of what it is about; None where it was refused, and why."""

    outcome: RowOutcome
    id: str | None
    reasons: tuple[Reason, ...] = ()


class PutDone(NamedTuple):
    """`made_customers`: of whom only their external id is known."""

    results: list[Put]
    made_customers: int


class OrderPlan(NamedTuple):
    """What would come of rows, by external id: `kept` is what is known then, `before` until now."""

    results: list[Put]
    kept: dict[str, _Kept]
    before: dict[str, Known | None]


class _Kept:
    """One order in the making: what was known, and what is now."""

    __slots__ = ("changed", "id", "is_new", "known", "owner")

    def __init__(self, order_id: str, known: Known | None, owner: Owner | None) -> None:
        self.id = order_id
        self.known = known
        self.owner = owner  # whose it was until now; None for a new one
        self.is_new = known is None
        self.changed = False


def put_orders(tx: Tx, cmd: PutOrders) -> PutDone:
    """Keep what these rows say; the same rows again, or older ones, change nothing.

    A customer who is not known becomes an unidentified one. At most seven statements for known
    customers without lines, whatever the number of rows.
    """
    lock_rows(tx, [f"business:orders:{cmd.source}"])
    plan = plan_orders(tx, cmd)
    changed = {key: item for key, item in plan.kept.items() if item.changed}
    made = _write(tx, cmd, changed, plan.before) if changed else 0
    note_rows(tx, cmd.source, len(cmd.rows))
    return PutDone(plan.results, made)


def plan_orders(tx: Tx, cmd: PutOrders) -> OrderPlan:
    """Return what would come of these rows, and write nothing."""
    kept = _find(tx, cmd)
    before = {key: item.known for key, item in kept.items()}
    return OrderPlan([_settle(tx, kept, row) for row in cmd.rows], kept, before)


def _settle(tx: Tx, kept: dict[str, _Kept], row: Order) -> Put:
    item = kept.get(row.external_id)
    if item is None:
        item = kept[row.external_id] = _Kept(new_id(), None, None)
    outcome, now_known = settle(item.known, _said(row), row.version, _USUAL, row.ordered_at, tx.now)
    if outcome in (RowOutcome.CREATED, RowOutcome.UPDATED):
        item.known, item.changed = now_known, True
    return Put(outcome, item.id)


def _said(row: Order) -> Said:
    return (
        row.customer,
        to_micros(row.ordered_at),
        row.amount_minor,
        row.cost_minor,
        row.currency,
        None if row.state is None else row.state.value,
        None if row.lines is None else _written(row.lines),
    )


def _written(lines: Sequence[Line]) -> str:
    cells = [[line.product, line.quantity, line.amount_minor, line.cost_minor] for line in lines]
    return msgspec.json.encode(cells).decode()


def _read(written: str) -> list[Line]:
    return [Line(*cells) for cells in msgspec.json.decode(written)]


def _find(tx: Tx, cmd: PutOrders) -> dict[str, _Kept]:
    rows = _FIND(tx, [[row.external_id, cmd.source] for row in cmd.rows])
    if not rows:
        return {}
    lines: defaultdict[str, list[Line]] = defaultdict(list)
    for line in _LINES(tx, [[row.id] for row in rows]):
        lines[line.order_id].append(
            Line(line.external_id, line.quantity, line.amount_minor, line.cost_minor)
        )
    return {row.external_id: _kept(row, lines[row.id]) for row in rows}


def _kept(row: Any, lines: Sequence[Line]) -> _Kept:  # Any: a row of _FIND
    said: Said = (
        row.customer_external_id,
        to_micros(read_time(row.ordered_at)),
        row.amount_minor,
        row.cost_minor,
        row.currency,
        row.state,
        _written(lines),
    )
    known = Known(said, row.revision, read_time(row.state_at))
    return _Kept(row.id, known, Owner(row.customer_id, row.today))


def _write(
    tx: Tx, cmd: PutOrders, changed: dict[str, _Kept], before: dict[str, Known | None]
) -> int:
    """Write what changed, by a fixed number of statements; return how many customers were made."""
    said = {key: item.known.said for key, item in changed.items() if item.known is not None}
    people, made = customers_by_external_id(
        tx, cmd.source, {str(values[0]) for values in said.values()}, cmd.default_tier
    )
    new_lines = {
        key: _read(str(values[6]))
        for key, values in said.items()
        if str(values[6]) != _lines_of(before.get(key))
    }
    named = products_by_external_id(
        tx, {line.product for lines in new_lines.values() for line in lines}
    )
    touched = set()
    new_rows, changed_rows, summaries = [], [], []
    for key, item in changed.items():
        old = before.get(key)
        owner = people[str(said[key][0])]
        touched.add(owner.today)
        if item.owner is not None:
            touched.add(item.owner.today)
            owner = item.owner if old is not None and old.said[0] == said[key][0] else owner
        values = _values(item, owner.home)
        if item.is_new:
            summary = _summary(new_lines.get(key, []), named)
            new_rows.append((*values, summary, tx.now, cmd.source, key))
        else:
            changed_rows.append(values)
            if key in new_lines:
                summaries.append((item.id, _summary(new_lines[key], named)))
    insert_values(
        tx, orders, (*_CHANGED, "product_summary", "received_at", "source", "external_id"), new_rows
    )
    update_values(tx, orders, _CHANGED, changed_rows)
    update_values(tx, orders, ("id", "product_summary"), summaries)
    _write_lines(tx, changed, new_lines, named)
    _link_cases(tx, cmd.source, changed)
    tell_changed(tx, touched, "order")
    return made


def _lines_of(known: Known | None) -> str:
    return "[]" if known is None else str(known.said[6])


def _values(item: _Kept, owner: str) -> tuple[Any, ...]:
    assert item.known is not None  # noqa: S101 - what is written was settled
    customer, ordered_us, amount, cost, currency, state, _ = item.known.said
    return (
        item.id,
        owner,
        customer,
        from_micros(int(ordered_us or 0)),
        amount,
        cost,
        currency,
        state,
        item.known.state_at,
        item.known.revision,
    )


def _summary(lines: Sequence[Line], named: dict[str, Named]) -> str | None:
    """ "Kettle × 2, Cup": what was ordered in a line, as far as it fits."""
    words = [
        named[line.product].name + (f" × {line.quantity}" if line.quantity != 1 else "")
        for line in lines
    ]
    text = ", ".join(words)
    return text if len(text) <= _MAX_SUMMARY else f"{text[: _MAX_SUMMARY - 1]}…"


def _write_lines(
    tx: Tx, changed: dict[str, _Kept], new_lines: dict[str, list[Line]], named: dict[str, Named]
) -> None:
    old = [[changed[key].id] for key in new_lines if not changed[key].is_new]
    if old:
        _DROP_LINES(tx, old)
    rows = [
        (changed[key].id, at, named[line.product].id, *line_values(line))
        for key, lines in new_lines.items()
        for at, line in enumerate(lines, 1)
    ]
    insert_values(tx, order_lines, _LINE, rows)


def line_values(line: Line) -> tuple[int, int | None, int | None]:
    return line.quantity, line.amount_minor, line.cost_minor


def _link_cases(tx: Tx, source: str, changed: dict[str, _Kept]) -> None:
    """Repairs that named an order which was not here yet find it now."""
    new = [[key, item.id, source] for key, item in changed.items() if item.is_new]
    if new:
        _LINK_CASES(tx, new)
