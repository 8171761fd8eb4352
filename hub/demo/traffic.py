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
_UNKNOWN_SHARE = 0.3  # of chats come from somebody the shop does not know
_FIRST_S = 1.5
_AT_ONCE = 60


class Traffic:
    """Each arrival is one customer's whole story, at most `_AT_ONCE` of them at a time."""

    def __init__(self, outside: Outside, world: World) -> None:
        self._outside = outside
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
            for channel, act in acts.items():
                tasks.create_task(self._arrivals(tasks, channel, act))

    async def _arrivals(
        self, tasks: asyncio.TaskGroup, channel: str, act: Callable[[Act], Awaitable[None]]
    ) -> None:
        await asyncio.sleep(self._dice.uniform(0, _FIRST_S))
        while True:
            plan = self._next(channel)
            if plan is not None:
                tasks.create_task(self._one(act, plan, channel))
            await asyncio.sleep(self._dice.expovariate(1 / EVERY_S[channel]))

    def _next(self, channel: str) -> Act | None:
        free = [one for one in self._world.people if (one.email, channel) not in self._busy]
        if not free:
            return None
        person = self._dice.choice(free)
        talks = self._world.talks_for(channel, person.language)
        if not talks:
            return None
        known = channel != "webchat" or self._dice.random() > _UNKNOWN_SHARE
        return Act(person, self._dice.choice(talks), known=known)

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
