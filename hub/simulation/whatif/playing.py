"""Playing a period as it was and as it is asked to be, for the page of supervisors. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.setup.check import check_document
from hub.simulation.changes import (
    BadChange,
    under_setup,
    was_there,
    with_skill,
    with_staff,
    with_target,
)
from hub.simulation.course import parts_of
from hub.simulation.period import Conditions, Period
from hub.simulation.recorded import Chances, Script
from hub.simulation.replay import check_staffed
from hub.simulation.run import play
from hub.simulation.sides import occupancy_of, recorded_staff
from hub.simulation.statistics import Estimate, difference

from .days import Base, sample
from .notes import Changed, notes_of
from .shapes import ForecastView, OccupancyView, ReplayView
from .tally import SHARE, SHARE_DIFFERENCE, Sides, Tally, courses_of, groups_of, measure
from .task import ReplayAsked, Task

SEED = 1

Tell = Callable[[str, float | None], None]
"""Told the step and the share of it that is done."""


def replayed(base: Base, task: Task, asked: ReplayAsked, tell: Tell) -> ReplayView:
    """Play the period `asked.runs` times. Raises Invalid for what cannot be played."""
    period = base.period
    check_staffed(period)
    changed = changed_by(period, asked) if asked.is_changed else None
    edges = parts_of(period.from_s, period.to_s)
    sides = Sides(
        _recorded(base, edges, task),
        Tally(edges, task.queues),
        None if changed is None else Tally(edges, task.queues),
    )
    hidden = hidden_agents(period, task.agents)
    playing = _Play(base, asked.runs, hidden, tell)
    playing.all(sides, None if changed is None else changed.conditions)
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
        occupancy=_occupancy(base, hidden, sides),
        notes=notes_of(base, sides, task, changed, playing.chances),
    )


def changed_by(period: Period, asked: ReplayAsked) -> Changed:
    """Return the conditions asked about; skills of who was not there are left out. Raises Invalid
    for changes that cannot be made."""
    conditions = period.conditions
    if asked.setup is not None:
        conditions = under_setup(conditions, check_document(asked.setup))
    for target in asked.targets:
        conditions = with_target(conditions, target)
    absent: dict[str, str] = {}
    for skilled in asked.skills:
        if was_there(period, skilled.agent):
            conditions = with_skill(conditions, skilled)
        else:
            absent[skilled.agent] = skilled.name
    for number, staffed in enumerate(asked.staff):
        with _at(f"staff[{number}]"):
            conditions = with_staff(period, conditions, staffed)
    return Changed(conditions, tuple(absent.values()))


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Name the place of a change as it was asked for here, not as the command line writes it."""
    try:
        yield
    except BadChange as error:
        words = error.message
        said = words.partition(": ")[2] if words.startswith("--") else words
        raise BadChange(f"{place}: {said}") from None


def hidden_agents(period: Period, seen: Collection[str] | None) -> frozenset[str]:
    """Return who is there or answered, and is not of the asker's teams: their work is in no
    figure."""
    if seen is None:
        return frozenset()
    there = {agent.id for agent in period.conditions.agents}
    answered = {one.agent_id for one in period.visits if one.agent_id is not None}
    return frozenset((there | answered) - set(seen))


def _occupancy(base: Base, hidden: Collection[str], sides: Sides) -> OccupancyView | None:
    """Return how busy the agents were whom the asker may see; None where there are none. The record
    of several days laid together does not tell it."""
    model = sides.model.occupancy
    if model.value is None:
        return None
    recorded = Estimate(None)
    if base.share is None:
        period = base.period
        _, recorded = recorded_staff(period, parts_of(period.from_s, period.to_s), hidden)
    changed = None if sides.changed is None else sides.changed.occupancy
    return OccupancyView(
        recorded=measure(recorded, SHARE),
        model=measure(model, SHARE),
        changed=None if changed is None else measure(changed, SHARE),
        difference=None
        if changed is None
        else measure(difference(model, changed, paired=True), SHARE_DIFFERENCE),
    )


def _recorded(base: Base, edges: list[float], task: Task) -> Tally:
    script = Script(base.period, base.period.conditions)
    tally = Tally(edges, task.queues, base.laid)
    tally.add(script, *script.as_recorded())
    return tally


class _Play:
    """Plays run after run; both sides meet the same customers with the same chances."""

    def __init__(self, base: Base, runs: int, hidden: Collection[str], tell: Tell) -> None:
        self._base, self._runs, self._tell = base, runs, tell
        self._hidden = hidden
        self.chances = Chances(base.period, SEED)
        self._scripts: dict[bool, Script] = {}
        self._done = self._all = 0

    def all(self, sides: Sides, changed: Conditions | None) -> None:
        self._all = self._runs * (1 if changed is None else 2)
        for run in range(self._runs):
            drawn = self.chances.of_run(run)
            period, drawn = sample(self._base, drawn, SEED * 1000 + run)
            for tally, conditions in (
                (sides.model, self._base.period.conditions),
                (sides.changed, changed),
            ):
                if tally is None or conditions is None:
                    continue
                script = self._script(period, conditions, is_changed=tally is sides.changed)
                world = script.world(drawn)
                for worker in world.workers.values():
                    worker.counts = worker.id not in self._hidden
                played = play(world, self._within)
                tally.add(script, *script.outcomes(played))
                tally.add_staff(occupancy_of(period, played.looks))
                self._done += 1

    def _script(self, period: Period, conditions: Conditions, *, is_changed: bool) -> Script:
        if self._base.share is not None:
            return Script(period, conditions)  # others come in every run
        if is_changed not in self._scripts:
            self._scripts[is_changed] = Script(period, conditions)
        return self._scripts[is_changed]

    def _within(self, done: int, total: int) -> None:
        self._tell("play", (self._done + (done / total if total else 1.0)) / self._all)
