"""Who is best for it: people by what they did, with figures, or "not enough data". Pure.

Ranked by the lower end of Wilson's interval (Wilson 1927; Brown, Cai & DasGupta 2001): few good
results count for less than many. Under MIN_RESULTS nothing is said of anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.core.shares import MIN_RESULTS as MIN_RESULTS
from hub.core.shares import wilson as wilson


@dataclass(frozen=True, slots=True)
class Record:
    """One person: what they were asked to do and how much of it went well.

    `promised`, `kept`: commitments that ended or are overdue, and those kept in time. `asked`,
    `satisfied`: customers who said how it was, and those who gave 4 or 5 of 5. `grade` 1-5 in the
    wanted skill, 0 without. `busy`: with something else at the wanted time. `open`: unfinished
    commitments.
    """

    user_id: str
    name: str
    promised: int = 0
    kept: int = 0
    asked: int = 0
    satisfied: int = 0
    grade: int = 0
    busy: bool = False
    open: int = 0

    @property
    def results(self) -> int:
        return self.promised + self.asked

    @property
    def good(self) -> int:
        return self.kept + self.satisfied


@dataclass(frozen=True, slots=True)
class Wanted:
    """`grade`: the least in the wanted skill; who has less is left out."""

    grade: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place from 1, the share that went well, and the ends of its interval, 0-1."""

    record: Record
    place: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class NotEnough:
    """Too few results to say anything."""

    record: Record


def rank_people(records: Sequence[Record], wanted: Wanted) -> list[Ranked | NotEnough]:
    """Return who may do it: who is free before who is not, the ranked before those of whom there is
    not enough data, these by grade and by how little they have to do.
    """
    able = [one for one in records if one.grade >= wanted.grade]
    known = [one for one in able if one.results >= MIN_RESULTS]
    known.sort(key=_better)
    ranked = [_ranked(place, one) for place, one in enumerate(known, 1)]
    unknown = sorted(
        (one for one in able if one.results < MIN_RESULTS),
        key=lambda one: (one.busy, -one.grade, one.open, one.name, one.user_id),
    )
    return [*ranked, *(NotEnough(one) for one in unknown)]


def _better(one: Record) -> tuple[bool, float, int, int, str]:
    low, _ = wilson(one.good, one.results)
    return one.busy, -round(low, 6), -one.grade, one.open, one.user_id


def _ranked(place: int, one: Record) -> Ranked:
    low, high = wilson(one.good, one.results)
    return Ranked(one, place, one.good / one.results, low, high)
