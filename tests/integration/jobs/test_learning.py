"""Learning by night and after an import; a refit that breaks off leaves the last one in force."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest

from hub.core.bus import Bus, Hint
from hub.core.errors import Unavailable
from hub.core.metrics import Metrics
from hub.jobs.knowledge import ImportKnowledge, import_knowledge
from hub.jobs.learning import IMPORTED, SETTLE_S, NightlyLearning
from hub.knowledge.suggesting.lookup import Question, find_suggestions
from hub.knowledge.suggesting.refitting import refit_suggestions
from hub.knowledge.suggesting.stored import Model, find_model
from hub.storage import Store
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


async def test_a_missed_night_is_made_up_and_an_import_learned_by_day(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    await bring(store, tmp_path, "red")
    bus = Bus()
    slept: list[float] = []

    async def sleep(wait_s: float) -> None:
        slept.append(wait_s)
        if len(slept) == 1:
            bus.publish(Hint(IMPORTED, "shop.jsonl"))
        elif len(slept) == 2:  # the night is over; something was imported since
            await bring(store, tmp_path, "red", "blue")
            bus.publish(Hint(IMPORTED, "shop.jsonl"))
        else:
            raise asyncio.CancelledError

    service = NightlyLearning(store, bus, clock, Metrics(), 19, sleep)
    with pytest.raises(asyncio.CancelledError):
        await service.run()
    assert slept == [SETTLE_S] * 3
    model = await model_of(store)
    assert model is not None
    assert (model.version, model.articles) == (2, 2)


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
