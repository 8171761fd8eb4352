"""Offers that are not accepted: declined by their agent, or expired. The contact waits on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from hub.contacts import service as contacts_service
from hub.contacts.model import ContactState
from hub.core.errors import Conflict, Invalid, NotFound
from hub.storage import LIMIT, NOW, Look, Tx

from .agent_loads import Loads
from .model import MISSED_REASON, AgentState, OfferState
from .offers import lock_offers
from .returns import Hold, back_to_queue, exclude, give_back
from .settings import RoutingSettings, load_settings
from .standing import is_anybody_ready
from .tables import offers
from .turns import queues_of

_OFFERED = frozenset({ContactState.OFFERED})


@dataclass(frozen=True, slots=True)
class DeclineOffer:
    offer_id: str
    agent_id: str
    reason: str = ""


def decline_offer(tx: Tx, cmd: DeclineOffer) -> None:
    """Give an offer back: the contact returns with its waited time, and rests from this agent.

    Raises NotFound, Conflict when it is over, Invalid where the channel forbids it or asks a
    reason.
    """
    row = lock_offers(tx, [cmd.offer_id])[0].get(cmd.offer_id)
    if row is None or row.agent_id != cmd.agent_id:
        raise NotFound("There is no such offer for you.", code="offer.not_found")
    if row.state != OfferState.PENDING:
        raise Conflict("This offer is over already.", code="offer.over", state=row.state)
    settings = load_settings(tx)
    rules = settings.channels[row.channel]
    if not rules.may_decline:
        raise Invalid(
            "Contacts of this channel cannot be declined: accept, or go not ready.",
            code="offer.no_decline",
        )
    if rules.decline_needs_reason and not cmd.reason.strip():
        raise Invalid("Say why you decline it.", code="offer.reason_missing")
    send_back(tx, settings, [row], OfferState.DECLINED, cmd.reason.strip()[:200] or None)


def send_back(
    tx: Tx,
    settings: RoutingSettings,
    rows: Sequence[Row[Any]],
    to: OfferState,
    why: str | None,
    *,
    missed: bool = False,
    rests: bool = True,
) -> None:
    """End pending offers (`rows`, locked with their contacts) and queue the contacts again.

    `missed`: count against the agents, who go not ready after too many in a row. `rests`: the
    contact is kept from the agent for the back-off.
    """
    holds = [
        Hold(row.id, row.contact_id, row.agent_id, row.channel, row.cost, accepted=False)
        for row in rows
    ]
    waiting = contacts_service.lock_contacts(tx, [row.contact_id for row in rows])
    loads = Loads(tx, settings, (row.agent_id for row in rows))
    give_back(tx, loads, holds, to, why)
    asleep = [row.agent_id for row in rows if missed and _count_miss(settings, loads, row)]
    loads.save()
    _tell_if_nobody_is_left(tx, asleep)
    back_to_queue(tx, settings, waiting.values(), expected=_OFFERED)
    if rests:
        exclude(tx, settings, [(row.contact_id, row.agent_id) for row in rows])


def _tell_if_nobody_is_left(tx: Tx, agent_ids: Iterable[str]) -> None:
    """These are not ready from now on: of queues where nobody else is, the supervisors are told."""
    queues = {queue_id for agent_id in agent_ids for queue_id in queues_of(tx, agent_id)}
    for queue_id in sorted(queues):
        if not is_anybody_ready(tx, queue_id):
            tx.hint("queue.deserted", queue_id)


def _count_miss(settings: RoutingSettings, loads: Loads, row: Row[Any]) -> bool:
    """Count a missed offer; say whether that was one too many: the agent is not ready now."""
    load = loads.get(row.agent_id)
    if load is None:
        return False
    load.missed += 1
    load.changed = True
    limit = settings.channels[row.channel].missed_limit
    if load.state != AgentState.READY or load.missed < limit:
        return False
    loads.set_state(load, AgentState.NOT_READY, MISSED_REASON)
    return True


def rang_in_vain(tx: Tx, agent_id: str) -> None:
    """The hub took an offer for an agent, and nobody picked up their phone: they are not ready, or
    it would ring for one after the other. Accepting has forgotten what they missed before.
    """
    loads = Loads(tx, load_settings(tx), [agent_id])
    load = loads.get(agent_id)
    if load is None or load.state != AgentState.READY:
        return
    load.missed += 1
    loads.set_state(load, AgentState.NOT_READY, MISSED_REASON)
    loads.save()
    _tell_if_nobody_is_left(tx, [agent_id])


_OVER = Look(
    select(offers.c.id)
    .where(offers.c.state == OfferState.PENDING, offers.c.expires_at <= NOW)
    .order_by(offers.c.expires_at)
    .limit(LIMIT)
)


def fire_due_offers(tx: Tx, now: datetime, limit: int) -> int:
    """Expire at most `limit` offers whose time is over; return how many. Each expires once."""
    ids = _OVER.ids(tx, now, limit)
    rows = [row for row in lock_offers(tx, ids)[0].values() if row.state == OfferState.PENDING]
    if rows:
        send_back(tx, load_settings(tx), rows, OfferState.EXPIRED, None, missed=True)
    return len(rows)
