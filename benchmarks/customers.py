"""What one look at a customer costs, who is it, finding them: over HTTP, at a million interactions.

Customers, two contacts and ten interactions each, are copies of one real mail, made inside SQLite;
the first customer has a thousand times as many. Beside each figure stands the naive way: everything
of the customer read and counted in Python, addresses and names found by reading all of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from urllib.parse import quote

import click
import uvloop
from sqlalchemy import Table, func, select, text

from hub.accounts.model import SYSTEM
from hub.agent_console.client import HeadlessAgent
from hub.app import Hub
from hub.contacts.tables import contacts, conversations, interactions
from hub.customers.identify import identify_batch
from hub.customers.index import index_customers
from hub.customers.model import Identify, IdentityKind, SenderIdentity
from hub.customers.tables import customers, identities
from hub.intake import receive
from hub.routing.settings import tier_of_new_customers
from hub.storage import Tx, batch
from hub.testing.center import add_agent
from hub.testing.hub import hub_settings, running_hub

from .figures import Figure, percentile, progress, show
from .house import a_folder
from .inbox_page import copying, first_mail

_PAGE_MS, _MATCH_MS, _FIND_MS = 50.0, 5.0, 50.0  # issue 4; finding people as finding articles
_CONTACTS, _ENTRIES = 2, 10  # of each customer
_LARGE = 1_000  # times as many has the first
_PIECE = 1_000
_TIMES = 200
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平"
_THEIR = "substr('{letters}', 1 + n / {by} % 20, 1)"
_NAME = " || ".join(
    _THEIR.format(letters=letters, by=by)
    for letters, by in ((_SURNAMES, 1), (_GIVEN, 20), (_GIVEN, 400))
)
_CUSTOMER = "printf('0190aaaa-bbbb-7ccc-8ddd-%012d', {n})"
_NUMBER = "(n / {each})"  # of the customer, of the n-th contact or interaction
_OF_CONTACT = _NUMBER.format(each=_CONTACTS)
_OF_ENTRY = _NUMBER.format(each=_ENTRIES)

_COPIED: tuple[tuple[Table, int, dict[str, str]], ...] = (
    (
        customers,
        1,
        {
            "id": _CUSTOMER.format(n="n"),
            "name": _NAME,
            "created_at": "created_at - n * 1000",
            "updated_at": "created_at - n * 1000",
        },
    ),
    (
        identities,
        1,
        {
            "id": "'i' || n",
            "customer_id": _CUSTOMER.format(n="n"),
            "value_norm": "'c' || n || '@example.test'",
            "value_raw": "'C' || n || '@example.test'",
        },
    ),
    (
        conversations,
        1,
        {"id": "'v' || n", "identity_id": "'i' || n", "last_seq": str(_ENTRIES)},
    ),
    (
        contacts,
        _CONTACTS,
        {
            "id": "'k' || n",
            "reference": "'r' || n",
            "conversation_id": f"'v' || {_OF_CONTACT}",
            "identity_id": f"'i' || {_OF_CONTACT}",
            "state": "CASE WHEN n % 200 = 0 THEN 'parked' ELSE 'closed' END",
            "opened_at": "opened_at - n * 1000",
        },
    ),
    (
        interactions,
        _ENTRIES,
        {
            "id": "'e' || n",
            "conversation_id": f"'v' || {_OF_ENTRY}",
            "seq": f"1 + n % {_ENTRIES}",
            "contact_id": f"'k' || ({_CONTACTS} * {_OF_ENTRY} + n % {_CONTACTS})",
            "identity_id": f"'i' || {_OF_ENTRY}",
            "external_id": "NULL",
            "at": "at - n * 1000",
        },
    ),
)
_GROWN = {  # of the first customer: a conversation that is a thousand times as long
    "id": "'x' || n",
    "conversation_id": "'v1'",
    "seq": f"{_ENTRIES} + n",
    "contact_id": "'k2'",
    "identity_id": "'i1'",
    "external_id": "NULL",
    "at": "at - n * 1000",
}

Times = Sequence[float]  # milliseconds each


def fill(tx: Tx, count: int) -> None:
    """Copy the only customer `count` times, with what they wrote."""
    for table, each, changed in _COPIED:
        rows = {"first": each, "last": each * (count + 1) - 1}
        tx.execute(text(copying(table, changed)), rows)
    rows = {"first": 1, "last": min(_LARGE, count) * _ENTRIES}
    tx.execute(text(copying(interactions, _GROWN)), rows)


async def measure(folder: Path, count: int, step: Callable[[str], None]) -> list[Figure]:
    """Fill a hub and time the page, the timeline, the match and the search."""
    async with running_hub(hub_settings(folder)) as hub:
        agent = await hub.store.write(add_agent, "Li")
        await hub.store.write(receive, first_mail())
        step(f"{count:,} customers, {_ENTRIES * count:,} interactions")
        await hub.store.write(fill, count)
        step("names into the search")
        for start in range(1, count + 1, _PIECE):
            await hub.store.write(_index, range(start, min(start + _PIECE, count + 1)))
        await hub.store.write(lambda tx, _: tx.execute(text("ANALYZE")), None)
        key = await hub.accounts.add_api_key(SYSTEM, agent, "benchmark")
        async with HeadlessAgent(hub.base_url, key.key).signed_in() as console:
            return [
                *await _pages(hub, console, count, step),
                *await _matches(hub, count, step),
                *await _finds(hub, console, count, step),
            ]


def _id_of(number: int) -> str:
    return f"0190aaaa-bbbb-7ccc-8ddd-{number:012}"


def _index(tx: Tx, numbers: range) -> None:
    index_customers(tx, [_id_of(number) for number in numbers])


def _spread(count: int, times: int = _TIMES) -> list[int]:
    """Customers from everywhere among them, always the same ones."""
    return [1 + (number * 7919) % count for number in range(1, min(times, count) + 1)]


async def _timed(act: Callable[[int], Awaitable[object]], numbers: Sequence[int]) -> Times:
    await act(numbers[0])  # warm
    took = []
    for number in numbers:
        began = time.perf_counter()
        await act(number)
        took.append(1000 * (time.perf_counter() - began))
    return took


async def _pages(
    hub: Hub, console: HeadlessAgent, count: int, step: Callable[[str], None]
) -> list[Figure]:
    step("pages")

    async def page(number: int) -> object:
        return await console.call("GET", f"/customers/{_id_of(number)}/page")

    async def stream(number: int) -> object:
        return await console.call("GET", f"/customers/{_id_of(number)}/stream?limit=50")

    async def naive(number: int) -> object:
        return await hub.store.read(_everything_of, _id_of(number))

    took, streamed = await _timed(page, _spread(count)), await _timed(stream, _spread(count))
    large = await _timed(page, [1] * 50)
    large_stream, large_naive = await _timed(stream, [1] * 50), await _timed(naive, [1] * 5)
    return [
        _figure("one look at a customer, p95", took, _PAGE_MS),
        _figure("… at one with 10,000 interactions", large, _PAGE_MS),
        _figure("the newest 50 of all sources, p95", streamed, _PAGE_MS),
        _figure("… of one with 10,000 interactions", large_stream, _PAGE_MS),
        Figure("… reading all of theirs ÷ that, p50", _ratio(large_naive, large_stream), "×"),
    ]


def _everything_of(tx: Tx, customer_id: str) -> int:
    """The naive way: all that ever passed, put in order in Python."""
    rows = tx.execute(
        select(interactions)
        .join(identities, identities.c.id == interactions.c.identity_id)
        .where(identities.c.customer_id == customer_id)
    ).all()
    return len(sorted(rows, key=lambda row: row.at)[-50:])


async def _matches(hub: Hub, count: int, step: Callable[[str], None]) -> list[Figure]:
    step("who is it")

    async def known(number: int) -> object:
        sender = SenderIdentity(IdentityKind.EMAIL, f"C{number}@Example.test")
        return await hub.store.write(_identify, Identify((sender,), "CN"))

    async def new(number: int) -> object:
        sender = SenderIdentity(IdentityKind.EMAIL, f"new{number}@example.test", "New")
        return await hub.store.write(_identify, Identify((sender,), "CN"))

    async def naive(number: int) -> object:
        return await hub.store.read(_by_reading_all, f"c{number}@example.test")

    took, scanned = await _timed(known, _spread(count)), await _timed(naive, _spread(count, 5))
    return [
        _figure("a sender is matched, p95", took, _MATCH_MS),
        _figure("somebody new is made, p95", await _timed(new, _spread(count)), _MATCH_MS),
        Figure("… reading all addresses ÷ a match, p50", _ratio(scanned, took), "×"),
    ]


@batch
def _identify(tx: Tx, asked: Sequence[Identify]) -> Sequence[object]:
    return identify_batch(tx, asked, tier_of_new_customers)


def _by_reading_all(tx: Tx, address: str) -> object:
    """The naive way: addresses compared as they were typed."""
    typed = func.lower(identities.c.value_raw) == address
    return tx.execute(select(identities.c.customer_id).where(typed)).first()


async def _finds(
    hub: Hub, console: HeadlessAgent, count: int, step: Callable[[str], None]
) -> list[Figure]:
    step("finding people")
    names = await hub.store.read(_names, [_id_of(number) for number in _spread(count)])

    async def by_name(number: int) -> object:
        return await console.call("GET", f"/customers?q={quote(names[number % len(names)])}")

    async def by_address(number: int) -> object:
        return await console.call("GET", f"/customers?q=c{number}@example.test")

    async def by_pinyin(number: int) -> object:
        typed = ("wangwei", "chenmin", "liujie", "zgt", "zhao fang ming")[number % 5]
        return await console.call("GET", f"/customers?q={quote(typed)}")

    async def naive(number: int) -> object:
        return await hub.store.read(_by_like, names[number % len(names)])

    found, scanned = await _timed(by_name, _spread(count)), await _timed(naive, _spread(count, 5))
    return [
        _figure("found by name, p95", found, _FIND_MS),
        _figure("… by pinyin or initials, p95", await _timed(by_pinyin, _spread(count)), _FIND_MS),
        _figure("… by address, p95", await _timed(by_address, _spread(count)), _FIND_MS),
        Figure("… LIKE over all names ÷ by name, p50", _ratio(scanned, found), "×"),
    ]


def _names(tx: Tx, ids: Sequence[str]) -> list[str]:
    found = select(customers.c.name).where(customers.c.id.in_(ids)).order_by(customers.c.id)
    return [str(name) for name in tx.execute(found).scalars()]


def _by_like(tx: Tx, typed: str) -> int:
    like = customers.c.name.like(f"%{typed}%")
    return len(tx.execute(select(customers).where(like).limit(20)).all())


def _figure(name: str, took: Times, at_most: float) -> Figure:
    note = f"p50 {percentile(took, 50):.1f} ms of {len(took)}"
    return Figure(name, percentile(took, 95), "ms", at_most=at_most, note=note)


def _ratio(naive: Times, ours: Times) -> float:
    return percentile(naive, 50) / percentile(ours, 50)


@click.command()
@click.option("--customers", "count", default=100_000, help="With ten interactions each.")
@click.option("--scale", is_flag=True, help="A million customers, ten million interactions.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(count: int, *, scale: bool, quick: bool) -> None:
    """Customers, beside their limits."""
    count = 400 if quick else 1_000_000 if scale else count
    with (
        a_folder() as folder,
        progress(5) as step,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        rows = runner.run(measure(folder, count, step))
    show("Customers, SQLite", rows)


if __name__ == "__main__":
    main()
