"""One agent as the engine sees them: their row, and what is proposed to them unanswered."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

from .model import AgentPicture, ChannelRules, Demands, Overflow
from .record import Obstacle


class Desk:
    """One signed-in agent. `proposed` are contacts (channel, cost) whose transaction is under
    way; `live` and `deferred` are the units in use with them; `room` has the channels there is room
    for and `lacks` what keeps the others out, as of the last `take_stock`. The rest is kept by
    `Desks`: `groups`, whom the agent `helps` out and how, the channels they are `listed` for.
    """

    __slots__ = (
        "_open",
        "_terms",
        "deferred",
        "flexibility",
        "groups",
        "helps",
        "idle_since_s",
        "lacks",
        "listed",
        "live",
        "picture",
        "proposed",
        "room",
    )

    def __init__(self, picture: AgentPicture) -> None:
        self.picture = picture
        self.proposed: dict[str, tuple[str, int]] = {}
        self.live = self.deferred = 0
        self.idle_since_s = math.inf
        self._open: Mapping[str, int] = {}
        self._terms: tuple[tuple[str, int, int, bool], ...] = ()  # by channel, as of the picture
        self.lacks: dict[str, Obstacle] = {}
        self.room: frozenset[str] = frozenset()
        self.groups: tuple[str, ...] = ()
        self.helps: dict[str, tuple[Overflow, ...]] = {}
        self.flexibility = 0  # how much else they could do: the least flexible is used first
        self.listed: frozenset[str] = frozenset()

    def take_over(self, picture: AgentPicture, channels: Mapping[str, ChannelRules]) -> None:
        """The agent's row is this one now."""
        if picture.maxima != self.picture.maxima or picture.costs != self.picture.costs:
            self._terms = ()
        self.picture = picture
        if not self._terms:
            self._terms = tuple(
                (name, self.cost(name, rules), self.maximum(name, rules), rules.interruptible)
                for name, rules in channels.items()
            )
        since = picture.idle_since
        self.idle_since_s = math.inf if since is None else since.timestamp()

    def take_stock(self, channels: Mapping[str, ChannelRules]) -> None:
        """Add up what is held, offered and proposed; call after any change of it."""
        picture = self.picture
        live, deferred, count = picture.live_load, picture.deferred_load, picture.open
        if self.proposed:
            held = dict(count)
            for channel, cost in self.proposed.values():
                held[channel] = held.get(channel, 0) + 1
                if channels[channel].interruptible:
                    deferred += cost
                else:
                    live += cost
            count = held
        self.live, self.deferred, self._open = live, deferred, count
        room, lacks, capacity = [], {}, picture.capacity
        for name, cost, maximum, interruptible in self._terms:
            if count.get(name, 0) >= maximum:
                lacks[name] = Obstacle.CHANNEL_MAXIMUM
            elif live + cost + (deferred if interruptible else 0) > capacity:
                lacks[name] = Obstacle.CAPACITY
            else:
                room.append(name)
        self.lacks = lacks
        if len(room) != len(self.room) or not self.room.issuperset(room):
            self.room = frozenset(room)

    def open(self, channel: str) -> int:
        """Contacts of this channel held, offered or proposed."""
        return self._open.get(channel, 0)

    def cost(self, channel: str, rules: ChannelRules) -> int:
        return self.picture.costs.get(channel, rules.cost)

    def maximum(self, channel: str, rules: ChannelRules) -> int:
        return self.picture.maxima.get(channel, rules.maximum)

    def proficiency(self, demands: Demands) -> int:
        """The least grade over the skills asked for; 0 when nothing is asked."""
        skills = self.picture.skills
        return min((skills.get(skill, 0) for skill, _ in demands), default=0)

    def meets(self, demands: Demands) -> bool:
        if not demands:
            return True
        skills = self.picture.skills
        return all(skills.get(skill, 0) >= least for skill, least in demands)

    def rests(self, channel: str, now: datetime) -> bool:
        """Is this the gap after a contact of the channel?"""
        rest = self.picture.rest_until.get(channel)
        return rest is not None and rest > now

    @property
    def is_idle(self) -> bool:
        return self.live == 0


def lack_of_room(
    desk: Desk, channel: str, channels: Mapping[str, ChannelRules], live_more: int = 0
) -> Obstacle | None:
    """Say what keeps a contact of `channel` out for lack of room; None: there is room.

    A live contact pushes interruptible ones aside; an interruptible one needs room beside all
    (routing.md 3.5). `live_more`: units of live load to imagine on top.
    """
    rules = channels[channel]
    if desk.open(channel) >= desk.maximum(channel, rules):
        return Obstacle.CHANNEL_MAXIMUM
    beside = desk.live + live_more + (desk.deferred if rules.interruptible else 0)
    if beside + desk.cost(channel, rules) > desk.picture.capacity:
        return Obstacle.CAPACITY
    return None
