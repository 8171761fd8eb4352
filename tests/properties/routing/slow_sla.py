"""A slow model of deadlines: it lives through every ten minutes and looks at the wall clock.

Nothing of the real one is used: open hours are read off local times, used time is counted up.
Everything that happens, happens on full ten minutes, so counting in steps of ten loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

TICK = timedelta(minutes=10)
TICK_S = 600


@dataclass(frozen=True)
class SlowHours:
    """`spans`: by weekday, in hours of the local day; over 24: the night after."""

    zone: str
    spans: Mapping[int, tuple[tuple[float, float], ...]]
    holidays: frozenset[date] = frozenset()

    def is_open(self, at: datetime) -> bool:
        local = at.astimezone(ZoneInfo(self.zone))
        hour = local.hour + local.minute / 60
        day = local.date()
        return self._opens(day, hour) or self._opens(day - timedelta(days=1), hour + 24)

    def _opens(self, day: date, hour: float) -> bool:
        if day in self.holidays:
            return False
        return any(opens <= hour < closes for opens, closes in self.spans.get(day.weekday(), ()))


@dataclass(frozen=True)
class SlowPolicy:
    target_s: Mapping[str, int]
    warn_s: Mapping[str, int]
    late_s: tuple[int, ...]
    pauses: bool

    def thresholds(self, kind: str) -> list[tuple[int, str]]:
        target, warn = self.target_s[kind], self.warn_s[kind]
        warning = [(warn, "warning")] if warn < target else []
        return [*warning, (target, "breach"), *((target + s, "late") for s in self.late_s)]


@dataclass
class SlowDeadline:
    used_s: int = 0
    done_s: int = 0
    warned: bool = False
    breached: bool = False


@dataclass
class SlowContact:
    """One conversation: its contact of now, what is due, and what has ended how."""

    policy: SlowPolicy | None
    hours: SlowHours
    open: dict[str, SlowDeadline] = field(default_factory=dict)
    outcomes: list[tuple[str, str]] = field(default_factory=list)
    is_open: bool = False
    parked: bool = False
    answered: bool = False
    unanswered: bool = False
    resolved: SlowDeadline | None = None  # goes on if the customer comes back

    def message(self) -> None:
        if not self.is_open:
            self.is_open, self.answered, self.parked = True, False, False
            self._begin("resolution", self.resolved)
        self.parked = False
        self.unanswered = True
        self._begin("next_reply" if self.answered else "first_reply")

    def reply(self) -> None:
        self._end("next_reply" if self.answered else "first_reply", "met")
        self.answered, self.unanswered = True, False

    def close(self, *, counts: bool) -> None:
        self._end("first_reply", "dropped")
        self._end("next_reply", "dropped")
        if counts:
            self.resolved = self.open.get("resolution", self.resolved)
        self._end("resolution", "met" if counts else "dropped")
        self.is_open = self.parked = self.answered = self.unanswered = False

    def change(self, policy: SlowPolicy | None) -> None:
        """Another policy: what was used stays; what was not due before begins now."""
        self.policy = policy
        for kind in list(self.open):
            if policy is None or kind not in policy.target_s:
                self._end(kind, "dropped")
            else:
                self._take_back(policy, kind)
        if self.is_open:
            self._begin("resolution", self.resolved)
            if not self.answered:
                self._begin("first_reply")
            elif self.unanswered:
                self._begin("next_reply")

    def live(self, now: datetime) -> list[tuple[str, str]]:
        """Live through the ten minutes before `now`; return the steps reached by then."""
        reached = []
        runs = self.hours.is_open(now - TICK) and not (
            self.parked and self.policy is not None and self.policy.pauses
        )
        for kind, one in self.open.items():
            one.used_s += TICK_S if runs else 0
            for at_s, name in self.policy.thresholds(kind) if self.policy else []:
                if one.done_s < at_s <= one.used_s:
                    one.done_s = at_s
                    one.warned = one.warned or name == "warning"
                    one.breached = one.breached or name == "breach"
                    reached.append((kind, name))
        return reached

    def _begin(self, kind: str, old: SlowDeadline | None = None) -> None:
        if self.policy is not None and kind in self.policy.target_s and kind not in self.open:
            self.open[kind] = old or SlowDeadline()
            self._take_back(self.policy, kind)
            self.resolved = None if old is not None else self.resolved

    def _take_back(self, policy: SlowPolicy, kind: str) -> None:
        """What the rules of now do not know yet comes again in its time."""
        one = self.open[kind]
        one.breached = one.breached and one.used_s >= policy.target_s[kind]
        warns = policy.warn_s[kind] < policy.target_s[kind]
        one.warned = one.warned and not (warns and one.used_s < policy.warn_s[kind])
        if not one.breached:
            one.done_s = min(one.done_s, policy.target_s[kind] - 1)

    def _end(self, kind: str, how: str) -> None:
        one = self.open.pop(kind, None)
        if one is None:
            return
        target_s = self.policy.target_s.get(kind) if self.policy else None
        if one.breached or (target_s is not None and one.used_s > target_s):
            one.breached = True
            how = "late" if how == "met" else "breached"
        self.outcomes.append((kind, how))
