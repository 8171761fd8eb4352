"""Agents of one group who have room for one channel, the best fit first.

While contacts are more than agents there is hardly anybody here, and while agents are more than
contacts everybody is: then they are kept in order, so that choosing one costs no look at all.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import NamedTuple

from .desk import Desk

_ORDERED_FROM = 16  # fewer are sorted when asked for
_ORDERED_TO = 8  # with fewer an order is no longer kept up


class Fit(NamedTuple):
    """How well an agent suits contacts of a channel, the least first (routing.md section 2).

    `spread`: where the channel has a comfort, 0 for who holds some and fewer, 1 for the idle, 2 for
    the others, who come in the order of what they `hold`: spreading chats over idle agents would
    starve calls. Then the least flexible, and among those alike (before `idle_since_s` the skills
    asked for decide) the longest idle.
    """

    spread: int
    holds: int
    flexibility: int
    idle_since_s: float
    agent_id: str

    def is_alike(self, other: Fit) -> bool:
        """Do only skills and idleness tell them apart?"""
        return self[:3] == other[:3]


def fit_of(desk: Desk, channel: str, comfort: int) -> Fit:
    """Return how an agent suits contacts of a channel with this comfort (0: no such rule)."""
    spread = holds = 0
    if comfort:
        held = desk.open(channel)
        if not 1 <= held < comfort:
            spread, holds = (1, 0) if desk.is_idle else (2, held)
    return Fit(spread, holds, desk.flexibility, desk.idle_since_s, desk.picture.id)


class Bench:
    """Who has room for contacts of `channel`; `desks` by agent id."""

    __slots__ = ("_fits", "_order", "channel", "comfort", "desks")

    def __init__(self, channel: str, comfort: int) -> None:
        self.channel = channel
        self.comfort = comfort
        self.desks: dict[str, Desk] = {}
        self._order: list[Fit] | None = None  # not kept while few are here
        self._fits: dict[str, Fit] = {}

    def add(self, desk: Desk) -> None:
        """An agent has room, or what decides their place changed."""
        self.desks[desk.picture.id] = desk
        if self._order is not None:
            self.refresh(desk)

    def refresh(self, desk: Desk) -> None:
        """What decides the place of one who is here may have changed."""
        order = self._order
        if order is None:
            return
        before, fit = self._fits.get(desk.picture.id), self.fit(desk)
        if fit != before:
            if before is not None:
                del order[bisect_left(order, before)]
            insort(order, fit)
            self._fits[desk.picture.id] = fit

    def drop(self, agent_id: str) -> None:
        """An agent has room no more."""
        if self.desks.pop(agent_id, None) is None or self._order is None:
            return
        del self._order[bisect_left(self._order, self._fits.pop(agent_id))]
        if len(self._order) < _ORDERED_TO:
            self._order = None
            self._fits.clear()

    def fit(self, desk: Desk) -> Fit:
        return fit_of(desk, self.channel, self.comfort)

    def in_order(self) -> Iterator[tuple[Fit, Desk]]:
        """Yield everybody, the best fit first; nobody comes or goes meanwhile."""
        if self._order is None:
            fits = sorted(map(self.fit, self.desks.values()))
            if len(fits) >= _ORDERED_FROM:
                self._order = fits
                self._fits = {fit.agent_id: fit for fit in fits}
        else:
            fits = self._order
        for fit in fits:
            yield fit, self.desks[fit.agent_id]
