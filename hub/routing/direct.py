"""Assignments without an offer: an agent takes up a contact by choice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select

from hub.core.errors import Conflict
from hub.core.ids import new_id
from hub.storage import Tx

from .agent_loads import Loads
from .interrupts import interrupt
from .settings import load_settings
from .tables import assignments


def take_up(tx: Tx, contact: Row[Any], agent_id: str) -> None:
    """Give an agent a contact they asked for: one they parked, or one they begin themselves.

    The caller has locked the contact and moves it. Raises Conflict where capacity or the channel's
    maximum is used up, or somebody holds it already.
    """
    held = tx.execute(
        select(assignments.c.id).where(
            assignments.c.contact_id == contact.id, assignments.c.ended_at.is_(None)
        )
    ).first()
    if held is not None:
        raise Conflict("Somebody handles this contact already.", code="contact.taken")
    settings = load_settings(tx)
    loads = Loads(tx, settings, [agent_id])
    load = loads.get(agent_id)
    channel = load.channels.get(contact.channel) if load else None
    cost = channel.cost if channel else 0
    refusal = loads.take(agent_id, contact.channel, cost, by_choice=True)
    if refusal is not None:
        raise refusal
    loads.save()
    tx.execute(
        insert(assignments).values(
            id=new_id(),
            contact_id=contact.id,
            agent_id=agent_id,
            offer_id="",
            queue_id=contact.queue_id,
            channel=contact.channel,
            cost=cost,
            made_at=tx.now,
        )
    )
    if not settings.channels[contact.channel].interruptible:
        interrupt(tx, settings, [agent_id])
