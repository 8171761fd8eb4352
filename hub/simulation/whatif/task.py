"""The work handed to the process of its own: names checked, days resolved. Plain values."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.simulation.changes import Skilled, Staffed, Target


class Days(Struct, frozen=True, kw_only=True):
    """Spans in Unix seconds. Of a period, one; of a forecast, whole days, latest first, of which
    those with contacts count, `weeks` at most."""

    zone: str
    spans: tuple[tuple[float, float], ...]
    weeks: int | None = None
    volume: float = 1.0

    @property
    def is_forecast(self) -> bool:
        return self.weeks is not None


class ReplayAsked(Struct, frozen=True, kw_only=True):
    targets: tuple[Target, ...] = ()
    staff: tuple[Staffed, ...] = ()
    skills: tuple[Skilled, ...] = ()
    setup: dict[str, object] | None = None
    runs: int = 10

    @property
    def is_changed(self) -> bool:
        return bool(self.targets or self.staff or self.skills or self.setup is not None)


class StaffAsked(Struct, frozen=True, kw_only=True):
    queue: str
    goal: float
    within_s: int | None = None


class Task(Struct, frozen=True, kw_only=True):
    """`queues`, `agents`: those the asker may see; None: all. One of `replay` and `staff`.

    `memory_bytes`: more than this the process may not take.
    """

    url: str
    days: Days
    memory_bytes: int
    queues: tuple[str, ...] | None = None
    agents: tuple[str, ...] | None = None
    replay: ReplayAsked | None = None
    staff: StaffAsked | None = None


class Failed(Struct, frozen=True):
    """The last line of a process with a fault of ours: the trace, for the log."""

    failed: str


def day_of(at_s: float, zone: str) -> date:
    """Return the day of a moment there."""
    return datetime.fromtimestamp(at_s, ZoneInfo(zone)).date()
