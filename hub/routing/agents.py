"""The engine's picture of agents: their rows plus what is proposed to them and not yet answered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from .model import AgentPicture, AgentState, ChannelRules, Demands, Rules
from .record import Obstacle


class Desk:
    """One signed-in agent. `proposed` are contacts (channel, cost) whose transaction is under
    way.
    """

    __slots__ = ("picture", "proposed")

    def __init__(self, picture: AgentPicture) -> None:
        self.picture = picture
        self.proposed: dict[str, tuple[str, int]] = {}

    def open(self, channel: str) -> int:
        """Contacts of this channel held, offered or proposed."""
        waiting = sum(1 for taken, _ in self.proposed.values() if taken == channel)
        return self.picture.open.get(channel, 0) + waiting

    def cost(self, channel: str, rules: ChannelRules) -> int:
        return self.picture.costs.get(channel, rules.cost)

    def maximum(self, channel: str, rules: ChannelRules) -> int:
        return self.picture.maxima.get(channel, rules.maximum)

    def proficiency(self, demands: Demands) -> int:
        """The least grade over the skills asked for; 0 when nothing is asked."""
        skills = self.picture.skills
        return min((skills.get(skill, 0) for skill, _ in demands), default=0)

    def meets(self, demands: Demands) -> bool:
        skills = self.picture.skills
        return all(skills.get(skill, 0) >= least for skill, least in demands)

    def loads(self, channels: Mapping[str, ChannelRules]) -> tuple[int, int]:
        """Return (live, deferred) load with what is proposed."""
        live, deferred = self.picture.live_load, self.picture.deferred_load
        for channel, cost in self.proposed.values():
            if channels[channel].interruptible:
                deferred += cost
            else:
                live += cost
        return live, deferred

    def is_idle(self, channels: Mapping[str, ChannelRules]) -> bool:
        return self.loads(channels)[0] == 0


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
    live, deferred = desk.loads(channels)
    beside = live + live_more + (deferred if rules.interruptible else 0)
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
        before = self._desks.get(picture.id)
        desk = before or Desk(picture)
        if before is not None:
            self._unlist(before)
        desk.picture = picture
        self._desks[picture.id] = desk
        for queue in picture.queues:
            self._members.setdefault(queue, {})[picture.id] = desk
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
        ready = desk.picture.state is AgentState.READY
        for channel in self._rules.channels:
            roomy = ready and lack_of_room(desk, channel, self._rules.channels) is None
            for queue in desk.picture.queues:
                _list(self._roomy.setdefault((queue, channel), {}), desk, roomy)
        for queue in desk.picture.queues:
            _list(self._spare.setdefault(queue, {}), desk, ready and self.has_spare(desk))

    def has_spare(self, desk: Desk) -> bool:
        """Has the agent units left beside their live load?"""
        return desk.loads(self._rules.channels)[0] < desk.picture.capacity

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
        lack = lack_of_room(desk, channel, self._rules.channels)
        if lack is not None:
            return lack
        rest = desk.picture.rest_until.get(channel)
        return Obstacle.RESTING if rest is not None and rest > now else None

    def channels(self, desk: Desk, now: datetime, by: Collection[Obstacle | None]) -> set[str]:
        """Return the channels of which one of these keeps the agent (None: nothing does)."""
        return {name for name in self._rules.channels if self.obstacle(desk, name, (), now) in by}


def _list(listed: dict[str, Desk], desk: Desk, belongs: bool) -> None:
    if belongs:
        listed[desk.picture.id] = desk
    else:
        listed.pop(desk.picture.id, None)
