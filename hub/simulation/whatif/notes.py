"""What one has to know to read the figures of a replay, as codes that the page words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import NamedTuple

from hub.simulation.lacking import unserved_of
from hub.simulation.period import Conditions, Period
from hub.simulation.recorded import Chances, Script

from .days import Base
from .shapes import Note
from .tally import Sides
from .task import Task

_FEW = 40
_SIDES = ("model", "changed")


class Changed(NamedTuple):
    """What is to be otherwise. `absent`: names of agents whose skills were left out, for they were
    not there."""

    conditions: Conditions
    absent: tuple[str, ...] = ()


def notes_of(
    base: Base, sides: Sides, task: Task, changed: Changed | None, chances: Chances
) -> list[Note]:
    """Return the notes about what the asker may see."""
    return [
        *_of_period(base, task),
        *(Note(code="not_there", name=name) for name in (changed.absent if changed else ())),
        *_waiting(sides),
        *_unserved(base, task.queues, changed),
        *_patient(sides, task.queues, chances),
        *_few(sides),
    ]


def _of_period(base: Base, task: Task) -> Iterator[Note]:
    period = base.period
    for channel in base.silent:
        yield Note(code="unanswered", name=channel)
    if not base.is_over:
        yield Note(code="not_over")
    if task.queues is not None:
        return  # what follows counts everybody's
    if period.left_out:
        yield Note(code="left_out", count=round(period.left_out / base.laid, 1))
    for channel, work_s in period.own_work_s.items():
        yield Note(code="own_work", name=channel, count=round(work_s / base.laid))


def _waiting(sides: Sides) -> Iterator[Note]:
    for side, tally in zip(Sides._fields, sides, strict=True):
        if tally is not None and tally.waiting >= 0.5:
            yield Note(code="waiting", side=side, count=round(tally.waiting, 1))


def _unserved(
    base: Base, queues: Collection[str] | None, changed: Changed | None
) -> Iterator[Note]:
    seen = _seen(base.period, queues)
    scripts = [Script(seen, seen.conditions)]
    if changed is not None:
        scripts.append(Script(seen, changed.conditions))
    for one in unserved_of(scripts):
        yield Note(
            code="unserved",
            side=_SIDES[one.changed],
            name=one.queue,
            count=one.contacts / base.laid,
            skills=dict(one.demands),
        )


def _seen(period: Period, queues: Collection[str] | None) -> Period:
    if queues is None:
        return period
    return replace(period, visits=[one for one in period.visits if one.kind.queue in queues])


def _patient(sides: Sides, queues: Collection[str] | None, chances: Chances) -> Iterator[Note]:
    """Channels by which nobody gave up, so that nobody does."""
    left: dict[str, int] = {}
    for (queue, channel), patience in chances.patience.items():
        if queues is None or queue in queues:
            left[channel] = left.get(channel, 0) + patience.left
    shown = {key.channel for key in sides.model.keys}
    for channel in sorted(shown & left.keys()):
        if not left[channel]:
            yield Note(code="patience", name=channel)


def _few(sides: Sides) -> Iterator[Note]:
    for key in sides.recorded.keys:
        if key.by == "all" and (count := sides.recorded.contacts(key)) < _FEW:
            yield Note(code="few", name=key.channel, count=round(count, 1))
