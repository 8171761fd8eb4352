"""The engine's picture of agents: their rows plus what is proposed to them and not yet answered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from .model import AgentPicture, AgentState, ChannelRules, Demands, Rules
from .record import Obstacle


class Desk:
    """One signed-in agent. `proposed` are contacts (channel, cost) whose transaction is under
    way; `live` and `deferred` are the units in use with them, `lacks` what keeps each channel out
    for lack of room (None: nothing), as of the last `take_stock`.
    """

    __slots__ = ("_open", "deferred", "lacks", "live", "picture", "proposed")

    def __init__(self, picture: AgentPicture) -> None:
        self.picture = picture
        self.proposed: dict[str, tuple[str, int]] = {}
        self.live = self.deferred = 0
        self._open: dict[str, int] = {}
        self.lacks: dict[str, Obstacle | None] = {}

    def take_stock(self, channels: Mapping[str, ChannelRules]) -> None:
        """Add up what is held, offered and proposed; call after any change of it."""
        picture = self.picture
        live, deferred, count = picture.live_load, picture.deferred_load, dict(picture.open)
        for channel, cost in self.proposed.values():
            count[channel] = count.get(channel, 0) + 1
            if channels[channel].interruptible:
                deferred += cost
            else:
                live += cost
        self.live, self.deferred, self._open = live, deferred, count
        self.lacks = {name: lack_of_room(self, name, channels) for name in channels}

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


class Desks:
    """Signed-in agents, indexed by the queues they serve and by the channels they have room for."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._desks: dict[str, Desk] = {}
        self._members: dict[str, dict[str, Desk]] = {}
        self._roomy: dict[tuple[str, str], dict[str, Desk]] = {}
        self._spare: dict[str, dict[str, Desk]] = {}
        self._flexibility: dict[str, int] = {}

    def get(self, agent_id: str) -> Desk | None:
        return self._desks.get(agent_id)

    def versions(self) -> dict[str, int]:
        """Return the row version of everybody signed in."""
        return {key: desk.picture.version for key, desk in self._desks.items()}

    def put(self, picture: AgentPicture) -> Desk:
        """Take over an agent's row; what is proposed to them stays."""
        desk = self._desks.get(picture.id)
        before = None if desk is None else desk.picture
        if desk is None:
            desk = self._desks[picture.id] = Desk(picture)
        elif desk.picture.queues != picture.queues:
            self._unlist(desk)
        else:
            for queue in picture.queues:
                self._spare[queue].pop(picture.id, None)  # who changed last is looked at last
        desk.picture = picture
        if before is None or before.queues != picture.queues:
            for queue in picture.queues:
                self._members.setdefault(queue, {})[picture.id] = desk
        if before is None or _reach(before) != _reach(picture):
            reach = sum(1 for name in self._rules.channels if self.serves(desk, name))
            self._flexibility[picture.id] = len(picture.queues) * reach + len(picture.skills)
        self.recount(desk)
        return desk

    def remove(self, agent_id: str) -> None:
        desk = self._desks.pop(agent_id, None)
        if desk is not None:
            self._unlist(desk)

    def _unlist(self, desk: Desk) -> None:
        picture = desk.picture
        for queue in picture.queues:
            self._members.get(queue, {}).pop(picture.id, None)
            self._spare.get(queue, {}).pop(picture.id, None)
            for channel in self._rules.channels:
                self._roomy.get((queue, channel), {}).pop(picture.id, None)

    def recount(self, desk: Desk) -> None:
        """List the agent under the channels there is room for now; call after any change of
        load.
        """
        desk.take_stock(self._rules.channels)
        ready = desk.picture.state is AgentState.READY
        spare = ready and self.has_spare(desk)
        for queue in desk.picture.queues:
            for channel, lack in desk.lacks.items():
                roomy = self._roomy.setdefault((queue, channel), {})
                _list(roomy, desk, ready and lack is None)
            _list(self._spare.setdefault(queue, {}), desk, spare)

    def has_spare(self, desk: Desk) -> bool:
        """Has the agent units left beside their live load?"""
        return desk.live < desk.picture.capacity

    def serves(self, desk: Desk, channel: str) -> bool:
        return desk.maximum(channel, self._rules.channels[channel]) > 0

    def members(self, queue: str) -> Iterator[Desk]:
        """Everybody signed in who serves the queue."""
        yield from self._members.get(queue, {}).values()

    def can_meet(self, demands: Demands, queue: str, channel: str) -> bool:
        """Say whether one of them has the skills and takes the channel at all."""
        return any(d.meets(demands) and self.serves(d, channel) for d in self.members(queue))

    def roomy(self, queue: str, channel: str) -> dict[str, Desk]:
        """Members who are ready and have room for the channel."""
        return self._roomy.get((queue, channel), {})

    def spare(self, queue: str) -> Iterator[Desk]:
        """Those of them who are ready and have units left beside their live load."""
        yield from self._spare.get(queue, {}).values()

    def ready_members(self, queue: str) -> Iterator[Desk]:
        return (desk for desk in self.members(queue) if desk.picture.state is AgentState.READY)

    def longest_idle_first(self, agent_ids: Iterable[str]) -> list[str]:
        def idle_since(agent_id: str) -> tuple[bool, float, str]:
            desk = self._desks.get(agent_id)
            since = desk.picture.idle_since if desk else None
            return (since is None, since.timestamp() if since else 0.0, agent_id)

        return sorted(agent_ids, key=idle_since)

    def flexibility(self, agent_id: str) -> int:
        """How much else the agent could do: the least flexible is used first."""
        return self._flexibility[agent_id]

    def obstacle(
        self, desk: Desk, channel: str, demands: Demands, now: datetime
    ) -> Obstacle | None:
        """Say what keeps this agent from contacts of such a line, without exclusions and
        reserves.
        """
        if desk.picture.state is AgentState.OFFLINE:
            return Obstacle.OFFLINE
        if desk.picture.state is not AgentState.READY:
            return Obstacle.NOT_READY
        if not desk.meets(demands):
            return Obstacle.SKILL
        if (lack := desk.lacks[channel]) is not None:
            return lack
        return Obstacle.RESTING if desk.rests(channel, now) else None

    def channels(self, desk: Desk, now: datetime, by: Collection[Obstacle | None]) -> set[str]:
        """Return the channels of which one of these keeps the agent (None: nothing does)."""
        return {name for name in self._rules.channels if self.obstacle(desk, name, (), now) in by}


def _reach(picture: AgentPicture) -> tuple[object, ...]:
    """What an agent's flexibility depends on."""
    return (picture.queues, picture.skills, picture.maxima)


def _list(listed: dict[str, Desk], desk: Desk, belongs: bool) -> None:
    if belongs:
        listed[desk.picture.id] = desk
    else:
        listed.pop(desk.picture.id, None)
