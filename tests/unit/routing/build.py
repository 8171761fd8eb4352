"""Builders for the engine's tests: rules as in routing.md section 7, contacts, agents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from msgspec import structs

from hub.routing.engine import Engine
from hub.routing.model import (
    WALL,
    AgentChanged,
    AgentPicture,
    AgentState,
    ChannelRules,
    ContactQueued,
    Demands,
    Proposal,
    QueueRules,
    Reserve,
    Rules,
    WaitingContact,
)

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TIERS = ("gold", "potential_gold", "standard", "low")
CHANNELS = {
    "phone": ChannelRules(cost=100, maximum=1, offer_s=15),
    "webchat": ChannelRules(cost=33, maximum=3, comfort=2, offer_s=20),
    "email": ChannelRules(cost=25, maximum=2, interruptible=True, offer_s=60),
}
TARGETS = {
    "phone": dict(zip(TIERS, (10, 20, 40, 60), strict=True)),
    "webchat": dict(zip(TIERS, (15, 30, 60, 90), strict=True)),
    "email": dict(zip(TIERS, (3600, 7200, 14400, 28800), strict=True)),
}


def rules(
    *queues: QueueRules, channels: Mapping[str, ChannelRules] = CHANNELS, cap_every: int = 3
) -> Rules:
    named = {queue.id: queue for queue in queues or (QueueRules("support"),)}
    return Rules(tiers=TIERS, channels=channels, queues=named, cap_every=cap_every)


def keeping(queue: str, *reserves: Reserve) -> QueueRules:
    return QueueRules(queue, reserves=reserves)


def a_contact(
    key: str,
    channel: str = "webchat",
    tier: str = "standard",
    *,
    queue: str = "support",
    waited_s: float = 0.0,
    now: datetime = NOON,
    demands: Demands = (),
    steps: tuple[Demands, ...] = (),
    priority: int = 0,
    last_agent: str | None = None,
    held_s: float | None = None,
    excluded: Mapping[str, datetime] | None = None,
) -> WaitingContact:
    return WaitingContact(
        id=key,
        queue=queue,
        tier=tier,
        channel=channel,
        calendar_id=WALL,
        target_s=float(TARGETS[channel][tier]),
        virtual_start_s=now.timestamp() - waited_s,
        steps=steps or (demands,),
        priority=priority,
        preferred_agent_id=last_agent,
        held_until=None if held_s is None else now + timedelta(seconds=held_s),
        excluded=excluded or {},
    )


def an_agent(
    key: str,
    *,
    queues: tuple[str, ...] = ("support",),
    skills: Mapping[str, int] | None = None,
    state: AgentState = AgentState.READY,
    idle_s: float = 60.0,
    maxima: Mapping[str, int] | None = None,
    rest_until: Mapping[str, datetime] | None = None,
) -> AgentPicture:
    return AgentPicture(
        id=key,
        state=state,
        queues=frozenset(queues),
        skills=skills or {},
        maxima=maxima or {},
        idle_since=NOON - timedelta(seconds=idle_s),
        rest_until=rest_until or {},
    )


def holding(
    agent: AgentPicture, channel: str, count: int = 1, chosen: Mapping[str, ChannelRules] = CHANNELS
) -> AgentPicture:
    """Return the agent with `count` more contacts of a channel in hand."""
    units = chosen[channel].cost * count
    live = 0 if chosen[channel].interruptible else units
    return structs.replace(
        agent,
        live_load=agent.live_load + live,
        deferred_load=agent.deferred_load + units - live,
        open={**agent.open, channel: agent.open.get(channel, 0) + count},
    )


def queued(engine: Engine, *contacts: WaitingContact, now: datetime = NOON) -> list[Proposal]:
    return engine.handle([ContactQueued(contact) for contact in contacts], now)


def changed(engine: Engine, *agents: AgentPicture, now: datetime = NOON) -> list[Proposal]:
    return engine.handle([AgentChanged(agent) for agent in agents], now)


def pairs(proposals: list[Proposal]) -> list[tuple[str, str]]:
    return [(proposal.contact_id, proposal.agent_id) for proposal in proposals]
