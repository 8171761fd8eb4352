"""The engine's picture of agents: who is signed in, in which groups, with room for what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import chain

from .bench import Bench
from .desk import NOWHERE, OFFLINE, Desk, Terms
from .model import AgentPicture, Demands, Overflow, Rules, team_group
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
        self._terms = {
            name: Terms(name, channel, channel.cost, channel.maximum)
            for name, channel in rules.channels.items()
        }
        self._desks: dict[str, Desk] = {}
        self.uncounted: dict[str, Desk] = {}  # whose load changed since the last `count`
        self._members: dict[str, dict[str, Desk]] = {}
        self._benches: dict[tuple[str, str], Bench] = {}
        self._together: dict[tuple[str, ...], dict[str, list[Bench]]] = {}  # by groups
        self._nobody = {name: Bench(name, rule.comfort) for name, rule in rules.channels.items()}
        self._spare: dict[str, dict[str, Desk]] = {}
        self._can_meet: defaultdict[str, dict[tuple[str, Demands], bool]] = defaultdict(dict)

    def get(self, agent_id: str) -> Desk | None:
        return self._desks.get(agent_id)

    def versions(self) -> dict[str, int]:
        """Return the row version of everybody signed in."""
        return {key: desk.picture.version for key, desk in self._desks.items()}

    def put(self, picture: AgentPicture, *, moves: bool) -> Desk:
        """Take over an agent's row; what is proposed to them stays. `moves`: not of `same_reach`
        as the row before.
        """
        desk = self._desks.get(picture.id)
        if desk is None:
            desk = self._desks[picture.id] = Desk(picture, self._terms_of(picture))
            self._enlist(desk)
        elif not moves and desk.picture.maxima == picture.maxima:
            desk.take_over(picture, self._terms_of(picture))
        else:
            self._unlist(desk)
            desk.take_over(picture, self._terms_of(picture))
            self._enlist(desk)
        self._drop_spare(desk)  # who changed last is looked at last
        self.uncounted[desk.id] = desk
        return desk

    def _terms_of(self, picture: AgentPicture) -> dict[str, Terms]:
        """Return an agent's terms: one object for all who have none of their own."""
        costs, maxima = picture.costs, picture.maxima
        if not costs and not maxima:
            return self._terms
        return {
            name: Terms(name, rules, costs.get(name, rules.cost), maxima.get(name, rules.maximum))
            for name, rules in self._rules.channels.items()
        }

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
            for queue, overflow in helped.get(group, ()):
                if queue not in picture.queues:
                    helps[queue].append(overflow)
        desk.queues = (*picture.queues, *helps)
        desk.skills = dict(picture.skills)
        desk.helps = {queue: tuple(ways) for queue, ways in helps.items()}
        desk.spare_in = [self._spare.setdefault(group, {}) for group in desk.groups]
        desk.benches = self._benches_of(desk.groups)
        reach = sum(1 for name in self._rules.channels if desk.serves(name))
        desk.flexibility = len(picture.queues) * reach + len(picture.skills)
        self._forget_skills(desk)

    def _benches_of(self, groups: tuple[str, ...]) -> dict[str, list[Bench]]:
        benches = self._together.get(groups)
        if benches is None:
            benches = self._together[groups] = {
                channel: [self._bench_of(group, channel) for group in groups]
                for channel in self._rules.channels
            }
        return benches

    def _bench_of(self, group: str, channel: str) -> Bench:
        bench = self._benches.get((group, channel))
        if bench is None:
            comfort = self._rules.channels[channel].comfort
            bench = self._benches[group, channel] = Bench(channel, comfort)
        return bench

    def _unlist(self, desk: Desk) -> None:
        for group in desk.groups:
            del self._members[group][desk.id]
        self._drop_spare(desk)
        self._list(desk, NOWHERE)
        self._forget_skills(desk)

    def _drop_spare(self, desk: Desk) -> None:
        if desk.is_spare:
            desk.is_spare = False
            for spare in desk.spare_in:
                del spare[desk.id]

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
        desk.take_stock()
        self._list(desk, desk.room if desk.is_ready else NOWHERE)
        if not desk.is_ready or not desk.has_spare:
            self._drop_spare(desk)
        elif not desk.is_spare:
            desk.is_spare = True
            for spare in desk.spare_in:
                spare[desk.id] = desk

    def _list(self, desk: Desk, listed: frozenset[str]) -> None:
        before, desk.listed = desk.listed, listed
        if not before and not listed:
            return
        for channel, benches in desk.benches.items():
            if channel in listed:
                for bench in benches:
                    bench.add(desk)
            elif channel in before:
                for bench in benches:
                    bench.drop(desk.id)

    def members(self, group: str) -> Iterator[Desk]:
        """Everybody signed in who belongs to the group: of a queue, its own agents."""
        yield from self._members.get(group, {}).values()

    def helpers(self, queue: str) -> Iterator[Desk]:
        """Everybody signed in who helps a queue out at times, each once."""
        seen: set[str] = set()
        for overflow in self._rules.queues[queue].overflow:
            for desk in self.members(overflow.group):
                if queue in desk.helps and desk.id not in seen:
                    seen.add(desk.id)
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
                desk.meets(demands) and desk.serves(channel)
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
        return (desk for desk in self.members(group) if desk.is_ready)

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
        if desk.picture.state is OFFLINE:
            return Obstacle.OFFLINE
        if not desk.meets(demands):
            return Obstacle.SKILL
        if not desk.is_ready:
            return Obstacle.NOT_READY
        if channel not in desk.room:
            return desk.lack_of_room(channel)
        return Obstacle.RESTING if desk.rests(channel, now) else None

    def free_channels(self, desk: Desk, now: datetime) -> frozenset[str]:
        """Return the channels this agent could take a contact of now."""
        if not desk.rest_until:
            return desk.listed
        return frozenset(name for name in desk.listed if not desk.rests(name, now))


def same_reach(one: AgentPicture, other: AgentPicture) -> bool:
    """Are they the same to everybody who waits: could they ever be given the same contacts?"""
    return (
        (one.queues is other.queues or one.queues == other.queues)
        and (one.teams is other.teams or one.teams == other.teams)
        and (one.skills is other.skills or one.skills == other.skills)
    )
