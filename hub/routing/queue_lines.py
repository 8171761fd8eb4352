"""The lines of one queue, and which of them agents of some skills may be given contacts of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .bunches import Alike, Bunch
from .model import Demands

if TYPE_CHECKING:
    from .lines import Line, LineKey

AlikeKey = tuple[Demands, str]
"""What tells alike contacts of a queue from others: the skills they ask for, their calendar."""


def meets(skills: Mapping[str, int], demands: Demands) -> bool:
    """Do these skills do for contacts that ask for some?"""
    for skill, least in demands:  # noqa: SIM110 - asked of every bunch: a generator costs more
        if skills.get(skill, 0) < least:
            return False
    return True


class Served:
    """What agents of the same `skills` may be given of a queue: of the lines open to everybody
    those `alikes` whose skills they have, and what its `lines` hold for each.
    """

    __slots__ = ("alikes", "lines", "skills")

    def __init__(self, lines: QueueLines, skills: dict[str, int]) -> None:
        self.lines = lines
        self.skills = skills
        self.alikes: list[Alike] = []
        self.look_again()

    def look_again(self) -> None:
        """Those of the queue are others now."""
        self.alikes.clear()
        for alike in self.lines.common.values():
            self.add(alike)

    def add(self, alike: Alike) -> None:
        """The queue has one more."""
        if meets(self.skills, alike.demands):
            self.alikes.append(alike)


class QueueLines:
    """The lines of one queue, in bunches, those held for one agent apart. `waiting` stand in them.

    Where nobody waits stays, to be used again, until what is kept so has become too much.
    """

    __slots__ = ("_served", "common", "held", "waiting")

    def __init__(self) -> None:
        self.common: dict[AlikeKey, Alike] = {}
        self.held: dict[str, dict[AlikeKey, Alike]] = {}  # by agent
        self.waiting = 0
        self._served: dict[frozenset[tuple[str, int]], Served] = {}  # by skills

    def alike(self, key: LineKey) -> Alike:
        """Return where the contacts of a key belong, made if need be."""
        of = self.common if key.held_for is None else self.held.setdefault(key.held_for, {})
        alike = of.get((key.demands, key.calendar_id))
        if alike is None:
            alike = of[key.demands, key.calendar_id] = Alike(key.demands, key.calendar_id)
            if key.held_for is None:
                for served in self._served.values():
                    served.add(alike)
        return alike

    def served_with(self, skills: dict[str, int]) -> Served:
        """Return what agents with these skills may be given: one object for all of them."""
        known = frozenset(skills.items())
        served = self._served.get(known)
        if served is None:
            served = self._served[known] = Served(self, skills)
        return served

    def forget_unused(self) -> None:
        """Keep nothing where nobody waits."""
        self.common = _used(self.common)
        for served in self._served.values():
            served.look_again()
        held = ((agent_id, _used(alikes)) for agent_id, alikes in self.held.items())
        self.held = {agent_id: alikes for agent_id, alikes in held if alikes}


def all_of(alikes: Mapping[AlikeKey, Alike]) -> list[Bunch]:
    """Return the bunches where somebody waits in one list, whatever skills they ask for."""
    return [bunch for alike in alikes.values() for bunch in alike.bunches]


def lines_of(alikes: Mapping[AlikeKey, Alike]) -> list[Line]:
    """Return the lines where somebody waits."""
    return [line for bunch in all_of(alikes) for line in bunch.lines]


def _used(alikes: Mapping[AlikeKey, Alike]) -> dict[AlikeKey, Alike]:
    for alike in alikes.values():
        alike.forget_unused()
    return {key: alike for key, alike in alikes.items() if alike.bunches}
