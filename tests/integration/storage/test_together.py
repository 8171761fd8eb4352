"""Reads answered together, and how long they rest between."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

from hub.core.errors import HubError, NotFound
from hub.storage import Store, Tx
from hub.storage import together as module
from hub.storage.together import Together

WAITED_S = 0.05
BURNT_S = 0.02


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was rested after each read; the rests themselves are skipped."""
    taken: list[float] = []

    class Skipping:
        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio, name)

        async def sleep(self, seconds: float) -> None:
            taken.append(seconds)

    monkeypatch.setattr(module, "asyncio", Skipping())
    return taken


def numbers(_: Tx, asked: Sequence[int]) -> list[int | HubError]:
    return [NotFound("There is none.") if one < 0 else len(asked) for one in asked]


async def test_who_asks_at_once_is_answered_by_one_read(store: Store, rests: list[float]) -> None:
    together = Together(store, numbers)
    answers = await asyncio.gather(*map(together.read, [1, -1, 2]), return_exceptions=True)
    assert (answers[0], answers[2]) == (3, 3)
    assert isinstance(answers[1], NotFound)
    assert len(rests) == 1


async def test_a_read_that_only_waited_for_its_turn_needs_no_rest(
    store: Store, rests: list[float]
) -> None:
    def waits(_: Tx, asked: Sequence[int]) -> Sequence[int]:
        threading.Event().wait(WAITED_S)
        return asked

    assert await Together(store, waits).read(1) == 1
    if store.dialect == "sqlite":
        assert rests[0] < WAITED_S
    else:  # what its server did meanwhile is not known
        assert rests[0] >= WAITED_S


async def test_a_read_that_cost_much_rests_four_times_as_long(
    store: Store, rests: list[float]
) -> None:
    def burns(_: Tx, asked: Sequence[int]) -> Sequence[int]:
        until = time.thread_time() + BURNT_S
        while time.thread_time() < until:
            pass
        return asked

    assert await Together(store, burns).read(1) == 1
    assert rests[0] >= 4 * BURNT_S
