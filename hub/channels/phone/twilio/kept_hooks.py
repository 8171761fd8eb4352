"""Answers that are remembered in the transaction that folds what their webhook told."""

from __future__ import annotations

from hub.channels.phone.front import Front
from hub.channels.phone.model import Connection, Event
from hub.channels.phone.service import AgentAsks, Answered, Happened

from . import twiml
from .requests import Webhook
from .twiml import Style


class Kept(str):
    """An answer that is remembered already, with what was told."""

    __slots__ = ()


async def follow_news(
    front: Front, entry_point_id: str, webhook: Webhook, event: Event | None
) -> str:
    """Fold news of a leg or a room; the answer changes nothing."""
    answer = twiml.nothing()
    if event is None:
        return answer
    happened = Happened(entry_point_id, event)
    if webhook.key is None:
        await front.happened(happened)
        return answer
    return Kept(await front.follow(happened, Answered(entry_point_id, webhook.key, answer)))


async def agent_answered(
    front: Front, entry_point_id: str, style: Style, webhook: Webhook, event: Event | None
) -> str:
    """The agent has answered: into the room, unless nobody waits there any more."""

    def says(connection: Connection | None) -> str:
        if connection is None or connection.released:
            return twiml.farewell(style, [])
        return twiml.agent_room(style, connection)

    asks = AgentAsks(entry_point_id, webhook.key, webhook.connection_id, event, says)
    return Kept(await front.answer_agent(asks))
