"""The time of one event, as each calendar's clock shows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from hub.hours import is_open

from .model import WALL, Demands, Rules

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_S: Final = 86_400.0
_MICROSECONDS: Final = 1_000_000.0


class Moment:
    """`now`, with what each calendar's clock shows then; that on the wall is `wall_s`."""

    __slots__ = ("_clocks", "_nobody_to_keep", "_open", "_rules", "now", "wall_s")

    def __init__(self, rules: Rules, now: datetime) -> None:
        self.now = now
        self._rules = rules
        self.wall_s = _unix_s(now)
        self._clocks: dict[str, float] | None = None  # those asked for so far
        self._open: dict[str, bool] | None = None
        self._nobody_to_keep: set[AlikeContacts] | None = None

    def clock_s(self, calendar_id: str) -> float:
        if calendar_id == WALL:
            return self.wall_s
        if self._clocks is None:
            self._clocks = {}
        shown = self._clocks.get(calendar_id)
        if shown is None:
            calendar = self._rules.calendars.get(calendar_id)  # Rules.clock_s, without its call
            shown = self.wall_s if calendar is None else calendar.position(self.now)
            self._clocks[calendar_id] = shown
        return shown

    def is_open(self, queue: str) -> bool:
        """Say whether a queue is within its hours."""
        if self._open is None:
            self._open = {}
        known = self._open.get(queue)
        if known is None:
            calendar = self._rules.calendars.get(self._rules.queues[queue].calendar_id)
            known = self._open[queue] = calendar is None or is_open(calendar, self.now)
        return known

    def has_nobody_to_keep(self, contacts: AlikeContacts) -> bool:
        """Was it seen at this moment that nobody can be kept for such contacts (see keeping.py)?"""
        return self._nobody_to_keep is not None and contacts in self._nobody_to_keep

    def note_nobody_to_keep(self, contacts: AlikeContacts) -> None:
        if self._nobody_to_keep is None:
            self._nobody_to_keep = set()
        self._nobody_to_keep.add(contacts)


AlikeContacts = tuple[str, str, Demands, str | None]
"""Queue, channel, skills asked for, and the agent they are held for."""


def _unix_s(now: datetime) -> float:
    """Return what `timestamp` does, to the last digit, in a third of its time when compiled."""
    since = now - _EPOCH
    seconds = float(since.days) * _DAY_S + float(since.seconds)
    return (seconds * _MICROSECONDS + float(since.microseconds)) / _MICROSECONDS
