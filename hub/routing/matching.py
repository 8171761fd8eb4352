"""Which pairs are possible now, and which comes first: the reading half of the engine.

It looks at lines and desks and changes neither; what keeps a pair apart for a time sets a wake.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final

from .agents import Desks
from .bench import Fit, are_alike
from .bunches import Alike, Bunch
from .desk import Desk
from .keeping import Keeping, overtakes_at
from .lines import Entry, Line, Lines
from .model import Demands, Rules
from .moment import Moment
from .overflow import Overflows
from .queue_lines import AlikeKey
from .record import AgentRule, Obstacle, Rule
from .strategies import Head, choose_head, is_before, is_behind, withheld
from .wakes import Wake, Wakes


class Choice:
    """The agent for a contact, by what rule, and some of those who could have been."""

    __slots__ = ("able", "desk", "rule")

    def __init__(self, desk: Desk, rule: AgentRule, able: list[Desk]) -> None:
        self.desk = desk
        self.rule = rule
        self.able = able


_LAST_AGENT: Final = AgentRule.LAST_AGENT
_LEAST_FLEXIBLE: Final = AgentRule.LEAST_FLEXIBLE
_ONLY_ONE: Final = AgentRule.ONLY_ONE
_BY_SPREAD: Final = (AgentRule.COMFORT, AgentRule.IDLE, AgentRule.FILL)
PRIORITY: Final = Rule.PRIORITY
MOST_URGENT: Final = Rule.MOST_URGENT
_OVER_CAP: Final = Rule.OVER_CAP
_HELPS_LATER: Final = Obstacle.HELPS_LATER
_KEPT: Final = Obstacle.KEPT
_RESERVE: Final = Obstacle.RESERVE


class Matching:
    """`withheld_in`: queues where a reserve keeps somebody free, until the engine takes note."""

    def __init__(
        self, rules: Rules, lines: Lines, desks: Desks, entries: Mapping[str, Entry], wakes: Wakes
    ) -> None:
        self.rules, self.lines, self.desks, self.entries = rules, lines, desks, entries
        self.keeping = Keeping(rules, desks, entries)
        self.overflows = Overflows(rules, lines, desks, wakes)
        self.withheld_in: set[str] = set()
        self._wakes = wakes
        self._since_cap: dict[str, int] = {}  # by queue: assignments since the last over the cap
        queues = rules.queues.values()
        self._paused = frozenset(queue.id for queue in queues if queue.paused)
        self._strict = frozenset(queue.id for queue in queues if queue.strict)
        self._has_reserves = any(queue.reserves for queue in queues)

    def is_paused(self, queue: str) -> bool:
        return queue in self._paused

    def head(self, entry: Entry, line: Line, moment: Moment) -> Head:
        """Return an entry with the parts of its urgency."""
        return Head(entry, line, moment.clock_s(line.key.calendar_id))

    # ---- the contact for an agent --------------------------------------------------------------

    def best(self, desk: Desk, moment: Moment) -> tuple[Head, Rule] | None:
        """Return the contact whose turn it is for this agent, and by what rule; None: there is
        none. Counts it for the cap of its queue.
        """
        free = self.desks.free_channels(desk, moment.now)
        overdue: list[Head] = []
        top = self._top(desk, free, moment, overdue)
        if top is None:
            return None
        strict = bool(self._strict) and top.key.priority <= 0 and top.key.queue in self._strict
        if not overdue and not strict:
            if self._since_cap:
                self._since_cap.pop(top.key.queue, None)
            return top, PRIORITY if top.key.priority > 0 else MOST_URGENT
        heads = [top, *overdue]
        if strict:
            for bunch in self._bunches_of(top.key.queue, desk, free):
                heads += self._heads_of(bunch, desk, moment)
        late_in = {head.key.queue for head in overdue}
        due = {q for q in late_in if self._since_cap.get(q, 0) >= self.rules.cap_every - 1}
        head, rule = choose_head(heads, self.rules, due)
        self._count_cap(head, rule, late_in)
        return head, rule

    def _top(self, desk: Desk, channels: int, moment: Moment, overdue: list[Head]) -> Head | None:
        """Return the most urgent head, those raised by a supervisor before; add all over a cap to
        `overdue`.

        The one loop over all that an agent may take: whether a head may go is asked only of those
        that would come before the first found so far.
        """
        top: Head | None = None
        for served in desk.served:
            for alike in served.alikes:
                if alike.bits & channels:
                    top = self._top_beside(top, alike, desk, channels, moment, overdue)
            if held := served.lines.held:
                for alike in held.get(desk.id, _NONE_HELD).values():
                    if alike.bits & channels and desk.meets(alike.demands):
                        top = self._top_beside(top, alike, desk, channels, moment, overdue)
        return top

    def _top_beside(
        self,
        top: Head | None,
        alike: Alike,
        desk: Desk,
        channels: int,
        moment: Moment,
        overdue: list[Head],
    ) -> Head | None:
        """Return the first of these contacts or `top`, whoever goes first."""
        clock_s = moment.wall_s if alike.is_on_wall else moment.clock_s(alike.calendar_id)
        first = None if alike.bits & ~channels else alike.top_at(clock_s)
        if first is None:
            return self._top_of(alike, desk, channels, moment, top, overdue)
        line = first.top_at(clock_s)
        if is_behind(line, first.priority, top, clock_s):
            return top
        head = self._free(line.first, line, desk, moment, clock_s)
        if head is None:
            return self._top_of(alike, desk, channels, moment, top, overdue)
        return head if top is None or is_before(head, top) else top

    def _top_of(
        self,
        alike: Alike,
        desk: Desk,
        channels: int,
        moment: Moment,
        top: Head | None,
        overdue: list[Head],
    ) -> Head | None:
        """Look at each bunch: somebody is over a cap, or the first one may not be taken."""
        clock_s = moment.clock_s(alike.calendar_id)
        for bunch in alike.bunches:
            if not bunch.bit & channels:
                continue
            line = bunch.top_at(clock_s)
            late = clock_s - bunch.oldest_s >= bunch.cap_s
            if not late and is_behind(line, bunch.priority, top, clock_s):
                continue  # the first who may go may have waited less, never more
            # Only the first of the line is the first of all: behind it another line may be before.
            head = None if late else self._free(line.first, line, desk, moment, clock_s)
            if head is not None:
                if top is None or is_before(head, top):
                    top = head
                continue
            for one in self._heads_of(bunch, desk, moment):
                if one.over_cap:
                    overdue.append(one)
                if top is None or is_before(one, top):
                    top = one
        return top

    def firsts(self, desk: Desk, channels: int, moment: Moment) -> list[Head]:
        """Return the first contact for this agent of each line of their own queues and of these
        channels, whatever keeps it from them now.
        """
        found: list[Head] = []
        for queue in desk.row.queues:
            for bunch in self._bunches_of(queue, desk, channels):
                for line in bunch.lines:
                    entry = line.first_for(desk.id, moment.now)
                    if entry is not None:
                        found.append(self.head(entry, line, moment))
        return found

    def _heads_of(self, bunch: Bunch, desk: Desk, moment: Moment) -> list[Head]:
        heads: list[Head] = []
        for line in bunch.lines:
            head = self._first_free(line, desk, moment)
            if head is not None:
                heads.append(head)
        return heads

    def _bunches_of(self, queue: str, desk: Desk, channels: int) -> list[Bunch]:
        """Return the bunches of a queue whose contacts this agent could be given."""
        alikes = self._alikes(queue, desk)
        return [bunch for alike in alikes for bunch in alike.bunches if bunch.bit & channels]

    def _alikes(self, queue: str, desk: Desk) -> list[Alike]:
        """Return those of a queue whose skills this agent has, each with somebody who waits."""
        lines = self.lines.of(queue)
        if lines is None or (self._paused and queue in self._paused):
            return []
        alikes = [*lines.common.values(), *lines.held.get(desk.id, _NONE_HELD).values()]
        return [alike for alike in alikes if alike.bits and desk.meets(alike.demands)]

    def _first_free(self, line: Line, desk: Desk, moment: Moment) -> Head | None:
        """The first of a line for this agent, if nothing keeps it from them."""
        entry = line.first_for(desk.id, moment.now)
        if entry is None:
            return None
        return self._free(entry, line, desk, moment, moment.clock_s(line.key.calendar_id))

    def _free(
        self, entry: Entry, line: Line, desk: Desk, moment: Moment, clock_s: float
    ) -> Head | None:
        """An entry for this agent, if nothing keeps it from them."""
        if entry.excludes(desk.id, moment.now):
            return None
        head = Head(entry, line, clock_s)
        return None if self._is_kept_apart(head, desk, moment) else head

    def _count_cap(self, head: Head, rule: Rule, overdue: Collection[str]) -> None:
        queue = head.key.queue
        if rule is _OVER_CAP or queue not in overdue:
            self._since_cap.pop(queue, None)
        else:
            self._since_cap[queue] = self._since_cap.get(queue, 0) + 1

    # ---- the agents for a contact --------------------------------------------------------------

    def choose_or(self, desk: Desk, head: Head, moment: Moment, most: int) -> Choice | None:
        """Return who is to be offered a contact that is the `best` for this agent: they are, where
        nobody beside them has room for it.
        """
        key = head.key
        if (desk.helps and key.queue in desk.helps) or not self.desks.is_alone(
            desk, key.queue, key.channel
        ):
            return self.choose(head, moment, most)
        is_last = head.entry.preferred_agent_id == desk.id
        return Choice(desk, _LAST_AGENT if is_last else _ONLY_ONE, [desk])

    def choose(self, head: Head, moment: Moment, most: int) -> Choice | None:
        """Return who is to be offered this contact; None: nobody may take it now.

        Its last agent, else the best fit of the queue's own agents, else of those who help out.
        `most`: how many of those who could take it are wanted beside.
        """
        key = head.key
        if key.queue in self._paused:
            return None
        bench = self.desks.bench(key.queue, key.channel)
        if not bench.desks and not self.overflows.takes_from(key.queue):
            return None
        last = bench.desks.get(head.entry.preferred_agent_id or "")
        if last is not None and (
            not self._could_take(head, last, moment) or self._is_kept_apart(head, last, moment)
        ):
            last = None
        if key.held_for is not None:
            return None if last is None else Choice(last, _LAST_AGENT, [last])
        fitting = self._fitting(head, bench.in_order(), moment, most)
        if not fitting and self.overflows.takes_from(key.queue):
            fitting = self._fitting(head, self.overflows.helpers(head, moment), moment, most)
        if last is not None:
            return Choice(last, _LAST_AGENT, fitting)
        if not fitting:
            return None
        if len(fitting) == 1:
            return Choice(fitting[0], _ONLY_ONE, fitting)
        fit = bench.fit(fitting[0])
        rule = _BY_SPREAD[fit[0]] if bench.comfort else _LEAST_FLEXIBLE
        chosen = fitting[0]
        if key.demands:
            alike = [desk for desk in fitting if are_alike(bench.fit(desk), fit)]
            chosen = _most_skilled(alike, key.demands)
        return Choice(chosen, rule, fitting)

    def _fitting(self, head: Head, fits: list[Fit], moment: Moment, most: int) -> list[Desk]:
        """Return who may take a contact, the best fit first: at least `most` of them and, where
        skills are asked for, all that are like the first. Who is only to be told decides nothing.
        """
        found: list[Desk] = []
        first: Fit | None = None
        is_to_be_told = False
        for fit in fits:
            if first is not None and not self._is_as_good(fit, first, head):
                if len(found) >= most:
                    break
                is_to_be_told = True
            desk = self.desks.get(fit[4])
            if desk is None or not self._could_take(head, desk, moment):
                continue
            if is_to_be_told:
                is_apart = self.keeps_apart(head, desk, moment) is not None
            else:
                is_apart = self._is_kept_apart(head, desk, moment)
            if not is_apart:
                found.append(desk)
                if first is None:
                    first = fit
        return found

    def _is_as_good(self, fit: Fit, first: Fit, head: Head) -> bool:
        """Do the skills asked for decide between them?"""
        return bool(head.key.demands) and are_alike(fit, first)

    def _could_take(self, head: Head, desk: Desk, moment: Moment) -> bool:
        """Could this agent, who has room, take it, if nothing keeps them apart for a time?"""
        return (
            desk.meets(head.key.demands)
            and not desk.rests(head.key.channel, moment.now)
            and not head.entry.excludes(desk.id, moment.now)
        )

    # ---- what keeps them apart for a time ------------------------------------------------------

    def keeps_apart(self, head: Head, desk: Desk, moment: Moment) -> Obstacle | None:
        """Say what keeps them apart for a time, to be told: it sets no wake and notes nothing."""
        key = head.key
        if (
            desk.helps
            and key.queue in desk.helps
            and not self.overflows.may_help(desk, head, moment)
        ):
            return _HELPS_LATER
        if self.keeping.kept_for(desk, head, moment) is not None:
            return _KEPT
        if not self._has_reserves:
            return None
        reserve = withheld(key, head.urgency, desk, self.desks, self.rules)
        return None if reserve is None else _RESERVE

    def _is_kept_apart(self, head: Head, desk: Desk, moment: Moment) -> bool:
        key = head.key
        if desk.helps and key.queue in desk.helps and not self.overflows.lends(desk, head, moment):
            return True
        kept_for = self.keeping.kept_for(desk, head, moment)
        if kept_for is not None:
            self._wake_when_more_urgent(head, kept_for, moment)
            return True
        if not self._has_reserves or head.urgency >= 1:
            return False
        if withheld(key, head.urgency, desk, self.desks, self.rules) is None:
            return False
        self.withheld_in.update(desk.row.queues if key.queue in desk.helps else (key.queue,))
        self.wake_at_share(head, 1, moment)  # a reserve yields when the promise is used up
        return True

    def _wake_when_more_urgent(self, head: Head, kept_for: Entry, moment: Moment) -> None:
        entry, rival = head.entry, kept_for.id
        at_s = None if entry.rival == rival else overtakes_at(head, kept_for)
        if at_s is not None:
            entry.rival = rival
            at = self.rules.when(head.key.calendar_id, at_s, moment.now)
            self._wakes.push(at + timedelta(milliseconds=1), Wake.CONTACT, entry.id)

    def wake_at_share(self, head: Head, share: int, moment: Moment) -> None:
        """Look again when a contact has used up its promise `share` times."""
        entry = head.entry
        if share <= entry.wake_share:
            return
        entry.wake_share = share
        full = entry.virtual_start_s + share * head.key.target_s
        at = self.rules.when(head.key.calendar_id, full, moment.now) + timedelta(milliseconds=1)
        self._wakes.push(at, Wake.CONTACT, entry.id)


_NONE_HELD: Final[dict[AlikeKey, Alike]] = {}


def _most_skilled(desks: list[Desk], demands: Demands) -> Desk:
    """Return the first of those with the highest proficiency."""
    return max(desks, key=lambda desk: desk.proficiency(demands))
