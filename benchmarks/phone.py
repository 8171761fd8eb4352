"""The phone at the size of a call center, beside chats at their usual pace.

One process serves everything; the provider's webhooks (`benchmarks.phone_load`) and the chats
(`benchmarks.load`) come from processes on the other core. Three questions: how long a webhook waits
for its answer while chats go on, what waiting callers cost, and what lies between an accepted offer
and the agent in the room; the last with the simulated provider in the hub's own process, whose time
is counted as ours.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec
import uvloop
from sqlalchemy import select, update

from hub.app import Hub
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts, entry_points
from hub.core.memory import settle
from hub.desk.accepting import accept
from hub.routing.model import AgentState
from hub.routing.service import AcceptOffer, SetAgentState, set_agent_state
from hub.routing.tables import offers
from hub.settings import Secret, Settings, Twilio
from hub.storage import Tx
from hub.testing.center import add_agent
from hub.testing.hub import running_hub
from hub.testing.twilio_simulator import Phone, TwilioSimulator

from .chat import Size as ChatSize
from .chat import a_center, come
from .crowd import a_crowd
from .figures import Figure, percentile, progress, show
from .house import a_folder, hire
from .house import load_settings as settings_for
from .machine import HUB_CORE, pin, unpin
from .phone_load import Answered, Order

HOTLINE = "+862155501000"
_STEPS = 4
_PACE = 1000.0  # speech and ringing pass so many times faster than in life
_HURRY_S = 60.0


@dataclass(frozen=True, slots=True)
class Size:
    """`waiting`: callers in the queue; `events_per_s`: webhooks; `joins`: accepted offers."""

    waiting: int
    events_per_s: float
    seconds: float
    joins: int
    chats: ChatSize


@dataclass(frozen=True, slots=True)
class Result:
    """`waiting_share`: of a core, above what the same hub takes without callers."""

    size: Size
    events: Answered
    waiting: Answered
    waiting_share: float
    joined_s: list[float]


async def measure(folder: Path, size: Size, step: Callable[[str], None]) -> Result:
    """Run the load once on SQLite in `folder`."""
    async with TwilioSimulator(pace=_PACE) as provider, a_crowd() as crowd:
        settings = _with_phone(settings_for(folder, "", size.chats.customers), provider)
        async with running_hub(settings, _a_center(size)) as hub:
            settle()  # as hub.app.serve does
            order = Order(
                url=f"{hub.base_url}/channels/hotline",
                account_sid=provider.account_sid,
                auth_token=provider.auth_token,
                called=HOTLINE,
                seconds=size.seconds,
            )
            step("agents answer their phones")
            joined_s = await _joins(hub, provider, size.joins)
            step(f"{size.waiting:,} callers wait")
            idle = await _idle_share(size.seconds / 4)
            more = msgspec.structs.replace(order, callers=size.waiting)
            waiting, share = await _load(more)
            step("customers come to the chats")
            await come(hub, crowd, size.chats, await hire(hub, size.chats.agents))
            step(f"{size.events_per_s:,.0f} webhooks and {size.chats.per_s:,.0f} chats a second")
            chats = asyncio.create_task(crowd.steady(size.chats.per_s, size.seconds))
            more = msgspec.structs.replace(order, events_per_s=size.events_per_s)
            events, _ = await _load(more)
            await chats
    return Result(size, events, waiting, share - idle, joined_s)


def _with_phone(settings: Settings, provider: TwilioSimulator) -> Settings:
    account = Twilio(
        account_sid=provider.account_sid,
        auth_token=Secret(provider.auth_token),
        base_url=provider.base_url,
    )
    return msgspec.structs.replace(settings, twilio=account)


def _a_center(size: Size) -> Callable[[Tx, None], None]:
    """The center of the chat benchmark, whose line may ring as many phones as it likes."""
    chats = a_center(size.chats)

    def seed(tx: Tx, _: None) -> None:
        chats(tx, None)
        settings = {"calls_per_second": 100.0}
        where = entry_points.c.id == "hotline"
        tx.execute(update(entry_points).where(where).values(settings=settings))

    return seed


async def _joins(hub: Hub, provider: TwilioSimulator, count: int) -> list[float]:
    """Callers who are taken one after the other; return the seconds from accept to answered.

    The first is not counted: it pays for what is made once.
    """
    provider.exchange.default_phone = Phone(after_s=0)
    provider.add_number(HOTLINE, f"{hub.base_url}/channels/hotline")
    taken = []
    for number in range(1 + count):
        agent_id = await hub.store.write(add_agent, f"phone{number}")
        caller = await provider.call(f"+86138{number:08}", HOTLINE)
        offer_id = await _until(hub, _open_offer, agent_id)
        began = time.perf_counter()
        await hub.store.write(accept, AcceptOffer(offer_id, agent_id))
        await _until(hub, _answered, agent_id)
        taken.append(time.perf_counter() - began)
        await hub.store.write(
            set_agent_state, SetAgentState(agent_id, AgentState.NOT_READY, reason="break")
        )
        await caller.hang_up()
    await provider.settle()
    return taken[1:]


async def _until(hub: Hub, look: Callable[[Tx, str], str | None], agent_id: str) -> str:
    with hub.bus.subscribe(["offer.changed", "contact.changed"]) as hints:
        async with asyncio.timeout(_HURRY_S):
            while (found := await hub.store.read(look, agent_id)) is None:
                await hints.next(0.5)
    return found


def _open_offer(tx: Tx, agent_id: str) -> str | None:
    query = select(offers.c.id).where(offers.c.agent_id == agent_id, offers.c.state == "pending")
    return tx.execute(query).scalar_one_or_none()


def _answered(tx: Tx, agent_id: str) -> str | None:
    query = select(contacts.c.id).where(
        contacts.c.agent_id == agent_id, contacts.c.state == ContactState.ACTIVE
    )
    return tx.execute(query).scalar_one_or_none()


async def _load(order: Order) -> tuple[Answered, float]:
    """Run a load process; return what was answered, and the share of a core that it cost us."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.phone_load"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the load process has no pipes")
    process.stdin.write(msgspec.json.encode(order) + b"\n")
    await process.stdout.readline()  # all callers are there
    began, cpu_s = time.monotonic(), time.process_time()
    line = await process.stdout.readline()
    share = (time.process_time() - cpu_s) / (time.monotonic() - began)
    await process.wait()
    if not line:
        raise RuntimeError("the load process has ended without an answer")
    return msgspec.json.decode(line, type=Answered), share


async def _idle_share(seconds: float) -> float:
    """Return the share of a core that the hub takes while nothing comes."""
    cpu_s = time.process_time()
    await asyncio.sleep(seconds)
    return (time.process_time() - cpu_s) / seconds


def figures_of(result: Result) -> list[Figure]:
    """Return the rows that are printed."""
    events, waiting, size = result.events, result.waiting, result.size
    joined_p50_ms = percentile(result.joined_s, 50) * 1000
    return [
        Figure("webhook answered p99", events.p99_ms, "ms", at_most=200.0,
               note=f"p50 {events.p50_ms:.1f} ms, {events.count:,} beside"
                    f" {size.chats.per_s:,.0f} chats a second"),
        Figure("… not answered", events.failed + waiting.failed, "", at_most=0),
        Figure("cost of waiting callers", 100 * result.waiting_share, "%", at_most=5.0,
               note=f"of one core, {size.waiting:,} callers, {waiting.count:,} rounds of music"),
        Figure("… their round answered p99", waiting.p99_ms, "ms",
               note=f"p50 {waiting.p50_ms:.1f} ms"),
        Figure("accepted → agent joined p95", percentile(result.joined_s, 95) * 1000, "ms",
               at_most=100.0,
               note=f"p50 {joined_p50_ms:.1f} ms, the provider's work in it"),
    ]  # fmt: skip


def run(size: Size) -> Result:
    """Measure in a folder of its own."""
    unpin()
    with a_folder() as folder, progress(_STEPS) as step:
        pin(HUB_CORE)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(measure(folder, size, step))


@click.command()
@click.option("--waiting", default=500, help="Callers in the queue.")
@click.option("--events-per-s", default=50.0, help="Webhooks a second beside the chats.")
@click.option("--seconds", default=45.0, help="How long, each of the two loads.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(waiting: int, events_per_s: float, seconds: float, *, quick: bool) -> None:
    """Calls: webhooks beside chats, the cost of waiting, accepted to joined."""
    size = Size(waiting, events_per_s, seconds, 40, ChatSize(1_000, 50, 200.0, seconds))
    if quick:
        size = Size(10, 20.0, 2.0, 3, ChatSize(20, 2, 50.0, 2.0))
    title = f"Phone, {size.waiting:,} callers wait, {size.events_per_s:,.0f} webhooks a second"
    show(title, figures_of(run(size)))


if __name__ == "__main__":
    main()
