"""Waiting contacts that an agent takes by choice, past their line: offered to them, to be accepted.

An offer like any other, with its decision record: so a contact that is chosen is counted, timed and
explained as one that was handed out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, insert

from hub.contacts import service as contact_service
from hub.contacts.model import ContactState
from hub.contacts.service import Move
from hub.core.errors import HubError
from hub.core.ids import new_id
from hub.routing.agent_loads import Loads
from hub.routing.model import OfferState
from hub.routing.record import AgentRule, ContactLine, Rule, Why
from hub.routing.service import waited_now_us
from hub.routing.settings import RoutingSettings
from hub.routing.tables import offers
from hub.storage import Tx

_QUEUED = frozenset({ContactState.QUEUED})


def offer_by_choice(
    tx: Tx, settings: RoutingSettings, rows: Sequence[Row[Any]], agent_id: str, rule: Rule
) -> dict[str, str | HubError]:
    """Offer queued contacts (`rows`, locked) to one agent known to the queue, in this order.

    Return by contact the offer's id, or why there is no room: capacity, the channel's maximum.
    """
    loads = Loads(tx, settings, [agent_id])
    answers: dict[str, str | HubError] = {}
    made: list[dict[str, Any]] = []
    for row in rows:
        cost = loads.cost(agent_id, row.channel)
        refusal = loads.take(agent_id, row.channel, cost, by_choice=True)
        if refusal is not None:
            answers[row.id] = refusal
            continue
        made.append(_offer(tx, settings, row, agent_id, cost, rule))
        answers[row.id] = made[-1]["id"]
    loads.save()
    _write(tx, made, agent_id)
    return answers


def _write(tx: Tx, made: Sequence[dict[str, Any]], agent_id: str) -> None:
    if not made:
        return
    changes = {"agent_id": agent_id}
    orders = [
        Move(line["contact_id"], ContactState.OFFERED, _QUEUED, changes=changes) for line in made
    ]
    for result in contact_service.move_many(tx, orders):
        if isinstance(result, HubError):
            raise result
    tx.execute(insert(offers), list(made))


def _offer(
    tx: Tx, settings: RoutingSettings, row: Row[Any], agent_id: str, cost: int, rule: Rule
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "contact_id": row.id,
        "agent_id": agent_id,
        "queue_id": row.queue_id,
        "channel": row.channel,
        "cost": cost,
        "state": OfferState.PENDING,
        "made_at": tx.now,
        "expires_at": tx.now + timedelta(seconds=settings.channels[row.channel].offer_s),
        "why": msgspec.to_builtins(_why(tx, settings, row, rule)),
    }


def _why(tx: Tx, settings: RoutingSettings, row: Row[Any], rule: Rule) -> Why:
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
        rule=rule,
        agent_rule=AgentRule.PULLED,
    )
