"""Agents of one group who have room for one channel, the best fit first.

While contacts are more than agents there is hardly anybody here, and while agents are more than
contacts everybody is: then they are kept in order, so that choosing one costs no look at all.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Final

from .desk import Desk

_ORDERED_FROM: Final = 16  # fewer are sorted when asked for
_ORDERED_TO: Final = 8  # with fewer an order is no longer kept up


Fit = tuple[int, int, int, float, str]
"""How well an agent suits contacts of a channel, the least first (routing.md section 2).

First, where the channel has a comfort, 0 for who holds some and fewer, 1 for the idle, 2 for the
others, who come in the order of what they hold (the second): spreading chats over idle agents would
starve calls. Then the least flexible, and among those alike (before the time since when they are
idle the skills asked for decide) the longest idle; the agent's id is the last.
"""


def are_alike(one: Fit, other: Fit) -> bool:
    """Do only skills and idleness tell them apart?"""
    return one[0] == other[0] and one[1] == other[1] and one[2] == other[2]


class Bench:
    """Who has room for contacts of `channel`; `desks` by agent id."""

    __slots__ = ("_fits", "_order", "bit", "channel", "comfort", "desks")

    def __init__(self, channel: str, bit: int, comfort: int) -> None:
        self.channel = channel
        self.bit = bit
        self.comfort = comfort
        self.desks: dict[str, Desk] = {}
        self._order: list[Fit] | None = None  # not kept while few are here
        self._fits: dict[str, Fit] = {}

    def add(self, desk: Desk) -> None:
        """An agent has room, or what decides their place changed."""
        self.desks[desk.id] = desk
        if self._order is not None:
            self.refresh(desk)

    def refresh(self, desk: Desk) -> None:
        """What decides the place of one who is here may have changed."""
        order = self._order
        if order is None:
            return
        before, fit = self._fits.get(desk.id), self.fit(desk)
        if fit != before:
            if before is not None:
                del order[bisect_left(order, before)]
            insort(order, fit)
            self._fits[desk.id] = fit

    def drop(self, agent_id: str) -> None:
        """An agent who is here has room no more."""
        del self.desks[agent_id]
        if self._order is None:
            return
        del self._order[bisect_left(self._order, self._fits.pop(agent_id))]
        if len(self._order) < _ORDERED_TO:
            self._order = None
            self._fits.clear()

    def fit(self, desk: Desk) -> Fit:
        """Return how an agent suits contacts of the channel."""
        spread = holds = 0
        if self.comfort:
            held = desk.open(self.channel)
            if not 1 <= held < self.comfort:
                if desk.is_idle:
                    spread = 1
                else:
                    spread, holds = 2, held
        return (spread, holds, desk.flexibility, desk.idle_since_s, desk.id)

    def in_order(self) -> list[Fit]:
        """Return everybody, the best fit first: to be read, and before anybody comes or goes."""
        if self._order is not None:
            return self._order
        fits = [self.fit(desk) for desk in self.desks.values()]
        if len(fits) > 1:
            fits.sort()
        if len(fits) >= _ORDERED_FROM:
            self._order = fits
            self._fits = {fit[4]: fit for fit in fits}
        return fits
