"""Web chat at the size of a call center: 1,000 customers, 50 agents, 200 messages a second.

One process serves them all, everything switched on; the load is another process on the other core.
Nothing may be lost, stored twice or reach an agent before what the same customer wrote earlier.
Beside it, in the same run: what a bare server that only inserts and echoes does on this machine.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import click
import msgspec
import uvloop

from hub.app import Hub
from hub.core.memory import settle
from hub.routing.settings import load_settings, save_settings
from hub.storage import Tx
from hub.testing.center import open_center
from hub.testing.hub import running_hub

from .bare import a_bare_server
from .crowd import Crowd, Measured, a_crowd
from .figures import Figure, progress, show
from .house import a_folder, chat_url, hand_out, hire
from .house import load_settings as settings_for
from .machine import HUB_CORE, memory_of, pin, unpin

_STEPS = 4
_ECHO_S = 3.0


@dataclass(frozen=True, slots=True)
class Size:
    customers: int
    agents: int
    per_s: float
    seconds: float

    def part(self, agents: int) -> Size:
        """Return the same with so many of the agents and their share of the customers."""
        return replace(self, customers=self.customers * agents // self.agents, agents=agents)


@dataclass(frozen=True, slots=True)
class Result:
    """`bytes_each`: memory of the whole hub for each connection, agents and their rows included.

    `first_bytes`: what the hub took for the first tenth of them, with all that it makes once, when
    something is used for the first time (statements, tables of letters, its threads' stacks).
    """

    size: Size
    written: Measured
    echo: Measured
    first_bytes: int
    bytes_each: float
    cpu_share: float

    @property
    def lost(self) -> int:
        """Messages that were not acknowledged, or acknowledged and not seen by their agent."""
        sent = int(self.size.per_s * self.size.seconds)
        return sent - min(self.written.acked_in_the_end, self.written.seen_in_the_end)


async def measure(folder: Path, size: Size, step: Callable[[str], None]) -> Result:
    """Run the load once on SQLite in `folder`."""
    step("bare echo and insert")
    async with a_bare_server(f"sqlite:///{folder / 'bare.sqlite'}") as address, a_crowd() as crowd:
        await crowd.connect(address, min(size.customers, 150), write=False)
        echo = await crowd.saturate(min(_ECHO_S, size.seconds))
    step("hub: customers come, agents answer them")
    settings = settings_for(folder, "", size.customers)
    async with running_hub(settings, a_center(size)) as hub, a_crowd() as crowd:
        settle()  # as hub.app.serve does
        at_start = memory_of(os.getpid())[1]
        hired = await hire(hub, size.agents)
        first = size.part(size.agents // 10 or size.agents // 2)
        await come(hub, crowd, first, hired[: first.agents])
        before = memory_of(os.getpid())[1]
        rest = size.part(size.agents - first.agents)
        await come(hub, crowd, rest, hired[first.agents :])
        grown = memory_of(os.getpid())[1] - before
        step(f"hub: {size.per_s:,.0f} messages a second for {size.seconds:,.0f} s")
        began, cpu_s = time.monotonic(), time.process_time()
        written = await crowd.steady(size.per_s, size.seconds)
        cpu_share = (time.process_time() - cpu_s) / (time.monotonic() - began)
    each = grown / (rest.customers + rest.agents)
    return Result(size, written, echo, before - at_start, each, cpu_share)


def a_center(size: Size) -> Callable[[Tx, None], None]:
    """The small center, whose agents may have as many chats as this load gives them."""
    chats = -(-size.customers // size.agents)

    def seed(tx: Tx, _: None) -> None:
        open_center(tx)
        settings = load_settings(tx)
        rules = replace(
            settings.channels["webchat"], cost=max(1, 100 // chats), maximum=chats, comfort=chats
        )
        channels = {**settings.channels, "webchat": rules}
        save_settings(tx, msgspec.structs.replace(settings, channels=channels))

    return seed


async def come(hub: Hub, crowd: Crowd, size: Size, hired: list[tuple[str, str]]) -> None:
    """These customers come and these agents have them; then all who are there write for a while,
    which warms caches and is not counted.
    """
    if not hired:
        return
    await crowd.connect(chat_url(hub), size.customers)
    given = await hand_out(hub, [user_id for user_id, _ in hired])
    keys = [key for _, key in hired]
    await crowd.consoles(hub.base_url, list(zip(keys, given, strict=True)))
    await crowd.steady(size.per_s, size.seconds / 20)


def figures_of(result: Result) -> list[Figure]:
    """Return the rows that are printed."""
    written = result.written
    count = int(result.size.per_s * result.size.seconds)
    return [
        Figure("customer → agent p99", written.seen_p99_ms, "ms", at_most=50.0,
               note=f"p50 {written.seen_p50_ms:.1f} ms, {written.seen_in_the_end:,} of {count:,}"),
        Figure("… acknowledged p99", written.ack_p99_ms, "ms",
               note=f"p50 {written.ack_p50_ms:.1f} ms"),
        Figure("lost", result.lost, "", at_most=0, note="; ".join(written.refused)),
        Figure("out of order, or twice", written.reordered + written.twice, "", at_most=0),
        Figure("memory of a connection", result.bytes_each / 1024, "KiB", at_most=25.0,
               note="PSS of the hub grown by nine tenths of them, agents and their rows included;"
                    f" the first tenth took {result.first_bytes / 2**20:.0f} MiB, what is made once"
                    " included"),
        Figure("CPU of the hub", 100 * result.cpu_share, "%", note="of one core"),
        Figure("bare echo and insert", result.echo.per_s, "/s", note="what this machine does"),
    ]  # fmt: skip


def run(size: Size) -> Result:
    """Measure in a folder of its own."""
    unpin()
    with a_folder() as folder, progress(_STEPS) as step:
        pin(HUB_CORE)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(measure(folder, size, step))


@click.command()
@click.option("--customers", default=1_000, help="Open chats.")
@click.option("--agents", default=50, help="Consoles; each has its share of the chats.")
@click.option("--per-s", default=200.0, help="Messages of all customers a second.")
@click.option("--seconds", default=300.0, help="How long.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(customers: int, agents: int, per_s: float, seconds: float, *, quick: bool) -> None:
    """A call center's chats at their usual pace: late, lost, out of order, memory, CPU."""
    size = Size(20, 2, 50.0, 1.0) if quick else Size(customers, agents, per_s, seconds)
    title = f"Chat, {size.customers:,} customers, {size.agents} agents, {size.per_s:,.0f} a second"
    show(title, figures_of(run(size)))


if __name__ == "__main__":
    main()
