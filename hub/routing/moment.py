"""The time of one event, as each calendar's clock shows it."""

from __future__ import annotations

from datetime import datetime

from hub.hours import is_open

from .model import Demands, Rules


class Moment:
    """`now`, with what each calendar's clock shows then."""

    __slots__ = ("_clocks", "_open", "_rules", "nobody_to_keep", "now")

    def __init__(self, rules: Rules, now: datetime) -> None:
        self.now = now
        self._rules = rules
        self._clocks: dict[str, float] = {}  # those asked for so far
        self._open: dict[str, bool] = {}
        self.nobody_to_keep: set[tuple[str, str, Demands, str | None]] = set()  # see keeping.py

    def clock_s(self, calendar_id: str) -> float:
        shown = self._clocks.get(calendar_id)
        if shown is None:
            calendar = self._rules.calendars.get(calendar_id)  # Rules.clock_s, without its call
            shown = self.now.timestamp() if calendar is None else calendar.position(self.now)
            self._clocks[calendar_id] = shown
        return shown

    def is_open(self, queue: str) -> bool:
        """Say whether a queue is within its hours."""
        known = self._open.get(queue)
        if known is None:
            calendar = self._rules.calendars.get(self._rules.queues[queue].calendar_id)
            known = self._open[queue] = calendar is None or is_open(calendar, self.now)
        return known
