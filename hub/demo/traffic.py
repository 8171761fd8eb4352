"""Customers come by themselves: arrivals at random, over all channels, so that a handful always
waits.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from .outside import NO_ANSWER, Act, Outside
from .world import World

log = logging.getLogger(__name__)

# Mean seconds between arrivals of one channel; six colleagues can just keep up with it.
EVERY_S = {"webchat": 4.3, "phone": 15.0, "email": 13.0, "fax": 55.0}
_UNKNOWN_SHARE = 0.5  # of chats come from somebody the shop does not know
WANTED = range(5, 9)  # so many should wait: enough to see the order, not so many that all give up
_LOOK_S = 3.0
_STEP = 1.1
_FASTEST, _SLOWEST = 0.25, 4.0
_FIRST_S = 1.5
_AT_ONCE = 60


class Traffic:
    """Each arrival is one customer's whole story, at most `_AT_ONCE` of them at a time."""

    def __init__(
        self, outside: Outside, world: World, waiting: Callable[[], Awaitable[int | None]]
    ) -> None:
        self._outside = outside
        self._waiting = waiting
        self._pace = 1.0
        self._world = world
        self._dice = random.Random()  # noqa: S311 - who comes next
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._busy: set[tuple[str, str]] = set()

    async def run(self) -> None:
        """Bring customers until cancelled."""
        acts: dict[str, Callable[[Act], Awaitable[None]]] = {
            "webchat": self._outside.chat,
            "phone": self._outside.call,
            "email": self._outside.mail,
            "fax": self._outside.fax,
        }
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_pace())
            for channel, act in acts.items():
                tasks.create_task(self._arrivals(tasks, channel, act))

    async def _keep_pace(self) -> None:
        """Let customers come faster or slower until the number that waits is as wanted."""
        while True:
            await asyncio.sleep(_LOOK_S)
            waiting = await self._waiting()
            if waiting is not None and waiting not in WANTED:
                step = 1 / _STEP if waiting < WANTED.start else _STEP
                self._pace = min(max(self._pace * step, _FASTEST), _SLOWEST)

    async def _arrivals(
        self, tasks: asyncio.TaskGroup, channel: str, act: Callable[[Act], Awaitable[None]]
    ) -> None:
        await asyncio.sleep(self._dice.uniform(0, _FIRST_S))
        while True:
            plan = self._next(channel)
            if plan is not None:
                tasks.create_task(self._one(act, plan, channel))
            await asyncio.sleep(self._dice.expovariate(1 / EVERY_S[channel]) * self._pace)

    def _next(self, channel: str) -> Act | None:
        known = channel != "webchat" or self._dice.random() > _UNKNOWN_SHARE
        people = [
            one for one in self._world.people if not known or (one.email, channel) not in self._busy
        ]
        if not people:
            return None
        person = self._dice.choice(people)
        talks = self._world.talks_for(channel, person.language)
        return Act(person, self._dice.choice(talks), known=known) if talks else None

    async def _one(self, act: Callable[[Act], Awaitable[None]], plan: Act, channel: str) -> None:
        """One customer; who has no patience left goes, and that is no fault of the demo."""
        self._busy.add((plan.person.email, channel))
        try:
            async with self._room:
                await act(plan)
        except NO_ANSWER as error:
            log.info("a customer gave up: %s", type(error).__name__)
        except Exception:
            log.exception("a demo customer's story broke")
        finally:
            self._busy.discard((plan.person.email, channel))
