"""What every console of a process uses."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.core.bus import Bus
from hub.core.errors import Unauthenticated
from hub.routing.intervals import Intervals
from hub.storage import Store
from hub.storage.together import Together
from hub.web.guard import Guard
from hub.web.principal import Credentials, Principal, Role

from .changes import AskChanges, Changes, read_changes
from .interests import Interests
from .viewers import Viewers

if TYPE_CHECKING:
    from .ws import Console


@dataclass(frozen=True, slots=True)
class Shared:
    """`masks`: agents see 138****8000. `changes`: what is new, read for all who ask.

    `day`: what is kept of today's figures.
    """

    store: Store
    bus: Bus
    guard: Guard
    masks: bool
    changes: Together[AskChanges, Changes]
    interests: Interests[Console]
    day: Intervals
    viewers: Viewers = field(default_factory=Viewers)
    figures_stale: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def of(cls, store: Store, bus: Bus, guard: Guard, day: Intervals, *, masks: bool) -> Shared:
        return cls(store, bus, guard, masks, Together(store, read_changes), Interests(), day)

    async def admit(self, credentials: Credentials) -> Principal:
        """Return who opens a console. Raises Unauthenticated, also for who takes no contacts."""
        principal = await self.guard.authenticate(credentials)
        if not principal.role.at_least(Role.AGENT):
            raise Unauthenticated("Specialists take no contacts: they have a list of their own.")
        return principal
