"""Which statement about a thing counts, in whatever order they come. Pure.

A statement that says its revision or time is whole: what it leaves out is not so. Of two the later
one counts, and of two of one moment always the same one, so any order of arrival ends alike. One
without either is how things are now: it counts at once, and what it leaves out stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .rows import Version

_MOMENT = timedelta(microseconds=1)
Said = tuple[str | int | None, ...]
"""What a statement says, comparable: times in microseconds; None where it says nothing."""


class RowOutcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    STALE = "stale"  # something later is known: it changes nothing
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a thing: the statement that counts, and when it was made."""

    said: Said
    revision: int
    state_at: datetime


def settle(
    known: Known | None, said: Said, version: Version, usual: Said, at: datetime, now: datetime
) -> tuple[RowOutcome, Known]:
    """Return what comes of a statement, and what is known then.

    `usual`: what a thing is of which nothing is said. `at`: the thing's own time, when a statement
    has a revision but no time.
    """
    if not version.is_stamped:
        base = usual if known is None else known.said
        new = tuple(old if value is None else value for value, old in zip(said, base, strict=True))
        if known is None:
            return RowOutcome.CREATED, Known(new, 0, now)
        if new == known.said:
            return RowOutcome.UNCHANGED, known
        after = max(known.state_at + _MOMENT, now)
        return RowOutcome.UPDATED, Known(new, known.revision, after)
    whole = tuple(use if value is None else value for value, use in zip(said, usual, strict=True))
    new_known = Known(whole, version.revision or 0, version.state_at or at)
    if known is None:
        return RowOutcome.CREATED, new_known
    if _rank(new_known) == _rank(known):
        return RowOutcome.UNCHANGED, known
    if _rank(new_known) < _rank(known):
        return RowOutcome.STALE, known
    return RowOutcome.UPDATED, new_known


def _rank(known: Known) -> tuple[int, datetime, Sequence[tuple[bool, str]]]:
    """The last part only makes two statements of one moment differ: whichever is the greater."""
    said = [(value is not None, str(value)) for value in known.said]
    return known.revision, known.state_at, said
