"""A period of the hub's own past, played again: as it was, under its own rules, and under others.

`replay` is the library's door: plain values in, plain values out, its own reading connections, so
that it runs in a process of its own beside a hub.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from hub.core.errors import Invalid, Unavailable
from hub.setup import check_setup
from hub.storage import Tx
from hub.storage.engine import is_sqlite, open_engine

from .changes import Staffed, Target, under_setup, with_staff, with_target
from .course import Came, Course, Staff, course_of, edges_of, staff_between
from .patience import Patience
from .period import Agent, Conditions, Period, merged, ready_spans
from .recorded import Chances, Line, Script, on_clock_s
from .records import Read, Span, read_period, read_settings
from .run import Look, play
from .statistics import (
    Estimate,
    Figures,
    Seen,
    estimate,
    groups_of,
    mean_group,
    seen_of,
)
from .world import WAITING

LEAD_S = 86_400.0
"""So long before the period the record is played too, and not measured: the lines are not empty
when a day begins. After it others go on coming for as long, at most."""

MOST_RUNS = 200
MOST_DAYS = 92


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: the period in Unix seconds, and what is to be otherwise. Nothing: only how
    well the model fits. `setup`: the text of a set-up file. `runs`: see `recorded`."""

    from_s: float
    to_s: float
    setup: str | None = None
    agents: tuple[Staffed, ...] = ()
    targets: tuple[Target, ...] = ()
    runs: int = 20
    seed: int = 1

    @property
    def is_changed(self) -> bool:
        return bool(self.setup is not None or self.agents or self.targets)


@dataclass(frozen=True, slots=True)
class Side:
    """What was, or would have been. `waiting`: contacts that still waited when the record ended."""

    figures: Figures
    course: Course
    waiting: float


@dataclass(frozen=True, slots=True)
class Known:
    """How the patience of a queue's customers was estimated. `mean_s`: time waited ÷ left."""

    queue: str
    channel: str
    contacts: int
    left: int
    mean_s: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was recorded, what the model makes of the rules in force, and of the changed ones."""

    question: Question
    zone: str
    contacts: int
    left_out: int
    recorded: Side
    in_force: Side
    changed: Side | None
    patience: tuple[Known, ...]


Tell = Callable[[str, int, int], None]
"""Told what is done ("read", "play"), and how far: so many of so many (0: nobody knows)."""


def replay(url: str, question: Question, tell: Tell | None = None) -> Answer:
    """Play a period of the store at `url` (SQLAlchemy) again, without changing anything.

    Raises Invalid for what cannot be asked, Unavailable on a dead database.
    """
    check_question(question)
    setup = None if question.setup is None else check_setup(question.setup)
    period = read_from(url, span_of(question), tell)
    if setup is None:
        return replay_period(period, question, tell=tell)
    return replay_period(period, question, under_setup(period.conditions, setup), tell)


def read_from(url: str, span: Span, tell: Tell | None = None) -> Period:
    """Read a period from the store at `url`. Raises Invalid, Unavailable as `replay`."""
    told = None if tell is None else lambda count: tell("read", count, 0)
    with _reading(url) as read:
        return read_period(read, span, told)


def zone_of(url: str) -> str:
    """Return the organisation's zone. Raises Invalid without a set-up, Unavailable."""
    with _reading(url) as read:
        return read(read_settings, None).zone


def check_question(question: Question) -> None:
    """Raises Invalid for a period or a number of runs that makes no sense."""
    if question.to_s <= question.from_s:
        raise Invalid("The period ends before it begins.", code="replay.bad_period")
    if question.to_s - question.from_s > MOST_DAYS * 86_400:
        raise Invalid(f"Replay {MOST_DAYS} days at most.", code="replay.too_long")
    if not 1 <= question.runs <= MOST_RUNS:
        raise Invalid(f"Replay a period 1 to {MOST_RUNS} times.", code="replay.bad_runs")


def span_of(question: Question) -> Span:
    """Return what has to be read."""
    after_s = question.to_s + LEAD_S
    return Span(
        question.from_s - LEAD_S,
        question.from_s,
        question.to_s,
        max(min(after_s, datetime.now(UTC).timestamp()), question.from_s),
    )


@contextmanager
def _reading(url: str) -> Iterator[Read]:
    """Give what runs a reading function in a short transaction of its own."""
    if is_sqlite(url) and not Path(make_url(url).database or "").is_file():
        raise Invalid(
            f"There is no database at {make_url(url).database}: name the settings of the hub whose "
            "past is to be replayed with --config.",
            code="replay.no_store",
        )
    engine = open_engine(url, reading=True)
    try:
        yield Read(lambda function, argument: _read(engine, function, argument))
    finally:
        engine.dispose()


def _read(engine: Engine, function: Callable[[Tx, Any], Any], argument: Any) -> Any:
    try:
        with engine.connect() as connection, connection.begin():
            return function(Tx(connection, datetime.now(UTC), None), argument)
    except DBAPIError as error:
        raise Unavailable(f"The database cannot be read: {error.orig}") from error


def replay_period(
    period: Period,
    question: Question,
    conditions: Conditions | None = None,
    tell: Tell | None = None,
) -> Answer:
    """Play a period again; `conditions`: instead of its own, before the question's changes.

    Raises Invalid where nobody came, and for changes that cannot be made.
    """
    measured = period.measured
    if not measured:
        raise Invalid(
            "Nobody came in this period: choose one in which contacts were recorded.",
            code="replay.nobody",
        )
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
    changed = conditions or period.conditions
    for target in question.targets:
        changed = with_target(changed, target)
    for staffed in question.agents:
        changed = with_staff(period, changed, staffed)
    chances = Chances(period, question.seed)
    scripts = [Script(period, period.conditions)]
    if question.is_changed:
        scripts.append(Script(period, changed))
    done = _Progress(tell, len(scripts) * question.runs)
    sides = [_played(script, chances, question.runs, done) for script in scripts]
    return Answer(
        question=question,
        zone=period.conditions.settings.zone,
        contacts=len(measured),
        left_out=period.left_out,
        recorded=_recorded(scripts[0]),
        in_force=sides[0],
        changed=sides[1] if len(sides) > 1 else None,
        patience=tuple(_known(*one) for one in chances.patience.items()),
    )


class _Progress:
    def __init__(self, tell: Tell | None, runs: int) -> None:
        self._tell, self._runs, self._done = tell, runs, 0

    def within(self, done: int, total: int) -> None:
        if self._tell is not None:
            share = done / total if total else 1.0
            self._tell("play", round(1000 * (self._done + share)), 1000 * self._runs)

    def next(self) -> None:
        self.within(1, 1)
        self._done += 1


def _known(key: tuple[str, str], patience: Patience) -> Known:
    mean_s = patience.mean_s if patience.left else None
    return Known(*key, patience.waits, patience.left, mean_s)


# ---- sides -----------------------------------------------------------------------------------


class _Run:
    """What became of the visits in one run (or in truth): waited on their clock, outcome."""

    def __init__(self, waited_s: Sequence[float], outcomes: Sequence[int]) -> None:
        self.waited_s, self.outcomes = waited_s, outcomes


def _played(script: Script, chances: Chances, runs: int, done: _Progress) -> Side:
    found: list[_Run] = []
    looks: list[list[Look]] = []
    for run in range(runs):
        played = play(script.world(chances.of_run(run)), done.within)
        found.append(_Run(*script.outcomes(played)))
        looks.append(played.looks)
        done.next()
    period = script.period
    shares = [_occupancy(period, look) for look in looks]
    known = [share for share in shares if share is not None]
    occupancy = Estimate(None)
    if known:
        occupancy = estimate(fmean(known), known if len(known) == runs > 1 else ())
    edges = edges_of(period.from_s, period.to_s)
    return _side(script, found, occupancy, staff_between(edges, looks))


def _occupancy(period: Period, looks: Sequence[Look]) -> float | None:
    inside = [look for look in looks if period.from_s <= look.at_s <= period.to_s]
    if len(inside) < 2 or inside[-1].signed_in_s <= inside[0].signed_in_s:
        return None
    first, last = inside[0], inside[-1]
    return (last.busy_s - first.busy_s) / (last.signed_in_s - first.signed_in_s)


def _recorded(script: Script) -> Side:
    """What really happened, on the clocks of the rules in force."""
    period = script.period
    places = {line: script.places[line].calendar_id for line in script.lines}
    waited_s = [
        on_clock_s(script.rules, places[Line(visit.kind, visit.promise)], visit.at_s, visit.wait_s)
        for visit in period.visits
    ]
    truth = _Run(waited_s, [visit.outcome for visit in period.visits])
    edges = edges_of(period.from_s, period.to_s)
    staff, occupancy = _recorded_staff(period, edges)
    return _side(script, [truth], occupancy, staff)


def _side(script: Script, runs: Sequence[_Run], occupancy: Estimate, staff: Staff) -> Side:
    period, tiers = script.period, script.settings.tiers
    lines = list(script.lines)
    numbers = {
        index: [
            n for n in script.lines[line] if period.from_s <= period.visits[n].at_s < period.to_s
        ]
        for index, line in enumerate(lines)
    }
    targets = [script.places[line].target_s for line in lines]
    kinds = [line.kind for line in lines]

    def seen(run: _Run, members: frozenset[int]) -> Seen:
        chosen = sorted((n, index) for index in members for n in numbers[index])
        return seen_of(
            [run.waited_s[n] for n, _ in chosen],
            [run.outcomes[n] for n, _ in chosen],
            [targets[index] for _, index in chosen],
        )

    there = {
        by: list(dict.fromkeys(sorted(kind[place] for kind in kinds)))
        for place, by in enumerate(("tiers", "queues", "channels"))
    }
    there["tiers"].sort(key=lambda tier: tiers.index(tier) if tier in tiers else len(tiers))
    groups = groups_of(there, kinds, lambda members: mean_group([seen(r, members) for r in runs]))
    came = [
        [
            Came(
                period.visits[n].at_s, kinds[index].tier, targets[index], run.waited_s[n],
                run.outcomes[n],
            )
            for index, members in numbers.items()
            for n in members
        ]
        for run in runs
    ]  # fmt: skip
    edges = edges_of(period.from_s, period.to_s)
    waiting = fmean(sum(one.outcome == WAITING for one in run) for run in came)
    return Side(Figures(groups, occupancy), course_of(edges, came, staff, there["tiers"]), waiting)


def _recorded_staff(period: Period, edges: Sequence[float]) -> tuple[Staff, Estimate]:
    """Return the agents of each part, and how much of their time they had a contact in hand."""
    held: dict[str, list[tuple[float, float]]] = {}
    for visit in period.visits:
        if visit.agent_id is not None:
            until_s = visit.at_s + visit.wait_s
            span = (until_s - visit.ring_s, until_s + visit.handle_s)
            held.setdefault(visit.agent_id, []).append(span)
    busy_s, there_s = [0.0] * (len(edges) - 1), [0.0] * (len(edges) - 1)
    agents = {agent.id: agent for agent in period.conditions.agents}
    for agent_id in sorted({*agents, *held}):
        agent = agents.get(agent_id, Agent(agent_id))
        busy = merged(held.get(agent_id, ()))
        _add(busy_s, edges, busy)
        _add(there_s, edges, merged([*busy, *ready_spans(agent, period.until_s)]))
    spans = [end - begin for begin, end in pairwise(edges)]
    staff = [
        (busy / span, there / span)
        for busy, there, span in zip(busy_s, there_s, spans, strict=True)
    ]
    total_s = sum(there_s)
    return staff, Estimate(sum(busy_s) / total_s if total_s > 0 else None)


def _add(sums: list[float], edges: Sequence[float], spans: Sequence[tuple[float, float]]) -> None:
    step_s = edges[1] - edges[0]
    for begin, end in spans:
        first = max(int((begin - edges[0]) // step_s), 0)
        last = min(int((end - edges[0]) // step_s), len(sums) - 1)
        for place in range(first, last + 1):
            sums[place] += max(min(end, edges[place + 1]) - max(begin, edges[place]), 0.0)
