"""Reading allocations: whose new customers wait for a first touch, and how they came to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, or_, select

from hub.accounts.tables import team_members, users
from hub.core.errors import NotFound
from hub.customers.access import Scope
from hub.customers.reads import same_customer_ids
from hub.customers.tables import customers
from hub.storage import Tx

from .tables import lead_allocations

_HISTORY = 50


@dataclass(frozen=True, slots=True)
class ListLeads:
    """Open ones, the earliest due first. `to_id`: whose; else of the members of `teams` and of
    whom nobody could take; else of everybody. `after`: (escalate_at, id) of the last seen.
    """

    scope: Scope
    limit: int
    to_id: str | None = None
    teams: Collection[str] | None = None
    after: tuple[datetime, str] | None = None


def list_leads(tx: Tx, ask: ListLeads) -> Sequence[Row[Any]]:
    """Return allocations with the names of customer and user."""
    table = lead_allocations.c
    found = _named().where(table.ended_as.is_(None))
    if ask.to_id is not None:
        found = found.where(table.to_id == ask.to_id)
    else:
        found = found.where(ask.scope.customers())
        if ask.teams is not None:
            found = found.where(or_(table.to_id.is_(None), table.to_id.in_(_members(ask.teams))))
    if ask.after is not None:
        at, last_id = ask.after
        found = found.where(
            or_(table.escalate_at > at, and_(table.escalate_at == at, table.id > last_id))
        )
    return tx.execute(found.order_by(table.escalate_at, table.id).limit(ask.limit)).all()


def leads_of(tx: Tx, customer_id: str) -> Sequence[Row[Any]]:
    """Return all allocations of a customer and of what became one with them, the newest first."""
    table = lead_allocations.c
    found = _named().where(table.customer_id.in_(same_customer_ids(tx, customer_id)))
    return tx.execute(found.order_by(table.made_at.desc(), table.id.desc()).limit(_HISTORY)).all()


def get_lead(tx: Tx, allocation_id: str) -> Row[Any]:
    """Return one allocation with names. Raises NotFound."""
    row = tx.execute(_named().where(lead_allocations.c.id == allocation_id)).first()
    if row is None:
        raise NotFound("There is no such allocation.")
    return row


def allocated_by_hub(tx: Tx, customer_ids: Collection[str]) -> set[str]:
    """Return those of these customers whose owner the hub chose, and nobody has decided since."""
    table = lead_allocations.c
    found = (
        select(table.customer_id)
        .join(customers, customers.c.id == table.customer_id)
        .where(
            table.customer_id.in_(sorted(customer_ids)),
            table.ended_as.is_(None),
            table.made_by.is_(None),
            customers.c.owner_id == table.to_id,
        )
    )
    return set(tx.execute(found).scalars())


def names_of(tx: Tx, user_ids: Collection[str]) -> dict[str, str]:
    """Return users by id; no statement for none."""
    if not user_ids:
        return {}
    found = select(users.c.id, users.c.name).where(users.c.id.in_(sorted(set(user_ids))))
    return {row.id: row.name for row in tx.execute(found)}


def _named() -> Select[Any]:
    who, by = users.alias("who"), users.alias("said")
    table = lead_allocations.c
    return (
        select(
            lead_allocations,
            customers.c.name.label("customer_name"),
            who.c.name.label("to_name"),
            by.c.name.label("by_name"),
        )
        .join(customers, customers.c.id == table.customer_id)
        .outerjoin(who, who.c.id == table.to_id)
        .outerjoin(by, by.c.id == table.made_by)
    )


def _members(teams: Collection[str]) -> Select[str]:
    return select(team_members.c.user_id).where(team_members.c.team_id.in_(sorted(teams)))
