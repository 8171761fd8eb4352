"""A period of the hub's own past, played again: as it was, under its own rules, and under others.

`replay` is the library's door: plain values in, plain values out, its own reading connections, so
that it runs in a process of its own beside a hub.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
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
from .lacking import Unserved, unserved_of
from .patience import Patience
from .period import Conditions, Period, nobody_came, ready_spans
from .recorded import Chances, Script
from .records import Read, Span, read_period, read_settings
from .sides import Progress, played_side, recorded_side
from .sides import Side as Side
from .sides import Tell as Tell

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
class Known:
    """How the patience of a queue's customers was estimated. `mean_s`: time waited ÷ left."""

    queue: str
    channel: str
    contacts: int
    left: int
    mean_s: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was recorded, what the model makes of the rules in force, and of the changed ones.

    `question.to_s`: when what is measured ends; `is_over` False: it is when it was read, for the
    period asked about is longer. `own_work_s`: see `Period`. `unserved`: who is never answered.
    """

    question: Question
    zone: str
    contacts: int
    left_out: int
    recorded: Side
    in_force: Side
    changed: Side | None
    patience: tuple[Known, ...]
    is_over: bool = True
    unserved: tuple[Unserved, ...] = ()
    own_work_s: Mapping[str, float] = field(default_factory=dict)


def replay(url: str, question: Question, tell: Tell | None = None) -> Answer:
    """Play a period of the store at `url` (SQLAlchemy) again, without changing anything.

    Raises Invalid for what cannot be asked, Unavailable on a dead database.
    """
    check_question(question)
    setup = None if question.setup is None else check_setup(question.setup)
    period = read_asked(url, question, tell)
    conditions = None if setup is None else under_setup(period.conditions, setup)
    return replay_period(period, question, conditions, tell)


def read_asked(url: str, question: Question, tell: Tell | None = None) -> Period:
    """Read the period of a question from the store at `url`, as far as it is over. Raises Invalid
    for one that has not begun, and as `check_question`; Unavailable."""
    now_s = datetime.now(UTC).timestamp()
    period = read_from(url, span_of(question, now_s), tell)
    return replace(period, is_over=question.to_s <= now_s)


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


def span_of(question: Question, now_s: float) -> Span:
    """Return what has to be read: what is measured ends now at the latest. Raises Invalid for a
    period that has not begun, and as `check_question`."""
    check_question(question)
    if question.from_s >= now_s:
        raise Invalid(
            "The period has not begun yet, so that nothing of it is recorded: choose one that has.",
            code="replay.future",
        )
    to_s, until_s = min(question.to_s, now_s), min(question.to_s + LEAD_S, now_s)
    return Span(question.from_s - LEAD_S, question.from_s, to_s, until_s)


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
    _check_period(period)
    changed = _changed(period, question, conditions or period.conditions)
    chances = Chances(period, question.seed)
    scripts = [Script(period, period.conditions)]
    if question.is_changed:
        scripts.append(Script(period, changed))
    done = Progress(tell, len(scripts) * question.runs)
    sides = [played_side(script, chances, question.runs, done) for script in scripts]
    return Answer(
        question=msgspec.structs.replace(question, from_s=period.from_s, to_s=period.to_s),
        zone=period.conditions.settings.zone,
        contacts=len(period.measured),
        left_out=period.left_out,
        recorded=recorded_side(scripts[0]),
        in_force=sides[0],
        changed=sides[1] if len(sides) > 1 else None,
        patience=tuple(_known(*one) for one in chances.patience.items()),
        unserved=tuple(unserved_of(scripts)),
        is_over=period.is_over,
        own_work_s=dict(period.own_work_s),
    )


def _check_period(period: Period) -> None:
    if not period.measured:
        raise nobody_came()
    check_staffed(period)


def check_staffed(period: Period) -> None:
    """Raises Invalid for a period in which no agent took contacts."""
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


def _changed(period: Period, question: Question, conditions: Conditions) -> Conditions:
    for target in question.targets:
        conditions = with_target(conditions, target)
    for staffed in question.agents:
        conditions = with_staff(period, conditions, staffed)
    return conditions


def _known(key: tuple[str, str], patience: Patience) -> Known:
    mean_s = patience.mean_s if patience.left else None
    return Known(*key, patience.waits, patience.left, mean_s)
