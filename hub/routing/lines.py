"""The lines in which contacts wait: first come, first served inside each, heads compared between.

A line is keyed by everything that decides who may take its contacts and how fast they age; so its
order never changes, and an event costs the number of lines, never the number of contacts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from .model import Demands, WaitingContact


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
    """The contacts of one key in the order of their virtual start."""

    __slots__ = ("key", "places")

    def __init__(self, key: LineKey) -> None:
        self.key = key
        self.places: list[Place] = []

    def add(self, place: Place) -> None:
        insort(self.places, place)

    def remove(self, place: Place) -> None:
        index = bisect_left(self.places, place)
        if index < len(self.places) and self.places[index] == place:
            del self.places[index]

    def started_by(self, virtual_start_s: float) -> int:
        """Return how many started at or before this reading of the line's clock."""
        return bisect_right(self.places, (virtual_start_s, "\U0010ffff"))


class Entry:
    """One contact and where it stands; `line` is None while it is proposed."""

    __slots__ = ("contact", "line", "rival", "wake_share")

    def __init__(self, contact: WaitingContact) -> None:
        self.contact = contact
        self.line: Line | None = None
        self.wake_share = 0  # a wake is set for when so many promises are used up
        self.rival: str | None = None  # a wake is set for when it is more urgent than this contact

    @property
    def place(self) -> Place:
        return Place(self.contact.virtual_start_s, self.contact.id)

    def excludes(self, agent_id: str, now: datetime) -> bool:
        until = self.contact.excluded.get(agent_id)
        return until is not None and until > now


class Lines:
    """All lines, found by queue, those held for one agent apart; empty ones are dropped."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str | None], dict[LineKey, Line]] = {}

    def put(self, entry: Entry, key: LineKey) -> None:
        """Put an entry that stands nowhere into the line of `key`."""
        lines = self._groups.setdefault((key.queue, key.held_for), {})
        line = lines.get(key)
        if line is None:
            line = lines[key] = Line(key)
        line.add(entry.place)
        entry.line = line

    def take(self, entry: Entry) -> None:
        """Take an entry out of its line, if it stands in one."""
        line = entry.line
        if line is None:
            return
        line.remove(entry.place)
        entry.line = None
        if not line.places:
            group = (line.key.queue, line.key.held_for)
            del self._groups[group][line.key]
            if not self._groups[group]:
                del self._groups[group]

    def common(self, queue: str) -> list[Line]:
        """Return the lines of a queue that are open to everybody; none is empty."""
        return list(self._groups.get((queue, None), {}).values())

    def held(self, queue: str, agent_id: str) -> list[Line]:
        """Return the lines of a queue that are held for one agent."""
        return list(self._groups.get((queue, agent_id), {}).values())

    def of_queue(self, queue: str) -> Iterator[Line]:
        """Yield every line of a queue, held or not."""
        for (name, _), lines in list(self._groups.items()):
            if name == queue:
                yield from list(lines.values())
