"""What the what-if answers: lines of progress, then one answer or one problem. Pure."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from hub.web import View


class ProgressView(View, frozen=True):
    """`step`: start, read, play or staff. `share` of the work done, None: not known yet.
    `left_s`: seconds left, by how fast it went so far."""

    step: str
    share: float | None = None
    left_s: float | None = None


class ProblemView(View, frozen=True):
    code: str
    message: str


class Measure(View, frozen=True):
    """A figure with its 95 % interval, where there is one."""

    value: float | None
    low: float | None = None
    high: float | None = None


Measures = dict[str, Measure]


class GroupView(View, frozen=True):
    """All contacts of a channel (`by` all), or of one of its tiers or queues. Figures:
    mean_wait_s, p90_wait_s, service_level (answered within the target ÷ (answered + abandoned)),
    abandoned. `difference`: changed − model, run by run."""

    channel: str
    by: str
    name: str
    contacts: float
    recorded: Measures
    model: Measures
    changed: Measures | None
    difference: Measures | None


class PartView(View, frozen=True):
    """A part of the time: who came in it, how long they waited, how many in time."""

    contacts: float
    mean_wait_s: float | None
    service_level: float | None


class CourseView(View, frozen=True):
    """A channel over the time, part by part from the beginning."""

    channel: str
    recorded: list[PartView]
    model: list[PartView]
    changed: list[PartView] | None


class Note(View, frozen=True):
    """What one has to know to read the figures; counts of a forecast are of its mean day. `code`
    with what it speaks of:

    left_out (contacts of queues there are no more), unanswered (nobody of `name`, a channel, was
    answered: it is left out), waiting (of `side` so many still waited at the end), unserved
    (`count` contacts of queue `name` ask for `skills`, none: for anybody, which nobody who serves
    it has under the rules of `side`), patience (nobody of channel `name` left, so that nobody
    does), own_work (`count` seconds of channel `name` that agents began themselves are not played),
    not_there (agent `name` was not ready in the period: their skills are as they were), not_over
    (the period still goes on), few (only `count` contacts of channel `name`).
    """

    code: str
    side: str = ""
    name: str = ""
    count: float = 0.0
    skills: dict[str, int] = msgspec.field(default_factory=dict)


class OccupancyView(View, frozen=True):
    """Share of their time that agents had a contact in hand."""

    recorded: Measure
    model: Measure
    changed: Measure | None
    difference: Measure | None


class ForecastView(View, frozen=True):
    """The days that the forecast is the mean of, latest first, and the factor."""

    days: list[date]
    volume: float


class ReplayView(View, frozen=True):
    zone: str
    begins: datetime
    ends: datetime
    runs: int
    contacts: float
    forecast: ForecastView | None
    step_s: float
    groups: list[GroupView]
    courses: list[CourseView]
    occupancy: OccupancyView | None
    notes: list[Note]


class HalfHourView(View, frozen=True):
    """`there`: agents who took contacts of the queue then, on average. `load`: agents' worth of
    work. `guess`: by Erlang's formulas."""

    start: str
    contacts: float
    load: float
    guess: int
    agents: int
    there: float
    service_level: Measure | None


class StaffView(View, frozen=True):
    """`days`: what the mean day is made of. `not_staffed_s`: seconds of work of channels that wait
    for a letter, by channel."""

    zone: str
    queue: str
    goal: float
    within_s: int | None
    days: list[date]
    volume: float
    half_hours: list[HalfHourView]
    not_staffed_s: dict[str, float]


class ReplayLine(View, frozen=True, omit_defaults=True):
    """Progress (also now and then to say that it goes on), and last the answer or a problem."""

    progress: ProgressView | None = None
    answer: ReplayView | None = None
    problem: ProblemView | None = None


class StaffLine(View, frozen=True, omit_defaults=True):
    """As of the replay."""

    progress: ProgressView | None = None
    answer: StaffView | None = None
    problem: ProblemView | None = None


class NameView(View, frozen=True):
    id: str
    zh: str
    en: str


class QueueChoice(View, frozen=True):
    """`targets`: answer times in force by channel, then tier."""

    id: str
    zh: str
    en: str
    targets: dict[str, dict[str, int]]


class AgentChoice(View, frozen=True):
    id: str
    name: str
    skills: dict[str, int]


class ChoicesView(View, frozen=True):
    """What can be asked here and now. `first_day`: the first with a contact; None: no history.
    `agents`: the first 500 by name; `more_agents`: there are others."""

    zone: str
    today: date
    first_day: date | None
    tiers: list[NameView]
    queues: list[QueueChoice]
    teams: list[NameView]
    skills: list[NameView]
    agents: list[AgentChoice]
    more_agents: bool
    live_channels: list[str]
    most_days: int
