"""The engine's picture of agents: who is signed in, in which groups, with room for what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import chain

from .bench import Bench
from .desk import Desk
from .model import AgentPicture, AgentState, Demands, Overflow, Rules, team_group
from .record import Obstacle


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
        self.uncounted: dict[str, Desk] = {}  # whose load changed since the last `count`
        self._members: dict[str, dict[str, Desk]] = {}
        self._benches: dict[tuple[str, str], Bench] = {}
        self._nobody = {name: Bench(name, 0) for name in rules.channels}
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
        moves = before is None or _reach(before) != _reach(picture)
        if moves:
            self._unlist(desk)
        desk.take_over(picture, self._rules.channels)
        if moves:
            self._enlist(desk)
        for group in desk.groups:
            self._spare[group].pop(picture.id, None)  # who changed last is looked at last
        self.uncounted[picture.id] = desk
        return desk

    def remove(self, agent_id: str) -> None:
        desk = self._desks.pop(agent_id, None)
        if desk is not None:
            self.uncounted.pop(agent_id, None)
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
            for channel, rules in self._rules.channels.items():
                if (group, channel) not in self._benches:
                    self._benches[group, channel] = Bench(channel, rules.comfort)
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
            for channel in desk.listed:
                self._benches[group, channel].drop(agent_id)
        desk.listed = frozenset()
        self._forget_skills(desk)

    def _forget_skills(self, desk: Desk) -> None:
        for queue in (*desk.picture.queues, *desk.helps):
            self._can_meet.pop(queue, None)

    def count(self) -> None:
        """Recount everybody whose load changed: before anybody is looked for."""
        if self.uncounted:
            for desk in self.uncounted.values():
                self.recount(desk)
            self.uncounted.clear()

    def recount(self, desk: Desk) -> None:
        """List the agent under the channels there is room for now."""
        desk.take_stock(self._rules.channels)
        agent_id, before = desk.picture.id, desk.listed
        listed = desk.room if desk.picture.state is AgentState.READY else frozenset()
        desk.listed = listed
        spare = desk.picture.state is AgentState.READY and self.has_spare(desk)
        for group in desk.groups:
            if listed is before:
                for channel in listed:
                    self._benches[group, channel].refresh(desk)
            else:
                for channel in before - listed:
                    self._benches[group, channel].drop(agent_id)
                for channel in listed:
                    self._benches[group, channel].add(desk)
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

    def bench(self, group: str, channel: str) -> Bench:
        """Members who are ready and have room for the channel."""
        return self._benches.get((group, channel)) or self._nobody[channel]

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
