"""Writing what a piece decided: one statement for each table that changes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete

from hub.customers.changes import mark_dirty
from hub.customers.index import index_customers
from hub.customers.merging.tables import customer_conflicts
from hub.customers.tables import (
    customer_facts,
    customer_sources,
    customers,
    identities,
    organisation_roles,
    tier_changes,
)
from hub.storage import Tx
from hub.storage.bulk import Statement, insert_rows, insert_values, update_values

from .order import ImportOrder
from .outcome import CUSTOMER, Outcome
from .plan import Plan
from .records import COMPLETED, TIER, Values
from .tables import import_rows

_CHANGED = (*COMPLETED, *TIER)
_ROW = (
    *("batch_id", "line", "row_class", "label", "object_kind", "object_id"),
    *("before", "cells", "reasons"),
)


def write_plan(tx: Tx, order: ImportOrder, plan: Plan) -> None:
    """Write a plan, find everybody by it, and let tiers follow."""
    insert_rows(tx, customers, [*plan.organisations, *plan.created.values()])
    insert_rows(tx, identities, plan.identities)
    insert_rows(tx, tier_changes, plan.tiers)
    insert_rows(tx, customer_facts, plan.facts)
    insert_rows(tx, customer_sources, plan.sources)
    update_values(
        tx,
        customers,
        ("id", *_CHANGED, "own_tier", "updated_at"),
        [
            [key, *(getattr(person, name) for name in _CHANGED), None, tx.now]
            for key, person in plan.updated.items()
        ],
        also="version = version + 1",
    )
    insert_rows(tx, organisation_roles, plan.roles)
    update_values(tx, organisation_roles, ("id", "role"), list(plan.changed_roles.items()))
    if plan.changed:
        index_customers(tx, plan.changed)
        mark_dirty(tx, plan.changed, "import")
    _ask(tx, list(plan.questions.values()))
    for customer_id in plan.updated:
        tx.hint("customer.changed", customer_id)
    # Whose own tier was written again, or who joined an organisation of another tier.
    people = plan.people | set(plan.updated)
    if order.retier is not None and people:
        order.retier(tx, people)


_ASKED = Statement("""
SELECT c.customer_id, c.other_id
FROM {rows} JOIN customer_conflicts c ON c.customer_id = {text 0} AND c.other_id = {text 1}
WHERE c.kind = 'import'
""")


def _ask(tx: Tx, questions: Sequence[Values]) -> None:
    """Have somebody decide whether two customers are one; who was asked once is not asked again."""
    if not questions:
        return
    pairs = [(one["customer_id"], one["other_id"]) for one in questions]
    asked = {(row.customer_id, row.other_id) for row in _ASKED(tx, pairs)}
    insert_rows(
        tx,
        customer_conflicts,
        [one for one, pair in zip(questions, pairs, strict=True) if pair not in asked],
    )


def write_outcomes(tx: Tx, batch_id: str, outcomes: Sequence[Outcome]) -> None:
    """Keep what became of rows, instead of what a preview said of them."""
    if not outcomes:
        return
    lines = import_rows.c.line.between(outcomes[0].line, outcomes[-1].line)
    tx.execute(delete(import_rows).where(import_rows.c.batch_id == batch_id, lines))
    insert_values(tx, import_rows, _ROW, [_cells(batch_id, one) for one in outcomes])


def _cells(batch_id: str, one: Outcome) -> list[object]:
    return [
        batch_id,
        one.line,
        one.row_class.value,
        one.label,
        CUSTOMER if one.object_id else None,
        one.object_id,
        msgspec.to_builtins(one.before),
        None if one.cells is None else list(one.cells),
        msgspec.to_builtins(one.reasons) if one.reasons else None,
    ]
