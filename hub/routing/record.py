"""The decision record: why this contact went to this agent, and why one still waits (routing.md
3.13).

msgspec Structs, because they are stored as JSON beside the offer and sent to consoles. `tier` is
the true one: what agents may see of it is decided where it is shown.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

MAX_LINES = 5
MAX_BUSY = 500


class Rule(StrEnum):
    """By what rule the pair was chosen."""

    PRIORITY = "priority"  # a supervisor raised it
    OVER_CAP = "over_cap"  # every n-th assignment takes the oldest over the cap
    STRICT_TIER = "strict_tier"
    MOST_URGENT = "most_urgent"
    PULLED = "pulled"  # a supervisor took it from the list
    TOGETHER = "together"  # taken along with another contact of the same customer


class AgentRule(StrEnum):
    """By what rule this agent was chosen among those who could take it."""

    LAST_AGENT = "last_agent"
    COMFORT = "comfort"  # has one of this channel already and room for another
    IDLE = "idle"
    FILL = "fill"  # everybody is at comfort: up to the maximum
    LEAST_FLEXIBLE = "least_flexible"
    ONLY_ONE = "only_one"
    PULLED = "pulled"  # by their own choice


class Obstacle(StrEnum):
    """Why an agent cannot take a contact now."""

    OFFLINE = "offline"
    NOT_READY = "not_ready"
    NOT_IN_QUEUE = "not_in_queue"
    SKILL = "skill"
    CHANNEL_MAXIMUM = "channel_maximum"
    CAPACITY = "capacity"
    UNREACHED = "unreached"  # nothing rings at theirs: the softphone is off
    PROVIDER_AWAY = "provider_away"  # nobody could be joined to it
    EXCLUDED = "excluded"  # declined or missed it a moment ago
    RESTING = "resting"
    HELD = "held"  # the contact is held for its last agent
    RESERVE = "reserve"  # kept free for others
    KEPT = "kept"  # kept free for a more urgent contact that nobody has room for
    HELPS_LATER = "helps_later"  # helps this queue out, but not now
    PAUSED = "paused"  # the queue is


class AgentLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One agent who was considered: with an obstacle, ruled out."""

    agent_id: str
    obstacle: Obstacle | None = None
    detail: str | None = None
    proficiency: int = 0
    open: int = 0  # contacts of this channel held


class ContactLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One waiting contact that was compared: the head of its line."""

    contact_id: str
    queue: str
    tier: str
    channel: str
    waited_s: float
    target_s: float
    urgency: float
    priority: int = 0


class Why(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One decision. `chosen` is the contact with its urgency parts; `others` were behind it."""

    chosen: ContactLine
    rule: Rule
    agent_rule: AgentRule
    others: tuple[ContactLine, ...] = ()
    agents: tuple[AgentLine, ...] = ()  # the chosen one first, then those who could, then ruled out
    demands: tuple[tuple[str, int], ...] = ()
    step: int = 0
    over_cap: bool = False
    helps_out: bool = False  # the queue is not one of the agent's own


NOT_RECORDED = Why(
    chosen=ContactLine(
        contact_id="", queue="", tier="", channel="", waited_s=0, target_s=0, urgency=0
    ),
    rule=Rule.MOST_URGENT,
    agent_rule=AgentRule.ONLY_ONE,
)
"""Stands for the record where none is kept: in simulation (routing.md 3.13)."""


class WaitReason(StrEnum):
    """The one sentence to tell a supervisor about a contact that still waits."""

    NOBODY_SIGNED_IN = "nobody_signed_in"
    NOBODY_READY = "nobody_ready"
    NOBODY_REACHED = "nobody_reached"
    NOBODY_SKILLED = "nobody_skilled"
    ALL_BUSY = "all_busy"
    HELD_FOR_LAST_AGENT = "held_for_last_agent"
    RESERVE = "reserve"
    KEPT = "kept"
    EXCLUDED = "excluded"
    BEING_OFFERED = "being_offered"
    QUEUE_PAUSED = "queue_paused"
    PROVIDER_AWAY = "provider_away"


class WhyWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """Why a contact still waits: counts of agents by obstacle, and what stands before it.

    `busy`: agents who could take it but for what they have in hand, at most MAX_BUSY of them.
    """

    contact: ContactLine
    reason: WaitReason
    obstacles: dict[str, int]
    agents: tuple[AgentLine, ...]
    demands: tuple[tuple[str, int], ...]
    position: int
    busy: tuple[str, ...] = ()
    held_for: str | None = None
    held_s: float = 0.0
