"""Playing a period as it was and as it is asked to be, for the page of supervisors. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.core.errors import Invalid
from hub.setup.check import check_document
from hub.simulation.changes import under_setup, with_skill, with_staff, with_target
from hub.simulation.course import edges_of
from hub.simulation.period import Conditions, Period, ready_spans
from hub.simulation.recorded import Chances, Line, Script, on_clock_s
from hub.simulation.run import play

from .days import Base, sample
from .shapes import ForecastView, Note, ReplayView
from .tally import Sides, Tally, courses_of, groups_of
from .task import ReplayAsked, Task

SEED = 1
_FEW = 40

Tell = Callable[[str, float | None], None]
"""Told the step and the share of it that is done."""


def replayed(base: Base, task: Task, asked: ReplayAsked, tell: Tell) -> ReplayView:
    """Play the period `asked.runs` times. Raises Invalid for what cannot be played."""
    period = base.period
    _check_staffed(period)
    changed = conditions_of(period, asked) if asked.is_changed else None
    edges = edges_of(period.from_s, period.to_s)
    sides = Sides(
        _recorded(base, edges, task),
        Tally(edges, task.queues),
        None if changed is None else Tally(edges, task.queues),
    )
    _Play(base, asked.runs, tell).all(sides, changed)
    zone = ZoneInfo(task.days.zone)
    settings = period.conditions.settings
    groups = groups_of(sides, settings.tiers, list(settings.queues))
    channels = [name for name in settings.channels if any(one.channel == name for one in groups)]
    return ReplayView(
        zone=task.days.zone,
        begins=datetime.fromtimestamp(period.from_s, zone),
        ends=datetime.fromtimestamp(period.to_s, zone),
        runs=asked.runs,
        contacts=sum(one.contacts for one in groups if one.by == "all"),
        forecast=ForecastView(days=list(base.days), volume=task.days.volume)
        if base.share is not None
        else None,
        step_s=edges[1] - edges[0],
        groups=groups,
        courses=courses_of(sides, channels),
        occupancy=None,
        notes=_notes(base, sides),
    )


def conditions_of(period: Period, asked: ReplayAsked) -> Conditions:
    """Return the conditions asked about. Raises Invalid for changes that cannot be made."""
    conditions = period.conditions
    if asked.setup is not None:
        conditions = under_setup(conditions, check_document(asked.setup))
    for target in asked.targets:
        conditions = with_target(conditions, target)
    for skilled in asked.skills:
        conditions = with_skill(conditions, skilled)
    for staffed in asked.staff:
        conditions = with_staff(period, conditions, staffed)
    return conditions


def _check_staffed(period: Period) -> None:
    if not any(
        begin < period.to_s and end > period.from_s
        for agent in period.conditions.agents
        for begin, end in ready_spans(agent, period.until_s)
    ):
        raise Invalid(
            "No agent was ready in this period as far as the record says, so that nobody could "
            "be answered: choose a period in which agents worked.",
            code="replay.no_agents",
        )


def _recorded(base: Base, edges: list[float], task: Task) -> Tally:
    script = Script(base.period, base.period.conditions)
    tally = Tally(edges, task.queues, len(base.days))
    waited_s = [
        on_clock_s(
            script.rules,
            script.places[Line(visit.kind, visit.promise)].calendar_id,
            visit.at_s,
            visit.wait_s,
        )
        for visit in base.period.visits
    ]
    tally.add(script, waited_s, [visit.outcome for visit in base.period.visits])
    return tally


class _Play:
    """Plays run after run; both sides meet the same customers with the same chances."""

    def __init__(self, base: Base, runs: int, tell: Tell) -> None:
        self._base, self._runs, self._tell = base, runs, tell
        self._chances = Chances(base.period, SEED)
        self._scripts: dict[bool, Script] = {}
        self._done = self._all = 0

    def all(self, sides: Sides, changed: Conditions | None) -> None:
        self._all = self._runs * (1 if changed is None else 2)
        for run in range(self._runs):
            drawn = self._chances.of_run(run)
            period, drawn = sample(self._base, drawn, SEED * 1000 + run)
            for tally, conditions in (
                (sides.model, self._base.period.conditions),
                (sides.changed, changed),
            ):
                if tally is None or conditions is None:
                    continue
                script = self._script(period, conditions, is_changed=tally is sides.changed)
                played = play(script.world(drawn), self._within)
                tally.add(script, *script.outcomes(played))
                self._done += 1

    def _script(self, period: Period, conditions: Conditions, *, is_changed: bool) -> Script:
        if self._base.share is not None:
            return Script(period, conditions)  # others come in every run
        if is_changed not in self._scripts:
            self._scripts[is_changed] = Script(period, conditions)
        return self._scripts[is_changed]

    def _within(self, done: int, total: int) -> None:
        self._tell("play", (self._done + (done / total if total else 1.0)) / self._all)


def _notes(base: Base, sides: Sides) -> list[Note]:
    notes = [Note(code="unanswered", name=channel) for channel in base.silent]
    if not base.is_over:
        notes.append(Note(code="not_over"))
    if base.period.left_out:
        notes.append(Note(code="left_out", count=base.period.left_out))
    for side, tally in zip(Sides._fields, sides, strict=True):
        if tally is not None and tally.waiting >= 0.5:
            notes.append(Note(code="waiting", side=side, count=round(tally.waiting, 1)))
    channels = (key for key in sides.recorded.keys if key.by == "all")
    return [
        *notes,
        *(
            Note(code="few", name=key.channel, count=round(count, 1))
            for key in channels
            if (count := sides.recorded.contacts(key)) < _FEW
        ),
    ]
