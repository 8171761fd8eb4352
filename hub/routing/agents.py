"""The engine's picture of agents: who is signed in, in which groups, with room for what."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import chain, islice

from .bench import Bench
from .desk import HELPS_NOBODY, LACKS_SKILL, NOWHERE, OFFLINE, AgentRow, AllTerms, Desk, Terms
from .lines import Lines
from .model import Demands, Overflow, Rules, team_group
from .record import Obstacle


class Desks:
    """Signed-in agents, indexed by the groups they belong to and by the channels they have room
    for. A group is a queue's own agents, by the queue's id, or a team that helps others out.

    Who was counted anew is listed under their channels when somebody is looked for there: an agent
    who becomes free and is given a contact at once need not be listed at all.
    """

    def __init__(self, rules: Rules, lines: Lines) -> None:
        self._rules, self._lines = rules, lines
        self._helped: defaultdict[str, list[tuple[str, Overflow]]] = defaultdict(list)
        for queue in rules.queues.values():
            for overflow in queue.overflow:
                self._helped[overflow.group].append((queue.id, overflow))
        self._bits = rules.channel_bits()
        self._terms = AllTerms(
            {
                name: Terms(
                    name, self._bits[name], channel, channel.cost, self._most(name, channel.maximum)
                )
                for name, channel in rules.channels.items()
            }
        )
        self._desks: dict[str, Desk] = {}
        self._uncounted: list[Desk] = []  # whose load changed since the last `count`
        self._unlisted: dict[str, Desk] = {}  # who was counted and is not listed as they are now
        self._last_counted: Desk | None = None  # perhaps the last of those
        self._members: dict[str, dict[str, Desk]] = {}
        self._benches: dict[str, dict[str, Bench]] = {}  # by group and channel
        self._together: dict[tuple[str, ...], list[Bench]] = {}  # by groups
        self._nobody = {
            name: Bench(name, self._bits[name], rule.comfort)
            for name, rule in rules.channels.items()
        }
        self._spare: dict[str, dict[str, Desk]] = {}
        self._can_meet: defaultdict[str, dict[tuple[str, Demands], bool]] = defaultdict(dict)

    def get(self, agent_id: str) -> Desk | None:
        return self._desks.get(agent_id)

    def versions(self) -> dict[str, int]:
        """Return the row version of everybody signed in."""
        return {key: desk.row.version for key, desk in self._desks.items()}

    def put(self, row: AgentRow, desk: Desk | None, *, moves: bool) -> Desk:
        """Take over an agent's row at their desk, if they have one; what is proposed to them stays.
        `moves`: it does not reach like the row before.
        """
        if desk is None:
            desk = self._desks[row.id] = Desk(row, self._terms_of(row))
            self._enlist(desk)
        elif not moves and desk.row.has_maxima_of(row):
            has_terms = desk.row.has_costs_of(row)
            desk.take_over(row, desk.terms if has_terms else self._terms_of(row))
        else:
            self._unlist(desk)
            desk.take_over(row, self._terms_of(row))
            self._enlist(desk)
        self._drop_spare(desk)  # who changed last is looked at last
        self.uncount(desk)
        return desk

    def _terms_of(self, row: AgentRow) -> AllTerms:
        """Return an agent's terms: one object for all who have none of their own."""
        costs, maxima = row.costs, row.maxima
        if not costs and not maxima:
            return self._terms
        return AllTerms(
            {
                name: Terms(
                    name,
                    self._bits[name],
                    rules,
                    costs.get(name, rules.cost),
                    self._most(name, maxima.get(name, rules.maximum)),
                )
                for name, rules in self._rules.channels.items()
            }
        )

    def _most(self, channel: str, maximum: int) -> int:
        """Return how many of a channel can be held: none while its provider is away, so nothing
        more is looked at where agents are chosen.
        """
        return 0 if channel in self._rules.away else maximum

    def remove(self, agent_id: str) -> None:
        desk = self._desks.pop(agent_id, None)
        if desk is not None:
            if not desk.is_counted:
                self._uncounted.remove(desk)
            self._unlist(desk)  # forgets that they are to be listed, too

    def _enlist(self, desk: Desk) -> None:
        """Enter an agent into their groups; work out whom they help and how flexible they are."""
        row, helped = desk.row, self._helped
        teams = {team_group(team) for team in row.teams} if helped and row.teams else set()
        desk.groups = (*sorted(row.queues), *sorted(teams & helped.keys()))
        helps: defaultdict[str, list[Overflow]] = defaultdict(list)
        for group in desk.groups:
            self._members.setdefault(group, {})[row.id] = desk
            for queue, overflow in helped.get(group, ()):
                if queue not in row.queues:
                    helps[queue].append(overflow)
        desk.queues = (*row.queues, *helps)
        desk.skills = dict(row.skills)
        desk.served = self._lines.served(desk.queues, desk.skills)
        desk.helps = {queue: tuple(ways) for queue, ways in helps.items()} or HELPS_NOBODY
        desk.spare_in = [self._spare.setdefault(group, {}) for group in desk.groups]
        desk.benches = self._benches_of(desk.groups)
        reach = sum(1 for name in self._rules.channels if desk.serves(name))
        desk.flexibility = len(row.queues) * reach + len(row.skills)
        self._forget_skills(desk)

    def _benches_of(self, groups: tuple[str, ...]) -> list[Bench]:
        benches = self._together.get(groups)
        if benches is None:
            benches = self._together[groups] = [
                self._bench_of(group, channel)
                for channel in self._rules.channels
                for group in groups
            ]
        return benches

    def _bench_of(self, group: str, channel: str) -> Bench:
        benches = self._benches.setdefault(group, {})
        bench = benches.get(channel)
        if bench is None:
            rules = self._rules.channels[channel]
            bench = benches[channel] = Bench(channel, self._bits[channel], rules.comfort)
        return bench

    def _unlist(self, desk: Desk) -> None:
        for group in desk.groups:
            del self._members[group][desk.id]
        self._drop_spare(desk)
        self._list(desk, NOWHERE)
        self._forget_skills(desk)

    def _drop_spare(self, desk: Desk) -> None:
        if desk.id in self._unlisted:
            del self._unlisted[desk.id]  # and is listed after those who are to be listed by now
        if desk.is_spare:
            desk.is_spare = False
            for spare in desk.spare_in:
                del spare[desk.id]

    def _forget_skills(self, desk: Desk) -> None:
        for queue in (*desk.row.queues, *desk.helps):
            self._can_meet.pop(queue, None)

    def uncount(self, desk: Desk) -> None:
        """Their load changed: they are counted before anybody is looked for or looks."""
        if desk.is_counted:
            desk.is_counted = False
            self._uncounted.append(desk)

    def count(self) -> None:
        """Count anew what everybody has room for whose load changed."""
        if self._uncounted:
            for desk in self._uncounted:
                desk.take_stock()
                desk.is_counted = True
                self.note_room(desk)
            self._uncounted.clear()

    def note_room(self, desk: Desk) -> None:
        """What the agent has room for was counted; they are listed when that is looked at."""
        if not (desk.is_ready and desk.has_spare):
            self._drop_spare(desk)
        if desk.id not in self._unlisted:
            self._unlisted[desk.id] = self._last_counted = desk

    def _list_all(self, but: Desk | None = None) -> None:
        """List everybody under the channels they have room for now, but for the last counted."""
        if but is not None:
            del self._unlisted[but.id]
        for desk in self._unlisted.values():
            self._list(desk, desk.takes)
            if not desk.is_spare and desk.is_ready and desk.has_spare:
                desk.is_spare = True
                for spare in desk.spare_in:
                    spare[desk.id] = desk
        self._unlisted.clear()
        if but is not None:
            self._unlisted[but.id] = but

    def _list(self, desk: Desk, listed: int) -> None:
        before, desk.listed = desk.listed, listed
        either = before | listed
        if not either:
            return
        for bench in desk.benches:
            if bench.bit & either:
                if bench.bit & listed:
                    bench.add(desk)
                else:
                    bench.drop(desk.id)

    def members(self, group: str) -> Collection[Desk]:
        """Everybody signed in who belongs to the group: of a queue, its own agents."""
        return self._members.get(group, {}).values()

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
        if self._unlisted:
            self._list_all()
        benches = self._benches.get(group)
        return self._nobody[channel] if benches is None else benches[channel]

    def is_alone(self, desk: Desk, queue: str, channel: str) -> bool:
        """Does nobody beside this member of the queue's own agents have room for the channel?"""
        if self._unlisted:
            is_last = desk is self._last_counted and desk.id in self._unlisted
            if not is_last or len(self._unlisted) > 1:
                self._list_all(desk if is_last else None)
        others = self._benches[queue][channel].desks
        return not others or (len(others) == 1 and desk.id in others)

    def spare(self, queue: str, most: int) -> list[Desk]:
        """A queue's own agents who are ready and have units left beside their live load: so many
        at most, who changed last being the last.
        """
        if self._unlisted:
            self._list_all()
        spare = self._spare.get(queue)
        return list(islice(spare.values(), most)) if spare else []

    def ready_members(self, group: str) -> Iterator[Desk]:
        return (desk for desk in self.members(group) if desk.is_ready)

    def longest_idle_first(self, agent_ids: Iterable[str]) -> list[str]:
        def idle_since(agent_id: str) -> tuple[float, str]:
            desk = self._desks.get(agent_id)
            since_s = math.inf if desk is None else desk.idle_since_s
            return (since_s, agent_id)

        return sorted(agent_ids, key=idle_since)

    def obstacle(
        self, desk: Desk, channel: str, demands: Demands, now: datetime
    ) -> Obstacle | None:
        """Say what keeps this agent from contacts of such a line, without exclusions, reserves
        and the conditions of helping out.
        """
        if desk.row.state is OFFLINE:
            return Obstacle.OFFLINE
        if not desk.meets(demands):
            return LACKS_SKILL
        if not desk.is_ready:
            return Obstacle.NOT_READY
        if channel in self._rules.away:
            return Obstacle.PROVIDER_AWAY
        if not desk.has_room(channel):
            return desk.lack_of_room(channel)
        return Obstacle.RESTING if desk.rests(channel, now) else None

    def free_channels(self, desk: Desk, now: datetime) -> int:
        """Return the channels this agent could take a contact of now."""
        free = desk.takes
        if desk.rest_until:
            for channel in desk.rest_until:
                if channel in self._bits and desk.rests(channel, now):
                    free &= ~self._bits[channel]
        return free
