"""What a customer is promised follows their tier: a new one, one that ends, an organisation's."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, select

from hub.contacts.model import ContactState
from hub.contacts.service import amend
from hub.contacts.tables import contacts
from hub.core.errors import Invalid
from hub.customers import facts, service
from hub.customers.facts import SetRole
from hub.customers.lift import lift_tiers
from hub.customers.service import ChangeCustomer, SetTier
from hub.customers.tables import customers, identities
from hub.customers.value import objections
from hub.customers.value.objections import DecideObjection, Object
from hub.routing.settings import load_settings, tier_of_new_customers
from hub.storage import Tx

# The promise still counts: a new tier changes how soon these are answered.
_PROMISED = (ContactState.QUEUED, ContactState.OFFERED, ContactState.PARKED)


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
    ended = service.expire_tiers(tx, now, limit, tier_of_new_customers, objections.counts_now)
    retier(tx, ended)
    return len(ended)


def object_to_tier(tx: Tx, cmd: Object) -> str:
    """A customer would not be judged by a rule: the usual tier at once; return the objection."""
    objection_id = objections.object_to_tier(tx, cmd, tier_of_new_customers(tx))
    retier(tx, [cmd.customer_id])
    return objection_id


def decide_objection(tx: Tx, cmd: DecideObjection) -> None:
    """A person has looked at an objection; dismissed, the rules count again."""
    retier(tx, [objections.decide_objection(tx, cmd, tier_of_new_customers(tx))])


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
        theirs = identities.c.customer_id.in_(sorted({*customer_ids, *lifted}))
        retarget(tx, theirs, _PROMISED)


def retarget(tx: Tx, which: ColumnElement[bool], states: Collection[ContactState]) -> None:
    """Promise contacts in these states what their customer is promised now; waited time stays.

    `which`: a condition on `contacts` and `identities`.
    """
    settings = load_settings(tx)
    rows = tx.execute(
        select(contacts.c.id, contacts.c.queue_id, contacts.c.channel, contacts.c.state)
        .add_columns(contacts.c.promise)
        .add_columns(customers.c.tier)
        .join(identities, identities.c.id == contacts.c.identity_id)
        .join(customers, customers.c.id == identities.c.customer_id)
        .where(which, contacts.c.state.in_(sorted(states)), contacts.c.tier != customers.c.tier)
        .order_by(contacts.c.id)
    ).all()
    for row in rows:
        target_s = settings.target_s(row.queue_id, row.tier, row.promise or row.channel)
        # Another SLA policy may apply now.
        stale = {"sla_stale_at": tx.now} if settings.sla_policies else {}
        amend(tx, row.id, {"tier": row.tier, "target_s": target_s, **stale})
        if row.state == ContactState.QUEUED:
            tx.hint("contact.queued", row.id)
