"""Import of orders from a file: rows a second, memory, and the naive way beside it.

The file is imported into a store of its own, as `hub import orders` does where no hub runs: once
new, once again where nothing changes, and a tenth of it row by row, a transaction each.
"""

from __future__ import annotations

import asyncio
import random
import resource
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from hub.core.bus import Bus
from hub.customers.business.check import check_time
from hub.customers.business.orders import PutOrders, put_orders
from hub.customers.business.rows import Order
from hub.jobs.business import ImportRows, import_orders
from hub.routing.settings import tier_of_new_customers
from hub.schema import upgrade
from hub.storage import Store
from hub.testing.center import open_center

from .figures import Figure, progress, show
from .house import a_folder
from .machine import LOAD_CORE, pin

_GOAL = 2_000.0  # rows a second
_GOAL_MIB = 64.0  # what the import may add, whatever the file
_CUSTOMERS_SHARE = 5  # orders of a customer
_SEED = 4
_NAIVE_SHARE = 10


def write_file(path: Path, count: int) -> None:
    """Write `count` orders, five of a customer, in no order."""
    dice = random.Random(_SEED)  # noqa: S311 - not for secrets
    with path.open("w") as file:
        file.write("external_id,customer_external_id,ordered_at,amount,currency,cost\n")
        for number in range(count):
            customer = dice.randrange(max(1, count // _CUSTOMERS_SHARE))
            day = f"2026-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"
            amount = f"{dice.randrange(1, 9_999)}.{dice.randrange(100):02}"
            file.write(f"O-{number},C-{customer},{day},{amount},CNY,{dice.randrange(1, 99)}\n")


async def measure(folder: Path, count: int, step: Callable[[str], None]) -> list[Figure]:
    """Import a file of `count` orders and return the rows."""
    path = folder / "orders.csv"
    write_file(path, count)
    step("new orders")
    url = await _prepared(folder, "import")
    before = _peak_mib()
    async with Store(url, Bus()) as store:
        first = await _timed_import(store, path, count)
        grown = _peak_mib() - before
        step("the same again")
        again = await _timed_import(store, path, count)
    few = max(1, count // _NAIVE_SHARE)
    step("row by row")
    async with Store(await _prepared(folder, "naive"), Bus()) as store:
        naive = await _one_by_one(store, few)
    return [
        Figure("new orders", first, "rows/s", at_least=_GOAL, note="with their customers"),
        Figure("the same orders again", again, "rows/s", at_least=_GOAL),
        Figure("memory that the import adds", grown, "MiB", at_most=_GOAL_MIB,
               note=f"file of {path.stat().st_size / 2**20:.0f} MiB"),
        Figure("new orders, row by row", naive, "rows/s", note=f"the naive way, {few} rows"),
    ]  # fmt: skip


async def _prepared(folder: Path, name: str) -> str:
    url = f"sqlite:///{folder / name}.sqlite"
    await asyncio.to_thread(upgrade, url)
    async with Store(url, Bus()) as store:
        await store.write(open_center, None)
    return url


async def _timed_import(store: Store, path: Path, count: int) -> float:
    began = time.perf_counter()
    done = await import_orders(store, ImportRows(str(path), "bench"), _quiet)
    if done.rows != count or done.refused:
        raise RuntimeError(f"{done.refused} of {done.rows} rows were refused: {done.faults}")
    return count / (time.perf_counter() - began)


async def _one_by_one(store: Store, count: int) -> float:
    at = check_time("2026-03-01", "UTC", "ordered_at")
    if not isinstance(at, datetime):
        raise TypeError(at)
    began = time.perf_counter()
    for number in range(count):
        row = Order(f"O-{number}", f"C-{number // _CUSTOMERS_SHARE}", at, 100 + number, "CNY")
        await store.write(put_orders, PutOrders("bench", [row], tier_of_new_customers))
    return count / (time.perf_counter() - began)


async def _quiet(_done: int, _total: int) -> None:
    return


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@click.command()
@click.option("--rows", "count", default=100_000, help="How many orders the file has.")
@click.option("--scale", is_flag=True, help="500,000 orders.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(count: int, *, scale: bool, quick: bool) -> None:
    """Import of orders, beside its limits."""
    count = 500_000 if scale else 500 if quick else count
    pin(LOAD_CORE)
    with a_folder() as folder, progress(3) as step, asyncio.Runner() as runner:
        found = runner.run(measure(folder, count, step))
    show(f"{count} orders from a file, SQLite", found)


if __name__ == "__main__":
    main()
