"""The period that is played: read as recorded, or a forecast laid together from several days.

A forecast is not a scaled curve: the contacts of all its days come on one day, each with the chance
volume ÷ days, drawn anew in every run (above 1: some come twice, the second up to a quarter of an
hour apart). So the mean is that of the days times the volume, and each run is a day that may be.
The agents are those of the latest of the days.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.simulation.half_hours import moment_of, wall_s
from hub.simulation.period import Period, nobody_answered, nobody_came
from hub.simulation.recorded import Drawn
from hub.simulation.records import Span
from hub.simulation.replay import Question, span_of
from hub.simulation.world import ANSWERED

from .task import Days, day_of

_APART_S = 900.0


@dataclass(frozen=True, slots=True)
class Base:
    """What every run begins with. `days`: of a forecast those laid together, latest first; else
    those of the period. `share`: with this chance a contact comes; None: all come, as they did.
    `silent`: channels left out, for nobody of them was answered."""

    period: Period
    days: tuple[date, ...]
    share: float | None
    silent: tuple[str, ...]
    is_over: bool

    @property
    def laid(self) -> int:
        """How many days are laid over each other: figures of the record are of so many."""
        return 1 if self.share is None else len(self.days)


ReadPeriod = Callable[[Span], Period]


def read_base(days: Days, read: ReadPeriod) -> Base:
    """Read what the days name. Raises Invalid where nobody came or nobody was answered."""
    now_s = datetime.now(UTC).timestamp()
    found: list[Period] = []
    for from_s, to_s in days.spans:
        period = read(span_of(Question(from_s=from_s, to_s=to_s), now_s))
        if period.measured:
            found.append(period)
        if len(found) == (days.weeks or 1):
            break
    if not found:
        raise nobody_came()
    whole, silent = _answered_channels(_laid_together(found, ZoneInfo(days.zone)))
    share = days.volume / len(found) if days.is_forecast else None
    if days.is_forecast:
        of_it = tuple(day_of(period.from_s, days.zone) for period in found)
    else:
        of_it = tuple(_days_of(found[0], days.zone))
    return Base(whole, of_it, share, silent, days.is_forecast or days.spans[0][1] <= now_s)


def _days_of(period: Period, zone: str) -> Iterator[date]:
    """Give every day that a part of the period lies in."""
    day, last = day_of(period.from_s, zone), day_of(math.ceil(period.to_s) - 1, zone)
    while day <= last:
        yield day
        day += timedelta(days=1)


def _laid_together(periods: Sequence[Period], zone: ZoneInfo) -> Period:
    """Let the contacts of all the days come on the first one, by the clock on the wall."""
    first = periods[0]
    visits = list(first.visits)
    for other in periods[1:]:
        offset_s = wall_s(first.from_s, zone) - wall_s(other.from_s, zone)
        moved = (
            visit._replace(at_s=moment_of(wall_s(visit.at_s, zone) + offset_s, zone))
            for visit in other.visits
        )
        visits += [visit for visit in moved if visit.at_s >= first.begins_s]
    visits.sort(key=lambda visit: visit.at_s)
    own_work_s: defaultdict[str, float] = defaultdict(float)
    for one in periods:
        for channel, work_s in one.own_work_s.items():
            own_work_s[channel] += work_s
    left_out = sum(one.left_out for one in periods)
    return replace(first, visits=visits, left_out=left_out, own_work_s=own_work_s)


def _answered_channels(period: Period) -> tuple[Period, tuple[str, ...]]:
    """Leave out channels of which nothing says how long they take."""
    answered = {one.kind.channel for one in period.visits if one.outcome == ANSWERED}
    silent = {one.kind.channel for one in period.visits} - answered
    kept = [one for one in period.visits if one.kind.channel in answered]
    period = replace(period, visits=kept)
    if not period.measured:
        raise nobody_answered(silent)
    return period, tuple(sorted(silent))


def sample(base: Base, drawn: Drawn, seed: int) -> tuple[Period, Drawn]:
    """Return who comes in one run, and their chances."""
    if base.share is None:
        return base.period, drawn
    dice = random.Random(seed)  # noqa: S311 - chances of a simulation, no secrets
    sure, rest = divmod(base.share, 1.0)
    chosen: list[tuple[float, int]] = []
    for number, visit in enumerate(base.period.visits):
        for copy in range(int(sure) + (dice.random() < rest)):
            apart_s = dice.uniform(-_APART_S, _APART_S) if copy else 0.0
            chosen.append((visit.at_s + apart_s, number))
    chosen.sort()
    visits = [base.period.visits[number]._replace(at_s=at_s) for at_s, number in chosen]
    numbers = [number for _, number in chosen]
    return replace(base.period, visits=visits), Drawn(
        [drawn.handle_s[number] for number in numbers],
        [drawn.patience_s[number] for number in numbers],
        [drawn.ring_s[number] for number in numbers],
    )
