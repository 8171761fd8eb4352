"""The sweep of the queue's laws over a scene, by a clock that a test sets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from hub.core.metrics import Metrics
from hub.routing.laws.book import Noted
from hub.routing.laws.model import Law
from hub.routing.laws.sweep import LawSweep
from hub.routing.tables import agents
from hub.storage import Tx

from .scene import Scene

Between = Callable[[], Awaitable[object]]


class Sweep:
    """A floor and the sweep that looks at it; `between` is what happens between its two looks."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.metrics = Metrics()
        self.between: list[Between] = []
        self._sweep = LawSweep(scene.store, scene.clock, self.metrics, self._pass_time)

    async def _pass_time(self, seconds: float) -> None:
        """Time passes, and every agent stays at their desk."""
        self.scene.clock.advance(seconds)
        await self.scene.store.write(_stay, None)
        while self.between:
            await self.between.pop()()

    async def turn(self) -> Noted:
        return await self._sweep.turn()

    async def found(self) -> list[tuple[Law, str]]:
        return [(one.law, one.subject) for one in (await self.turn()).found]

    async def change(self, statement: Any) -> None:
        await self.scene.store.write(lambda tx, _: tx.execute(statement) and None, None)


def _stay(tx: Tx, _: None) -> None:
    tx.execute(update(agents).values(present_until=tx.now + timedelta(seconds=100)))
