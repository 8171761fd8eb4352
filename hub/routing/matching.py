"""Which pairs are possible now, and which comes first: the reading half of the engine.

It looks at lines and desks and changes neither; what keeps a pair apart for a time sets a wake.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from .agents import Desks
from .bench import Fit
from .desk import Desk
from .keeping import Keeping, overtakes_at
from .lines import Bunch, Entry, Line, Lines
from .model import Rules
from .moment import Moment
from .overflow import Overflows
from .record import AgentRule, Rule
from .strategies import Head, choose_head, turn, withheld
from .wakes import Wake, Wakes


class Choice:
    """The agent for a contact, by what rule, and some of those who could have been."""

    __slots__ = ("able", "desk", "rule")

    def __init__(self, desk: Desk, rule: AgentRule, able: list[Desk]) -> None:
        self.desk = desk
        self.rule = rule
        self.able = able


_AGENT_RULES = (AgentRule.COMFORT, AgentRule.IDLE, AgentRule.FILL)


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
        self._paused = frozenset(queue.id for queue in rules.queues.values() if queue.paused)

    def is_paused(self, queue: str) -> bool:
        return queue in self._paused

    def head(self, entry: Entry, line: Line, moment: Moment) -> Head:
        """Return an entry with the parts of its urgency."""
        return Head(entry, line, moment.clock_s(line.bunch.calendar_id))

    # ---- the contact for an agent --------------------------------------------------------------

    def best(self, desk: Desk, moment: Moment) -> tuple[Head, Rule] | None:
        """Return the contact whose turn it is for this agent, and by what rule; None: there is
        none. Counts it for the cap of its queue.
        """
        free = self.desks.free_channels(desk, moment.now)
        top, overdue = self._top(desk, free, moment)
        if top is None:
            return None
        strict = top.key.priority <= 0 and self.rules.queues[top.key.queue].strict
        if not overdue and not strict:
            self._since_cap.pop(top.key.queue, None)
            return top, Rule.PRIORITY if top.key.priority > 0 else Rule.MOST_URGENT
        heads = [top, *overdue]
        if strict:
            for bunch in self._bunches_of(top.key.queue, desk, free):
                heads += self._heads_of(bunch, desk, moment)
        late_in = {head.key.queue for head in overdue}
        due = {q for q in late_in if self._since_cap.get(q, 0) >= self.rules.cap_every - 1}
        head, rule = choose_head(heads, self.rules, due)
        self._count_cap(head, rule, late_in)
        return head, rule

    def _top(
        self, desk: Desk, channels: Collection[str], moment: Moment
    ) -> tuple[Head | None, list[Head]]:
        """Return the most urgent head, those raised by a supervisor before, and all over a cap.

        The one loop over all lines of an agent: whether a head may go is asked only of those that
        would come before the first found so far.
        """
        top: Head | None = None
        priority, urgency = 0, 0.0
        overdue: list[Head] = []
        clocks = moment.clocks
        for bunch in self._bunches(desk, channels):
            clock_s = clocks.get(bunch.calendar_id)
            if clock_s is None:
                clock_s = moment.clock_s(bunch.calendar_id)
            line = bunch.top_at(clock_s)
            late = clock_s - bunch.oldest_s >= bunch.cap_s
            if top is not None and not late:
                if bunch.priority < priority:
                    continue
                if bunch.priority == priority and clock_s - line.first_s < urgency * line.target_s:
                    continue  # the first who may go may have waited less, never more
            first = None if late else self._first_free(line, desk, moment)
            for head in self._heads_of(bunch, desk, moment) if first is None else [first]:
                if head.over_cap:
                    overdue.append(head)
                if top is None or _is_before(head, top):
                    top, priority, urgency = head, bunch.priority, head.urgency
        return top, overdue

    def heads(self, desk: Desk, moment: Moment) -> list[Head]:
        """Return the first contact of each line that this agent may take now."""
        free = self.desks.free_channels(desk, moment.now)
        bunches = self._bunches(desk, free)
        return [head for bunch in bunches for head in self._heads_of(bunch, desk, moment)]

    def firsts(self, desk: Desk, channels: Collection[str], moment: Moment) -> Iterator[Head]:
        """Yield the first contact for this agent of each line of their own queues and of these
        channels, whatever keeps it from them now.
        """
        for queue in desk.picture.queues:
            for bunch in self._bunches_of(queue, desk, channels):
                for line in bunch.lines.values():
                    entry = self._first(line, desk.picture.id, moment.now)
                    if entry is not None:
                        yield self.head(entry, line, moment)

    def _heads_of(self, bunch: Bunch, desk: Desk, moment: Moment) -> list[Head]:
        found = (self._first_free(line, desk, moment) for line in bunch.lines.values())
        return [head for head in found if head is not None]

    def _bunches(self, desk: Desk, channels: Collection[str]) -> list[Bunch]:
        """Return the bunches whose contacts this agent could be given."""
        bunches = []
        for queue in (*desk.picture.queues, *desk.helps) if channels else ():
            bunches += self._bunches_of(queue, desk, channels)
        return bunches

    def _bunches_of(self, queue: str, desk: Desk, channels: Collection[str]) -> list[Bunch]:
        if queue in self._paused:
            return []
        bunches = [
            bunch
            for bunch in self.lines.bunches(queue)
            if bunch.channel in channels and (not bunch.demands or desk.meets(bunch.demands))
        ]
        bunches += [
            bunch
            for bunch in self.lines.held_bunches(queue, desk.picture.id)
            if bunch.channel in channels and desk.meets(bunch.demands)
        ]
        return bunches

    def _first_free(self, line: Line, desk: Desk, moment: Moment) -> Head | None:
        """The first of a line for this agent, if nothing keeps it from them."""
        entry = self._first(line, desk.picture.id, moment.now)
        if entry is None:
            return None
        head = self.head(entry, line, moment)
        return None if self._is_kept_apart(head, desk, moment) else head

    def _first(self, line: Line, agent_id: str, now: datetime) -> Entry | None:
        """The first of a line that does not exclude this agent: looks past the heads that do."""
        for place in line:
            entry = self.entries[place.contact_id]
            if not entry.contact.excluded or not entry.excludes(agent_id, now):
                return entry
        return None

    def _count_cap(self, head: Head, rule: Rule, overdue: Collection[str]) -> None:
        queue = head.key.queue
        if rule is Rule.OVER_CAP or queue not in overdue:
            self._since_cap.pop(queue, None)
        else:
            self._since_cap[queue] = self._since_cap.get(queue, 0) + 1

    # ---- the agents for a contact --------------------------------------------------------------

    def choose(self, head: Head, moment: Moment, most: int) -> Choice | None:
        """Return who is to be offered this contact; None: nobody may take it now.

        Its last agent, else the best fit of the queue's own agents, else of those who help out.
        `most`: how many of those who could take it are wanted beside.
        """
        key = head.key
        if key.queue in self._paused:
            return None
        bench = self.desks.bench(key.queue, key.channel)
        last = bench.desks.get(head.entry.contact.preferred_agent_id or "")
        if last is not None and not self._may_take(head, last, moment):
            last = None
        if key.held_for is not None:
            return None if last is None else Choice(last, AgentRule.LAST_AGENT, [last])
        fitting = self._fitting(head, bench.in_order(), moment, most)
        if not fitting and self.rules.queues[key.queue].overflow:
            helpers = sorted(self.overflows.helpers(head, moment), key=_by_fit)
            fitting = self._fitting(head, helpers, moment, most)
        if last is not None:
            return Choice(last, AgentRule.LAST_AGENT, [desk for _, desk in fitting])
        if not fitting:
            return None
        best_fit, chosen = fitting[0]
        if key.demands:
            alike = [desk for fit, desk in fitting if fit.is_alike(best_fit)]
            chosen = max(alike, key=lambda desk: desk.proficiency(key.demands))  # first of equals
        rule = AgentRule.ONLY_ONE if len(fitting) == 1 else _AGENT_RULES[best_fit.spread]
        if len(fitting) > 1 and not bench.comfort:
            rule = AgentRule.LEAST_FLEXIBLE
        return Choice(chosen, rule, [desk for _, desk in fitting])

    def _fitting(
        self, head: Head, fits: Iterable[tuple[Fit, Desk]], moment: Moment, most: int
    ) -> list[tuple[Fit, Desk]]:
        """Return who may take a contact, the best fit first: at least `most` of them and, where
        skills are asked for, all that are like the first.
        """
        found: list[tuple[Fit, Desk]] = []
        for fit, desk in fits:
            if len(found) >= most and not (head.key.demands and fit.is_alike(found[0][0])):
                break
            if self._may_take(head, desk, moment):
                found.append((fit, desk))
        return found

    def _may_take(self, head: Head, desk: Desk, moment: Moment) -> bool:
        return (
            desk.meets(head.key.demands)
            and not desk.rests(head.key.channel, moment.now)
            and not head.entry.excludes(desk.picture.id, moment.now)
            and not self._is_kept_apart(head, desk, moment)
        )

    # ---- what keeps them apart for a time ------------------------------------------------------

    def _is_kept_apart(self, head: Head, desk: Desk, moment: Moment) -> bool:
        key = head.key
        if key.queue in desk.helps and not self.overflows.may_help(desk, head, moment):
            return True
        kept_for = self.keeping.kept_for(desk, head, moment)
        if kept_for is not None:
            self._wake_when_more_urgent(head, kept_for, moment)
            return True
        if withheld(key, head.urgency, desk, self.desks, self.rules) is None:
            return False
        self.withheld_in.update(desk.picture.queues if key.queue in desk.helps else (key.queue,))
        self.wake_at_share(head, 1, moment)  # a reserve yields when the promise is used up
        return True

    def _wake_when_more_urgent(self, head: Head, kept_for: Entry, moment: Moment) -> None:
        entry, rival = head.entry, kept_for.contact.id
        at_s = None if entry.rival == rival else overtakes_at(head, kept_for)
        if at_s is not None:
            entry.rival = rival
            at = self.rules.when(head.key.calendar_id, at_s, moment.now)
            self._wakes.push(at + timedelta(milliseconds=1), Wake.CONTACT, entry.contact.id)

    def wake_at_share(self, head: Head, share: int, moment: Moment) -> None:
        """Look again when a contact has used up its promise `share` times."""
        entry = head.entry
        if share <= entry.wake_share:
            return
        entry.wake_share = share
        full = entry.contact.virtual_start_s + share * head.key.target_s
        at = self.rules.when(head.key.calendar_id, full, moment.now) + timedelta(milliseconds=1)
        self._wakes.push(at, Wake.CONTACT, entry.contact.id)


def _is_before(head: Head, other: Head) -> bool:
    """Does it go first, by priority and urgency alone?"""
    if head.key.priority != other.key.priority:
        return head.key.priority > other.key.priority
    return turn(head) < turn(other)


def _by_fit(pair: tuple[Fit, Desk]) -> Fit:
    return pair[0]
