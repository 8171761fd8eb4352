"""An owner who leaves: what they looked after becomes somebody else's."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.accounts.tables import users
from hub.contacts.commitments.model import UNFINISHED
from hub.contacts.commitments.tables import commitments
from hub.core.errors import Invalid
from hub.customers.tables import customers
from hub.storage import Tx


@dataclass(frozen=True, slots=True)
class HandOver:
    """Everything `from_id` looks after becomes `to_id`'s: customers and unfinished commitments."""

    actor: Actor
    from_id: str
    to_id: str


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
