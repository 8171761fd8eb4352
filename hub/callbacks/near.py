"""Whose turn is near: whom the agents who are free take next, over all queues they serve. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class InLine(NamedTuple):
    """One who waits. `to_call`: not on the line, nor rung yet. `soon`: somebody is free for them
    very soon, by the recent rate of their queue.
    """

    contact_id: str
    queue_id: str
    to_call: bool
    soon: bool = False


def near(line: Sequence[InLine], agents: Iterable[frozenset[str]]) -> list[str]:
    """Return the contacts to call now, as `line` has them: the most urgent first, each queue from
    its first place on.

    `agents`: for each who is free, the queues they serve; each takes one contact, of whichever
    queue.
    """
    free = _Free(agents)
    found = []
    for one in line:
        is_taken = free.take(one.queue_id)
        if one.to_call and (is_taken or one.soon):
            found.append(one.contact_id)
    return found


class _Free:
    """Agents who are free, alike where they serve the same queues.

    Each contact gets one as long as there is any way to share them out (augmenting paths: Kuhn
    1955), so that who comes first in line is never passed over for somebody later.
    """

    def __init__(self, agents: Iterable[frozenset[str]]) -> None:
        self._room = Counter(agents)
        self._held: dict[frozenset[str], Counter[str]] = {group: Counter() for group in self._room}
        self._none_left: set[str] = set()

    def take(self, queue_id: str) -> bool:
        """Give an agent to a contact of this queue, if one is left for it."""
        if queue_id not in self._none_left and self._take(queue_id, set()):
            return True
        self._none_left.add(queue_id)
        return False

    def _take(self, queue_id: str, tried: set[frozenset[str]]) -> bool:
        for group in self._room:
            if queue_id not in group or group in tried:
                continue
            tried.add(group)
            if self._room[group] > 0:
                self._room[group] -= 1
                self._held[group][queue_id] += 1
                return True
            if self._move_one(group, queue_id, tried):
                return True
        return False

    def _move_one(self, group: frozenset[str], queue_id: str, tried: set[frozenset[str]]) -> bool:
        """Give one of this group's contacts to others who can take it, and take the new one."""
        for other, count in list(self._held[group].items()):
            if count > 0 and other != queue_id and self._take(other, tried):
                self._held[group][other] -= 1
                self._held[group][queue_id] += 1
                return True
        return False
