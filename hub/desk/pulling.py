"""A waiting contact is taken from the list, whatever its place (routing.md 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from hub.contacts import service as contact_service
from hub.contacts.model import ContactState
from hub.core.errors import Conflict, HubError
from hub.routing.queue_states import paused_queues
from hub.routing.record import Rule
from hub.routing.service import Accepted, AcceptOffer, ensure_agents
from hub.routing.settings import load_settings
from hub.storage import Tx

from .accepting import accept
from .choosing import offer_by_choice
from .taken import waits_no_more


@dataclass(frozen=True, slots=True)
class Pull:
    """`steers`: a supervisor, who may take from a paused queue, too."""

    contact_id: str
    agent_id: str
    steers: bool = True


def pull(tx: Tx, cmd: Pull) -> Accepted:
    """Offer a queued contact to the one who asks, and accept it in the same breath.

    Raises NotFound, Conflict where it waits no more (or rings at an agent), or there is no room.
    """
    ensure_agents(tx, [cmd.agent_id])
    row = contact_service.get_contact(tx, cmd.contact_id)
    if row.state != ContactState.QUEUED:
        raise waits_no_more(tx, row)
    if not cmd.steers and row.queue_id in paused_queues(tx):
        raise Conflict("Its queue is paused.", code="queue.paused")
    offer_id = _offer(tx, row, cmd.agent_id)
    [result] = accept(tx, [AcceptOffer(offer_id, cmd.agent_id)])
    if isinstance(result, HubError):
        raise result
    return result


def _offer(tx: Tx, row: Row[Any], agent_id: str) -> str:
    answer = offer_by_choice(tx, load_settings(tx), [row], agent_id, Rule.PULLED)[row.id]
    if isinstance(answer, HubError):
        raise answer
    return answer
