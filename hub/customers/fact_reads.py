"""Reading facts: of a customer, by kind, and about one competitor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Row, and_, or_, select

from hub.storage import Tx

from .access import Scope, access_customer
from .tables import customer_facts, customers
from .views import FactView

_ABOUT = 50  # facts about competitors that are shown beside a contact


class FactPlace(msgspec.Struct, frozen=True, array_like=True):
    learned_at: datetime
    id: str


class ListFacts(NamedTuple):
    """`kind`, `competitor_id`: of these only; "" for all. `current`: not what has expired."""

    scope: Scope
    customer_id: str
    limit: int
    after: FactPlace | None
    kind: str = ""
    competitor_id: str = ""
    current: bool = False


def list_facts(tx: Tx, ask: ListFacts) -> tuple[list[FactView], FactPlace | None]:
    """Return a page of a customer's facts, newest first. Raises NotFound."""
    access_customer(tx, ask.scope, ask.customer_id)
    table = customer_facts.c
    same = select(customers.c.id).where(
        or_(customers.c.id == ask.customer_id, customers.c.merged_into_id == ask.customer_id)
    )
    found = (
        select(customer_facts)
        .where(table.customer_id.in_(list(tx.execute(same).scalars())))
        .order_by(table.learned_at.desc(), table.id.desc())
        .limit(ask.limit + 1)
    )
    if ask.kind:
        found = found.where(table.kind == ask.kind)
    if ask.competitor_id:
        found = found.where(table.competitor_id == ask.competitor_id)
    if ask.current:
        found = found.where(_is_current(tx))
    if ask.after is not None:
        at, last = ask.after.learned_at, ask.after.id
        found = found.where(
            or_(table.learned_at < at, and_(table.learned_at == at, table.id < last))
        )
    rows = tx.execute(found).all()
    shown = rows[: ask.limit]
    following = FactPlace(shown[-1].learned_at, shown[-1].id) if len(rows) > ask.limit else None
    return [fact_view(tx, row) for row in shown], following


def facts_about(
    tx: Tx, customer_ids: Sequence[str], competitor_ids: Collection[str]
) -> dict[str, list[FactView]]:
    """Return, by competitor, what is true of these records about it, newest first."""
    table = customer_facts.c
    rows = tx.execute(
        select(customer_facts)
        .where(
            table.customer_id.in_(customer_ids),
            table.competitor_id.in_(sorted(competitor_ids)),
            _is_current(tx),
        )
        .order_by(table.learned_at.desc(), table.id.desc())
        .limit(_ABOUT)
    )
    found: defaultdict[str, list[FactView]] = defaultdict(list)
    for row in rows:
        found[row.competitor_id].append(fact_view(tx, row))
    return dict(found)


def _is_current(tx: Tx) -> ColumnElement[bool]:
    table = customer_facts.c
    return and_(
        table.withdrawn_at.is_(None), or_(table.expires_at.is_(None), table.expires_at > tx.now)
    )


def fact_view(tx: Tx, row: Row[Any]) -> FactView:
    """Show one row of `customer_facts`."""
    return FactView(
        id=row.id,
        kind=row.kind,
        text=row.text,
        source=row.source,
        contact_id=row.contact_id,
        learned_at=row.learned_at,
        learned_by=row.learned_by,
        expires_at=row.expires_at,
        current=row.withdrawn_at is None and (row.expires_at is None or row.expires_at > tx.now),
        licence=row.licence,
        url=row.url,
        competitor_id=row.competitor_id,
    )
