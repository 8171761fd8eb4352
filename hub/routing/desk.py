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
NOWHERE: Final[frozenset[str]] = frozenset()
"""No channel at all."""
_MAXIMUM: Final = Obstacle.CHANNEL_MAXIMUM


class Terms:
    """On what terms agents take contacts of a channel: by the set-up, or by their own row."""

    __slots__ = ("channel", "cost", "interruptible", "maximum")

    def __init__(self, channel: str, rules: ChannelRules, cost: int, maximum: int) -> None:
        self.channel = channel
        self.cost = cost
        self.maximum = maximum
        self.interruptible = rules.interruptible


class Desk:
    """One signed-in agent. `proposed` are contacts (channel, cost) whose transaction is under
    way; `live` and `deferred` are the units in use with them and `room` the channels there is room
    for, as of the last `take_stock`. The rest is kept by `Desks`: `skills`, `groups`, the `queues`
    they may be given contacts of, whom the agent `helps` out and how, the channels they are
    `listed` for, the `benches` of their groups by channel, and those with something to spare
    (`spare_in`), where they are while they have (`is_spare`).
    """

    __slots__ = (
        "_open",
        "benches",
        "capacity",
        "deferred",
        "flexibility",
        "groups",
        "helps",
        "id",
        "idle_since_s",
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
        "terms",
    )

    def __init__(self, picture: AgentPicture, terms: dict[str, Terms]) -> None:
        self.id = picture.id
        self.picture = picture
        self.terms = terms
        self.proposed: dict[str, tuple[str, int]] = {}
        self.live = self.deferred = 0
        self._open: dict[str, int] = {}
        self.room = NOWHERE
        self.groups: tuple[str, ...] = ()
        self.queues: tuple[str, ...] = ()
        self.helps: dict[str, tuple[Overflow, ...]] = {}
        self.flexibility = 0  # how much else they could do: the least flexible is used first
        self.listed = NOWHERE
        self.benches: dict[str, list[Bench]] = {}
        self.is_spare = False
        self.spare_in: list[dict[str, Desk]] = []
        self.skills: dict[str, int] = {}
        self._note(picture)

    def take_over(self, picture: AgentPicture, terms: dict[str, Terms]) -> None:
        """The agent's row is this one now."""
        self.picture = picture
        self.terms = terms
        self._note(picture)

    def _note(self, picture: AgentPicture) -> None:
        """Have at hand what is looked at most."""
        since = picture.idle_since
        self.idle_since_s = math.inf if since is None else since.timestamp()
        self.is_ready = picture.state is READY
        self.capacity = picture.capacity
        self.rest_until = picture.rest_until

    def take_stock(self) -> None:
        """Add up what is held, offered and proposed; call after any change of it."""
        picture, held = self.picture, _NOTHING
        live, deferred = picture.live_load, picture.deferred_load
        if self.proposed or picture.open:
            held = dict(picture.open)
            for channel, cost in self.proposed.values():
                held[channel] = held.get(channel, 0) + 1
                if self.terms[channel].interruptible:
                    deferred += cost
                else:
                    live += cost
        self.live, self.deferred, self._open = live, deferred, held
        room = [name for name, terms in self.terms.items() if self._has_room(terms)]
        if not room:
            self.room = NOWHERE
        elif len(room) != len(self.room) or not self.room.issuperset(room):
            self.room = frozenset(room)

    def _has_room(self, terms: Terms) -> bool:
        beside = self.live + self.deferred if terms.interruptible else self.live
        if beside + terms.cost > self.capacity:
            return False
        held = self._open.get(terms.channel, 0) if self._open else 0
        return held < terms.maximum

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
