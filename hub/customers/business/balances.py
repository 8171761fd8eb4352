"""What customers owe, and whether they may buy on credit: read-only, as a system said last."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from hub.customers.identify import DefaultTier
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_values, read_time, update_values

from .feeds import note_rows
from .orders import Put, PutDone
from .people import Owner, customers_by_external_id, known_customers, lock_rows, tell_changed
from .rows import Balance, Version
from .tables import accounts_receivable
from .versions import Known, RowOutcome, Said, settle

_USUAL: Said = (0, None, 0, "")
_FIND = Statement("""
SELECT a.customer_id, a.balance_minor, a.credit_limit_minor, a.credit_hold, a.currency, a.as_of
FROM {rows} JOIN accounts_receivable a ON a.customer_id = {text 0} AND a.source = {text 1}
""")
_NAMES = (
    "customer_id",
    "source",
    "balance_minor",
    "credit_limit_minor",
    "credit_hold",
    "currency",
    "as_of",
)


class PutBalances(NamedTuple):
    """Rows of one source, in the order they came."""

    source: str
    rows: Sequence[Balance]
    default_tier: DefaultTier


class BalancePlan(NamedTuple):
    """What would come of rows; by customer, `changed` is what is known then, `before` until now."""

    results: list[Put]
    changed: dict[str, Known]
    before: dict[str, Known]


def put_balances(tx: Tx, cmd: PutBalances) -> PutDone:
    """Keep the balances; one of an earlier moment than what is known changes nothing.

    The id of a result is the customer's.
    """
    lock_rows(tx, [f"business:balances:{cmd.source}"])
    people, made = customers_by_external_id(
        tx, cmd.source, {row.customer for row in cmd.rows}, cmd.default_tier
    )
    plan = _plan(tx, cmd, people)
    _write(tx, cmd.source, plan.changed, plan.before)
    touched = {one.today for one in people.values() if one.home in plan.changed}
    tell_changed(tx, touched, "balance")
    note_rows(tx, cmd.source, len(cmd.rows))
    return PutDone(plan.results, made)


def plan_balances(tx: Tx, cmd: PutBalances) -> list[Put]:
    """Return what would come of these rows, and write nothing."""
    wanted = {row.customer for row in cmd.rows}
    people = {value: Owner(value, value) for value in wanted} | known_customers(tx, wanted)
    return _plan(tx, cmd, people).results


def _plan(tx: Tx, cmd: PutBalances, people: Mapping[str, Owner]) -> BalancePlan:
    homes = sorted({one.home for one in people.values()})
    found = _FIND(tx, [[home, cmd.source] for home in homes])
    before = {
        row.customer_id: Known(
            (row.balance_minor, row.credit_limit_minor, int(row.credit_hold), row.currency),
            0,
            read_time(row.as_of),
        )
        for row in found
    }
    known, results = dict(before), []
    changed: set[str] = set()
    for row in cmd.rows:
        customer_id = people[row.customer].home
        said = (row.balance_minor, row.credit_limit_minor, int(row.credit_hold), row.currency)
        at = row.as_of or tx.now
        version = Version(state_at=at)
        outcome, now_known = settle(known.get(customer_id), said, version, _USUAL, at, tx.now)
        if outcome in (RowOutcome.CREATED, RowOutcome.UPDATED):
            known[customer_id] = now_known
            changed.add(customer_id)
        results.append(Put(outcome, customer_id))
    return BalancePlan(results, {key: known[key] for key in sorted(changed)}, before)


def _write(tx: Tx, source: str, changed: dict[str, Known], before: Collection[str]) -> None:
    rows = [
        (key, source, balance, limit, bool(hold), currency, known.state_at)
        for key, known in changed.items()
        for balance, limit, hold, currency in [known.said]
    ]
    insert_values(tx, accounts_receivable, _NAMES, [row for row in rows if row[0] not in before])
    update_values(
        tx, accounts_receivable, _NAMES, [row for row in rows if row[0] in before], keys=2
    )
