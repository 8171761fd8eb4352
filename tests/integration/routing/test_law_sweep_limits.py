"""The sweep of the queue's laws where far too much is broken, or cannot even be read."""

from __future__ import annotations

import asyncio
import logging

import pytest
from sqlalchemy import update

from hub.contacts.tables import contacts
from hub.core.metrics import Metrics
from hub.routing.laws import book
from hub.routing.laws.book import BROKEN
from hub.routing.laws.sweep import LawSweep
from hub.routing.tables import agents
from hub.storage import Store
from hub.testing.center import open_center
from hub.testing.clock import ManualClock

from .scene import Scene
from .sweeping import Sweep


@pytest.fixture
async def scene(store: Store, clock: ManualClock) -> Scene:
    await store.write(open_center, None)
    return Scene(store, clock)


@pytest.fixture
def sweep(scene: Scene) -> Sweep:
    return Sweep(scene)


async def test_more_than_can_be_kept_is_not_told_anew_each_minute(
    scene: Scene, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "MOST_STANDING", 2)
    for name in ("Li", "Wang", "Zhao"):
        await scene.agent(name)
    await sweep.change(update(agents).values(live_load=10))
    with scene.store.bus.subscribe([BROKEN]) as hints:
        assert len(await sweep.found()) == 2
        assert len(await hints.next(0)) == 1
        assert await sweep.found() == []
        assert await hints.next(0) == []


async def test_rows_that_cannot_be_read_end_a_look_and_not_the_hub(
    scene: Scene, sweep: Sweep, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as a state of a later version: who looks after the hub must not end it."""
    contact = await scene.contact()
    await sweep.change(update(contacts).where(contacts.c.id == contact).values(state="strange"))
    slept = 0

    async def sleep(_: float) -> None:
        nonlocal slept
        slept += 1
        if slept == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await LawSweep(scene.store, scene.clock, Metrics(), sleep).run()
    told = [one.message for one in caplog.records if one.levelno == logging.ERROR]
    assert told == ["a look at the laws of the queue broke"] * 2
