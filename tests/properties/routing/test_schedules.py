"""A thousand schedules of the async shell: none assigns twice, and none forgets anybody.

Two processes route at once; one is killed or stands still past its lease, the database refuses,
hints get lost, agents click twice, let pass and vanish, customers leave. After each commit the rows
are checked (`center.World.check`); in the end, when all is well again, everybody has been served.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from hub.core import ids
from hub.testing.shuffled_loop import ShuffledLoop

from .center import Agent, Customers, Killed, Process, World

SCHEDULES = 1_000
_AT_ONCE = 50
_CONTACTS = 6
_NOT_OVER = "SELECT id FROM contacts WHERE state NOT IN ('closed', 'abandoned')"


async def live(loop: ShuffledLoop) -> World:
    """Thirty hard seconds, then peace until everybody is served."""
    world = World(loop)
    agents = [Agent(world, name) for name in ("Li", "Wu", "Xu")]
    customers = Customers(world)
    processes = [Process(world), Process(world)]
    tasks = [task for process in processes for task in process.start()]
    tasks += [asyncio.create_task(agent.be_present()) for agent in agents]
    tasks += [asyncio.create_task(agent.work()) for agent in agents]
    world.faults = world.chance.choice((0.0, 0.05, 0.2))
    coming = asyncio.create_task(customers.come(_CONTACTS))
    try:
        await trouble(world, processes, agents)
        world.faults = 0.0
        for agent in agents:
            agent.is_there = agent.is_calm = True
        await coming
        await served(world, customers)
    finally:
        await end([*tasks, coming])
    return world


async def trouble(world: World, processes: Sequence[Process], agents: Sequence[Agent]) -> None:
    """What befalls them: the process that routes is killed, or sleeps past its lease."""
    chance = world.chance
    await asyncio.sleep(chance.uniform(0, 15))
    befallen = chance.choice(processes)
    what = chance.choice(("kill", "sleep", "nothing"))
    if what == "kill":
        befallen.is_killed = True
    elif what == "sleep":
        await befallen.stand_still(chance.uniform(5, 25))
    if chance.random() < 0.5:
        agents[0].is_there = False  # a browser dies
    await asyncio.sleep(chance.uniform(0, 15))


async def served(world: World, customers: Customers) -> None:
    """Wait until nobody waits and nobody is held; ten minutes are enough for everybody."""
    async with asyncio.timeout(600):
        while world.rows(_NOT_OVER):  # noqa: ASYNC110 - virtual seconds
            await asyncio.sleep(1)
    found = {id_ for (id_,) in world.rows("SELECT id FROM contacts")}
    assert found >= set(customers.came), "a contact that was acknowledged is gone"
    assert not world.rows("SELECT id FROM offers WHERE state = 'pending'")
    assert not world.rows("SELECT id FROM segments WHERE ended_at IS NULL")


async def end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, BaseException):
            assert isinstance(result, (Killed, asyncio.CancelledError)), repr(result)


@contextmanager
def ids_of(seed: int) -> Iterator[None]:
    """Give the same ids again for the same seed: sets of ids are gone through in their order."""
    noise, ticks = random.Random(seed), itertools.count(1_773_133_200_000_000_000, 1_000_000)  # noqa: S311 - a test's own
    with (
        patch.object(ids, "time", SimpleNamespace(time_ns=lambda: next(ticks))),
        patch.object(ids, "_noise", SimpleNamespace(take=lambda: noise.randbytes(8))),
    ):
        yield


def play(seed: int) -> World:
    """Play one schedule; in one process the same seed is the same one."""
    loop = ShuffledLoop(seed)
    try:
        with ids_of(seed):
            return loop.run_until_complete(live(loop))
    finally:
        loop.close()


@pytest.mark.parametrize("first", range(0, SCHEDULES, _AT_ONCE))
def test_no_schedule_assigns_twice_or_forgets(first: int) -> None:
    for seed in range(first, first + _AT_ONCE):
        try:
            play(seed)
        except BaseException as error:
            raise AssertionError(f"schedule {seed}: {error!r}") from error


def test_the_same_seed_is_the_same_schedule() -> None:
    for seed in range(5):
        first, again = play(seed), play(seed)
        assert (first.commits, first.clock.now()) == (again.commits, again.clock.now())
