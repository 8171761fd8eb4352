"""A customer who would not be judged by a rule: the usual tier at once, and a person looks at it.

(Personal Information Protection Law of China, art. 24: to ask why, to refuse, and to be heard.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, and_, insert, or_, select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.core.errors import Conflict, NotFound
from hub.core.ids import new_id
from hub.customers.access import Scope
from hub.customers.changes import MAX_TEXT, check_text
from hub.customers.model import TierSource
from hub.customers.reads import get_customer_row
from hub.customers.service import Given, SetTier, set_tier
from hub.customers.tables import customers
from hub.storage import Tx

from .tables import customer_values, tier_objections

_REASON = "the customer objected to a tier by rule"
_DISMISSED = "the objection was looked at: the rules count again"


class ObjectionState(StrEnum):
    OPEN = "open"
    UPHELD = "upheld"  # no rule gives them a tier any more; a person may
    DISMISSED = "dismissed"  # a person looked at it: the rules count again


@dataclass(frozen=True, slots=True)
class Object:
    actor: Actor
    customer_id: str
    text: str


@dataclass(frozen=True, slots=True)
class DecideObjection:
    actor: Actor
    objection_id: str
    upheld: bool
    note: str


@dataclass(frozen=True, slots=True)
class ListObjections:
    """Open ones, the oldest first; `after` is (objected_at, id) of the last seen."""

    scope: Scope
    limit: int
    after: tuple[datetime, str] | None = None


def object_to_tier(tx: Tx, cmd: Object, usual: str) -> str:
    """Keep that a customer objects, give them the usual tier; return the objection's id.

    Said twice, it is the one that is open already. A tier set by hand is a person's decision and
    stays. The caller lets it count for what waits (care.retier). Raises NotFound, Invalid.
    """
    row = get_customer_row(tx, cmd.customer_id, for_change=True)
    text = check_text(cmd.text, "text", MAX_TEXT)
    open_one = tx.execute(
        select(tier_objections.c.id).where(
            tier_objections.c.customer_id == cmd.customer_id,
            tier_objections.c.state == ObjectionState.OPEN,
        )
    ).scalar()
    if open_one is not None:
        return str(open_one)
    objection_id = new_id()
    tx.execute(
        insert(tier_objections).values(
            id=objection_id,
            customer_id=cmd.customer_id,
            objected_at=tx.now,
            taken_by=cmd.actor.id,
            text=text,
            tier_before=row.own_tier or row.tier,
            state=ObjectionState.OPEN,
        )
    )
    audit(tx, cmd.actor, "tiers.object", "customer", cmd.customer_id)
    if row.tier_source != TierSource.MANUAL:
        set_tier(
            tx,
            SetTier(cmd.actor, cmd.customer_id, usual, _REASON, TierSource.OBJECTION),
        )
    tx.hint("tiers.objected", cmd.customer_id)
    return objection_id


def decide_objection(tx: Tx, cmd: DecideObjection, usual: str) -> str:
    """Close an objection after a person has looked at it; return the customer.

    Dismissed, the tier that the rules computed last counts again. Raises NotFound, Conflict.
    """
    row = get_objection(tx, cmd.objection_id)
    note = check_text(cmd.note, "note", MAX_TEXT)
    state = ObjectionState.UPHELD if cmd.upheld else ObjectionState.DISMISSED
    closed = tx.execute(
        update(tier_objections)
        .where(tier_objections.c.id == row.id, tier_objections.c.state == ObjectionState.OPEN)
        .values(state=state, decided_by=cmd.actor.id, decided_at=tx.now, decision_note=note)
    )
    if closed.rowcount == 0:
        raise Conflict("Somebody has decided this objection already.", code="objection.decided")
    customer = get_customer_row(tx, row.customer_id, for_change=True)
    if not cmd.upheld and customer.tier_source == TierSource.OBJECTION:
        computed = tx.execute(
            select(customer_values.c.computed_tier).where(
                customer_values.c.customer_id == row.customer_id
            )
        ).scalar()
        tier, source = (computed, TierSource.RULE) if computed else (usual, TierSource.DEFAULT)
        set_tier(tx, SetTier(cmd.actor, row.customer_id, tier, _DISMISSED, source))
    audit(tx, cmd.actor, f"tiers.objection_{state}", "customer", row.customer_id)
    return str(row.customer_id)


def counts_now(
    tx: Tx, ids: Sequence[str], usual: str, given: Mapping[str, Given]
) -> dict[str, Given]:
    """Return what counts once a tier set by hand is over: the usual one for who has objected, what
    the rules computed last for others, unless an import gave theirs (see service.expire_tiers).
    """
    table = tier_objections.c
    objected = tx.execute(
        select(table.customer_id).where(
            table.customer_id.in_(ids),
            table.state.in_([ObjectionState.OPEN, ObjectionState.UPHELD]),
        )
    ).scalars()
    values = customer_values.c
    computed = tx.execute(
        select(values.customer_id, values.computed_tier).where(values.customer_id.in_(ids))
    )
    found = {
        row.customer_id: (str(row.computed_tier), TierSource.RULE)
        for row in computed
        if given.get(row.customer_id, ("", None))[1] != TierSource.IMPORTED
    }
    return found | dict.fromkeys(objected, (usual, TierSource.OBJECTION))


def get_objection(tx: Tx, objection_id: str) -> Row[Any]:
    """Return an objection. Raises NotFound."""
    row = tx.execute(select(tier_objections).where(tier_objections.c.id == objection_id)).first()
    if row is None:
        raise NotFound("There is no such objection.")
    return row


def list_objections(tx: Tx, ask: ListObjections) -> list[Row[Any]]:
    """Return open objections of customers whom the reader may see, with the customer's name."""
    table = tier_objections.c
    found = (
        select(tier_objections, customers.c.name, customers.c.tier)
        .join(customers, customers.c.id == table.customer_id)
        .where(table.state == ObjectionState.OPEN, ask.scope.customers())
        .order_by(table.objected_at, table.id)
        .limit(ask.limit)
    )
    if ask.after is not None:
        at, last_id = ask.after
        found = found.where(
            or_(table.objected_at > at, and_(table.objected_at == at, table.id > last_id))
        )
    return list(tx.execute(found).all())
