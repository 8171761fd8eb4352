"""Routes of the what-if: what can be asked, a period again, how many agents."""

from __future__ import annotations

from hub.contacts.access import VisibleQueues
from hub.settings import WhatIf
from hub.storage import Store, Tx
from hub.web import Access, LinesAnswer, Principal, route

from .asking import Asker, replay_task, staff_task
from .bodies import GoalBody, ReplayBody
from .choices import read_choices
from .process import Workshop
from .shapes import ChoicesView, ReplayLine, StaffLine
from .task import Task

_SETUP_BYTES = 1_048_576


class WhatIfRoutes:
    """`visible_queues`: whose contacts somebody may see."""

    def __init__(
        self, store: Store, workshop: Workshop, limits: WhatIf, visible_queues: VisibleQueues
    ) -> None:
        self._store = store
        self._workshop = workshop
        self._limits = limits
        self._visible_queues = visible_queues

    @route(
        "GET",
        "/api/v1/whatif/choices",
        access=Access.SUPERVISOR,
        summary="What can be asked of the what-if here",
    )
    async def choices(self, principal: Principal) -> ChoicesView:
        return await self._store.read(self._choices, principal)

    @route(
        "POST",
        "/api/v1/whatif/replay",
        access=Access.SUPERVISOR,
        summary="Play a period or a forecast again, as it was and with changes; nothing is saved",
        limit_bytes=_SETUP_BYTES,
    )
    async def replay(self, principal: Principal, body: ReplayBody) -> LinesAnswer[ReplayLine]:
        task = await self._store.read(self._replay, (principal, body))
        return LinesAnswer(await self._workshop.begin(principal.name, task, ReplayLine))

    @route(
        "POST",
        "/api/v1/whatif/staff",
        access=Access.SUPERVISOR,
        summary="How many agents a queue needs each half hour for a service level",
    )
    async def staff(self, principal: Principal, body: GoalBody) -> LinesAnswer[StaffLine]:
        task = await self._store.read(self._staff, (principal, body))
        return LinesAnswer(await self._workshop.begin(principal.name, task, StaffLine))

    def _choices(self, tx: Tx, principal: Principal) -> ChoicesView:
        return read_choices(Asker.of(tx, principal, self._visible_queues))

    def _replay(self, tx: Tx, asked: tuple[Principal, ReplayBody]) -> Task:
        principal, body = asked
        asker = Asker.of(tx, principal, self._visible_queues)
        return replay_task(asker, body, self._store.url, self._limits.memory_bytes)

    def _staff(self, tx: Tx, asked: tuple[Principal, GoalBody]) -> Task:
        principal, body = asked
        asker = Asker.of(tx, principal, self._visible_queues)
        return staff_task(asker, body, self._store.url, self._limits.memory_bytes)
