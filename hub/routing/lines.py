"""The lines in which contacts wait: first come, first served inside each, heads compared between.

A line is keyed by everything that decides who may take its contacts and how fast they age; so its
order never changes, and an event costs the number of lines, never the number of contacts.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from datetime import datetime

from .model import Demands, Rules, WaitingContact

_GAPS = 64  # so many places given up at the head of a line, or a 64th of it, are cleared away


class LineKey:
    """What decides who may take the contacts of a line, and how fast they age."""

    __slots__ = (
        "calendar_id",
        "channel",
        "demands",
        "held_for",
        "priority",
        "queue",
        "step",
        "target_s",
        "tier",
    )

    def __init__(
        self,
        *,
        queue: str,
        tier: str,
        channel: str,
        calendar_id: str,
        target_s: float,
        demands: Demands,
        step: int,
        priority: int,
        held_for: str | None,
    ) -> None:
        self.queue = queue
        self.tier = tier
        self.channel = channel
        self.calendar_id = calendar_id
        self.target_s = target_s
        self.demands = demands
        self.step = step
        self.priority = priority
        self.held_for = held_for  # the one agent who may take it for now


class Entry:
    """One contact and where it stands; `line` is None while it is proposed."""

    __slots__ = ("contact", "excluded", "id", "line", "rival", "virtual_start_s", "wake_share")

    def __init__(self, contact: WaitingContact) -> None:
        self.contact = contact
        self.id = contact.id
        self.virtual_start_s = contact.virtual_start_s
        self.excluded = contact.excluded
        self.line: Line | None = None
        self.wake_share = 0  # a wake is set for when so many promises are used up
        self.rival: str | None = None  # a wake is set for when it is more urgent than this contact

    def excludes(self, agent_id: str, now: datetime) -> bool:
        if not self.excluded:
            return False
        until = self.excluded.get(agent_id)
        return until is not None and until > now


Place = tuple[float, str]
"""A place in a line: by virtual start, then by id (UUIDv7: the older first)."""


class Line:
    """The contacts of one key in the order of their virtual start; never empty while it is found.

    `first` is who is next, `first_s` their virtual start. Each of `_entries` has the place of the
    same index. Places given up at the head leave a gap, so that taking the first costs the same in
    a long line.
    """

    __slots__ = ("_entries", "_gap", "_places", "bunch", "first", "first_s", "key", "target_s")

    def __init__(self, key: LineKey, bunch: Bunch, first: Entry) -> None:
        self.key = key
        self.bunch = bunch
        self.target_s = key.target_s
        self.first = first
        self.first_s = first.virtual_start_s
        self._places: list[Place] = [(first.virtual_start_s, first.id)]
        self._entries = [first]
        self._gap = 0
        bunch.top = None

    def __len__(self) -> int:
        return len(self._places) - self._gap

    @property
    def entries(self) -> list[Entry]:
        """Who stands in it, the first of the line first."""
        return self._entries[self._gap :]

    def first_for(self, agent_id: str, now: datetime) -> Entry | None:
        """Return the first who does not exclude this agent: looks past the heads that do."""
        if not self.first.excludes(agent_id, now):
            return self.first
        for index in range(self._gap + 1, len(self._entries)):
            entry = self._entries[index]
            if not entry.excludes(agent_id, now):
                return entry
        return None

    def add(self, entry: Entry) -> None:
        place = (entry.virtual_start_s, entry.id)
        index = bisect_left(self._places, place, lo=self._gap)
        self._places.insert(index, place)
        self._entries.insert(index, entry)
        self._note_first()

    def _note_first(self) -> None:
        first = self._entries[self._gap]
        if first is not self.first:
            self.first, self.first_s = first, first.virtual_start_s
            self.bunch.top = None

    def remove(self, entry: Entry) -> None:
        """Take somebody out who stands in it."""
        if entry is self.first:
            self._gap += 1
            if self._gap >= _GAPS and _GAPS * self._gap >= len(self._places):
                del self._places[: self._gap], self._entries[: self._gap]
                self._gap = 0
        else:
            place = (entry.virtual_start_s, entry.id)
            index = bisect_left(self._places, place, lo=self._gap)
            del self._places[index], self._entries[index]
        if len(self):
            self._note_first()

    def started_by(self, virtual_start_s: float) -> int:
        """Return how many started at or before this reading of the line's clock."""
        last = (virtual_start_s, "\U0010ffff")
        return bisect_right(self._places, last, lo=self._gap) - self._gap


_BunchKey = tuple[str, str, int]  # channel, calendar and priority, the demands being the same
_LineKey = tuple[str, float, int]  # what tells the lines of a bunch apart: tier, target and step


class Bunch:
    """Lines of one queue that the same agents may take: they differ in how fast they age.

    Which of them is the most urgent is worked out when a first one changes and when time has made
    another one overtake it: two lines cross once, for urgency is linear in time (Kleinrock 1964).
    `top` is that line from `_from_s` until `_until_s` on the bunch's clock; None: not known.
    """

    __slots__ = (
        "_from_s",
        "_until_s",
        "calendar_id",
        "cap_s",
        "channel",
        "lines",
        "oldest_s",
        "priority",
        "top",
    )

    def __init__(self, key: LineKey, cap_s: float) -> None:
        self.channel, self.calendar_id, self.priority = key.channel, key.calendar_id, key.priority
        self.cap_s = cap_s  # infinite: none
        self.lines: dict[_LineKey, Line] = {}
        self.top: Line | None = None
        self.oldest_s = 0.0  # the least virtual start, as of when `top` was found
        self._from_s = self._until_s = 0.0

    def top_at(self, clock_s: float) -> Line:
        """Return the most urgent line; a tie goes to the older contact. The bunch is not empty."""
        top = self.top
        if top is None or clock_s < self._from_s or clock_s >= self._until_s:
            top = self._find_top(clock_s)
        return top

    def _find_top(self, clock_s: float) -> Line:
        lines = list(self.lines.values())
        top = lines[0]
        oldest_s, until_s = top.first_s, math.inf
        if len(lines) > 1:
            best = (clock_s - top.first_s) / top.target_s
            for line in lines:
                urgency = (clock_s - line.first_s) / line.target_s
                if urgency > best or (urgency == best and line.first.id < top.first.id):
                    top, best = line, urgency
                if line.first_s < oldest_s:
                    oldest_s = line.first_s
            for line in lines:
                gain = top.target_s - line.target_s
                if gain > 0:  # it ages faster: (c - s) / t = (c - s') / t'
                    crossing = line.first_s * top.target_s - top.first_s * line.target_s
                    until_s = min(until_s, crossing / gain)
        self.top, self._from_s, self._until_s, self.oldest_s = top, clock_s, until_s, oldest_s
        return top


Bunches = dict[Demands, dict[_BunchKey, Bunch]]
"""Bunches by the skills their contacts ask for, so that those are looked at once for all."""


class QueueLines:
    """The lines of one queue, in bunches, those held for one agent apart; empty ones are dropped.

    `waiting` stand in them. No bunch and none of `held` is empty.
    """

    __slots__ = ("common", "held", "waiting")

    def __init__(self) -> None:
        self.common: Bunches = {}
        self.held: dict[str, Bunches] = {}  # by agent
        self.waiting = 0

    def bunches(self, held_for: str | None) -> Bunches:
        """Return those open to everybody, or held for one agent, to put something in."""
        return self.common if held_for is None else self.held.setdefault(held_for, {})


class Lines:
    """All lines, found by queue."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._queues: dict[str, QueueLines] = {}

    def put(self, entry: Entry, key: LineKey) -> Line:
        """Put an entry that stands nowhere into the line of `key`."""
        queue = self._queues.get(key.queue)
        if queue is None:
            queue = self._queues[key.queue] = QueueLines()
        alike = queue.bunches(key.held_for).setdefault(key.demands, {})
        bunch_key = (key.channel, key.calendar_id, key.priority)
        bunch = alike.get(bunch_key)
        if bunch is None:
            cap_s = self._rules.cap_s(key.queue, key.channel)
            bunch = alike[bunch_key] = Bunch(key, math.inf if cap_s is None else cap_s)
        line_key = (key.tier, key.target_s, key.step)
        line = bunch.lines.get(line_key)
        if line is None:
            line = bunch.lines[line_key] = Line(key, bunch, entry)
        else:
            line.add(entry)
        entry.line = line
        queue.waiting += 1
        return line

    def take(self, entry: Entry) -> None:
        """Take an entry out of its line, if it stands in one."""
        line = entry.line
        if line is None:
            return
        line.remove(entry)
        entry.line = None
        key, bunch, queue = line.key, line.bunch, self._queues[line.key.queue]
        queue.waiting -= 1
        if len(line):
            return
        del bunch.lines[key.tier, key.target_s, key.step]
        bunch.top = None
        if bunch.lines:
            return
        bunches = queue.bunches(key.held_for)
        alike = bunches[key.demands]
        del alike[key.channel, key.calendar_id, key.priority]
        if not alike:
            del bunches[key.demands]
        if key.held_for is not None and not bunches:
            del queue.held[key.held_for]

    def waiting(self, queue: str) -> int:
        """Return how many wait in a queue and are proposed to nobody."""
        lines = self._queues.get(queue)
        return 0 if lines is None else lines.waiting

    def of(self, queue: str) -> QueueLines | None:
        """Return the lines of a queue; None: nobody has come to it yet."""
        return self._queues.get(queue)

    def common(self, queue: str) -> list[Line]:
        """Return the lines of a queue that are open to everybody; none is empty."""
        lines = self._queues.get(queue)
        return [] if lines is None else _lines_of(lines.common)

    def of_queue(self, queue: str) -> list[Line]:
        """Return every line of a queue, held or not."""
        lines = self._queues.get(queue)
        if lines is None:
            return []
        held = [line for bunches in lines.held.values() for line in _lines_of(bunches)]
        return _lines_of(lines.common) + held


def all_of(bunches: Bunches) -> list[Bunch]:
    """Return them in one list, whatever skills they ask for."""
    return [bunch for alike in bunches.values() for bunch in alike.values()]


def _lines_of(bunches: Bunches) -> list[Line]:
    return [line for bunch in all_of(bunches) for line in bunch.lines.values()]
