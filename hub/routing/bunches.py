"""Lines that the same agents may take, in bunches, and which of them goes first.

Two lines cross once at most, for urgency is linear in time (Kleinrock 1964): so who is the most
urgent is worked out once and stays so until a first one changes or until a time known before.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from .model import WALL, Demands

if TYPE_CHECKING:
    from .lines import Line, LineKey

_NEVER: Final = math.inf
_EARLIER_S: Final = 0.001  # who is about to be over a cap is looked at closely so much before
InBunch = tuple[str, float, int]
"""What tells the lines of a bunch apart: tier, target and step."""
InAlike = tuple[str, int]
"""What tells the bunches of alike contacts apart: channel and priority."""


class Bunch:
    """Lines of one queue that the same agents may take: they differ in how fast they age.

    Which of them is the most urgent is worked out when a first one changes and when time has made
    another one overtake it: two lines cross once, for urgency is linear in time (Kleinrock 1964).
    `top` is that line from `_from_s` until `until_s` on the bunch's clock; None: not known.
    `lines` are those where somebody waits, `known` all that were ever wanted.
    """

    __slots__ = (
        "_from_s",
        "alike",
        "bit",
        "cap_s",
        "channel",
        "known",
        "lines",
        "oldest_s",
        "priority",
        "top",
        "until_s",
    )

    def __init__(self, alike: Alike, key: LineKey, bit: int, cap_s: float) -> None:
        self.alike = alike
        self.channel, self.priority, self.bit = key.channel, key.priority, bit
        self.cap_s = cap_s  # infinite: none
        self.lines: list[Line] = []
        self.known: dict[InBunch, Line] = {}
        self.top: Line | None = None
        self.oldest_s = 0.0  # the least virtual start, as of when `top` was found
        self._from_s = self.until_s = 0.0

    def add(self, line: Line) -> None:
        """Somebody waits in a line where nobody did."""
        if not self.lines:
            self.alike.add(self)
        self.lines.append(line)

    def drop(self, line: Line) -> None:
        """Nobody waits in a line any more."""
        self.lines.remove(line)
        self.forget_top()
        if not self.lines:
            self.alike.drop(self)

    def forget_unused(self) -> None:
        self.known = {key: line for key, line in self.known.items() if len(line)}

    def forget_top(self) -> None:
        """The first of a line changed."""
        self.top = self.alike.top = None

    def top_at(self, clock_s: float) -> Line:
        """Return the most urgent line; a tie goes to the older contact. The bunch is not empty."""
        top = self.top
        if top is None or clock_s < self._from_s or clock_s >= self.until_s:
            top = self._find_top(clock_s)
        return top

    def _find_top(self, clock_s: float) -> Line:
        lines = self.lines
        top = lines[0]
        oldest_s, until_s = top.first_s, _NEVER
        if len(lines) > 1:
            best = (clock_s - top.first_s) / top.target_s
            for line in lines:
                urgency = (clock_s - line.first_s) / line.target_s
                if urgency > best or (urgency == best and line.first.id < top.first.id):
                    top, best = line, urgency
                if line.first_s < oldest_s:
                    oldest_s = line.first_s
            for line in lines:
                at_s = overtakes_at_s(line, top)
                if at_s < until_s:  # min() would cost as much as all the rest of it
                    until_s = at_s
        self.top, self._from_s, self.until_s, self.oldest_s = top, clock_s, until_s, oldest_s
        return top


def overtakes_at_s(line: Line, top: Line) -> float:
    """Return what their clock shows when a line becomes more urgent than `top`; infinite: never.

    (c - s) / t = (c - s') / t', solved for the clock c: with the smaller target it ages faster.
    """
    gain = top.target_s - line.target_s
    if gain <= 0:
        return _NEVER
    return (line.first_s * top.target_s - top.first_s * line.target_s) / gain


class Alike:
    """The bunches of one queue whose contacts ask for the same skills and wait by one calendar.

    `bits` are the channels of those where somebody waits, in `bunches`. `top` is the bunch whose
    contact goes first of all, from `_from_s` until `_until_s`; until then nobody is over a cap.
    """

    __slots__ = (
        "_from_s",
        "_until_s",
        "bits",
        "bunches",
        "calendar_id",
        "demands",
        "is_on_wall",
        "known",
        "top",
    )

    def __init__(self, demands: Demands, calendar_id: str) -> None:
        self.demands, self.calendar_id = demands, calendar_id
        self.is_on_wall = calendar_id == WALL
        self.bits = 0
        self.bunches: list[Bunch] = []
        self.known: dict[InAlike, Bunch] = {}
        self.top: Bunch | None = None
        self._from_s = self._until_s = 0.0

    def add(self, bunch: Bunch) -> None:
        self.bunches.append(bunch)
        self.bits |= bunch.bit

    def drop(self, bunch: Bunch) -> None:
        self.bunches.remove(bunch)
        self.bits = 0
        for other in self.bunches:
            self.bits |= other.bit

    def forget_unused(self) -> None:
        """Keep no bunch and no line where nobody waits."""
        self.known = {key: bunch for key, bunch in self.known.items() if bunch.lines}
        for bunch in self.bunches:
            bunch.forget_unused()

    def top_at(self, clock_s: float) -> Bunch | None:
        """Return the bunch whose most urgent line goes first; None: somebody is over their cap, so
        that each is to be looked at. Not asked where nobody waits.
        """
        top = self.top
        if top is None or clock_s < self._from_s or clock_s >= self._until_s:
            top = self.top = self._find_top(clock_s)
        return top

    def _find_top(self, clock_s: float) -> Bunch | None:
        bunches = self.bunches
        top = bunches[0]
        first = top.top_at(clock_s)
        best = (clock_s - first.first_s) / first.target_s
        until_s = _NEVER
        for bunch in bunches:
            line = bunch.top_at(clock_s)
            if bunch.until_s < until_s:
                until_s = bunch.until_s
            late_s = bunch.oldest_s + bunch.cap_s - _EARLIER_S
            if late_s < until_s:
                until_s = late_s
            if bunch.priority < top.priority:
                continue
            urgency = (clock_s - line.first_s) / line.target_s
            if (
                bunch.priority > top.priority
                or urgency > best
                or (urgency == best and line.first.id < first.first.id)
            ):
                top, first, best = bunch, line, urgency
        if until_s <= clock_s:
            return None
        for bunch in bunches:
            if bunch.priority == top.priority and bunch.top is not None:
                at_s = overtakes_at_s(bunch.top, first)
                if at_s < until_s:
                    until_s = at_s
        self._from_s, self._until_s = clock_s, until_s
        return top
