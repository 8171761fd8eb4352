"""Use cases of allocation: looked at, by hand, handed over when somebody leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.accounts.tables import users
from hub.core.errors import Conflict, Invalid
from hub.customers.changes import check_text
from hub.customers.lifecycle.tables import customer_stages
from hub.customers.reads import get_customer_row
from hub.customers.rules.model import Features
from hub.customers.settings import load_customer_settings
from hub.storage import Tx
from hub.storage.bulk import Statement
from hub.web.principal import Role

from .following import follow
from .giving import Gift, end, give
from .model import LEADS, AddOpen, Cause, EndedAs, allocate
from .people import Outside, load_desk
from .tables import lead_allocations

MAX_REASON = 200
_OPEN = Statement("""
SELECT a.id, a.customer_id, a.to_id, a.trace FROM {rows}
JOIN lead_allocations a ON a.customer_id = {text 0} AND a.ended_as IS NULL
""")
# Nobody has them, and nobody has decided about them since they came to where they stand.
_FRESH = Statement("""
SELECT s.customer_id FROM {rows}
JOIN customer_stages s ON s.customer_id = {text 0}
JOIN customers c ON c.id = s.customer_id
WHERE c.owner_id IS NULL AND c.archived_at IS NULL AND c.merged_into_id IS NULL
  AND NOT EXISTS (
    SELECT 1 FROM lead_allocations a WHERE a.customer_id = s.customer_id
      AND (a.ended_as IS NULL OR a.made_at >= s.since))
  AND NOT EXISTS (
    SELECT 1 FROM ownership_moves m WHERE m.customer_id = s.customer_id AND m.at >= s.since)
ORDER BY s.customer_id
""")


class NoLead(Conflict):
    """Only who is a prospect or an opportunity is allocated."""

    code = "allocation.no_lead"


class HasThem(Conflict):
    """They have this customer already, and have not touched them yet."""

    code = "allocation.has_them"


@dataclass(frozen=True, slots=True)
class AllocateByHand:
    """`within` None: the set-up's usual time until the first touch."""

    actor: Actor
    customer_id: str
    to_id: str
    reason: str
    within: timedelta | None = None


def keep_leads(
    tx: Tx,
    features: Mapping[str, Features],
    gone: Mapping[str, str],
    now: datetime,
    outside: Outside,
) -> None:
    """Give whoever has become a prospect or an opportunity to somebody, once; end what is none.

    `gone`: records that became others, and whom. A fixed number of statements, however many there
    are.
    """
    open_ = _OPEN(tx, [[one] for one in sorted({*features, *gone})])
    leads = {id_ for id_, one in features.items() if one.stage in LEADS}
    followed = follow(tx, open_, {id_: one for id_, one in gone.items() if one in leads})
    ended: dict[str, EndedAs] = {}
    for row in open_:
        if row.id in followed:
            continue
        known = features.get(row.customer_id)
        if known is None:
            ended[row.id] = EndedAs.MERGED
        elif known.stage not in LEADS:
            ended[row.id] = EndedAs.WON if known.orders else EndedAs.GONE
    end(tx, ended)
    settings = load_customer_settings(tx).allocation
    ownerless = sorted(id_ for id_ in leads if features[id_].owner is None)
    if not settings.rules or not ownerless:
        return
    fresh = [str(row.customer_id) for row in _FRESH(tx, [[one] for one in ownerless])]
    if not fresh:
        return
    desk = load_desk(tx, settings, outside, now)
    usual = timedelta(minutes=settings.touch_within_minutes)
    gifts = []
    for customer_id in fresh:
        given = allocate(desk.rules, features[customer_id], desk.turns, now)
        if given.holds:
            within = given.rule.within if given.rule else usual
            calendar_id = given.rule.calendar_id if given.rule else None
            key = given.rule.key if given.rule else None
            gifts.append(
                Gift(customer_id, given.to_id, Cause.NEW, key, within, calendar_id, given.trace)
            )
    give(tx, gifts, outside.add)


def allocate_by_hand(tx: Tx, cmd: AllocateByHand, add: AddOpen) -> str:
    """Give a new customer to somebody and return the id of the allocation.

    Raises NotFound, Invalid for who cannot look after customers, NoLead, HasThem.
    """
    row = get_customer_row(tx, cmd.customer_id, for_change=True)
    reason = check_text(cmd.reason, "reason", MAX_REASON)
    stage = tx.execute(
        select(customer_stages.c.stage).where(customer_stages.c.customer_id == row.id)
    ).scalar_one_or_none()
    if stage not in LEADS or row.merged_into_id is not None or row.archived_at is not None:
        raise NoLead("Only prospects and opportunities are allocated: change the owner instead.")
    role = tx.execute(
        select(users.c.role)
        .where(users.c.id == cmd.to_id, users.c.disabled_at.is_(None))
        .with_for_update(read=True)
    ).scalar_one_or_none()
    if role is None or role == Role.SPECIALIST:
        raise Invalid(
            "Choose somebody who looks after customers and can sign in.",
            code="allocation.nobody",
            field="to_id",
        )
    table = lead_allocations.c
    open_ = tx.execute(
        select(table.id, table.to_id).where(table.customer_id == row.id, table.ended_as.is_(None))
    ).first()
    if open_ is not None and open_.to_id == cmd.to_id:
        raise HasThem("They have this customer already, and have not touched them yet.")
    if open_ is not None:
        end(tx, {open_.id: EndedAs.MOVED})
    usual = timedelta(minutes=load_customer_settings(tx).allocation.touch_within_minutes)
    within = cmd.within or usual
    gift = Gift(row.id, cmd.to_id, Cause.BY_HAND, None, within, None, {"rules": []}, reason)
    [allocation_id] = give(tx, [gift], add, cmd.actor.id)
    audit(tx, cmd.actor, "customer.allocate", "customer", row.id, {"to": cmd.to_id})
    return allocation_id


def count_leads(tx: Tx, user_id: str) -> int:
    """Count the new customers whom a user has to touch yet."""
    table = lead_allocations.c
    found = select(func.count()).where(table.to_id == user_id, table.ended_as.is_(None))
    number: int = tx.execute(found).scalar_one()
    return number


def hand_over_leads(tx: Tx, from_id: str, to_id: str, by: str | None, add: AddOpen) -> int:
    """Give the new customers that one user has to touch yet to another one, with time anew."""
    table = lead_allocations.c
    rows = tx.execute(
        select(lead_allocations)
        .where(table.to_id == from_id, table.ended_as.is_(None))
        .order_by(table.customer_id)
        .with_for_update()
    ).all()
    end(tx, {row.id: EndedAs.HANDED_OVER for row in rows})
    gifts = [
        Gift(
            row.customer_id, to_id, Cause.LEFT, row.rule_key,
            timedelta(seconds=row.within_s), row.calendar_id, {"rules": []},
        )
        for row in rows
    ]  # fmt: skip
    give(tx, gifts, add, by)
    return len(rows)
