"""What a tier run costs, beside live writes, and what one query for each customer would.

Customers and their orders (five each, over a year and a half) are made inside SQLite.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import uvloop
from sqlalchemy import select, text

from hub.care.value_run import RunTiers, run_tiers
from hub.core.bus import Bus
from hub.customers.business.tables import counts_as_revenue, orders
from hub.customers.tables import customers
from hub.schema import upgrade
from hub.storage import Store, Tx
from hub.storage.leases import AskLease, take_lease
from hub.testing.center import open_center
from hub.testing.hub import hub_settings

from .figures import Figure, percentile, progress, show
from .house import a_folder

_ORDERS = 5
_DAYS = 540
_GOAL_S, _GOAL_CUSTOMERS = 60.0, 1_000_000  # issue 4: a million customers within a minute
_LIVE_MS = 20.0
_NAIVE_SHARE = 10  # the naive way is tried on one customer of so many
_EVERY_S = 0.02
_AT = datetime(2026, 6, 30, tzinfo=UTC)

_CUSTOMERS = """
INSERT INTO customers (id, kind, name, tier, tier_source, tier_set_at, source, created_at,
  updated_at, version, indexed_as)
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
SELECT printf('0190aaaa-bbbb-7ccc-8ddd-%012d', n), 'person', 'C' || n, 'standard', 'default', :now,
  'import', :now, :now, 1, 3 FROM numbers
"""
# Each buys now and then; a few buy for a hundred times as much as most.
_BOUGHT = """
INSERT INTO orders (id, source, external_id, customer_id, customer_external_id, ordered_at,
  amount_minor, currency, state, state_at, revision, received_at)
WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < :orders - 1)
SELECT printf('o%012d', n), 'shop', n,
  printf('0190aaaa-bbbb-7ccc-8ddd-%012d', 1 + (n * 7919) % :count), 'x',
  :now - abs(random()) % :span,
  1000 + 1000000 / (1 + (n * 7919) % :count % 1000) + abs(random()) % 1000,
  'CNY', 'paid', :now, 0, :now FROM numbers
"""


def fill(tx: Tx, count: int) -> None:
    """Make customers and their orders."""
    now = round(_AT.timestamp() * 1_000_000)
    tx.execute(text(_CUSTOMERS), {"count": count, "now": now})
    span = _DAYS * 86_400_000_000
    values = {"count": count, "orders": _ORDERS * count, "now": now, "span": span}
    tx.execute(text(_BOUGHT), values)


async def measure(folder: Path, count: int, step: Callable[[str], None]) -> list[Figure]:
    """Fill a store and time two runs and the naive way."""
    settings = hub_settings(folder)
    settings.data_path().mkdir(parents=True, exist_ok=True)
    await asyncio.to_thread(upgrade, settings.database())
    async with Store(settings.database(), Bus()) as store:
        await store.write(open_center, None)
        step(f"{count:,} customers, {_ORDERS * count:,} orders")
        await store.write(fill, count)
        await store.write(lambda tx, _: tx.execute(text("ANALYZE")), None)
        step("the first run")
        first_s, first_cpu_s, moved, live = await _run(store)
        step("the second run")
        again_s, again_cpu_s, _, _ = await _run(store)
        step("a query for each customer")
        naive_s = await _naive(store, count)
    goal_s = _GOAL_S * count / _GOAL_CUSTOMERS
    return [
        Figure("a first tier run", first_s, "s", at_most=goal_s,
               note=f"{count:,} customers, {_ORDERS * count:,} orders, {moved:,} moves"),
        Figure("… CPU of it, all threads", first_cpu_s, "s"),
        Figure("a second, with nothing to write", again_s, "s", at_most=goal_s),
        Figure("… CPU of it", again_cpu_s, "s"),
        Figure("a live write beside the first, p99", percentile(live, 99), "ms", at_most=_LIVE_MS,
               note=f"p50 {percentile(live, 50):.1f} ms, {len(live)} writes"),
        Figure("reading by a query for each customer ÷ a whole run", naive_s / again_s, "×",
               at_least=1.0, note=f"{naive_s:,.1f} s, from one of {_NAIVE_SHARE}"),
    ]  # fmt: skip


async def _run(store: Store) -> tuple[float, float, int, list[float]]:
    """Return seconds, those of CPU, how many moved, and how long live writes took (ms)."""
    live: list[float] = []
    beside = asyncio.create_task(_live(store, live))
    began, cpu_began = time.perf_counter(), time.process_time()
    report = await run_tiers(store, RunTiers(at=_AT), _quiet)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    beside.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await beside
    return took, cpu, report.moved, live


async def _live(store: Store, took: list[float]) -> None:
    ask = AskLease("benchmark", "benchmark", 60.0)
    while True:
        began = time.perf_counter()
        await store.write(take_lease, ask)
        took.append(1000 * (time.perf_counter() - began))
        await asyncio.sleep(_EVERY_S)


async def _naive(store: Store, count: int) -> float:
    """Return how long it would take to read each customer's orders by a query of their own."""
    tried = max(1, count // _NAIVE_SHARE)

    def read(tx: Tx, _: None) -> float:
        ids = list(tx.execute(select(customers.c.id).limit(tried)).scalars())
        since = _AT - timedelta(days=365)
        began = time.perf_counter()
        for customer_id in ids:
            rows = tx.execute(
                select(orders.c.amount_minor, orders.c.cost_minor, orders.c.currency).where(
                    orders.c.customer_id == customer_id,
                    orders.c.ordered_at >= since,
                    counts_as_revenue(),
                )
            )
            sum(row.amount_minor for row in rows)
        return time.perf_counter() - began

    return await store.read(read, None) * count / tried


async def _quiet(_done: int, _total: int) -> None:
    return


@click.command()
@click.option("--customers", "count", default=100_000, help="How many, with five orders each.")
@click.option("--scale", is_flag=True, help="A million customers.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(count: int, *, scale: bool, quick: bool) -> None:
    """The tier run, beside its limit."""
    count = 500 if quick else _GOAL_CUSTOMERS if scale else count
    with (
        a_folder() as folder,
        progress(4) as step,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        rows = runner.run(measure(folder, count, step))
    show("Tier run, SQLite", rows)


if __name__ == "__main__":
    main()
