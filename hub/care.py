"""The customer record's story: what changes about a customer and reaches what waits for them.

Read from top to bottom: a new tier, a tier that ends, two records that are one person, an owner who
leaves. Promises that fall due are in `hub.contacts.commitments`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.accounts.tables import users
from hub.contacts.commitments.model import UNFINISHED
from hub.contacts.commitments.tables import commitments
from hub.contacts.model import ContactState
from hub.contacts.service import amend
from hub.contacts.tables import contacts
from hub.core.errors import Invalid
from hub.customers import facts, service
from hub.customers.facts import SetRole
from hub.customers.lift import lift_tiers
from hub.customers.merging import service as merging
from hub.customers.merging import split
from hub.customers.merging.service import MergeCustomers, UnmergeCustomer
from hub.customers.merging.split import SplitCustomer, UndoSplit
from hub.customers.service import ChangeCustomer, SetTier
from hub.customers.tables import customers, identities
from hub.routing.settings import load_settings, tier_of_new_customers
from hub.storage import Tx

# The promise still counts: a new tier changes how soon these are answered.
_PROMISED = (ContactState.QUEUED, ContactState.OFFERED, ContactState.PARKED)


@dataclass(frozen=True, slots=True)
class HandOver:
    """Everything `from_id` looks after becomes `to_id`'s: customers and unfinished commitments."""

    actor: Actor
    from_id: str
    to_id: str


def change_tier(tx: Tx, cmd: SetTier) -> None:
    """Give a customer a tier, and what waits for them its targets. Raises NotFound, Invalid."""
    known = load_settings(tx).tiers
    if known and cmd.tier not in known:
        raise Invalid(
            f"There is no tier {cmd.tier!r}; the set-up has {', '.join(known)}.", field="tier"
        )
    service.set_tier(tx, cmd)
    retier(tx, [cmd.customer_id])


def fire_due_tiers(tx: Tx, now: datetime, limit: int) -> int:
    """End tiers that were given for a time (timekeeper); return how many."""
    ended = service.expire_tiers(tx, now, limit, tier_of_new_customers)
    retier(tx, ended)
    return len(ended)


def set_role(tx: Tx, cmd: SetRole) -> None:
    """Say what a person is in an organisation; its tier counts for them from now on."""
    facts.set_role(tx, cmd)
    retier(tx, [cmd.person_id])


def change_customer(tx: Tx, cmd: ChangeCustomer) -> None:
    """Change name, kind, language or owner; an organisation has its own tier only."""
    service.change_customer(tx, cmd)
    if cmd.kind is not None:
        retier(tx, [cmd.customer_id])


def retier(tx: Tx, customer_ids: Collection[str]) -> None:
    """Let these customers' tiers, or their organisations', count everywhere: on the record of
    each person and for what waits for them."""
    if customer_ids:
        lifted = lift_tiers(tx, customer_ids, load_settings(tx).tiers)
        _retarget(tx, sorted({*customer_ids, *lifted}))


def merge_customers(tx: Tx, cmd: MergeCustomers) -> None:
    """Make two records one; what waits is promised what the remaining customer is promised."""
    retier(tx, merging.merge_customers(tx, cmd))


def unmerge_customer(tx: Tx, cmd: UnmergeCustomer) -> None:
    """Undo a merge exactly; both have their own promises again."""
    into_id = merging.unmerge_customer(tx, cmd)
    retier(tx, [cmd.customer_id, into_id])


def split_customer(tx: Tx, cmd: SplitCustomer) -> str:
    """Give addresses to whose they are; what came by them is promised what that one is promised.

    Return that customer's id.
    """
    edge = split.split_customer(tx, cmd)
    retier(tx, edge)
    return edge.into_id


def undo_split(tx: Tx, cmd: UndoSplit) -> None:
    """Give the addresses of a split back."""
    retier(tx, split.undo_split(tx, cmd))


def hand_over(tx: Tx, cmd: HandOver) -> int:
    """Give a user's customers and promises to another one; return how many changed hands.

    Raises Invalid if the new owner cannot sign in.
    """
    successor = select(users.c.id).where(users.c.id == cmd.to_id, users.c.disabled_at.is_(None))
    if tx.execute(successor).first() is None:
        raise Invalid("The new owner is not a user who can sign in.", field="to_id")
    owned = tx.execute(
        update(customers)
        .where(customers.c.owner_id == cmd.from_id)
        .values(owner_id=cmd.to_id, version=customers.c.version + 1)
        .returning(customers.c.id)
    ).scalars()
    promised = tx.execute(
        update(commitments)
        .where(commitments.c.owner_id == cmd.from_id, commitments.c.state.in_(sorted(UNFINISHED)))
        .values(owner_id=cmd.to_id, version=commitments.c.version + 1)
    ).rowcount
    changed = list(owned)
    for customer_id in changed:
        tx.hint("customer.changed", customer_id)
    for owner in (cmd.from_id, cmd.to_id):
        tx.hint("commitment.changed", owner)
    total = len(changed) + promised
    audit(tx, cmd.actor, "user.hand_over", "user", cmd.from_id, {"to": cmd.to_id, "count": total})
    return total


def _retarget(tx: Tx, customer_ids: Sequence[str]) -> None:
    """Bring tier and target of these customers' waiting contacts up to date; waited time stays."""
    if not customer_ids:
        return
    settings = load_settings(tx)
    rows = tx.execute(
        select(contacts.c.id, contacts.c.queue_id, contacts.c.channel, contacts.c.state)
        .add_columns(contacts.c.promise)
        .add_columns(customers.c.tier)
        .join(identities, identities.c.id == contacts.c.identity_id)
        .join(customers, customers.c.id == identities.c.customer_id)
        .where(
            identities.c.customer_id.in_(customer_ids),
            contacts.c.state.in_(_PROMISED),
            contacts.c.tier != customers.c.tier,
        )
        .order_by(contacts.c.id)
    ).all()
    for row in rows:
        target_s = settings.target_s(row.queue_id, row.tier, row.promise or row.channel)
        # Another SLA policy may apply now.
        stale = {"sla_stale_at": tx.now} if settings.sla_policies else {}
        amend(tx, row.id, {"tier": row.tier, "target_s": target_s, **stale})
        if row.state == ContactState.QUEUED:
            tx.hint("contact.queued", row.id)
