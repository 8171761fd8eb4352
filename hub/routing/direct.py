"""Assignments without an offer: an agent takes up a contact by choice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from hub.core.errors import Conflict
from hub.core.ids import new_id
from hub.storage import Tx

from .agent_loads import Loads
from .interrupts import interrupt
from .model import AgentState
from .settings import RoutingSettings, load_settings
from .tables import assignments


def take_up(
    tx: Tx, contact: Row[Any], agent_id: str, *, connect_by: datetime | None = None
) -> None:
    """Give an agent a contact they asked for: one they parked, or one they begin themselves.

    The caller has locked the contact and moves it. `connect_by`: audio has to be joined until then,
    and only who is signed in can be. Raises Conflict where capacity or the channel's maximum is
    used up, the agent is signed out, or somebody holds it already.
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
    if connect_by is not None and (load is None or load.state == AgentState.OFFLINE):
        raise Conflict(
            "You are signed out: choose ready or not ready first.", code="agent.signed_out"
        )
    channel = load.channels.get(contact.channel) if load else None
    cost = channel.cost if channel else 0
    refusal = loads.take(agent_id, contact.channel, cost, by_choice=True)
    if refusal is not None:
        raise refusal
    loads.save()
    _assign(tx, settings, contact, agent_id, cost, connect_by)


def is_signed_in(tx: Tx, agent_id: str) -> bool:
    """Whether this user is an agent who is ready or not ready now."""
    load = Loads(tx, load_settings(tx), [agent_id]).get(agent_id)
    return load is not None and load.state != AgentState.OFFLINE


def hold_already(tx: Tx, contact: Row[Any], agent_id: str) -> None:
    """Give an agent who is signed in a contact that is in their hands already, on a phone that is
    not ours: past the room they have, as far as that must be.

    The caller has locked the contact and moves it; nobody else holds it.
    """
    settings = load_settings(tx)
    loads = Loads(tx, settings, [agent_id])
    cost = loads.take_again(agent_id, contact.channel)
    loads.save()
    _assign(tx, settings, contact, agent_id, cost, None)


def _assign(
    tx: Tx,
    settings: RoutingSettings,
    contact: Row[Any],
    agent_id: str,
    cost: int,
    connect_by: datetime | None,
) -> None:
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
            connect_by=connect_by,
        )
    )
    if not settings.channels[contact.channel].interruptible:
        interrupt(tx, settings, [agent_id])
