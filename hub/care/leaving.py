"""An owner who leaves: what they looked after becomes somebody else's."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, exists, select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.accounts.tables import team_members, users
from hub.contacts.commitments.model import OwnerKind
from hub.contacts.commitments.tables import commitments, is_unfinished
from hub.core.errors import Invalid
from hub.customers.tables import customers
from hub.storage import Tx
from hub.web.principal import Role


@dataclass(frozen=True, slots=True)
class HandOver:
    """Everything `from_id` looks after becomes `to_id`'s: customers and unfinished commitments."""

    actor: Actor
    from_id: str
    to_id: str


def hand_over(tx: Tx, cmd: HandOver) -> int:
    """Give a user's customers and promises to another one; return how many changed hands.

    What they had taken of a team goes on with the successor, where they are of that team, else it
    is the team's again; what others do for them is reported to the successor. Raises Invalid if the
    new owner cannot sign in, or is a specialist while there are customers to look after.
    """
    successor = select(users.c.role).where(users.c.id == cmd.to_id, users.c.disabled_at.is_(None))
    role = tx.execute(successor).scalar_one_or_none()
    if role is None:
        raise Invalid("The new owner is not a user who can sign in.", field="to_id")
    looked_after = select(customers.c.id).where(customers.c.owner_id == cmd.from_id).limit(1)
    if role == Role.SPECIALIST and tx.execute(looked_after).first() is not None:
        raise Invalid("A specialist looks after no customers: choose an agent.", field="to_id")
    owned = tx.execute(
        update(customers)
        .where(customers.c.owner_id == cmd.from_id)
        .values(owner_id=cmd.to_id, version=customers.c.version + 1)
        .returning(customers.c.id)
    ).scalars()
    changed = list(owned)
    promised = _hand_over_promises(tx, cmd)
    for customer_id in changed:
        tx.hint("customer.changed", customer_id)
    for owner in (cmd.from_id, cmd.to_id):
        tx.hint("commitment.changed", owner)
    total = len(changed) + promised
    audit(tx, cmd.actor, "user.hand_over", "user", cmd.from_id, {"to": cmd.to_id, "count": total})
    return total


def _hand_over_promises(tx: Tx, cmd: HandOver) -> int:
    table = commitments.c
    own = tx.execute(
        update(commitments)
        .where(
            table.owner_id == cmd.from_id, table.owner_kind == OwnerKind.USER.value, is_unfinished
        )
        .values(owner_id=cmd.to_id, version=table.version + 1)
    ).rowcount
    of_team = exists().where(
        team_members.c.team_id == table.owner_id, team_members.c.user_id == cmd.to_id
    )
    taken = tx.execute(
        update(commitments)
        .where(table.taken_by == cmd.from_id, is_unfinished)
        .values(taken_by=case((of_team, cmd.to_id), else_=None), version=table.version + 1)
    ).rowcount
    tx.execute(
        update(commitments)
        .where(table.asked_by == cmd.from_id, is_unfinished)
        .values(
            asked_by=case((table.owner_id == cmd.to_id, None), else_=cmd.to_id),
            version=table.version + 1,
        )
    )
    return own + taken
