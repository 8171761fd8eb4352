"""Import of customers from a file: preview, run, the same file again, undo, beside callers.

Rows have a name, a mobile number, a mail address, an organisation and a note. Meanwhile callers are
identified, one every 20 ms, on the lane that an import must not hold up. The naive way is one
transaction for each row, by what the console does for a customer made by hand, for a tenth of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import click
import uvloop

from hub import care
from hub.accounts.model import SYSTEM
from hub.core.bus import Bus
from hub.customers.addresses import NewAddress
from hub.customers.identify import identify_batch
from hub.customers.imports import ImportOrder, import_customers
from hub.customers.imports.importing import BatchWork
from hub.customers.imports.model import BatchState
from hub.customers.imports.service import MoveBatch, move_batch
from hub.customers.model import Identify, IdentityKind, SenderIdentity
from hub.customers.service import CreateCustomer, create_customer
from hub.routing.settings import load_settings, tier_of_new_customers
from hub.schema import upgrade
from hub.storage import Store, Tx, batch
from hub.testing.center import open_center

from .figures import Figure, percentile, progress, show
from .house import a_database, a_folder

_GOAL_ROWS_S, _GOAL_LIVE_MS, _GOAL_MIB = 2_000.0, 20.0, 64.0
_BETWEEN_S = 0.02


def row_of(number: int, mark: str) -> tuple[str, str, str, str, str]:
    return (
        f"客户{mark}{number}",
        f"138{number:08}",
        f"{mark}{number}@example.com",
        f"企业{mark}{number % 997}",
        f"备注 {number}",
    )


def a_file(folder: Path, rows: int, mark: str) -> Path:
    path = folder / f"{mark}.csv"
    with path.open("w", encoding="gb18030") as file:
        file.write("姓名,手机,邮箱,公司,备注\n")
        file.writelines(",".join(row_of(number, mark)) + "\n" for number in range(rows))
    return path


async def _tell(_done: int, _rows: int) -> None:
    return None


class Memory:
    """How much more memory this process had at its peak since it was asked to look."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # proc(5): the peak is counted anew
        self._before = self._peak_kib()

    def grown_mib(self) -> float:
        return (self._peak_kib() - self._before) / 1024

    def _peak_kib(self) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


@batch
def _identify(tx: Tx, asked: Sequence[Identify]) -> Sequence[object]:
    return identify_batch(tx, asked, tier_of_new_customers)


@asynccontextmanager
async def callers(store: Store) -> AsyncIterator[list[float]]:
    """Identify a caller every 20 ms meanwhile; the list has how many ms each waited."""
    waited: list[float] = []

    async def call() -> None:
        number = 0
        while True:
            number += 1
            sender = SenderIdentity(IdentityKind.PHONE, f"139{number:08}")
            began = time.perf_counter()
            await store.write(_identify, Identify((sender,), "CN"))
            waited.append(1000 * (time.perf_counter() - began))
            await asyncio.sleep(_BETWEEN_S)

    calling = asyncio.ensure_future(call())
    try:
        yield waited
    finally:
        calling.cancel()
        await asyncio.wait([calling])


async def measure(
    store: Store, folder: Path, rows: int, step: Callable[[str], None]
) -> list[Figure]:
    tiers = frozenset(await store.read(lambda tx, _: load_settings(tx).tiers, None))

    def order(path: Path, *, dry: bool = False) -> ImportOrder:
        return ImportOrder(
            SYSTEM, path, "CN", tiers, source="bench", dry_run=dry, retier=care.retier
        )

    async def timed(path: Path, *, dry: bool = False) -> tuple[float, str]:
        began = time.perf_counter()
        report = await import_customers(store, order(path, dry=dry), _tell)
        if report.rows != rows or report.refused_count:
            raise RuntimeError(f"{report.rows} rows, {report.refused_count} refused")
        return time.perf_counter() - began, report.batch_id

    path = await asyncio.to_thread(a_file, folder, rows, "a")
    step("tried")
    tried_s, _ = await timed(path, dry=True)
    step("run")
    memory = Memory()
    run_s, batch_id = await timed(path)
    grown = memory.grown_mib()
    step("the same again")
    again_s, _ = await timed(path)
    step("taken back")
    began = time.perf_counter()
    move = MoveBatch(actor=SYSTEM, batch_id=batch_id, to=BatchState.UNDOING, held_by="bench")
    held = await store.write(move_batch, move)
    await BatchWork(store, "bench", _tell).undo(held, order(path))
    undone_s = time.perf_counter() - began
    step("run beside callers")
    async with callers(store) as waited:
        beside_s, _ = await timed(await asyncio.to_thread(a_file, folder, rows, "b"))
    step("row by row")
    naive = max(1, rows // 10)
    naive_s = await _row_by_row(store, naive)
    return [
        Figure("rows run", rows / run_s, "1/s", at_least=_GOAL_ROWS_S, note="all of them new"),
        Figure("… memory at its peak", grown, "MiB", at_most=_GOAL_MIB, note="more than before"),
        Figure("… one transaction a row", naive / naive_s, "1/s", note="the naive way"),
        Figure("rows tried", rows / tried_s, "1/s", note="dry run"),
        Figure("rows run again", rows / again_s, "1/s", note="nothing changes"),
        Figure("rows taken back", rows / undone_s, "1/s"),
        Figure("rows run beside callers", rows / beside_s, "1/s"),
        Figure("… a caller is identified, p99", percentile(waited, 99), "ms", at_most=_GOAL_LIVE_MS,
               note=f"p50 {percentile(waited, 50):.1f} ms, {len(waited)} callers"),
    ]  # fmt: skip


async def _row_by_row(store: Store, rows: int) -> float:
    began = time.perf_counter()
    for number in range(rows):
        name, phone, mail, _, _ = row_of(number, "naive")
        addresses = (
            NewAddress(IdentityKind.PHONE, phone.replace("138", "137", 1)),
            NewAddress(IdentityKind.EMAIL, mail),
        )
        made = CreateCustomer(SYSTEM, "CN", name=name, addresses=addresses)
        await store.write(create_customer, made)
    return time.perf_counter() - began


async def _of_database(kind: str, rows: int, step: Callable[[str], None]) -> list[Figure]:
    with a_folder() as folder, a_database(kind) as url:
        where = url or f"sqlite:///{folder / 'hub.sqlite'}"
        await asyncio.to_thread(upgrade, where)
        async with Store(where, Bus()) as store:
            await store.write(open_center, None)
            return await measure(store, folder, rows, step)


@click.command()
@click.option("--rows", default=20_000, help="Of the file.")
@click.option(
    "--database", "kinds", multiple=True, type=click.Choice(["sqlite", "postgresql"]),
    default=("sqlite", "postgresql"),
)  # fmt: skip
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(rows: int, kinds: Sequence[str], *, quick: bool) -> None:
    """An import of customers, beside its limits."""
    if quick:
        rows = 300
    for kind in kinds:
        with (
            progress(6) as step,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            figures = runner.run(_of_database(kind, rows, step))
        show(f"{rows} customers from a file, {kind}", figures)


if __name__ == "__main__":
    main()
