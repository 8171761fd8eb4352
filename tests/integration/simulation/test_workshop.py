"""The process of a what-if: every way it can end, and what is said then."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import aclosing
from pathlib import Path

import msgspec
import pytest

from hub.core.errors import Unavailable
from hub.simulation.whatif import process
from hub.simulation.whatif.process import Busy, Workshop
from hub.simulation.whatif.shapes import ReplayLine
from hub.simulation.whatif.task import Days, ReplayAsked, Task
from hub.storage import Store
from hub.testing.clock import ManualClock

from . import broken_worker
from .day import NOON_S
from .test_whatif import a_day, alive, children, settled

GIB = 1 << 30
FOR_EVER = 1_000_000


def task_of(url: str, memory_bytes: int = GIB, runs: int = 50) -> Task:
    days = Days(zone="UTC", spans=((NOON_S, NOON_S + 7200),))
    return Task(url=url, days=days, memory_bytes=memory_bytes, replay=ReplayAsked(runs=runs))


async def last_of(workshop: Workshop, task: Task) -> ReplayLine:
    """Begin a task and return its last line."""
    last = ReplayLine()
    async with aclosing(await workshop.begin("Boss", task, ReplayLine)) as lines:
        async for line in lines:
            last = line
    return last


def code_of(line: ReplayLine) -> str:
    assert line.problem is not None, line
    return line.problem.code


@pytest.fixture
async def url(sqlite_store: Store, clock: ManualClock) -> str:
    await a_day(sqlite_store, clock)
    return sqlite_store.url


async def test_what_takes_too_long_is_stopped_and_says_so(url: str) -> None:
    workshop = Workshop(0.05)
    async with asyncio.timeout(30):
        last = await last_of(workshop, task_of(url, runs=FOR_EVER))
    assert code_of(last) == "whatif.timeout"
    assert (workshop.process_id, children()) == (None, [])


async def test_a_process_that_is_killed_is_told_and_the_next_may_come(url: str) -> None:
    workshop = Workshop(60)
    task = task_of(url, runs=FOR_EVER)
    async with aclosing(await workshop.begin("Boss", task, ReplayLine)) as lines:
        assert workshop.process_id is not None
        os.kill(workshop.process_id, signal.SIGKILL)
        last = [line async for line in lines][-1]
    assert code_of(last) == "whatif.failed"
    done = await last_of(workshop, task_of(url))
    assert done.answer is not None
    assert done.answer.runs == 50


@pytest.mark.parametrize(
    "said", ['{"answer":{"zone":"U', '{"failed":"Traceback', '{"progress":{}}']
)
async def test_a_process_that_is_killed_as_it_writes_is_told(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_WORKER", broken_worker.__name__)
    workshop = Workshop(60)
    assert code_of(await last_of(workshop, task_of(said))) == "whatif.failed"
    assert workshop.process_id is None


async def test_a_second_asker_is_told_who_is_asking_and_takes_nothing_away(url: str) -> None:
    workshop = Workshop(60)
    async with aclosing(await workshop.begin("Boss", task_of(url), ReplayLine)) as lines:
        with pytest.raises(Busy, match="Boss is running"):
            await workshop.begin("Chief", task_of(url), ReplayLine)
        last = [line async for line in lines][-1]
    assert last.answer is not None


async def test_it_says_that_it_goes_on_while_it_says_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "BEAT_S", 0.01)
    workshop = Workshop(60)
    async with aclosing(await workshop.begin("Boss", task_of(url), ReplayLine)) as lines:
        found = [line async for line in lines]
    begun = [line for line in found if line.progress and line.progress.step == "start"]
    assert len(begun) > 5  # while the program is loaded
    assert found[-1].answer is not None


async def test_more_memory_than_allowed_ends_it_alone(url: str) -> None:
    assert code_of(await last_of(Workshop(60), task_of(url, 1 << 20))) == "whatif.memory"


async def test_what_the_hub_itself_takes_is_not_counted(url: str) -> None:
    ballast = b"x" * (600 << 20)
    line = await last_of(Workshop(60), task_of(url, 500 << 20, runs=1))
    assert line.answer is not None, line
    assert len(ballast) == 600 << 20


async def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    line = await last_of(Workshop(60), task_of(f"sqlite:///{tmp_path / 'none.sqlite'}"))
    assert code_of(line) == "replay.no_store"


async def test_after_the_shut_down_nothing_is_begun(url: str) -> None:
    workshop = Workshop(60)
    await workshop.close()
    with pytest.raises(Unavailable, match="shutting down"):
        await workshop.begin("Boss", task_of(url), ReplayLine)
    assert children() == []


async def test_it_ends_when_the_hub_is_gone(url: str) -> None:
    """Its standard input ends with the process that began it, however that ended."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hub.simulation.whatif.worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(msgspec.json.encode(task_of(url, runs=FOR_EVER)) + b"\n")
    await child.stdout.readline()
    child.stdin.close()
    assert await asyncio.wait_for(child.wait(), 30) == 3
    await settled(lambda: not alive(child.pid))
