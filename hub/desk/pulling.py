"""A supervisor takes a waiting contact from the list, whatever its place (routing.md 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, insert

from hub.contacts import service as contact_service
from hub.contacts.model import ContactState
from hub.contacts.service import Move
from hub.core.errors import Conflict, HubError
from hub.core.ids import new_id
from hub.routing.agent_loads import Loads
from hub.routing.model import OfferState
from hub.routing.record import AgentRule, ContactLine, Rule, Why
from hub.routing.service import Accepted, AcceptOffer, ensure_agents, waited_now_us
from hub.routing.settings import RoutingSettings, load_settings
from hub.routing.tables import offers
from hub.storage import Tx

from .accepting import accept


@dataclass(frozen=True, slots=True)
class Pull:
    contact_id: str
    agent_id: str


def pull(tx: Tx, cmd: Pull) -> Accepted:
    """Offer a queued contact to the one who asks, and accept it in the same breath.

    Raises NotFound, Conflict where it waits no more (or rings at an agent), or there is no room.
    """
    ensure_agents(tx, [cmd.agent_id])
    row = contact_service.get_contact(tx, cmd.contact_id)
    if row.state != ContactState.QUEUED:
        raise Conflict(
            "The contact does not wait any more, or rings at an agent at this moment.",
            code="contact.not_waiting",
        )
    offer_id = _offer(tx, row, cmd.agent_id)
    [result] = accept(tx, [AcceptOffer(offer_id, cmd.agent_id)])
    if isinstance(result, HubError):
        raise result
    return result


def _offer(tx: Tx, row: Row[Any], agent_id: str) -> str:
    settings = load_settings(tx)
    loads = Loads(tx, settings, [agent_id])
    cost = loads.cost(agent_id, row.channel)
    refusal = loads.take(agent_id, row.channel, cost, by_choice=True)
    if refusal is not None:
        raise refusal
    loads.save()
    contact_service.move(
        tx,
        Move(
            row.id,
            ContactState.OFFERED,
            frozenset({ContactState.QUEUED}),
            changes={"agent_id": agent_id},
        ),
    )
    offer_id = new_id()
    offer_s = settings.offer_s(row)
    tx.execute(
        insert(offers).values(
            id=offer_id,
            contact_id=row.id,
            agent_id=agent_id,
            queue_id=row.queue_id,
            channel=row.channel,
            cost=cost,
            state=OfferState.PENDING,
            made_at=tx.now,
            expires_at=tx.now + timedelta(seconds=offer_s),
            why=msgspec.to_builtins(_why(tx, settings, row)),
        )
    )
    return offer_id


def _why(tx: Tx, settings: RoutingSettings, row: Row[Any]) -> Why:
    waited_s = waited_now_us(settings, row, tx.now) / 1_000_000
    return Why(
        chosen=ContactLine(
            contact_id=row.id,
            queue=row.queue_id,
            tier=row.tier,
            channel=row.channel,
            waited_s=waited_s,
            target_s=row.target_s,
            urgency=waited_s / max(row.target_s, 1),
            priority=row.priority,
        ),
        rule=Rule.PULLED,
        agent_rule=AgentRule.PULLED,
    )
