"""The poll behind the hints: when an open console looks at something although no hint named it.

Each thing has a time of its own, by chance. Consoles that came together, after a restart say, would
otherwise all look at everything at one moment, and news would wait for it.
"""

from __future__ import annotations

import random
from collections.abc import Collection

LOOK_S = 30.0
_SOONEST = 0.5  # of LOOK_S
DESK = ""  # the key of what is no conversation: the desk, and the user's rights


class Looks:
    """What a console shows and when it looks at each again, within LOOK_S seconds.

    Times are seconds of a clock that only rises.
    """

    __slots__ = ("_due_s", "next_s")

    def __init__(self, now_s: float) -> None:
        self._due_s = {DESK: _after(now_s)}
        self.next_s = self._due_s[DESK]  # when the next is due

    def keep(self, conversation_ids: Collection[str], now_s: float) -> None:
        """From now on the desk and exactly these conversations are looked at."""
        due_s = self._due_s
        if len(due_s) == len(conversation_ids) + 1 and due_s.keys() >= set(conversation_ids):
            return
        self._due_s = {DESK: due_s[DESK]} | {
            key: due_s[key] if key in due_s else _after(now_s) for key in conversation_ids
        }
        self.next_s = min(self._due_s.values())

    def take(self, now_s: float) -> list[str]:
        """Return the keys that are due; each is due again within LOOK_S."""
        if now_s < self.next_s:
            return []
        due = [key for key, at_s in self._due_s.items() if at_s <= now_s]
        self._due_s.update((key, _after(now_s)) for key in due)
        self.next_s = min(self._due_s.values())
        return due


def _after(now_s: float) -> float:
    return now_s + LOOK_S * random.uniform(_SOONEST, 1.0)  # noqa: S311 - spreads load, guards nothing
