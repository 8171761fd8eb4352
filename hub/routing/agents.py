"""The engine's picture of agents: their rows plus what is proposed to them and not yet answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import chain

from .model import AgentPicture, AgentState, ChannelRules, Demands, Overflow, Rules, team_group
from .record import Obstacle


class Desk:
    """One signed-in agent. `proposed` are contacts (channel, cost) whose transaction is under
    way; `live` and `deferred` are the units in use with them; `room` has the channels there is room
    for and `lacks` what keeps the others out, as of the last `take_stock`. The rest is kept by
    `Desks`: `groups`, whom the agent `helps` out and how, the channels they are `listed` for.
    """

    __slots__ = (
        "_open",
        "deferred",
        "flexibility",
        "groups",
        "helps",
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
        self._open: dict[str, int] = {}
        self.lacks: dict[str, Obstacle] = {}
        self.room: frozenset[str] = frozenset()
        self.groups: tuple[str, ...] = ()
        self.helps: dict[str, tuple[Overflow, ...]] = {}
        self.flexibility = 0  # how much else they could do: the least flexible is used first
        self.listed: frozenset[str] = frozenset()

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
        self.lacks = {
            name: lack
            for name in channels
            if (lack := lack_of_room(self, name, channels)) is not None
        }
        room = frozenset(name for name in channels if name not in self.lacks)
        if room != self.room:
            self.room = room

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


_NOBODY: dict[str, Desk] = {}


class Desks:
    """Signed-in agents, indexed by the groups they belong to and by the channels they have room
    for. A group is a queue's own agents, by the queue's id, or a team that helps others out.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._helped: defaultdict[str, list[tuple[str, Overflow]]] = defaultdict(list)
        for queue in rules.queues.values():
            for overflow in queue.overflow:
                self._helped[overflow.group].append((queue.id, overflow))
        self._desks: dict[str, Desk] = {}
        self._members: dict[str, dict[str, Desk]] = {}
        self._roomy: dict[tuple[str, str], dict[str, Desk]] = {}
        self._spare: dict[str, dict[str, Desk]] = {}
        self._can_meet: defaultdict[str, dict[tuple[str, Demands], bool]] = defaultdict(dict)

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
        if before is None or _reach(before) != _reach(picture):
            self._unlist(desk)
            desk.picture = picture
            self._enlist(desk)
        desk.picture = picture
        for group in desk.groups:
            self._spare[group].pop(picture.id, None)  # who changed last is looked at last
        self.recount(desk)
        return desk

    def remove(self, agent_id: str) -> None:
        desk = self._desks.pop(agent_id, None)
        if desk is not None:
            self._unlist(desk)

    def _enlist(self, desk: Desk) -> None:
        """Enter an agent into their groups; work out whom they help and how flexible they are."""
        picture, helped = desk.picture, self._helped
        teams = {team_group(team) for team in picture.teams} if helped and picture.teams else set()
        desk.groups = (*sorted(picture.queues), *sorted(teams & helped.keys()))
        helps: defaultdict[str, list[Overflow]] = defaultdict(list)
        for group in desk.groups:
            self._members.setdefault(group, {})[picture.id] = desk
            self._spare.setdefault(group, {})
            for channel in self._rules.channels:
                self._roomy.setdefault((group, channel), {})
            for queue, overflow in helped.get(group, ()):
                if queue not in picture.queues:
                    helps[queue].append(overflow)
        desk.helps = {queue: tuple(ways) for queue, ways in helps.items()}
        reach = sum(1 for name in self._rules.channels if self.serves(desk, name))
        desk.flexibility = len(picture.queues) * reach + len(picture.skills)
        self._forget_skills(desk)

    def _unlist(self, desk: Desk) -> None:
        agent_id = desk.picture.id
        for group in desk.groups:
            del self._members[group][agent_id]
            self._spare[group].pop(agent_id, None)
            for channel in self._rules.channels:
                self._roomy[group, channel].pop(agent_id, None)
        desk.listed = frozenset()
        self._forget_skills(desk)

    def _forget_skills(self, desk: Desk) -> None:
        for queue in (*desk.picture.queues, *desk.helps):
            self._can_meet.pop(queue, None)

    def recount(self, desk: Desk) -> None:
        """List the agent under the channels there is room for now; call after any change of
        load.
        """
        desk.take_stock(self._rules.channels)
        agent_id, before = desk.picture.id, desk.listed
        listed = desk.room if desk.picture.state is AgentState.READY else frozenset()
        desk.listed = listed
        spare = desk.picture.state is AgentState.READY and self.has_spare(desk)
        for group in desk.groups:
            if listed is not before:
                for channel in before - listed:
                    self._roomy[group, channel].pop(agent_id, None)
                for channel in listed - before:
                    self._roomy[group, channel][agent_id] = desk
            if spare:
                self._spare[group][agent_id] = desk
            else:
                self._spare[group].pop(agent_id, None)

    def has_spare(self, desk: Desk) -> bool:
        """Has the agent units left beside their live load?"""
        return desk.live < desk.picture.capacity

    def serves(self, desk: Desk, channel: str) -> bool:
        return desk.maximum(channel, self._rules.channels[channel]) > 0

    def members(self, group: str) -> Iterator[Desk]:
        """Everybody signed in who belongs to the group: of a queue, its own agents."""
        yield from self._members.get(group, {}).values()

    def helpers(self, queue: str) -> Iterator[Desk]:
        """Everybody signed in who helps a queue out at times, each once."""
        seen: set[str] = set()
        for overflow in self._rules.queues[queue].overflow:
            for desk in self.members(overflow.group):
                if queue in desk.helps and desk.picture.id not in seen:
                    seen.add(desk.picture.id)
                    yield desk

    def is_anybody_in(self, queue: str) -> bool:
        """Is one of the queue's own agents signed in?"""
        return bool(self._members.get(queue))

    def can_meet(self, demands: Demands, queue: str, channel: str) -> bool:
        """Say whether anybody signed in has the skills and takes the channel at all."""
        known = self._can_meet[queue]
        met = known.get((channel, demands))
        if met is None:
            met = known[channel, demands] = any(
                desk.meets(demands) and self.serves(desk, channel)
                for desk in chain(self.members(queue), self.helpers(queue))
            )
        return met

    def roomy(self, group: str, channel: str) -> dict[str, Desk]:
        """Members who are ready and have room for the channel."""
        return self._roomy.get((group, channel), _NOBODY)

    def spare(self, queue: str) -> Iterator[Desk]:
        """A queue's own agents who are ready and have units left beside their live load."""
        yield from self._spare.get(queue, {}).values()

    def ready_members(self, group: str) -> Iterator[Desk]:
        return (desk for desk in self.members(group) if desk.picture.state is AgentState.READY)

    def longest_idle_first(self, agent_ids: Collection[str]) -> Collection[str]:
        if len(agent_ids) < 2:
            return agent_ids

        def idle_since(agent_id: str) -> tuple[bool, float, str]:
            desk = self._desks.get(agent_id)
            since = desk.picture.idle_since if desk else None
            return (since is None, since.timestamp() if since else 0.0, agent_id)

        return sorted(agent_ids, key=idle_since)

    def obstacle(
        self, desk: Desk, channel: str, demands: Demands, now: datetime
    ) -> Obstacle | None:
        """Say what keeps this agent from contacts of such a line, without exclusions, reserves
        and the conditions of helping out.
        """
        if desk.picture.state is AgentState.OFFLINE:
            return Obstacle.OFFLINE
        if not desk.meets(demands):
            return Obstacle.SKILL
        if desk.picture.state is not AgentState.READY:
            return Obstacle.NOT_READY
        if (lack := desk.lacks.get(channel)) is not None:
            return lack
        return Obstacle.RESTING if desk.rests(channel, now) else None

    def channels(self, desk: Desk, now: datetime, by: Collection[Obstacle | None]) -> set[str]:
        """Return the channels of which one of these keeps the agent (None: nothing does)."""
        return {name for name in self._rules.channels if self.obstacle(desk, name, (), now) in by}

    def free_channels(self, desk: Desk, now: datetime) -> frozenset[str]:
        """Return the channels this agent could take a contact of now."""
        if not desk.picture.rest_until:
            return desk.listed
        return frozenset(name for name in desk.listed if not desk.rests(name, now))


def _reach(picture: AgentPicture) -> tuple[object, ...]:
    """What an agent could be given, room apart."""
    return (picture.queues, picture.teams, picture.skills, picture.maxima)
