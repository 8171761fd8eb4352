"""One what-if at a time, each in a process of its own; whoever goes away takes it along."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import AsyncGenerator
from typing import TypeVar

import msgspec

from hub.core.errors import Conflict, Unavailable

from .shapes import ProblemView, ProgressView, ReplayLine, StaffLine
from .task import Failed, Task

log = logging.getLogger(__name__)

BEAT_S = 1.0
"""A line goes out at least so often: who closed the page is noticed by the next one."""

_LONGEST_LINE = 32 * 1_048_576
_SHUTTING = "The hub is shutting down: ask again in a minute."
_WORKER = "hub.simulation.whatif.worker"

LineT = TypeVar("LineT", ReplayLine, StaffLine)


class Busy(Conflict):
    """Another what-if is running in this process of the hub."""

    code = "whatif.busy"


class Workshop:
    """Runs tasks, at most one at a time. `timeout_s`: then a task is stopped."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._asker: str | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._closing = False

    @property
    def process_id(self) -> int | None:
        """The process that is at work."""
        return None if self._process is None else self._process.pid

    async def begin(self, asker: str, task: Task, line: type[LineT]) -> AsyncGenerator[LineT, None]:
        """Start a task and return its lines; closing them ends it. Raises Busy, and Unavailable
        while the hub shuts down."""
        lines = self._lines(asker, task, line)
        await anext(lines)
        return lines

    async def close(self, _: object = None) -> None:
        """End what runs and begin nothing more: the hub shuts down."""
        self._closing = True
        self._kill()

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def _lines(
        self, asker: str, task: Task, line: type[LineT]
    ) -> AsyncGenerator[LineT, None]:
        if self._closing:
            raise Unavailable(_SHUTTING, code="whatif.stopped")
        if self._asker is not None:
            raise Busy(
                f"{self._asker} is running a what-if, and there is room for one at a time: wait "
                "until it is done, at most "
                f"{self._timeout_s:.0f} seconds, and ask again.",
                asker=self._asker,
            )
        self._asker = asker
        try:
            self._process = await _started(task)
            yield line(progress=ProgressView(step="start"))
            async for one in self._heard(self._process, line):
                yield one
        finally:
            self._kill()
            if self._process is not None:
                await asyncio.shield(self._process.wait())
            self._process = self._asker = None

    async def _heard(
        self, process: asyncio.subprocess.Process, line: type[LineT]
    ) -> AsyncGenerator[LineT, None]:
        """Pass on what the process says, and say that it goes on where it says nothing."""
        decoder = msgspec.json.Decoder(line)
        last = line(progress=ProgressView(step="start"))
        ends_at = time.monotonic() + self._timeout_s
        assert process.stdout is not None  # noqa: S101 - _started made it a pipe
        while time.monotonic() < ends_at:
            try:
                raw = await asyncio.wait_for(process.stdout.readline(), BEAT_S)
            except TimeoutError:
                yield last
                continue
            if not raw.endswith(b"\n"):  # killed, perhaps in the midst of a line
                raw = b""
            if not raw or raw.startswith(b'{"failed"'):
                yield line(problem=self._ended(raw))
                return
            last = decoder.decode(raw)
            yield last
            if last.progress is None:
                return
        yield line(problem=self._too_long())

    def _ended(self, raw: bytes) -> ProblemView:
        if self._closing:
            return ProblemView(code="whatif.stopped", message=_SHUTTING)
        told = msgspec.json.decode(raw, type=Failed).failed if raw else "it was killed"
        log.error("what-if failed", extra={"trace": told})
        return ProblemView(
            code="whatif.failed",
            message="The simulation broke off. The hub's log says why; tell who runs the hub.",
        )

    def _too_long(self) -> ProblemView:
        return ProblemView(
            code="whatif.timeout",
            message=f"It was not done after {self._timeout_s:.0f} seconds and was stopped: choose "
            "a shorter period or fewer runs (the setting whatif.timeout_s).",
        )


async def _started(task: Task) -> asyncio.subprocess.Process:
    """Start the process. The task goes in by a pipe, for it holds the database's address, and the
    pipe stays open: its end tells the process that the hub is gone."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HUB__")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        _WORKER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        start_new_session=True,  # Ctrl-C is for the hub, which ends it
        limit=_LONGEST_LINE,
    )
    assert process.stdin is not None  # noqa: S101 - a pipe, as asked for
    process.stdin.write(msgspec.json.encode(task) + b"\n")
    return process
