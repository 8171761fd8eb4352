"""What is promised follows the tier: what waits is promised what its customer is now."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, or_, select

from hub.contacts.model import ContactState
from hub.contacts.service import amend
from hub.contacts.tables import contacts
from hub.customers.lift import lift_tiers
from hub.customers.tables import customers, identities
from hub.storage import Tx
from hub.storage.aside import aside

from .settings import load_settings

# The promise still counts: a new tier changes how soon these are answered.
_PROMISED = (ContactState.QUEUED, ContactState.OFFERED, ContactState.PARKED)
# Who proved by a code who they are is promised it where that counted when they came.
_PROVEN = contacts.c.proven_until > contacts.c.opened_at


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
        .where(which, aside(contacts.c.state).in_(sorted(states)))
        .where(contacts.c.tier != customers.c.tier)
        .where(or_(contacts.c.proven_until.is_(None), _PROVEN))
        .order_by(contacts.c.id)
    ).all()
    for row in rows:
        target_s = settings.target_s(row.queue_id, row.tier, row.promise or row.channel)
        # Another SLA policy may apply now.
        stale = {"sla_stale_at": tx.now} if settings.sla_policies else {}
        amend(tx, row.id, {"tier": row.tier, "target_s": target_s, **stale})
        if row.state == ContactState.QUEUED:
            tx.hint("contact.queued", row.id)
