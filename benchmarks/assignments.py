"""Assignments a second with the store, and how soon a new router knows everybody who waits.

Thousands of chats wait and many agents are ready. The router's own way: the engine proposes with
decision records, proposals are made in batches, each offer is accepted at once. Beside it, in the
same run: the same number of bare rows inserted in group commit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, update
from sqlalchemy.schema import CreateTable

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.core.bus import Bus
from hub.core.clock import SystemClock
from hub.core.errors import HubError
from hub.intake import receive
from hub.routing import service as routing
from hub.routing.engine import Engine
from hub.routing.model import AgentChanged, ContactQueued, Event, Proposal, ProposalSettled
from hub.routing.pictures import Wanted, read_fresh, read_picture
from hub.routing.tables import agents
from hub.storage import Store, Tx, batch
from hub.testing.center import add_agent, open_center

from .figures import Figure, progress, show
from .house import on_a_new_database

_GOALS = {"sqlite": 2_000.0, "postgresql": 1_000.0}
_REBUILD_S = 2.0
_BATCH = 250  # offers made, then accepted, at once: what a busy second brings
_BARE = Table("bare_rows", MetaData(), Column("id", Integer, primary_key=True),
              Column("text", String(40)))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    waiting: int
    agents: int
    rebuilt: int  # who waits when a router begins


def a_chat(number: int) -> Inbound:
    return Inbound(
        entry_point_id="shop-chat",
        channel=Channel.WEBCHAT,
        dedupe_key=f"chat-{number}",
        senders=(SenderIdentity(IdentityKind.VISITOR, f"visitor-{number}"),),
        received_at=SystemClock().now(),
        text="Hello",
    )


def _hire(tx: Tx, names: Sequence[str]) -> list[str]:
    """Add ready agents whose consoles stay for the whole run."""
    ids = [add_agent(tx, name) for name in names]
    tx.execute(update(agents).values(present_until=tx.now.replace(year=tx.now.year + 1)))
    return ids


def _make_bare(tx: Tx, _: None) -> None:
    tx.execute(CreateTable(_BARE))


@batch
def _insert_bare(tx: Tx, items: Sequence[int]) -> Sequence[HubError | None]:
    tx.execute(insert(_BARE), [{"id": number, "text": "hello"} for number in items])
    return [None] * len(items)


async def _assign_all(store: Store, engine: Engine, events: list[Event]) -> tuple[int, float]:
    """Offer and accept until nothing is proposed; return (assignments, seconds)."""
    now, done, began = SystemClock().now, 0, time.perf_counter()
    waiting: list[Proposal] = []
    while waiting or events:
        waiting += await asyncio.to_thread(engine.handle, events, now()) if events else []
        made, waiting = waiting[:_BATCH], waiting[_BATCH:]
        offers = await asyncio.gather(
            *(store.write(routing.make_offers, routing.MakeOffer(one)) for one in made)
        )
        await asyncio.gather(
            *(
                store.write(routing.accept_offers, routing.AcceptOffer(o.offer_id, o.agent_id))
                for o in offers
            )
        )
        done += len(offers)
        changed = frozenset(one.agent_id for one in made)
        fresh = await store.read(read_fresh, Wanted(frozenset(), changed))
        events = [ProposalSettled(one.contact_id, one.agent_id, made=True) for one in made]
        events += [AgentChanged(fresh.agents[key]) for key in sorted(changed)]
    return done, time.perf_counter() - began


async def _bare_rows_s(store: Store, count: int) -> float:
    await store.write(_make_bare, None)
    began = time.perf_counter()
    for first in range(0, count, _BATCH):
        numbers = range(first, min(first + _BATCH, count))
        await asyncio.gather(*(store.write(_insert_bare, number) for number in numbers))
    return time.perf_counter() - began


async def measure(url: str, kind: str, size: Size, step: Callable[[str], None]) -> list[Figure]:
    """Fill a center, time the assignments, then a router's start over a larger crowd."""
    async with Store(url, Bus()) as store:
        step(f"{size.waiting} chats, {size.agents} agents")
        await store.write(open_center, None)
        await store.write(_hire, [f"agent{number}" for number in range(size.agents)])
        await asyncio.gather(*(store.write(receive, a_chat(n)) for n in range(size.waiting)))
        picture = await store.read(read_picture, None)
        engine = Engine(picture.rules)
        begin: list[Event] = [AgentChanged(agent) for agent in picture.agents]
        begin += [ContactQueued(contact) for contact in picture.contacts]
        step("assignments")
        done, took_s = await _assign_all(store, engine, begin)
        step("bare rows")
        bare_s = await _bare_rows_s(store, done)
        step(f"{size.rebuilt} wait when a router begins")
        for first in range(size.waiting, size.waiting + size.rebuilt, 2_000):
            last = min(first + 2_000, size.waiting + size.rebuilt)
            await asyncio.gather(*(store.write(receive, a_chat(n)) for n in range(first, last)))
        await store.write(_all_away, None)
        began = time.perf_counter()
        picture = await store.read(read_picture, None)
        read_s = time.perf_counter() - began
        fresh = Engine(picture.rules)
        crowd: list[Event] = [AgentChanged(agent) for agent in picture.agents]
        crowd += [ContactQueued(contact) for contact in picture.contacts]
        await asyncio.to_thread(fresh.handle, crowd, SystemClock().now())
        rebuilt_s = time.perf_counter() - began
    return [
        Figure("assignments (offer + accept)", done / took_s, "/s", at_least=_GOALS[kind],
               note=f"{done} of {size.waiting}, {1e6 * took_s / max(done, 1):.0f} µs each"),
        Figure("… beside bare rows in group commit", bare_s / took_s, "×",
               note=f"{done / bare_s:,.0f} rows/s"),
        Figure(f"a router that begins with {len(picture.contacts):,} waiting", rebuilt_s, "s",
               at_most=_REBUILD_S, note=f"reading {read_s:.2f} s"),
    ]  # fmt: skip


def _all_away(tx: Tx, _: None) -> None:
    tx.execute(update(agents).values(present_until=tx.now))


def run(kind: str, size: Size) -> list[Figure]:
    """Measure on one database and return the rows."""
    with progress(4) as step:
        return on_a_new_database(kind, lambda url, _: measure(url, kind, size, step))


@click.command()
@click.option("--database", type=click.Choice(["sqlite", "postgresql", "both"]), default="both")
@click.option("--waiting", default=6_000)
@click.option("--agents", "staff", default=2_000)
@click.option("--rebuilt", default=100_000)
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(database: str, waiting: int, staff: int, rebuilt: int, *, quick: bool) -> None:
    """Print assignments a second and a router's start beside their limits."""
    size = Size(30, 10, 20) if quick else Size(waiting, staff, rebuilt)
    for kind in ["sqlite", "postgresql"] if database == "both" else [database]:
        show(f"Assignments, {kind}", run(kind, size))


if __name__ == "__main__":
    main()
