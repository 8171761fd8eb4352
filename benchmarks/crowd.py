"""The hub's end of the pipe to `benchmarks.load`: customers and agents of another process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

_LINE_BYTES = 1 << 24


class Measured(msgspec.Struct, frozen=True):
    """What the load saw in one run; times are from sending to the answer at the load's socket."""

    per_s: float
    acked: int
    seen: int
    refused: list[str]
    ack_p50_ms: float
    ack_p99_ms: float
    seen_p50_ms: float
    seen_p99_ms: float
    unanswered: int
    seen_in_the_end: int
    acked_in_the_end: int
    reordered: int  # seen by the agent after a later one of the same customer
    twice: int
    console_frames: int


class Crowd:
    """Commands to the load process; each waits for its answer. Raises RuntimeError on a failure."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def connect(
        self, url: str, customers: int, *, entry_point: str = "shop-chat", write: bool = True
    ) -> None:
        await self._ask(
            "connect", url=url, customers=customers, entry_point=entry_point, write=write
        )

    async def consoles(self, base_url: str, agents: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Sign agents in: (API key, conversations to follow) of each."""
        url = f"ws{base_url.removeprefix('http')}/api/v1/console"
        told = [{"key": key, "conversations": list(followed)} for key, followed in agents]
        await self._ask("consoles", url=url, agents=told)

    async def saturate(self, seconds: float) -> Measured:
        return msgspec.convert(await self._ask("saturate", seconds=seconds), Measured)

    async def steady(self, per_s: float, seconds: float) -> Measured:
        return msgspec.convert(await self._ask("steady", per_s=per_s, seconds=seconds), Measured)

    async def _ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the load process has no pipes")
        stdin.write(msgspec.json.encode({"do": do, **arguments}) + b"\n")
        line = await stdout.readline()
        answer: dict[str, Any] = msgspec.json.decode(line) if line else {"error": "it has ended"}
        if "error" in answer:
            raise RuntimeError(f"the load process could not {do}: {answer['error']}")
        return answer


@asynccontextmanager
async def a_crowd() -> AsyncIterator[Crowd]:
    """Start a load process on the other core; end it with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.load",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_BYTES,
    )
    try:
        yield Crowd(process)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
