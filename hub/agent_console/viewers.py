"""Who looks at a contact now, and who is writing. Pure: leases that run out, no clock, no I/O.

Nothing of it is stored: a console says what its user looks at, says it again with each heartbeat,
and every process keeps what it heard. Who is silent for `LEASE_S` is gone, whatever became of the
browser. What is written is never part of it, only that something is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LEASE_S = 12.0  # consoles beat every 5 s: two beats may be lost


class Doing(StrEnum):
    """What a user does with an open contact; the later one is told where somebody does several."""

    LOOKING = "looking"
    NOTE = "note"
    REPLY = "reply"


_RANK = {doing: rank for rank, doing in enumerate(Doing)}


@dataclass(frozen=True, slots=True)
class Viewer:
    """A user at a contact. `since`: when they began what they do now (UTC)."""

    user_id: str
    name: str
    doing: Doing
    since: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """What one console says of its user; `console_id` tells two windows of one user apart."""

    contact_id: str
    console_id: str
    viewer: Viewer


@dataclass(slots=True)
class _Lease:
    viewer: Viewer
    until_s: float


class Viewers:
    """All leases this process knows of. Times in seconds of a clock that only rises."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, _Lease]] = {}

    def heard(self, said: Said, now_s: float) -> bool:
        """Take or renew a lease; say whether something is new in it."""
        leases = self._held.setdefault(said.contact_id, {})
        before = leases.get(said.console_id)
        leases[said.console_id] = _Lease(said.viewer, now_s + LEASE_S)
        return before is None or before.viewer != said.viewer

    def gone(self, contact_id: str, console_id: str) -> bool:
        """End a lease; say whether there was one."""
        leases = self._held.get(contact_id, {})
        ended = leases.pop(console_id, None)
        if not leases:
            self._held.pop(contact_id, None)
        return ended is not None

    def expire(self, now_s: float) -> list[str]:
        """End what has run out; return the contacts where somebody went."""
        over = [
            (contact_id, console_id)
            for contact_id, leases in self._held.items()
            for console_id, lease in leases.items()
            if lease.until_s <= now_s
        ]
        for contact_id, console_id in over:
            self.gone(contact_id, console_id)
        return list(dict.fromkeys(contact_id for contact_id, _ in over))

    def at(self, contact_id: str, *, without: str) -> list[Viewer]:
        """Return the others at a contact, each user once, who came first before who came later."""
        one_each: dict[str, Viewer] = {}
        for viewer in self._of(contact_id):
            if viewer.user_id == without:
                continue
            known = one_each.get(viewer.user_id)
            if known is None or _goes_before(viewer, known):
                one_each[viewer.user_id] = viewer
        return sorted(one_each.values(), key=lambda viewer: (viewer.since, viewer.user_id))

    def occupied(self, contact_ids: Iterable[str]) -> set[str]:
        """Return which of these somebody looks at."""
        return {contact_id for contact_id in contact_ids if contact_id in self._held}

    def _of(self, contact_id: str) -> Iterator[Viewer]:
        for lease in self._held.get(contact_id, {}).values():
            yield lease.viewer


def _goes_before(one: Viewer, other: Viewer) -> bool:
    """Writing tells more than looking; of the same, the longer one."""
    mine, theirs = _RANK[one.doing], _RANK[other.doing]
    return mine > theirs or (mine == theirs and one.since < other.since)
