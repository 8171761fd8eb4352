"""Three customers at once for one colleague on a break: whom does the hub give them first?

They have addresses, a queue and a colleague of their own, so that nothing but their urgency
decides: in the house beside it, a chat may find a colleague with room while every line is busy.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from hub.setup import Setup
from hub.setup.model import Queue, Team

from .evidence import Runner, race
from .outside import Act, Outside, patient
from .world import Person, World

KEY = "three"
COLLEAGUE = "lin.yi@lakeside.example"
_ZH, _EN = "三人同时", "Three at once"
_ENTRANTS = (("email", "standard"), ("webchat", "low"), ("phone", "gold"))  # channel, tier
_POINTS = {  # which entry point each channel's is made from, and where it is reached
    "support-mail": "three@lakeside.example",
    "shop-chat": "three-webchat",
    "hotline": "+862155501003",
}
_APART_S = 0.4
_LOOK_S = 0.5
_PATIENCE_S = 30.0  # whom the colleague comes back for even if not all three are there
_USED_UP_S = 4.0  # the caller's wait begins last, behind a greeting: so much of it is used up
_OVER_S = 240.0
_GONE = frozenset({"abandoned", "closed"})


def with_three(setup: Setup) -> Setup:
    """Return the set-up with the three's team, queue and entry points added."""
    points = [
        msgspec.structs.replace(
            point, key=f"{KEY}-{point.channel}", address=_POINTS[point.key], queue=KEY
        )
        for point in setup.entry_points
        if point.key in _POINTS
    ]
    return msgspec.structs.replace(
        setup,
        teams=[*setup.teams, Team(key=KEY, zh=_ZH, en=_EN)],
        queues=[*setup.queues, Queue(key=KEY, teams=[KEY], zh=_ZH, en=_EN)],
        entry_points=[*setup.entry_points, *points],
    )


class Three:
    """A standard mail, a low chat and a gold call: in wrong, out right.

    `wanted`: set while the colleague should be at work.
    """

    def __init__(self, outside: Outside, world: World, wanted: asyncio.Event) -> None:
        self._outside = outside.reached_at(
            support=_POINTS["support-mail"],
            chat_entry=_POINTS["shop-chat"],
            hotline=_POINTS["hotline"],
        )
        self._world = world
        self._wanted = wanted
        self._began: datetime | None = None
        self._entrants: list[tuple[str, Person]] = []
        self._story: asyncio.Task[None] | None = None

    def start(self, language: str) -> None:
        """Send the three; the story of those who came before is over."""
        if self._story is not None:
            self._story.cancel()
        plans = [
            Act(person, self._world.talks_for(channel, person.language)[0], lane=KEY)
            for channel, tier in _ENTRANTS
            for person in [self._world.person(tier, language)]
        ]
        self._entrants = [
            (channel, act.person) for (channel, _), act in zip(_ENTRANTS, plans, strict=True)
        ]
        self._began = datetime.now(UTC)
        self._wanted.clear()
        self._story = asyncio.create_task(self._come(plans))

    async def stop(self) -> None:
        if self._story is not None:
            self._story.cancel()
            await asyncio.gather(self._story, return_exceptions=True)

    async def standing(self) -> list[Runner]:
        """Return how far they are: as which each was taken, and after how long."""
        if self._began is None:
            return []
        return await asyncio.to_thread(
            race, self._outside.database, self._entrants, self._began, datetime.now(UTC)
        )

    async def _come(self, plans: list[Act]) -> None:
        """Each is a customer's whole story, and the colleague is there until all were taken."""
        stories = (self._outside.mail, self._outside.chat, self._outside.call)
        async with asyncio.TaskGroup() as tasks:
            for story, act in zip(stories, plans, strict=True):
                tasks.create_task(patient(story(act)))
                await asyncio.sleep(_APART_S)
            try:
                await self._until(lambda runners: len(runners) == len(plans), _PATIENCE_S)
                await asyncio.sleep(_USED_UP_S)
                self._wanted.set()
                await self._until(_all_taken, _OVER_S)
            finally:
                self._wanted.clear()

    async def _until(self, done: Callable[[list[Runner]], bool], timeout_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while not done(await self.standing()):  # noqa: ASYNC110 - another process' database
                    await asyncio.sleep(_LOOK_S)


def _all_taken(runners: list[Runner]) -> bool:
    return all(one.place is not None or one.state in _GONE for one in runners)
