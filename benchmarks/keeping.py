"""What a step of keeping costs, beside few and beside many contacts that were kept long enough.

Chats that ended 40 days ago, each with a message, go by a rule of 30 days, a hundred at a step, as
the hourly rounds take them; the preview of an admin's page is asked beside all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import click
from sqlalchemy import select

from hub.care.keeping import Walk, empty_next
from hub.care.keeping_preview import Considered, preview_keeping
from hub.channels.mailbox.originals import After, count_next
from hub.contacts.keeping.model import Kept
from hub.contacts.keeping.progress import Place
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts, conversations, interactions
from hub.core.bus import Bus
from hub.core.ids import new_id
from hub.customers.settings import CustomerSettings, Keep, Privacy, save_customer_settings
from hub.customers.tables import customers, identities
from hub.intake import receive
from hub.storage import Store, Tx
from hub.storage.bulk import insert_rows
from hub.testing.center import open_center
from hub.wiring import FORGET

from .assignments import a_chat
from .figures import Figure, percentile, progress, show
from .house import on_a_new_database

_KEEP = Keep(deletes=True, chats_days=30, anonymous_chats_days=30)
_ENDED = timedelta(days=40)
_STEPS, _STEP = 20, 100
_TABLES = (customers, identities, conversations, contacts, interactions)
_AT_ONCE = 2_000
_MOST_MS, _GROWTH, _PREVIEW_MS = 250.0, 2.0, 1_000.0


@dataclass(frozen=True, slots=True)
class Size:
    few: int
    many: int
    step: int
    steps: int


async def _fill(store: Store, first: int, last: int) -> None:
    """Let as many more chats be over, one a second after the other."""
    for begin in range(first, last, _AT_ONCE):
        await store.write_bulk(_copy, range(begin, min(begin + _AT_ONCE, last)))


def _copy(tx: Tx, numbers: Sequence[int]) -> None:
    """Add visitors, their contacts that have ended, and what was said, like the first one."""
    like = [tx.execute(select(t).order_by(t.c.id).limit(1)).mappings().one()
            for t in _TABLES]  # fmt: skip
    rows: list[list[dict[str, object]]] = [[] for _ in _TABLES]
    for number in numbers:
        ids = [new_id() for _ in like]
        name = f"visitor-{ids[1]}"
        ended = tx.now - _ENDED + timedelta(seconds=number)
        own: list[dict[str, object]] = [
            {},
            {"customer_id": ids[0], "value_norm": name, "value_raw": name},
            {"identity_id": ids[1]},
            {"identity_id": ids[1], "conversation_id": ids[2], "reference": f"C{number}",
             "state": ContactState.CLOSED, "state_since": ended, "ended_as": "handled"},
            {"identity_id": ids[1], "conversation_id": ids[2], "contact_id": ids[3], "at": ended},
        ]  # fmt: skip
        for place, row in enumerate(like):
            rows[place].append({**row, "id": ids[place], **own[place]})
    for table, new in zip(_TABLES, rows, strict=True):
        insert_rows(tx, table, new)


def _begin(tx: Tx, _: None) -> str:
    """Open the center, with one chat that waits and the days in force; return its queue."""
    open_center(tx)
    save_customer_settings(tx, CustomerSettings(privacy=Privacy(keep=_KEEP)))
    receive(tx, [a_chat(0)])
    return str(tx.execute(select(contacts.c.queue_id)).scalar_one())


async def _steps(store: Store, queue_id: str, size: Size) -> list[float]:
    """Return the milliseconds of each step. Raises RuntimeError where one did not find its fill."""
    walk = Walk(Kept.ANONYMOUS_CHATS, queue_id, size.step, FORGET)
    took = []
    for _ in range(size.steps + 1):
        at = time.perf_counter()
        gone = await store.write_bulk(empty_next, walk)
        took.append(1000 * (time.perf_counter() - at))
        if gone.contacts != size.step:
            raise RuntimeError(f"a step took {gone.contacts} contacts and not {size.step}")
    return took[1:]  # the first compiles its statements


def _originals(tx: Tx, place: Place, before: datetime, limit: int) -> tuple[int, int]:
    return count_next(tx, After(place.at, place.last_id, before, limit))


async def _preview_ms(store: Store) -> float:
    asked = Considered(_KEEP, {}, _originals)
    took = []
    for _ in range(5):
        at = time.perf_counter()
        await store.read(preview_keeping, asked)
        took.append(1000 * (time.perf_counter() - at))
    return percentile(took, 50)


async def measure(url: str, size: Size, step: Callable[[str], None]) -> list[Figure]:
    """Fill a center, time steps, fill it more, time steps again."""
    async with Store(url, Bus()) as store:
        step(f"{size.few:,} are over")
        queue_id = await store.write(_begin, None)
        await _fill(store, 1, size.few)
        step("steps")
        few = percentile(await _steps(store, queue_id, size), 50)
        step(f"{size.many:,} are over")
        await _fill(store, size.few, size.many)
        step("steps")
        preview = await _preview_ms(store)
        many = percentile(await _steps(store, queue_id, size), 50)
    return [
        Figure(f"a step of {size.step} contacts, {size.many:,} kept long enough", many, "ms",
               at_most=_MOST_MS, note=f"{1000 * size.step / many:,.0f} contacts a second"),
        Figure(f"… beside one with {size.few:,}", many / few, "×", at_most=_GROWTH,
               note=f"{few:.1f} ms"),
        Figure("the preview of the page", preview, "ms", at_most=_PREVIEW_MS),
    ]  # fmt: skip


def run(kind: str, size: Size) -> list[Figure]:
    """Measure on one database and return the rows."""
    with progress(4) as step:
        return on_a_new_database(kind, lambda url, _: measure(url, size, step))


@click.command()
@click.option("--database", type=click.Choice(["sqlite", "postgresql", "both"]), default="both")
@click.option("--few", default=3_000)
@click.option("--many", default=100_000)
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(database: str, few: int, many: int, *, quick: bool) -> None:
    """Print what a step costs beside its limit."""
    size = Size(60, 200, 5, 3) if quick else Size(few, many, _STEP, _STEPS)
    for kind in ["sqlite", "postgresql"] if database == "both" else [database]:
        show(f"Keeping, {kind}", run(kind, size))


if __name__ == "__main__":
    main()
