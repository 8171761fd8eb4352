"""Words of the contact queue: rules, the picture of agents and waiting contacts, events, proposals.

Pure: no I/O, no clock. Times are aware UTC datetimes, durations seconds, loads capacity units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from hub.hours import Calendar

from .record import Why


class AgentState(StrEnum):
    """The agent's own choice; "busy" is computed from load and never stored (glossary)."""

    OFFLINE = "offline"
    READY = "ready"
    NOT_READY = "not_ready"


class OfferState(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


OFFER_MOVES: Mapping[OfferState, frozenset[OfferState]] = {
    OfferState.PENDING: frozenset(
        {OfferState.ACCEPTED, OfferState.DECLINED, OfferState.EXPIRED, OfferState.WITHDRAWN}
    ),
    OfferState.ACCEPTED: frozenset(),
    OfferState.DECLINED: frozenset(),
    OfferState.EXPIRED: frozenset(),
    OfferState.WITHDRAWN: frozenset(),
}

MISSED_REASON = "missed"
"""The not-ready reason of an agent who let too many offers pass (routing.md 3.1)."""

LOST_REASON = "lost"
"""The offline reason of an agent whose console went away (routing.md 3.11)."""

Demands = tuple[tuple[str, int], ...]
"""Skills asked for with the least proficiency, sorted: (("french", 3), ("repair", 2))."""

WALL = "wall"
"""The id of the clock that never stops: channels whose customer is there now wait on it."""


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """How contacts of one channel are handed out; the sample values are routing.md section 7."""

    cost: int  # capacity units
    maximum: int  # contacts of this channel an agent may hold at once
    interruptible: bool = False  # costs nothing while a live contact is held
    business_time: bool = False  # waits on the queue's calendar, not on the wall
    comfort: int = 0  # contacts an agent holds before others are tried; 0: no such rule
    may_decline: bool = True
    decline_needs_reason: bool = False
    offer_s: float = 20.0
    connect_s: float | None = None  # deadline from accept to connected; None: active at once
    missed_limit: int = 2  # missed offers in a row before not_ready("missed")
    wrap_up_s: float = 0.0  # 0: none, the contact closes at its end
    gap_s: float = 0.0  # rest before the next offer of this channel
    cap_s: float | None = None  # nobody should wait longer; see cap_every
    sticky_wait_s: float = 0.0  # a busy last agent is waited for so long
    sticky_window_s: float = 0.0  # the last agent counts if they served within it
    redial_s: float = 0.0  # who left while waiting keeps what they waited if back within it


@dataclass(frozen=True, slots=True)
class Reserve:
    """`keep` agents are kept free for contacts of a channel, of tiers, or of both."""

    keep: int
    channel: str | None = None
    tiers: frozenset[str] = frozenset()

    def is_for(self, channel: str, tier: str) -> bool:
        return (self.channel is None or channel == self.channel) and (
            not self.tiers or tier in self.tiers
        )


def team_group(team_id: str) -> str:
    """Return the name of a team as a group of agents; a queue's own agents have its id."""
    return f"team:{team_id}"


@dataclass(frozen=True, slots=True)
class Overflow:
    """A group of agents who help a queue out while all that is given holds (routing.md 3.4).

    `group`: a queue's own agents, by its id, or those of a `team_group`. `after_s`: the contact has
    waited so long, on its own clock. `over_waiting`: at least so many wait in the queue.
    `when_closed`: outside the queue's hours. `when_nobody`: none of the queue's own agents is
    signed in. `own_first`: nobody whom the helper could take from their own queues has waited
    beyond their target.
    """

    group: str
    after_s: float = 0.0
    over_waiting: int = 0
    when_closed: bool = False
    when_nobody: bool = False
    own_first: bool = True


@dataclass(frozen=True, slots=True)
class SkillStep:
    """What a queue asks of an agent for `for_s` seconds of waiting; None: for good."""

    demands: Demands
    for_s: float | None = None


@dataclass(frozen=True, slots=True)
class QueueRules:
    id: str
    calendar_id: str = WALL
    strict: bool = False  # tiers first, urgency inside a tier
    reserves: tuple[Reserve, ...] = ()
    cap_s: Mapping[str, float] = field(default_factory=dict)  # per channel, over the channel's own
    steps: tuple[SkillStep, ...] = (SkillStep(()),)
    overflow: tuple[Overflow, ...] = ()
    paused: bool = False  # contacts wait, and nobody is offered one


@dataclass(frozen=True, slots=True)
class Rules:
    """All that the engine knows of the set-up."""

    tiers: tuple[str, ...]  # best first
    channels: Mapping[str, ChannelRules]
    queues: Mapping[str, QueueRules]
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    backoff_s: tuple[float, ...] = (30.0, 60.0, 120.0)
    cap_every: int = 3
    away: frozenset[str] = (
        frozenset()
    )  # channels whose provider does not answer: nothing is offered

    def calendar_id(self, queue: str, channel: str) -> str:
        """Return the clock on which contacts of this queue and channel wait."""
        return self.queues[queue].calendar_id if self.channels[channel].business_time else WALL

    def clock_s(self, calendar_id: str, now: datetime) -> float:
        """Return what a clock shows: Unix seconds on the wall, else open seconds of the calendar.

        A calendar that is no longer in the set-up counts as the wall.
        """
        calendar = self.calendars.get(calendar_id)
        return now.timestamp() if calendar is None else calendar.position(now)

    def when(self, calendar_id: str, clock_s: float, now: datetime) -> datetime:
        """Return the first moment at which a clock shows `clock_s`; look around `now`."""
        calendar = self.calendars.get(calendar_id)
        if calendar is None:
            return datetime.fromtimestamp(clock_s, UTC)
        return calendar.first_at(clock_s, now)

    def after(self, calendar_id: str, seconds: float, now: datetime) -> datetime:
        """Return the first moment at which a clock has gone on by `seconds` since `now`."""
        return self.when(calendar_id, self.clock_s(calendar_id, now) + seconds, now)

    def cap_s(self, queue: str, channel: str) -> float | None:
        own = self.queues[queue].cap_s.get(channel)
        return self.channels[channel].cap_s if own is None else own

    def channel_bits(self) -> dict[str, int]:
        """Return a bit for each channel: several channels are a number with these bits."""
        return {name: 1 << place for place, name in enumerate(self.channels)}

    def rank(self, tier: str) -> int:
        """0 is the best tier; an unknown one comes after all others."""
        return self.tiers.index(tier) if tier in self.tiers else len(self.tiers)


class WaitingContact(msgspec.Struct, frozen=True):
    """A queued contact as the store has it.

    `virtual_start_s` is a reading of its clock: where it would have begun to wait had it waited
    ever since, so waited = clock now - virtual_start (routing.md section 1). `steps[step:]` are the
    skill demands from the present step on. `held_until`: until then only `preferred_agent_id` gets
    it, while that agent is signed in. `excluded`: agents who let it pass, and until when they rest
    of it.
    """

    id: str
    queue: str
    tier: str
    channel: str
    calendar_id: str
    target_s: float
    virtual_start_s: float
    steps: tuple[Demands, ...] = ((),)
    step: int = 0
    priority: int = 0
    preferred_agent_id: str | None = None
    held_until: datetime | None = None
    excluded: Mapping[str, datetime] = msgspec.field(default_factory=dict)
    version: int = 0


class AgentPicture(msgspec.Struct, frozen=True):
    """An agent as the store has it: loads include pending offers.

    `live_load` counts contacts that cannot be interrupted, `deferred_load` the interruptible ones;
    the latter cost nothing while the former is above 0 (routing.md 3.5). `queues` are their own;
    as members of `teams` they may help out others (`Overflow`).
    """

    id: str
    state: AgentState
    queues: frozenset[str]
    teams: frozenset[str] = frozenset()
    skills: Mapping[str, int] = msgspec.field(default_factory=dict)
    capacity: int = 100
    maxima: Mapping[str, int] = msgspec.field(default_factory=dict)
    costs: Mapping[str, int] = msgspec.field(default_factory=dict)
    live_load: int = 0
    deferred_load: int = 0
    open: Mapping[str, int] = msgspec.field(default_factory=dict)
    idle_since: datetime | None = None
    rest_until: Mapping[str, datetime] = msgspec.field(default_factory=dict)  # by channel: the gap
    unreached: frozenset[str] = frozenset()  # channels that ring nowhere for them: `maxima` are 0
    version: int = 0


class ContactQueued(msgspec.Struct, frozen=True, gc=False):
    """It waits now, or what we know of it changed."""

    contact: WaitingContact


class ContactGone(msgspec.Struct, frozen=True, gc=False):
    """It waits no more: offered, abandoned, closed."""

    contact_id: str


class AgentChanged(msgspec.Struct, frozen=True, gc=False):
    agent: AgentPicture


class AgentGone(msgspec.Struct, frozen=True, gc=False):
    agent_id: str


class ProposalSettled(msgspec.Struct, frozen=True, gc=False):
    """The transaction of a proposal answered. The shell sends the fresh rows of both with it."""

    contact_id: str
    agent_id: str
    made: bool


class Tick(msgspec.Struct, frozen=True, gc=False):
    """Time has passed: due wakes fire."""


Event = ContactQueued | ContactGone | AgentChanged | AgentGone | ProposalSettled | Tick


class Proposal(msgspec.Struct, frozen=True, gc=False):
    """The engine proposes, SQL decides (design §1.5)."""

    contact_id: str
    agent_id: str
    queue: str
    channel: str
    cost: int
    expires_at: datetime
    why: Why
