"""The half hours of a time by the clock on the wall, several days laid over each other. Pure.

Times are Unix seconds. Where clocks are put on, nobody sees the half hours they leave out; where
they are put back, some are seen twice in a day.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .scenario import DAY_S
from .world import BIN_S

_PER_DAY = round(DAY_S / BIN_S)
_BIN_S = round(BIN_S)
_QUARTER_S = 900  # clocks change at whole ones
_LEAST_PART_S = 300


class _Slice(NamedTuple):
    begin_s: int
    end_s: int
    number: int  # half hours on the wall since the time began


class HalfHours:
    """The half hours from `from_s` to `to_s`, the first beginning with them; after a day they are
    the first ones again. The last one may be only a part of one; one that is too short to say how
    many come is left out.

    `starts_s`: when each began first. `seen_s`: how much of each lies in the time. `days`: how
    many days are laid over each other, 1 at least; the last of them may be a part.
    """

    def __init__(self, from_s: float, to_s: float, zone: str) -> None:
        begin, end, place = math.floor(from_s), math.ceil(to_s), ZoneInfo(zone)
        slices = _slices(begin, end, place)
        last = slices[-1]
        if last.number > 0 and last.end_s - last.begin_s < _LEAST_PART_S:
            slices.pop()
        order = sorted({one.number % _PER_DAY for one in slices})
        rank = {number: index for index, number in enumerate(order)}
        self._slices = [one._replace(number=rank[one.number % _PER_DAY]) for one in slices]
        self._begins_s = [one.begin_s for one in slices]
        starts_s, seen_s = dict[int, float](), [0.0] * len(order)
        for one in self._slices:
            starts_s.setdefault(one.number, one.begin_s)
            seen_s[one.number] += one.end_s - one.begin_s
        self.starts_s = tuple(starts_s[number] for number in range(len(order)))
        self.seen_s = tuple(seen_s)
        self.days = max((wall_s(to_s, place) - wall_s(from_s, place)) / DAY_S, 1.0)

    def __len__(self) -> int:
        return len(self.seen_s)

    def place_of(self, at_s: float) -> int | None:
        """Return which half hour a moment lies in; None: in none."""
        found = self._slices[max(bisect_right(self._begins_s, at_s) - 1, 0)]
        return found.number if found.begin_s <= at_s < found.end_s else None

    def parts_of(self, begin_s: float, end_s: float) -> Iterator[tuple[int, float]]:
        """Give the half hours that a span of time lies in, with the seconds in each."""
        first = max(bisect_right(self._begins_s, begin_s) - 1, 0)
        for number in range(first, len(self._slices)):
            one = self._slices[number]
            if one.begin_s >= end_s:
                return
            inside_s = min(end_s, one.end_s) - max(begin_s, one.begin_s)
            if inside_s > 0:
                yield one.number, inside_s


def _slices(begin: int, end: int, zone: ZoneInfo) -> list[_Slice]:
    """Return the stretches of the time that lie in one half hour each."""
    ahead = _ahead_s(begin, zone)
    found: list[_Slice] = []
    at = begin
    while at < end:
        shifted = _ahead_s(at, zone) - ahead
        number = (at - begin + shifted) // _BIN_S
        until = min(
            begin + (number + 1) * _BIN_S - shifted, (at // _QUARTER_S + 1) * _QUARTER_S, end
        )
        if found and found[-1].number == number:
            found[-1] = found[-1]._replace(end_s=until)
        else:
            found.append(_Slice(at, until, number))
        at = until
    return found


def _ahead_s(at_s: float, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(at_s, zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds())


def wall_s(at_s: float, zone: ZoneInfo) -> float:
    """Return what the clock on the wall shows, in seconds since it showed 1970."""
    return at_s + _ahead_s(at_s, zone)


def moment_of(shown_s: float, zone: ZoneInfo) -> float:
    """Return when the clock on the wall shows this: the first time, where it does twice; where
    clocks leave it out, when it shows an hour later."""
    return datetime.fromtimestamp(shown_s, UTC).replace(tzinfo=zone).timestamp()
