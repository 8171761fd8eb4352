"""What an open chat costs while nothing happens: memory of the whole hub for each connection.

Each customer is a real socket of another process with a visitor session, a conversation, one stored
message, and a contact that waits in the queue, so that the router's picture of it is counted too.
What a hub needs once, with its first customers, is paid before the count begins. Who closes the
page while waiting is forgotten after two minutes: what is kept is counted after that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from hub.storage import Tx
from hub.testing.center import open_center

from .crowd import Crowd, a_crowd
from .figures import Figure, progress, show
from .house import a_folder
from .served import Memory, Served, a_served_hub, prepared, write_settings

_GOAL_KIB = 25.0
_KEPT_PERCENT = 10.0
_FREELY = 60_000  # messages a minute that one customer may write
_PER_S = 100.0  # first messages in a second, so that no burst is in the figures
_FEW = 10
_STEPS = 5


def _no_agents(_tx: Tx, _: None) -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: of rest before a look, and until those who left are given up."""

    settle_s: float
    forget_s: float


async def measure(
    folder: Path, customers: int, pace: Pace, step: Callable[[str], None]
) -> list[Figure]:
    """Count the memory before, during and after `customers` open chats."""
    await prepared(folder, open_center, _no_agents)
    limits = {
        "chat_sockets_per_address": 4 * customers + 100,
        "chat_messages_per_minute": _FREELY,
    }
    async with a_served_hub(write_settings(folder, {"limits": limits})) as hub:
        step("the hub warms up")
        async with _chats(hub, _FEW) as few:
            await few.steady(_PER_S, customers / _PER_S)  # messages, and hardly a connection
        before = await _settled(hub, pace.settle_s)
        step(f"{customers:,} customers open a chat and write")
        async with _chats(hub, customers):
            step("they are idle")
            await asyncio.sleep(pace.settle_s)
            untrimmed = hub.memory()
            during = await _settled(hub, 0)
        step("they have gone")
        after = await _settled(hub, pace.forget_s)
        step("as many come again")
        async with _chats(hub, customers):
            again = await _settled(hub, pace.settle_s)
    return _figures([before, untrimmed, during, after, again], customers)


@asynccontextmanager
async def _chats(hub: Served, customers: int) -> AsyncIterator[Crowd]:
    """Open chats, each with its first message; all are closed in the end."""
    async with a_crowd() as crowd:
        await crowd.connect(hub.addresses.chat_url, customers, write=False)
        written = await crowd.steady(_PER_S, customers / _PER_S)
        if written.refused or written.acked_in_the_end != customers:
            raise RuntimeError(
                f"{written.acked_in_the_end} of {customers} wrote: {written.refused}"
            )
        yield crowd


async def _settled(hub: Served, settle_s: float) -> Memory:
    """Wait, have free memory handed back, and look."""
    await asyncio.sleep(settle_s)
    await hub.trim()
    return hub.memory()


def _figures(looks: Sequence[Memory], customers: int) -> list[Figure]:
    before, untrimmed, during, after, again = (look.pss_bytes for look in looks)
    rss = looks[1].rss_bytes - looks[0].rss_bytes

    def each(grown: int) -> float:
        return grown / customers / 1024

    def share(grown: int) -> float:
        return 100 * grown / (during - before)

    return [
        Figure("memory of an idle chat, PSS", each(untrimmed - before), "KiB", at_most=_GOAL_KIB,
               note=f"hub before: {before / 2**20:,.0f} MiB; as it is, nothing asked for"),
        Figure("… RSS", each(rss), "KiB", at_most=_GOAL_KIB),
        Figure("… PSS after malloc_trim", each(during - before), "KiB",
               note="free memory handed back first"),
        Figure("a second crowd as large adds, of the first's", share(again - during), "%",
               at_most=_KEPT_PERCENT, note="what the first had is free for the second"),
        Figure("not handed back to the system in between", share(after - before), "%",
               at_most=_KEPT_PERCENT, note="PSS, all gone, after malloc_trim"),
    ]  # fmt: skip


@click.command()
@click.option("--customers", default=2_000, help="Open chats.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(customers: int, *, quick: bool) -> None:
    """Memory of an idle chat connection, beside its limit."""
    pace = Pace(settle_s=15.0, forget_s=150.0)
    if quick:
        customers, pace = 20, Pace(settle_s=0.2, forget_s=0.2)
    with a_folder() as folder, progress(_STEPS) as step, asyncio.Runner() as runner:
        rows = runner.run(measure(folder, customers, pace, step))
    show(f"Idle chats, {customers:,} connections, the whole hub, SQLite", rows)


if __name__ == "__main__":
    main()
