"""Mails of 1 MiB beside the chat: what they cost those who write and wait for an answer.

The chat of `benchmarks.chat` at its usual pace, then the same with 20 large mails a second handed
over by LMTP from a process of their own, in one run and one hub. Run as `python -m
benchmarks.large_mails stream PORT PER_S SECONDS SIZE` it is that process.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import click
import msgspec
import uvloop

from hub.core.memory import settle
from hub.testing.hub import running_hub

from .chat import Size, a_center, come
from .crowd import Crowd, Measured, a_crowd
from .email import hand_over
from .figures import Figure, percentile, progress, show
from .house import a_folder, hire
from .house import load_settings as settings_for
from .machine import HUB_CORE, LOAD_CORE, pin, unpin
from .mails import a_customers_mail

_SEEN_GOAL_MS = 50.0
_CONNECTIONS = 8
_KINDS = 3
_LATE_S = 30.0


class Handed(msgspec.Struct, frozen=True):
    """How many mails were told 250, and after how many ms."""

    count: int
    p50_ms: float
    p99_ms: float


async def measure(
    folder: Path, size: Size, mails: tuple[float, int], step: Callable[[str], None]
) -> tuple[Measured, Measured, Handed]:
    """Return the chat alone, beside mails (so many a second, of so many bytes), and the mails."""
    settings = settings_for(folder, "", size.customers)
    limits = msgspec.structs.replace(settings.limits, mails_per_minute=0)
    settings = msgspec.structs.replace(settings, limits=limits)
    async with running_hub(settings, a_center(size)) as hub, a_crowd() as crowd:
        settle()  # as hub.app.serve does
        step("customers come, agents answer them")
        await come(hub, crowd, size, await hire(hub, size.agents))
        port = hub.settings.server.mail_port
        async with _a_stream(port, mails, 2.0):
            pass  # what is made at the first large mail is made
        step("chat alone")
        alone = await crowd.steady(size.per_s, size.seconds)
        step("chat beside large mails")
        beside, handed = await _beside(crowd, port, size, mails)
    return alone, beside, handed


async def _beside(
    crowd: Crowd, port: int, size: Size, mails: tuple[float, int]
) -> tuple[Measured, Handed]:
    async with _a_stream(port, mails, size.seconds) as heard:
        beside = await crowd.steady(size.per_s, size.seconds)
        return beside, await heard


@asynccontextmanager
async def _a_stream(
    port: int, mails: tuple[float, int], seconds: float
) -> AsyncIterator[asyncio.Task[Handed]]:
    """Hand mails over from a process of its own, to its end."""
    per_s, size_bytes = mails
    arguments = [str(one) for one in ("stream", port, per_s, seconds, size_bytes)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.large_mails", *arguments, stdout=asyncio.subprocess.PIPE
    )

    if process.stdout is None:
        raise RuntimeError("the process that sends has no pipe")
    await process.stdout.readline()  # its mails are made

    async def hear() -> Handed:
        out, _ = await process.communicate()
        return msgspec.json.decode(out, type=Handed)

    heard = asyncio.create_task(hear())
    try:
        yield heard
        await asyncio.wait_for(heard, seconds + _LATE_S)
    finally:
        heard.cancel()
        if process.returncode is None:
            process.kill()
            await process.wait()


# ---- the process that sends -----------------------------------------------------------------


async def _stream(port: int, per_s: float, seconds: float, size_bytes: int) -> Handed:
    """Hand over at an even pace; a connection that is told late begins its next mail late."""
    kinds = [a_customers_mail(3 * number + 2, size_bytes) for number in range(_KINDS)]
    numbers = itertools.count(time.time_ns())
    took_ms: list[float] = []
    sys.stdout.buffer.write(b"ready\n")
    sys.stdout.buffer.flush()
    begins = asyncio.get_running_loop().time()
    each = int(per_s * seconds / _CONNECTIONS)

    async def one(place: int) -> None:
        for turn in range(each):
            due = begins + (turn * _CONNECTIONS + place) / per_s
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            await hand_over(port, _made(kinds, numbers), took_ms)

    await asyncio.gather(*map(one, range(_CONNECTIONS)))
    return Handed(len(took_ms), percentile(took_ms, 50), percentile(took_ms, 99))


def _made(kinds: list[bytes], numbers: Iterator[int]) -> list[bytes]:
    """Return one mail that was not sent before."""
    number = next(numbers)
    return [kinds[number % _KINDS].replace(b"Message-ID: <", b"Message-ID: <%d." % number, 1)]


def figures_of(alone: Measured, beside: Measured, handed: Handed) -> list[Figure]:
    """Return the rows that are printed."""
    return [
        Figure("customer → agent p99 beside large mails", beside.seen_p99_ms, "ms",
               at_most=_SEEN_GOAL_MS, note=f"p50 {beside.seen_p50_ms:.1f} ms"),
        Figure("… without them", alone.seen_p99_ms, "ms",
               note=f"p50 {alone.seen_p50_ms:.1f} ms, in the same run"),
        Figure("… ratio", beside.seen_p99_ms / max(0.1, alone.seen_p99_ms), "×"),
        Figure("messages not answered", beside.unanswered, "", at_most=0),
        Figure("large mails filed", handed.count, "",
               note=f"told 250 after {handed.p50_ms:.0f} ms (p99 {handed.p99_ms:.0f})"),
    ]  # fmt: skip


def run(size: Size, mails: tuple[float, int]) -> list[Figure]:
    """Measure in a folder of its own."""
    unpin()
    with a_folder() as folder, progress(3) as step:
        pin(HUB_CORE)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return figures_of(*runner.run(measure(folder, size, mails, step)))


@click.command()
@click.option("--customers", default=300, help="Open chats.")
@click.option("--agents", default=15, help="Consoles; each has its share of the chats.")
@click.option("--per-s", default=60.0, help="Messages of all customers a second.")
@click.option("--seconds", default=60.0, help="How long, without mails and with them.")
@click.option("--mails-per-s", default=20.0, help="Large mails a second.")
@click.option("--mail-bytes", default=1 << 20, help="How large.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(
    customers: int,
    agents: int,
    per_s: float,
    seconds: float,
    mails_per_s: float,
    mail_bytes: int,
    *,
    quick: bool,
) -> None:
    """Chat beside mails of 1 MiB, and without them."""
    size = Size(customers, agents, per_s, seconds)
    if quick:
        size, mails_per_s = Size(20, 2, 20.0, 2.0), 8.0
    title = f"Chat beside {mails_per_s:.0f} mails of {mail_bytes >> 10:,} KiB a second, SQLite"
    show(title, run(size, (mails_per_s, mail_bytes)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["stream"]:
        pin(LOAD_CORE)
        told = asyncio.run(
            _stream(int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
        )
        sys.stdout.buffer.write(msgspec.json.encode(told))
    else:
        main()
