"""What is asked of the what-if, as it comes in over HTTP. Pure."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from msgspec import Meta, field

from hub.web import Body

MOST_DAYS = 31
MOST_RUNS = 50
MOST_WEEKS = 12

Name = Annotated[str, Meta(max_length=64)]
Clock = Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00|)$")]


class ForecastBody(Body, frozen=True):
    """A day to come: the mean of the last `weeks` same weekdays on which anybody came, times
    `volume`."""

    day: date
    weeks: Annotated[int, Meta(ge=1, le=MOST_WEEKS)] = 4
    volume: Annotated[float, Meta(ge=0.1, le=5)] = 1.0


class PeriodBody(Body, frozen=True):
    """Whole days in the hub's zone, `last` too; yesterday if nothing is given. Or a forecast."""

    first: date | None = None
    last: date | None = None
    forecast: ForecastBody | None = None


class TargetBody(Body, frozen=True):
    """Another answer time for a tier on a channel; `queue` "": of every queue the asker sees."""

    tier: Name
    channel: Name
    seconds: Annotated[int, Meta(ge=1, le=7_776_000)]
    queue: Name = ""


class StaffBody(Body, frozen=True):
    """Agents more or fewer (below 0) of a queue or of a team. `begins` and `ends`: only in these
    hours of each day, "09:00" to "12:30"."""

    count: Annotated[int, Meta(ge=-200, le=200)]
    queue: Name = ""
    team: Name = ""
    begins: Clock = ""
    ends: Clock = ""


class SkillBody(Body, frozen=True):
    """An agent with this grade in a skill; 0: without it."""

    agent_id: Name
    skill: Name
    grade: Annotated[int, Meta(ge=0, le=5)] = 5


class ReplayBody(Body, frozen=True):
    """`setup`: a whole set-up document as a draft, put before the other changes (admins only)."""

    period: PeriodBody = PeriodBody()
    targets: Annotated[list[TargetBody], Meta(max_length=100)] = field(default_factory=list)
    staff: Annotated[list[StaffBody], Meta(max_length=20)] = field(default_factory=list)
    skills: Annotated[list[SkillBody], Meta(max_length=100)] = field(default_factory=list)
    setup: dict[str, Any] | None = None
    runs: Annotated[int, Meta(ge=1, le=MOST_RUNS)] = 10


class GoalBody(Body, frozen=True):
    """How many agents a queue needs so that `goal` of its callers and chats are answered within
    `within_s` (None: within what each tier is promised)."""

    queue: Name
    period: PeriodBody = PeriodBody()
    goal: Annotated[float, Meta(ge=0.01, le=0.99)] = 0.8
    within_s: Annotated[int, Meta(ge=1, le=86_400)] | None = None
