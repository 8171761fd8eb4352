"""The lines in which contacts wait: first come, first served inside each, heads compared between.

A line is keyed by everything that decides who may take its contacts and how fast they age; so its
order never changes, and an event costs the number of lines, never the number of contacts.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from .model import Demands, Rules, WaitingContact

_GAPS = 64  # places given up at the head of a line before they are cleared away


class LineKey(NamedTuple):
    queue: str
    tier: str
    channel: str
    calendar_id: str
    target_s: float
    demands: Demands
    step: int
    priority: int
    held_for: str | None  # the one agent who may take it for now


class Place(NamedTuple):
    """A place in a line: by virtual start, then by id (UUIDv7: the older first)."""

    virtual_start_s: float
    contact_id: str


class Line:
    """The contacts of one key in the order of their virtual start.

    `first_s` is the virtual start of the first. Places given up at the head leave a gap, so that
    taking the first costs the same in a long line.
    """

    __slots__ = ("_gap", "_places", "bunch", "first_s", "key", "target_s")

    def __init__(self, key: LineKey, bunch: Bunch) -> None:
        self.key = key
        self.bunch = bunch
        self.target_s = key.target_s
        self.first_s = 0.0
        self._places: list[Place] = []
        self._gap = 0

    @property
    def first_id(self) -> str:
        return self._places[self._gap].contact_id

    def __len__(self) -> int:
        return len(self._places) - self._gap

    @property
    def places(self) -> list[Place]:
        """The places, the first of the line first."""
        return self._places[self._gap :]

    def __iter__(self) -> Iterator[Place]:
        """Yield the places, the first of the line first; the line must not change meanwhile."""
        for index in range(self._gap, len(self._places)):
            yield self._places[index]

    def add(self, place: Place) -> None:
        insort(self._places, place, lo=self._gap)
        self._note_first()

    def _note_first(self) -> None:
        first_s = self._places[self._gap].virtual_start_s
        if first_s != self.first_s or len(self) == 1:
            self.first_s = first_s
            self.bunch.top = None

    def remove(self, place: Place) -> None:
        places, gap = self._places, self._gap
        index = bisect_left(places, place, lo=gap)
        if index == len(places) or places[index] != place:
            return
        if index == gap:
            self._gap += 1
            if self._gap >= _GAPS and 2 * self._gap >= len(places):
                del places[: self._gap]
                self._gap = 0
        else:
            del places[index]
        if self._gap < len(places):
            self._note_first()

    def started_by(self, virtual_start_s: float) -> int:
        """Return how many started at or before this reading of the line's clock."""
        last = Place(virtual_start_s, "\U0010ffff")
        return bisect_right(self._places, last, lo=self._gap) - self._gap


class BunchKey(NamedTuple):
    """What the lines of a bunch have in common."""

    channel: str
    demands: Demands
    calendar_id: str
    priority: int


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
        "demands",
        "key",
        "lines",
        "oldest_s",
        "priority",
        "top",
    )

    def __init__(self, key: BunchKey, cap_s: float) -> None:
        self.key = key
        self.channel, self.demands, self.calendar_id, self.priority = key
        self.cap_s = cap_s  # infinite: none
        self.lines: dict[LineKey, Line] = {}
        self.top: Line | None = None
        self.oldest_s = 0.0  # the least virtual start, as of when `top` was found
        self._from_s = self._until_s = 0.0

    def top_at(self, clock_s: float) -> Line:
        """Return the most urgent line; a tie goes to the older contact. The bunch is not empty."""
        top = self.top
        if top is None or not self._from_s <= clock_s < self._until_s:
            top = self._find_top(clock_s)
        return top

    def _find_top(self, clock_s: float) -> Line:
        lines = list(self.lines.values())
        top, best = lines[0], (clock_s - lines[0].first_s) / lines[0].target_s
        oldest_s = top.first_s
        for line in lines[1:]:
            urgency = (clock_s - line.first_s) / line.target_s
            if urgency > best or (urgency == best and line.first_id < top.first_id):
                top, best = line, urgency
            oldest_s = min(oldest_s, line.first_s)
        until_s = math.inf
        for line in lines:
            gain = top.target_s - line.target_s
            if gain > 0:  # it ages faster: (c - s) / t = (c - s') / t'
                crossing = line.first_s * top.target_s - top.first_s * line.target_s
                until_s = min(until_s, crossing / gain)
        self.top, self._from_s, self._until_s, self.oldest_s = top, clock_s, until_s, oldest_s
        return top


class Entry:
    """One contact and where it stands; `line` is None while it is proposed."""

    __slots__ = ("contact", "line", "place", "rival", "wake_share")

    def __init__(self, contact: WaitingContact) -> None:
        self.contact = contact
        self.place = Place(contact.virtual_start_s, contact.id)
        self.line: Line | None = None
        self.wake_share = 0  # a wake is set for when so many promises are used up
        self.rival: str | None = None  # a wake is set for when it is more urgent than this contact

    def excludes(self, agent_id: str, now: datetime) -> bool:
        until = self.contact.excluded.get(agent_id)
        return until is not None and until > now


_NO_BUNCHES: dict[BunchKey, Bunch] = {}


class Lines:
    """All lines, found by queue, those held for one agent apart; empty ones are dropped."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._common: dict[str, dict[BunchKey, Bunch]] = {}
        self._held: dict[str, dict[str, dict[BunchKey, Bunch]]] = {}  # by queue, then by agent
        self._waiting: dict[str, int] = {}

    def put(self, entry: Entry, key: LineKey) -> Line:
        """Put an entry that stands nowhere into the line of `key`."""
        bunch_key = BunchKey(key.channel, key.demands, key.calendar_id, key.priority)
        bunches = self._bunches(key)
        bunch = bunches.get(bunch_key)
        if bunch is None:
            cap_s = self._rules.cap_s(key.queue, key.channel)
            bunch = bunches[bunch_key] = Bunch(bunch_key, math.inf if cap_s is None else cap_s)
        line = bunch.lines.get(key)
        if line is None:
            line = bunch.lines[key] = Line(key, bunch)
        line.add(entry.place)
        entry.line = line
        self._waiting[key.queue] = self._waiting.get(key.queue, 0) + 1
        return line

    def take(self, entry: Entry) -> None:
        """Take an entry out of its line, if it stands in one."""
        line = entry.line
        if line is None:
            return
        line.remove(entry.place)
        entry.line = None
        key, bunch = line.key, line.bunch
        self._waiting[key.queue] -= 1
        if len(line):
            return
        del bunch.lines[key]
        bunch.top = None
        if bunch.lines:
            return
        del self._bunches(key)[bunch.key]
        if key.held_for is not None and not self._held[key.queue][key.held_for]:
            del self._held[key.queue][key.held_for]

    def _bunches(self, key: LineKey) -> dict[BunchKey, Bunch]:
        if key.held_for is None:
            return self._common.setdefault(key.queue, {})
        return self._held.setdefault(key.queue, {}).setdefault(key.held_for, {})

    def waiting(self, queue: str) -> int:
        """Return how many wait in a queue and are proposed to nobody."""
        return self._waiting.get(queue, 0)

    def bunches(self, queue: str) -> Collection[Bunch]:
        """Return the bunches of a queue that are open to everybody; none is empty."""
        return self._common.get(queue, _NO_BUNCHES).values()

    def held_bunches(self, queue: str, agent_id: str) -> Collection[Bunch]:
        """Return the bunches of a queue that are held for one agent."""
        held = self._held.get(queue)
        return held.get(agent_id, _NO_BUNCHES).values() if held else _NO_BUNCHES.values()

    def common(self, queue: str) -> list[Line]:
        """Return the lines of a queue that are open to everybody; none is empty."""
        return [line for bunch in self.bunches(queue) for line in bunch.lines.values()]

    def held(self, queue: str, agent_id: str) -> list[Line]:
        """Return the lines of a queue that are held for one agent."""
        bunches = self.held_bunches(queue, agent_id)
        return [line for bunch in bunches for line in bunch.lines.values()]

    def of_queue(self, queue: str) -> Iterator[Line]:
        """Yield every line of a queue, held or not."""
        yield from self.common(queue)
        for agent_id in list(self._held.get(queue, {})):
            yield from self.held(queue, agent_id)
