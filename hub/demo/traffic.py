"""Customers come by themselves: arrivals at random, over all channels, so that a handful always
waits.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable

from .outside import NO_ANSWER, Act, Outside
from .world import World

log = logging.getLogger(__name__)

# Mean seconds between arrivals of one channel when enough of them wait.
EVERY_S = {"webchat": 8.0, "phone": 20.0, "email": 30.0, "fax": 70.0}
# So many should wait of each: together five to eight, enough to see the order, and few give up.
WANTED = {"webchat": (3, 4), "phone": (0, 1), "email": (1, 2), "fax": (0, 1)}
# So many come in the first seconds, so that everybody has something to do at once.
_AT_START = {"webchat": 9, "phone": 4, "email": 4, "fax": 1}
_FASTER, _SLOWER = 4.0, 0.2  # how time passes for arrivals while too few or too many wait
_UNKNOWN_SHARE = 0.5  # of chats come from somebody the shop does not know
_TICK_S = 1.0
_FIRST_S = 1.5
_AT_ONCE = 60


class Traffic:
    """Each arrival is one customer's whole story, at most `_AT_ONCE` of them at a time."""

    def __init__(
        self,
        outside: Outside,
        world: World,
        waiting: Callable[[], Awaitable[Counter[str] | None]],
    ) -> None:
        self._outside = outside
        self._waiting = waiting
        self._speed = dict.fromkeys(EVERY_S, 1.0)
        self._world = world
        self._people = [one for one in world.people if one not in world.cast()]
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
        """Let customers come faster or slower, channel by channel, by how many wait there."""
        while True:
            await asyncio.sleep(_TICK_S)
            waiting = await self._waiting()
            if waiting is None:
                continue
            for channel, (few, many) in WANTED.items():
                count = waiting[channel]
                self._speed[channel] = _FASTER if count < few else _SLOWER if count > many else 1.0

    async def _arrivals(
        self, tasks: asyncio.TaskGroup, channel: str, act: Callable[[Act], Awaitable[None]]
    ) -> None:
        await asyncio.sleep(self._dice.uniform(0, _FIRST_S))
        first = _AT_START[channel]
        while True:
            plan = self._next(channel)
            if plan is not None:
                tasks.create_task(self._one(act, plan, channel))
            first -= 1
            every_s = EVERY_S[channel] if first < 1 else _FIRST_S / 4
            left_s = self._dice.expovariate(1 / every_s)
            while left_s > 0:
                await asyncio.sleep(min(_TICK_S, left_s))
                left_s -= _TICK_S * self._speed[channel]

    def _next(self, channel: str) -> Act | None:
        known = channel != "webchat" or self._dice.random() > _UNKNOWN_SHARE
        people = [
            one
            for one in self._people
            if not known or (one.email, channel) not in self._busy
            if channel != "fax" or one.fax
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
