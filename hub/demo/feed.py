"""What happens in the outside world, as the demo's pages show it: said, heard, received."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime

import msgspec

_KEPT = 400


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was said or done. `lane`: the visitor's own act it belongs to, or ""
    (traffic).
    """

    n: int
    at: datetime
    lane: str
    who: str  # customer, hub, agent, system
    name: str
    tier: str
    channel: str
    text: str


class Feed:
    """The newest lines, in order. One event loop, no locks."""

    def __init__(self) -> None:
        self._lines: deque[Line] = deque(maxlen=_KEPT)
        self._count = 0

    def add(
        self, channel: str, who: str, name: str, text: str, *, tier: str = "", lane: str = ""
    ) -> None:
        self._count += 1
        self._lines.append(
            Line(
                n=self._count,
                at=datetime.now(UTC),
                lane=lane,
                who=who,
                name=name,
                tier=tier,
                channel=channel,
                text=text[:2000],
            )
        )

    def after(self, n: int) -> list[Line]:
        """Return the lines that came after line `n`."""
        return [line for line in self._lines if line.n > n]
