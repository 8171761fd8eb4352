"""The time of one event, as each calendar's clock shows it."""

from __future__ import annotations

from datetime import datetime

from .model import Demands, Rules


class Moment:
    """`now`, with what each calendar's clock shows then."""

    __slots__ = ("_clocks", "_rules", "nobody_to_keep", "now")

    def __init__(self, rules: Rules, now: datetime) -> None:
        self.now = now
        self._rules = rules
        self._clocks: dict[str, float] = {}
        self.nobody_to_keep: set[tuple[str, str, Demands, str | None]] = set()  # see keeping.py

    def clock_s(self, calendar_id: str) -> float:
        shown = self._clocks.get(calendar_id)
        if shown is None:
            shown = self._clocks[calendar_id] = self._rules.clock_s(calendar_id, self.now)
        return shown
