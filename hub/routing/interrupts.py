"""Contacts set aside for a live one: their time runs as a column and ends when the agent is free.

From the moment a live contact is accepted until its wrap-up ends, the interruptible ones in the
agent's hands cost nothing and stand aside (routing.md 3.5); `fire_due_interrupted` in `neglect`
sends back those that stood aside too long.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, select, update

from hub.contacts.model import ContactState
from hub.contacts.tables import contacts
from hub.storage import Tx

from .settings import RoutingSettings, rules_of
from .tables import assignments


def interrupt(tx: Tx, settings: RoutingSettings, agent_ids: Collection[str]) -> None:
    """These agents took a live contact: the time of what they set aside for it begins.

    It is business time of the contact's own calendar; one that stands aside already goes on.
    """
    deferred = _interruptible(settings)
    if not agent_ids or not deferred:
        return
    rows = tx.execute(
        select(contacts.c.id, contacts.c.calendar_id).where(
            contacts.c.agent_id.in_(agent_ids),
            contacts.c.state == ContactState.ACTIVE,
            contacts.c.channel.in_(deferred),
            contacts.c.interrupted_until.is_(None),
        )
    ).all()
    if not rows:
        return
    rules = rules_of(settings)
    untils = {
        key: rules.after(key, settings.interrupted_s, tx.now)
        for key in {row.calendar_id for row in rows}
    }
    tx.execute(
        update(contacts)
        .where(contacts.c.id == bindparam("b_id"))
        .values(
            interrupted_until=bindparam("b_until", type_=contacts.c.interrupted_until.type),
            version=contacts.c.version + 1,
        ),
        [{"b_id": row.id, "b_until": untils[row.calendar_id]} for row in rows],
    )
    for row in rows:
        tx.hint("contact.changed", row.id)


def resume(tx: Tx, settings: RoutingSettings, agent_ids: Collection[str]) -> None:
    """These agents gave a live contact away: who holds none now goes on with what stood aside."""
    if not agent_ids:
        return
    aside = tx.execute(
        select(contacts.c.id, contacts.c.agent_id).where(
            contacts.c.agent_id.in_(agent_ids),
            contacts.c.state == ContactState.ACTIVE,
            contacts.c.interrupted_until.is_not(None),
        )
    ).all()
    if not aside:
        return
    live = set(
        tx.execute(
            select(assignments.c.agent_id).where(
                assignments.c.agent_id.in_({row.agent_id for row in aside}),
                assignments.c.ended_at.is_(None),
                assignments.c.aside.is_(False),
                assignments.c.channel.not_in(_interruptible(settings)),
            )
        ).scalars()
    )
    free = [row.id for row in aside if row.agent_id not in live]
    if not free:
        return
    tx.execute(
        update(contacts)
        .where(contacts.c.id.in_(free))
        .values(interrupted_until=None, untouched_until=None, version=contacts.c.version + 1)
    )
    for contact_id in free:
        tx.hint("contact.changed", contact_id)


def _interruptible(settings: RoutingSettings) -> list[str]:
    return [name for name, rules in settings.channels.items() if rules.interruptible]
