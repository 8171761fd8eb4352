"""Learning by night and after an import; a refit that breaks off leaves the last one in force."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from hub.core.bus import Bus, Hint
from hub.core.errors import Unavailable
from hub.core.metrics import Metrics
from hub.jobs.knowledge import ImportKnowledge, import_knowledge
from hub.jobs.learning import IMPORTED, SETTLE_S, Learner, LearnImports, nightly_learning
from hub.jobs.nightly_work import LOOK_AGAIN_S, RETRY_S, Busy
from hub.knowledge.suggesting.lookup import Question, find_suggestions
from hub.knowledge.suggesting.refitting import refit_suggestions
from hub.knowledge.suggesting.stored import Model, find_model
from hub.storage import Store
from hub.storage.leases import AskLease, take_lease
from hub.testing.clock import ManualClock


async def quiet(_done: int, _total: int) -> None:
    return


async def bring(store: Store, folder: Path, *keys: str) -> None:
    """Import an article for each key."""
    path = folder / "shop.jsonl"
    lines = [
        msgspec.json.encode({"article": {"key": key, "title": f"{key} lamp", "body": "Turn it."}})
        for key in keys
    ]
    path.write_bytes(b"\n".join(lines))
    await import_knowledge(store, ImportKnowledge(str(path)), quiet)


async def model_of(store: Store) -> Model | None:
    return await store.read(lambda tx, _: find_model(tx), None)


def ends_after(turns: int, slept: list[float]) -> Callable[[float], Awaitable[None]]:
    """Return a sleep that is over at once and ends its service."""

    async def sleep(wait_s: float) -> None:
        slept.append(wait_s)
        if len(slept) > turns:
            raise asyncio.CancelledError

    return sleep


async def test_a_hub_that_never_learned_does_so_a_little_after_its_start(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    await bring(store, tmp_path, "red")
    slept: list[float] = []
    service = nightly_learning(Learner(store), clock, Metrics(), 19, ends_after(1, slept))
    with pytest.raises(asyncio.CancelledError):
        await service.run()
    assert slept[0] == SETTLE_S
    assert 0 < slept[1] <= LOOK_AGAIN_S  # the night's work is done, it waits for the next
    model = await model_of(store)
    assert model is not None
    assert model.articles == 1


async def test_an_import_is_learned_by_day(store: Store, tmp_path: Path) -> None:
    await bring(store, tmp_path, "red")
    bus = Bus()
    slept: list[float] = []

    async def sleep(wait_s: float) -> None:
        slept.append(wait_s)
        if len(slept) > 1:
            raise asyncio.CancelledError
        await bring(store, tmp_path, "red", "blue")
        bus.publish(Hint(IMPORTED, "shop.jsonl"))

    service = asyncio.create_task(LearnImports(Learner(store), bus, sleep).run())
    await asyncio.sleep(0)  # it has subscribed
    bus.publish(Hint(IMPORTED, "shop.jsonl"))
    with pytest.raises(asyncio.CancelledError):
        await service
    assert slept == [SETTLE_S] * 2
    model = await model_of(store)
    assert model is not None
    assert model.articles == 2


async def test_who_finds_another_process_learning_waits_and_tries_again(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    await bring(store, tmp_path, "red")
    await store.write(take_lease, AskLease("knowledge", "another", 60.0))
    with pytest.raises(Busy):
        await Learner(store).learn(by_night=False)
    slept: list[float] = []
    service = nightly_learning(Learner(store), clock, Metrics(), 19, ends_after(1, slept))
    with pytest.raises(asyncio.CancelledError):
        await service.run()
    assert slept == [SETTLE_S, RETRY_S]
    assert await model_of(store) is None


async def test_a_refit_that_breaks_off_leaves_the_last_one_in_force(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bring(store, tmp_path, "red")
    await refit_suggestions(store)
    before = await model_of(store)
    await bring(store, tmp_path, "red", "blue")
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(Unavailable, match="broke off"):
        await refit_suggestions(store)
    assert await model_of(store) == before
    found = await store.read(find_suggestions, Question("red lamp"))
    assert found.found
