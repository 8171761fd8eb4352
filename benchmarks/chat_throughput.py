"""Durable chat messages from customers to agents: how many a second, how late, at what cost.

Everything is switched on: sessions and limits, access, the search index, the room of the page, the
consoles of the agents who have the conversations open. The load is another process on the other
core. Beside it, in the same run: a bare server that only inserts and echoes, and the same hub with
one transaction for each message.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import click
import uvloop

import hub.storage.writer as writer_module
from hub.app import Hub

from .bare import a_bare_server
from .crowd import Crowd, Measured, a_crowd
from .figures import Figure, progress, show
from .house import CHATS_PER_AGENT, a_database, a_folder, a_hub, chat_url, hand_out, hire
from .machine import HUB_CORE, cpu_s_by_thread, fsync_s, pin, unpin

_GOALS = {"sqlite": 4_000.0, "postgresql": 2_500.0}
_NAMES = {"sqlite": "SQLite, synchronous=FULL", "postgresql": "PostgreSQL, synchronous_commit=on"}
_STEPS = 6


class Run:
    """One run on one database, step by step."""

    def __init__(self, kind: str, folder: Path, seconds: float, customers: int) -> None:
        self.kind = kind
        self._folder = folder
        self._seconds = seconds
        self._customers = customers
        self.fsync_s = 0.0
        self.bare: Measured | None = None

    async def measure(self, database_url: str, step: Callable[[str], None]) -> list[Figure]:
        step("fsync")
        self.fsync_s = await asyncio.to_thread(fsync_s, self._folder)
        step("bare echo and insert")
        bare = await self._bare(database_url)
        step("hub: start, customers, agents")
        async with a_hub(self._folder, database_url, self._customers) as hub, a_crowd() as crowd:
            await _open_chats(hub, crowd, self._customers)
            await crowd.saturate(self._seconds / 4)  # warms caches; not counted
            step("hub: as fast as it goes")
            commits, cpu_s = hub.store.writer.commits, time.process_time()
            threads = cpu_s_by_thread()
            full = await crowd.saturate(self._seconds)
            cpu_s = time.process_time() - cpu_s
            threads = {kind: s - threads.get(kind, 0.0) for kind, s in cpu_s_by_thread().items()}
            commits = hub.store.writer.commits - commits
            step("hub: 200 messages a second")
            calm = await crowd.steady(200, self._seconds)
            step("hub: one transaction a message")
            single = await _one_by_one(crowd, self._seconds / 2)
        return self._figures(bare, full, calm, single, cpu_s, threads, commits)

    async def _bare(self, database_url: str) -> Measured:
        url = database_url or f"sqlite:///{self._folder / 'bare.sqlite'}"
        async with a_bare_server(url) as address, a_crowd() as crowd:
            await crowd.connect(address, self._customers, write=False)
            await crowd.saturate(self._seconds / 4)
            return await crowd.saturate(self._seconds / 2)

    def _figures(
        self,
        bare: Measured,
        full: Measured,
        calm: Measured,
        single: Measured,
        cpu_s: float,
        threads: dict[str, float],
        commits: int,
    ) -> list[Figure]:
        fsync_ms = self.fsync_s * 1000
        cpu_us = cpu_s / max(1, full.acked_in_the_end) * 1e6
        per_commit = full.acked_in_the_end / max(1, commits)
        late = max(0, full.acked_in_the_end - full.seen_in_the_end)
        late_note = f"console p99 {full.seen_p99_ms:,.0f} ms, never seen {late}"
        calm_limit = 3 * fsync_ms + 5
        return [
            Figure("messages stored", full.per_s, "/s", at_least=_GOALS[self.kind],
                   note=f"{per_commit:,.0f} a commit; {late_note}"),
            Figure("… seen at the consoles", full.seen / max(full.acked, 1) * full.per_s, "/s"),
            Figure("… beside bare echo and insert", full.per_s / bare.per_s, "×", at_least=0.2,
                   note=f"bare: {bare.per_s:,.0f}/s"),
            Figure("… beside one transaction a message", full.per_s / single.per_s, "×",
                   at_least=5.0, note=f"one by one: {single.per_s:,.0f}/s"),
            Figure("CPU a message, all threads of the hub", cpu_us, "µs", at_most=250.0,
                   note=_shares(threads, full)),
            Figure("ack p99 at 200/s", calm.ack_p99_ms, "ms", at_most=calm_limit,
                   note=f"3 × fsync + 5 ms; fsync {fsync_ms:.2f} ms; p50 {calm.ack_p50_ms:.1f} ms"),
            Figure("console p99 at 200/s", calm.seen_p99_ms, "ms",
                   note=f"p50 {calm.seen_p50_ms:.1f} ms, seen {calm.seen_in_the_end}"
                        f" of {calm.acked_in_the_end}"),
        ]  # fmt: skip


def _shares(threads: dict[str, float], full: Measured) -> str:
    """CPU a message by kind of thread, µs."""
    per_message = 1e6 / max(1, full.acked_in_the_end)
    return ", ".join(
        f"{kind.lower().removesuffix('thread')} {spent_s * per_message:,.0f}"
        for kind, spent_s in sorted(threads.items(), key=lambda one: -one[1])[:3]
    )


async def _open_chats(hub: Hub, crowd: Crowd, customers: int) -> None:
    await crowd.connect(chat_url(hub), customers)
    hired = await hire(hub, -(-customers // CHATS_PER_AGENT))
    given = await hand_out(hub, [user_id for user_id, _ in hired])
    keys = [key for _, key in hired]
    await crowd.consoles(hub.base_url, list(zip(keys, given, strict=True)))


async def _one_by_one(crowd: Crowd, seconds: float) -> Measured:
    """The same path without group commit."""
    before = writer_module.MAX_CALLS
    writer_module.MAX_CALLS = 1
    try:
        return await crowd.saturate(seconds)
    finally:
        writer_module.MAX_CALLS = before


def run(kind: str, seconds: float, customers: int) -> list[Figure]:
    """Measure on one database and return the rows."""
    unpin()
    with a_folder() as folder, a_database(kind) as url, progress(_STEPS) as step:
        pin(HUB_CORE)  # after PostgreSQL was started: the server shares both cores
        one = Run(kind, folder, seconds, customers)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(one.measure(url, step))


@click.command()
@click.option("--database", type=click.Choice(["sqlite", "postgresql", "both"]), default="both")
@click.option("--seconds", default=10.0, help="How long each measurement lasts.")
@click.option("--customers", default=150, help="Open chats.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(database: str, seconds: float, customers: int, *, quick: bool) -> None:
    """Chat messages a second, beside their limits."""
    if quick:
        seconds, customers = 0.4, 6
    kinds = ["sqlite", "postgresql"] if database == "both" else [database]
    for kind in kinds:
        show(f"Chat, {customers} open chats, {_NAMES[kind]}", run(kind, seconds, customers))


if __name__ == "__main__":
    main()
