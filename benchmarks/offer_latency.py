"""From a contact's arrival to its committed offer, with thousands waiting and hundreds of agents.

Every agent is full of chats, for which thousands of customers wait, and has room for one mail: each
mail that arrives is stored, matched over the whole picture and offered. The second figure is an
agent who ends a chat and gets the most urgent of those who wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy import update

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.core.bus import Bus, Subscription
from hub.core.clock import SystemClock
from hub.intake import receive
from hub.routing.router import Router
from hub.routing.tables import agent_channels, agents
from hub.storage import Store, Tx
from hub.testing.center import CHANNELS, add_agent, open_center

from .figures import Figure, progress, show
from .house import on_a_new_database
from .machine import fsync_s

_GOAL_MS = 50.0
_STEPS = 4
_CHATS = 2  # in the hands of every agent, who may take no more


@dataclass(frozen=True, slots=True)
class Size:
    waiting: int
    agents: int
    samples: int


def _mail(number: int) -> Inbound:
    return Inbound(
        entry_point_id="mail",
        channel=Channel.EMAIL,
        dedupe_key=f"mail-{number}",
        senders=(SenderIdentity(IdentityKind.EMAIL, f"customer{number}@example.test"),),
        received_at=SystemClock().now(),
        text="Where is my order?",
        acknowledge=False,
    )


def _chat(number: int) -> Inbound:
    return Inbound(
        entry_point_id="shop-chat",
        channel=Channel.WEBCHAT,
        dedupe_key=f"chat-{number}",
        senders=(SenderIdentity(IdentityKind.VISITOR, f"visitor-{number}"),),
        received_at=SystemClock().now(),
        text="Hello",
    )


def _hire_busy(tx: Tx, name: str) -> str:
    """Add an agent with `_CHATS` chats in hand, no room for another, and room for one mail."""
    agent_id = add_agent(tx, name)
    load = _CHATS * CHANNELS["webchat"].cost
    there = {"present_until": tx.now + timedelta(hours=1), "live_load": load}
    tx.execute(update(agents).where(agents.c.id == agent_id).values(**there))
    _set_chats(tx, agent_id, maximum=_CHATS)
    return agent_id


def _one_more_chat(tx: Tx, agent_id: str) -> None:
    """Make room for one chat more, as if one had ended."""
    _set_chats(tx, agent_id, maximum=_CHATS + 1)
    tx.hint("agent.changed", agent_id)


def _set_chats(tx: Tx, agent_id: str, *, maximum: int) -> None:
    tx.execute(
        update(agent_channels)
        .where(agent_channels.c.agent_id == agent_id, agent_channels.c.channel == "webchat")
        .values(open=_CHATS, maximum=maximum)
    )


async def _offers_after(
    hints: Subscription, acts: Sequence[Callable[[], Awaitable[object]]]
) -> list[float]:
    """Do one act after the other; return the seconds from each to the hint of its offer."""
    took = []
    for act in acts:
        await hints.next(0.01)  # let the last one settle
        start = time.perf_counter()
        await act()
        if not await hints.next(5):
            raise RuntimeError("nothing was offered within 5 s")
        took.append(time.perf_counter() - start)
    return took


async def measure(url: str, folder: Path, size: Size, step: Callable[[str], None]) -> list[Figure]:
    """Fill a center, run its router, and time it."""
    step("fsync")
    fsync_ms = 1000 * await asyncio.to_thread(fsync_s, folder)
    bus = Bus()
    async with Store(url, bus) as store:
        step(f"{size.waiting} chats wait, {size.agents} agents are busy")
        await store.write(open_center, None)
        names = [f"agent{number}" for number in range(size.agents)]
        ids = await asyncio.gather(*(store.write(_hire_busy, name) for name in names))
        await asyncio.gather(*(store.write(receive, _chat(n)) for n in range(size.waiting)))
        router = Router(store, bus, SystemClock())
        running = asyncio.create_task(router.run())
        with bus.subscribe(["offer.changed"]) as hints:
            await hints.next(3)  # the router takes its lease and reads everything
            step("mails arrive")
            mails = [_later(store.write, receive, _mail(n)) for n in range(size.samples)]
            arrivals = await _offers_after(hints, mails)
            step("agents end chats")
            freed = [_later(store.write, _one_more_chat, key) for key in ids[: size.samples]]
            ends = await _offers_after(hints, freed)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return [
        Figure("a mail arrives → offered, p99", _p99_ms(arrivals), "ms", at_most=_GOAL_MS,
               note=f"two commits; fsync {fsync_ms:.2f} ms; p50 {_p50_ms(arrivals):.1f} ms"),
        Figure("an agent ends a chat → next offered, p99", _p99_ms(ends), "ms", at_most=_GOAL_MS,
               note=f"p50 {_p50_ms(ends):.1f} ms; {router.offers_refused} proposals refused"),
    ]  # fmt: skip


def _later(
    call: Callable[..., Awaitable[object]], *arguments: object
) -> Callable[[], Awaitable[object]]:
    return lambda: call(*arguments)


def _p99_ms(took: Sequence[float]) -> float:
    return 1000 * sorted(took)[min(len(took) * 99 // 100, len(took) - 1)]


def _p50_ms(took: Sequence[float]) -> float:
    return 1000 * sorted(took)[len(took) // 2]


def run(kind: str, size: Size) -> list[Figure]:
    """Measure on one database and return the rows."""
    with progress(_STEPS) as step:
        return on_a_new_database(kind, lambda url, folder: measure(url, folder, size, step))


@click.command()
@click.option("--database", type=click.Choice(["sqlite", "postgresql", "both"]), default="both")
@click.option("--waiting", default=5_000)
@click.option("--agents", "staff", default=500)
@click.option("--samples", default=300)
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(database: str, waiting: int, staff: int, samples: int, *, quick: bool) -> None:
    """Arrival to offer, beside its limit."""
    size = Size(20, 5, 3) if quick else Size(waiting, staff, samples)
    for kind in ["sqlite", "postgresql"] if database == "both" else [database]:
        title = f"Offers, {size.waiting} waiting, {size.agents} agents, {kind}"
        show(title, run(kind, size))


if __name__ == "__main__":
    main()
