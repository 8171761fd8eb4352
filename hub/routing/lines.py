"""The lines in which contacts wait: first come, first served inside each, heads compared between.

A line is keyed by everything that decides who may take its contacts and how fast they age; so its
order never changes, and an event costs the number of lines, never the number of contacts.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from .bunches import Bunch
from .model import Demands, Rules, WaitingContact
from .queue_lines import QueueLines, Served, lines_of

_GAPS: Final = 64  # so many places given up at the head of a line are cleared away,
_MOST_KEYS: Final = 4096  # so many keys, or twice those in use, are kept for the next contact
_GAP_SHARE: Final = 4  # but of a long line only once they are a quarter of it


class LineKey:
    """What decides who may take the contacts of a line, and how fast they age.

    `line` is where they stand, once somebody did; one object serves all contacts alike.
    """

    __slots__ = (
        "calendar_id",
        "channel",
        "demands",
        "held_for",
        "line",
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
        self.line: Line | None = None


_NOBODY_EXCLUDED: Final[Mapping[str, datetime]] = {}
"""One for all who exclude nobody: what is asked of everybody is at hand."""


class Entry:
    """One contact and where it stands; `line` is None while it is proposed."""

    __slots__ = (
        "contact",
        "excluded",
        "id",
        "line",
        "preferred_agent_id",
        "rival",
        "virtual_start_s",
        "wake_share",
    )

    def __init__(self, contact: WaitingContact) -> None:
        self.contact = contact
        self.id = contact.id
        self.virtual_start_s = contact.virtual_start_s
        self.excluded = contact.excluded or _NOBODY_EXCLUDED
        self.preferred_agent_id = contact.preferred_agent_id
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

_NOBODY: Final = Entry(
    WaitingContact(
        id="", queue="", tier="", channel="", calendar_id="", target_s=1.0, virtual_start_s=0.0
    )
)
"""Stands where nobody does: in a place given up, at the head of an empty line."""
_GIVEN_UP: Final[Place] = (-math.inf, "")


class Line:
    """The contacts of one key in the order of their virtual start.

    `first` is who is next, `first_s` their virtual start. Each of `_entries` has the place of the
    same index. Places given up at the head leave a gap, so that taking the first costs the same in
    a long line.
    """

    __slots__ = (
        "_entries",
        "_gap",
        "_places",
        "bunch",
        "first",
        "first_s",
        "key",
        "queue",
        "target_s",
    )

    def __init__(self, key: LineKey, bunch: Bunch, queue: QueueLines) -> None:
        self.key = key
        self.bunch = bunch
        self.queue = queue
        self.target_s = key.target_s
        self.first = _NOBODY
        self.first_s = 0.0
        self._places: list[Place] = []
        self._entries: list[Entry] = []
        self._gap = 0

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
        places = self._places
        if not places:
            places.append(place)
            self._entries.append(entry)
            self._note_first(entry)
            self.bunch.add(self)
        elif place > places[-1]:
            places.append(place)
            self._entries.append(entry)
        else:
            index = bisect_left(places, place, lo=self._gap)
            places.insert(index, place)
            self._entries.insert(index, entry)
            if index == self._gap:
                self._note_first(entry)

    def _note_first(self, first: Entry) -> None:
        self.first, self.first_s = first, first.virtual_start_s
        self.bunch.forget_top()

    def remove(self, entry: Entry) -> None:
        """Take somebody out who stands in it."""
        places, entries, gap = self._places, self._entries, self._gap
        if entry is not self.first:
            index = bisect_left(places, (entry.virtual_start_s, entry.id), lo=gap)
            del places[index], entries[index]
            return
        places[gap], entries[gap] = _GIVEN_UP, _NOBODY  # so that a gap is cleared away at no cost
        gap += 1
        if gap == len(places):
            places.clear()
            entries.clear()
            self._gap = 0
            self.first = _NOBODY
            self.bunch.drop(self)
            return
        if gap >= _GAPS and _GAP_SHARE * gap >= len(places):
            del places[:gap], entries[:gap]
            gap = 0
        self._gap = gap
        self._note_first(entries[gap])

    def started_by(self, virtual_start_s: float) -> int:
        """Return how many started at or before this reading of the line's clock."""
        last = (virtual_start_s, "\U0010ffff")
        return bisect_right(self._places, last, lo=self._gap) - self._gap


_Known = tuple[str, str, str, str, float, Demands, int, int, str | None]  # all of a LineKey


class Lines:
    """All lines, found by queue."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._bits = rules.channel_bits()
        self._queues: dict[str, QueueLines] = {}
        self._keys: dict[_Known, LineKey] = {}
        self._most_keys = _MOST_KEYS

    def key(self, contact: WaitingContact, step: int, held_for: str | None) -> LineKey:
        """Return the key of a contact that stands at a skill step; one for all contacts alike."""
        demands = contact.steps[step]
        known = (
            contact.queue,
            contact.tier,
            contact.channel,
            contact.calendar_id,
            contact.target_s,
            demands,
            step,
            contact.priority,
            held_for,
        )
        key = self._keys.get(known)
        if key is None:
            if len(self._keys) >= self._most_keys:
                self._forget_unused()
            key = self._keys[known] = LineKey(
                queue=contact.queue,
                tier=contact.tier,
                channel=contact.channel,
                calendar_id=contact.calendar_id,
                target_s=contact.target_s,
                demands=demands,
                step=step,
                priority=contact.priority,
                held_for=held_for,
            )
        return key

    def _forget_unused(self) -> None:
        used = [one for one in self._keys.items() if one[1].line is not None and len(one[1].line)]
        self._keys = dict(used)
        self._most_keys = max(_MOST_KEYS, 2 * len(self._keys))
        for queue in self._queues.values():
            queue.forget_unused()

    def put(self, entry: Entry, key: LineKey) -> Line:
        """Put an entry that stands nowhere into the line of `key`."""
        line = key.line
        if line is None:
            line = key.line = self._line(key)
        line.add(entry)
        entry.line = line
        line.queue.waiting += 1
        return line

    def _queue(self, name: str) -> QueueLines:
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = QueueLines()
        return queue

    def served(self, queues: Iterable[str], skills: dict[str, int]) -> list[Served]:
        """Return what agents of these queues with these skills may be given: nothing of queues that
        are paused.
        """
        rules = self._rules.queues
        going = [name for name in queues if name not in rules or not rules[name].paused]
        return [self._queue(name).served_with(skills) for name in going]

    def _line(self, key: LineKey) -> Line:
        queue = self._queue(key.queue)
        alike = queue.alike(key)
        bunch = alike.known.get((key.channel, key.priority))
        if bunch is None:
            cap_s = self._rules.cap_s(key.queue, key.channel)
            bunch = Bunch(alike, key, self._bits[key.channel], math.inf if cap_s is None else cap_s)
            alike.known[key.channel, key.priority] = bunch
        line_key = (key.tier, key.target_s, key.step)
        line = bunch.known.get(line_key)
        if line is None:
            line = bunch.known[line_key] = Line(key, bunch, queue)
        return line

    def take(self, entry: Entry) -> None:
        """Take an entry out of its line, if it stands in one."""
        line = entry.line
        if line is None:
            return
        line.remove(entry)
        entry.line = None
        line.queue.waiting -= 1

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
        return [] if lines is None else lines_of(lines.common)

    def of_queue(self, queue: str) -> list[Line]:
        """Return every line of a queue, held or not."""
        lines = self._queues.get(queue)
        if lines is None:
            return []
        held = [line for alikes in lines.held.values() for line in lines_of(alikes)]
        return lines_of(lines.common) + held
