"""One agent as the engine sees them: their row, and what is proposed to them unanswered."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import astuple

from .model import AgentPicture, AgentState, ChannelRules, Demands, Overflow
from .queue_lines import Served, meets
from .record import Obstacle

if TYPE_CHECKING:
    from .bench import Bench

# Read once: a member of an enumeration costs a fifth of a microsecond wherever it is named.
OFFLINE: Final = AgentState.OFFLINE
READY: Final = AgentState.READY
LACKS_SKILL: Final = Obstacle.SKILL
_CAPACITY: Final = Obstacle.CAPACITY
NOWHERE: Final = 0
"""No channel at all: channels are told by their bits (`Rules.channel_bits`)."""
_MAXIMUM: Final = Obstacle.CHANNEL_MAXIMUM
_UNREACHED: Final = Obstacle.UNREACHED
HELPS_NOBODY: Final[dict[str, tuple[Overflow, ...]]] = {}
"""One for all who help nobody out: what is asked of everybody is at hand."""
_NOTHING: Final[dict[str, int]] = {}
"""What is held by who holds nothing: not to be written to."""


class Terms:
    """On what terms agents take contacts of a channel: by the set-up, or by their own row."""

    __slots__ = ("bit", "channel", "cost", "interruptible", "maximum", "offered_for")

    def __init__(
        self, channel: str, bit: int, rules: ChannelRules, cost: int, maximum: int
    ) -> None:
        self.channel = channel
        self.bit = bit
        self.cost = cost
        self.maximum = maximum
        self.interruptible = rules.interruptible
        self.offered_for = timedelta(seconds=rules.offer_s)


class AllTerms:
    """Those of an agent for every channel: one object for all who have none of their own."""

    __slots__ = ("by_channel", "each")

    def __init__(self, by_channel: dict[str, Terms]) -> None:
        self.by_channel = by_channel
        self.each = list(by_channel.values())


class AgentRow:
    """An agent's row, all of it read at once: each field that is asked of the picture by itself
    costs ten times as much as one of ours.
    """

    __slots__ = (
        "capacity",
        "costs",
        "deferred_load",
        "id",
        "idle_since",
        "live_load",
        "maxima",
        "open",
        "queues",
        "rest_until",
        "skills",
        "state",
        "teams",
        "unreached",
        "version",
    )

    id: str
    state: AgentState
    queues: frozenset[str]
    teams: frozenset[str]
    skills: Mapping[str, int]
    capacity: int
    maxima: Mapping[str, int]
    costs: Mapping[str, int]
    live_load: int
    deferred_load: int
    open: Mapping[str, int]
    idle_since: datetime | None
    rest_until: Mapping[str, datetime]
    unreached: frozenset[str]
    version: int

    def __init__(self, picture: AgentPicture) -> None:
        (
            self.id,
            self.state,
            self.queues,
            self.teams,
            self.skills,
            self.capacity,
            self.maxima,
            self.costs,
            self.live_load,
            self.deferred_load,
            self.open,
            self.idle_since,
            self.rest_until,
            self.unreached,
            self.version,
        ) = astuple(picture)

    def reaches_like(self, other: AgentRow) -> bool:
        """Is the agent with either row the same to everybody who waits: could they ever be given
        the same contacts?
        """
        return (
            _is_same(self.queues, other.queues)
            and _is_same(self.teams, other.teams)
            and _is_same(self.skills, other.skills)
        )

    def has_maxima_of(self, other: AgentRow) -> bool:
        return _is_same(self.maxima, other.maxima)

    def has_costs_of(self, other: AgentRow) -> bool:
        return _is_same(self.costs, other.costs)


def _is_same(one: object, other: object) -> bool:
    """Are they equal? Mostly they are one object, which a dict would not look for."""
    return one is other or one == other


class Desk:
    """One signed-in agent. `proposed` are contacts whose transaction is under way, on what terms;
    `live` and `deferred` are the units in use with them, `room` the channels there is room for and
    `takes` those of a ready agent, as of when it was `is_counted`. The rest is kept by
    `Desks`: `skills`, `groups`, the `queues` they may be given contacts of, whom the agent `helps`
    out and how, the channels they are `listed` for, the `benches` of their groups for each channel,
    those with something to spare (`spare_in`), where they are while they have (`is_spare`), and
    what of each queue they may be given (`served`).
    """

    __slots__ = (
        "_idle_since_s",
        "_open",
        "benches",
        "capacity",
        "deferred",
        "flexibility",
        "groups",
        "helps",
        "id",
        "is_counted",
        "is_ready",
        "is_spare",
        "listed",
        "live",
        "proposed",
        "queues",
        "rest_until",
        "room",
        "row",
        "served",
        "skills",
        "spare_in",
        "takes",
        "terms",
    )

    def __init__(self, row: AgentRow, terms: AllTerms) -> None:
        self.id = row.id
        self.terms = terms
        self.proposed: dict[str, Terms] = {}
        self.live = self.deferred = 0
        self._open = _NOTHING
        self.room = self.takes = NOWHERE
        self.groups: tuple[str, ...] = ()
        self.queues: tuple[str, ...] = ()
        self.helps = HELPS_NOBODY
        self.flexibility = 0  # how much else they could do: the least flexible is used first
        self.is_counted = True
        self.listed = NOWHERE
        self.benches: list[Bench] = []
        self.is_spare = False
        self.spare_in: list[dict[str, Desk]] = []
        self.skills: dict[str, int] = {}
        self.served: list[Served] = []
        self._note(row)

    def take_over(self, row: AgentRow, terms: AllTerms) -> None:
        """The agent's row is this one now."""
        self.terms = terms
        self._note(row)

    def _note(self, row: AgentRow) -> None:
        """Have at hand what is looked at most."""
        self.row = row
        self._idle_since_s = _NOT_READ
        self.is_ready = row.state is READY
        self.capacity = row.capacity
        self.rest_until = row.rest_until

    def take_stock(self) -> None:
        """Add up what is held, offered and proposed, after a change of the row or of `proposed`."""
        row = self.row
        self.live, self.deferred = row.live_load, row.deferred_load
        self._open = dict(row.open) if row.open else _NOTHING
        for terms in self.proposed.values():
            self._add(terms)
        self._find_room()

    def propose(self, contact_id: str, terms: Terms) -> None:
        """One more contact is proposed to them."""
        self.proposed[contact_id] = terms
        self._add(terms)
        self._find_room()

    def _add(self, terms: Terms) -> None:
        if self._open is _NOTHING:
            self._open = {}
        self._open[terms.channel] = self._open.get(terms.channel, 0) + 1
        if terms.interruptible:
            self.deferred += terms.cost
        else:
            self.live += terms.cost

    def _find_room(self) -> None:
        held, live, capacity = self._open, self.live, self.capacity
        everything = live + self.deferred
        room = NOWHERE
        for terms in self.terms.each:
            beside = everything if terms.interruptible else live
            if beside + terms.cost <= capacity:
                count = held.get(terms.channel, 0) if held else 0
                if count < terms.maximum:
                    room |= terms.bit
        self.room = room
        self.takes = room if self.is_ready else NOWHERE

    @property
    def idle_since_s(self) -> float:
        """Since when the agent is idle, in Unix seconds; worked out when it is asked for."""
        since_s = self._idle_since_s
        if since_s < 0:
            since = self.row.idle_since
            since_s = self._idle_since_s = math.inf if since is None else since.timestamp()
        return since_s

    def has_room(self, channel: str) -> bool:
        return self.room & self.terms.by_channel[channel].bit != 0

    def open(self, channel: str) -> int:
        """Contacts of this channel held, offered or proposed."""
        return self._open.get(channel, 0)

    def cost(self, channel: str) -> int:
        return self.terms.by_channel[channel].cost

    def serves(self, channel: str) -> bool:
        return self.terms.by_channel[channel].maximum > 0

    @property
    def has_spare(self) -> bool:
        """Has the agent units left beside their live load?"""
        return self.live < self.capacity

    def proficiency(self, demands: Demands) -> int:
        """The least grade over the skills asked for; 0 when nothing is asked."""
        if not demands:
            return 0
        skills = self.skills
        return min([skills.get(skill, 0) for skill, _ in demands])

    def meets(self, demands: Demands) -> bool:
        return not demands or meets(self.skills, demands)

    def rests(self, channel: str, now: datetime) -> bool:
        """Is this the gap after a contact of the channel?"""
        rest = self.rest_until.get(channel) if self.rest_until else None
        return rest is not None and rest > now

    @property
    def is_idle(self) -> bool:
        return self.live == 0

    def lack_of_room(self, channel: str, live_more: int = 0) -> Obstacle | None:
        """Say what keeps a contact of `channel` out for lack of room; None: there is room.

        A live contact pushes interruptible ones aside; an interruptible one needs room beside all
        (routing.md 3.5). `live_more`: units of live load to imagine on top.
        """
        terms = self.terms.by_channel[channel]
        if self.open(channel) >= terms.maximum:
            return _UNREACHED if channel in self.row.unreached else _MAXIMUM
        beside = self.live + live_more + (self.deferred if terms.interruptible else 0)
        return _CAPACITY if beside + terms.cost > self.capacity else None


_NOT_READ: Final = -1.0
