"""One agent as the engine sees them: their row, and what is proposed to them unanswered."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Final

from .model import AgentPicture, AgentState, ChannelRules, Demands, Overflow
from .record import Obstacle

if TYPE_CHECKING:
    from .bench import Bench

# Read once: a member of an enumeration costs a fifth of a microsecond wherever it is named.
OFFLINE: Final = AgentState.OFFLINE
READY: Final = AgentState.READY
_CAPACITY: Final = Obstacle.CAPACITY
NOWHERE: Final = 0
"""No channel at all: channels are told by their bits (`Rules.channel_bits`)."""
_MAXIMUM: Final = Obstacle.CHANNEL_MAXIMUM


class Terms:
    """On what terms agents take contacts of a channel: by the set-up, or by their own row."""

    __slots__ = ("bit", "channel", "cost", "interruptible", "maximum")

    def __init__(
        self, channel: str, bit: int, rules: ChannelRules, cost: int, maximum: int
    ) -> None:
        self.channel = channel
        self.bit = bit
        self.cost = cost
        self.maximum = maximum
        self.interruptible = rules.interruptible


class Desk:
    """One signed-in agent. `proposed` are contacts (channel, cost) whose transaction is under
    way; `live` and `deferred` are the units in use with them, `room` the channels there is room
    for and `takes` those of a ready agent, as of the last `take_stock`. The rest is kept by
    `Desks`: `skills`, `groups`, the `queues` they may be given contacts of, whom the agent `helps`
    out and how, the channels they are `listed` for, the `benches` of their groups for each channel,
    and those with something to spare (`spare_in`), where they are while they have (`is_spare`).
    """

    __slots__ = (
        "_deferred_load",
        "_held",
        "_idle_since_s",
        "_live_load",
        "_maxima",
        "_open",
        "_own",
        "_skills",
        "_teams",
        "all_terms",
        "benches",
        "capacity",
        "deferred",
        "flexibility",
        "groups",
        "helps",
        "id",
        "is_ready",
        "is_spare",
        "listed",
        "live",
        "picture",
        "proposed",
        "queues",
        "rest_until",
        "room",
        "skills",
        "spare_in",
        "takes",
        "terms",
    )

    def __init__(self, picture: AgentPicture, terms: dict[str, Terms]) -> None:
        self.id = picture.id
        self.picture = picture
        self.terms = terms
        self.all_terms = list(terms.values())
        self.proposed: dict[str, tuple[str, int]] = {}
        self.live = self.deferred = 0
        self._open: dict[str, int] = {}
        self.room = self.takes = NOWHERE
        self.groups: tuple[str, ...] = ()
        self.queues: tuple[str, ...] = ()
        self.helps: dict[str, tuple[Overflow, ...]] = {}
        self.flexibility = 0  # how much else they could do: the least flexible is used first
        self.listed = NOWHERE
        self.benches: list[Bench] = []
        self.is_spare = False
        self.spare_in: list[dict[str, Desk]] = []
        self.skills: dict[str, int] = {}
        self._note(picture)

    def take_over(self, picture: AgentPicture, terms: dict[str, Terms]) -> None:
        """The agent's row is this one now."""
        self.picture = picture
        if terms is not self.terms:
            self.terms, self.all_terms = terms, list(terms.values())
        self._note(picture)

    def _note(self, picture: AgentPicture) -> None:
        """Have at hand what is looked at most."""
        self._idle_since_s = _NOT_READ
        self.is_ready = picture.state is READY
        self.capacity = picture.capacity
        self.rest_until = picture.rest_until
        self._live_load, self._deferred_load = picture.live_load, picture.deferred_load
        self._held = picture.open
        self._own, self._teams, self._skills = picture.queues, picture.teams, picture.skills
        self._maxima = picture.maxima

    def reaches_like(self, picture: AgentPicture) -> bool:
        """Would the agent with this row be the same as now to everybody who waits: could they ever
        be given the same contacts?
        """
        queues, teams, skills = picture.queues, picture.teams, picture.skills
        return (
            (self._own is queues or self._own == queues)
            and (self._teams is teams or self._teams == teams)
            and (self._skills is skills or self._skills == skills)
        )

    def has_maxima(self, picture: AgentPicture) -> bool:
        """Are the agent's own maxima those of this row?"""
        maxima = picture.maxima
        return self._maxima is maxima or self._maxima == maxima

    def take_stock(self) -> None:
        """Add up what is held, offered and proposed; call after any change of it."""
        held, live, deferred = _NOTHING, self._live_load, self._deferred_load
        if self.proposed or self._held:
            held = dict(self._held) if self._held else {}
            for channel, cost in self.proposed.values():
                held[channel] = held.get(channel, 0) + 1
                if self.terms[channel].interruptible:
                    deferred += cost
                else:
                    live += cost
        self.live, self.deferred, self._open = live, deferred, held
        room, capacity = NOWHERE, self.capacity
        for terms in self.all_terms:
            beside = live + deferred if terms.interruptible else live
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
            since = self.picture.idle_since
            since_s = self._idle_since_s = math.inf if since is None else since.timestamp()
        return since_s

    def has_room(self, channel: str) -> bool:
        return self.room & self.terms[channel].bit != 0

    def open(self, channel: str) -> int:
        """Contacts of this channel held, offered or proposed."""
        return self._open.get(channel, 0)

    def cost(self, channel: str) -> int:
        return self.terms[channel].cost

    def serves(self, channel: str) -> bool:
        return self.terms[channel].maximum > 0

    @property
    def has_spare(self) -> bool:
        """Has the agent units left beside their live load?"""
        return self.live < self.capacity

    def proficiency(self, demands: Demands) -> int:
        """The least grade over the skills asked for; 0 when nothing is asked."""
        skills = self.skills
        return min((skills.get(skill, 0) for skill, _ in demands), default=0)

    def meets(self, demands: Demands) -> bool:
        skills = self.skills
        for skill, least in demands:  # noqa: SIM110 - asked of every bunch: a generator costs more
            if skills.get(skill, 0) < least:
                return False
        return True

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
        terms = self.terms[channel]
        if self.open(channel) >= terms.maximum:
            return _MAXIMUM
        beside = self.live + live_more + (self.deferred if terms.interruptible else 0)
        return _CAPACITY if beside + terms.cost > self.capacity else None


_NOTHING: Final[dict[str, int]] = {}
_NOT_READ: Final = -1.0
