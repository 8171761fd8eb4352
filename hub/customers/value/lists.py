"""Lists for supervisors: the runs, and who was found to be what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select, text

from hub.customers.access import Scope
from hub.customers.tables import customers
from hub.storage import Tx

from .model import Flag, RfmName
from .tables import customer_values, tier_runs
from .writing import DONE


@dataclass(frozen=True, slots=True)
class ListRuns:
    """The newest first; `after` is (at, id) of the last seen."""

    limit: int
    after: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class ListFound:
    """Who is called `named`, by id; else who makes a loss, the largest first."""

    scope: Scope
    limit: int
    named: RfmName | None
    after: tuple[int, str] | None = None  # (profit, id) of the last seen


def list_runs(tx: Tx, ask: ListRuns) -> list[Row[Any]]:
    """Return runs that were finished, with their reports."""
    table = tier_runs.c
    found = select(tier_runs).where(table.state == DONE)
    if ask.after is not None:
        at, last_id = ask.after
        found = found.where(or_(table.at < at, and_(table.at == at, table.id < last_id)))
    return list(tx.execute(found.order_by(table.at.desc(), table.id.desc()).limit(ask.limit)))


def list_found(tx: Tx, ask: ListFound) -> list[Row[Any]]:
    """Return the customers whom the reader may see, with their figures."""
    table = customer_values.c
    found = (
        select(customer_values, customers.c.name, customers.c.tier)
        .join(customers, customers.c.id == table.customer_id)
        .where(ask.scope.customers())
        .limit(ask.limit)
    )
    profit, last_id = ask.after or (None, "")
    if ask.named is not None:
        found = found.where(table.named_segment == ask.named, table.customer_id > last_id)
        return list(tx.execute(found.order_by(table.customer_id)))
    found = found.where(_makes_a_loss())
    if profit is not None:
        same = and_(table.profit_minor == profit, table.customer_id > last_id)
        found = found.where(or_(table.profit_minor > profit, same))
    return list(tx.execute(found.order_by(table.profit_minor, table.customer_id)))


def _makes_a_loss() -> ColumnElement[bool]:
    """In the very words of the index of these rows."""
    condition: ColumnElement[bool] = text(  # type: ignore[assignment] # a text is a condition too
        f"(customer_values.flags & {Flag.LOSS_MAKING.value}) <> 0"
    )
    return condition
