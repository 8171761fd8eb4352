"""What the sweep of the queue's laws costs, beside few and beside many who wait.

Thousands of chats wait and every agent has one in hand. Each round reads its sample twice; the
looks go on through all of them, so that no two read the same rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click
from sqlalchemy import select

from hub.contacts.inbound import Receipt
from hub.contacts.tables import contacts, conversations, segments
from hub.core.bus import Bus
from hub.core.ids import new_id
from hub.intake import receive
from hub.routing import service as routing
from hub.routing.laws.book import Ask, Round, note_round
from hub.routing.laws.looks import first_look, second_look
from hub.routing.laws.model import Cursors
from hub.routing.model import AgentState
from hub.storage import Store, Tx
from hub.storage.bulk import insert_rows
from hub.testing.center import add_agent, give_to_agent, open_center

from .assignments import a_chat
from .figures import Figure, percentile, progress, show
from .house import on_a_new_database

_ROUNDS = 40
_AT_ONCE = 2_000
_MOST_MS, _GROWTH = 250.0, 3.0


@dataclass(frozen=True, slots=True)
class Size:
    few: int
    many: int
    agents: int


async def _fill(store: Store, first: int, last: int) -> None:
    """Let as many more chats wait, each like the first one."""
    for begin in range(first, last, _AT_ONCE):
        await store.write(_copy, range(begin, min(begin + _AT_ONCE, last)))


def _copy(tx: Tx, numbers: Sequence[int]) -> None:
    """Add conversations, contacts and their segments; one came a second after the other."""
    like = [tx.execute(select(t).order_by(t.c.id).limit(1)).mappings().one()
            for t in (conversations, contacts, segments)]  # fmt: skip
    rows: list[list[dict[str, object]]] = [[], [], []]
    for number in numbers:
        ids = [new_id() for _ in like]
        start_us = like[1]["virtual_start_us"] + 1_000_000 * number
        own: list[dict[str, object]] = [
            {},
            {"conversation_id": ids[0], "reference": f"C{number}", "virtual_start_us": start_us},
            {"contact_id": ids[1]},
        ]
        for place, row in enumerate(like):
            rows[place].append({**row, "id": ids[place], **own[place]})
    for table, new in zip((conversations, contacts, segments), rows, strict=True):
        insert_rows(tx, table, new)


def _wait(tx: Tx, numbers: Sequence[int]) -> list[str]:
    receipts = receive(tx, [a_chat(number) for number in numbers])
    return [one.contact_id for one in receipts if isinstance(one, Receipt) and one.contact_id]


def _busy(tx: Tx, contact_ids: Sequence[str]) -> None:
    """Add an agent for each of these contacts, who has it in hand and takes no other."""
    for number, contact_id in enumerate(contact_ids):
        agent_id = add_agent(tx, f"agent{number}")
        give_to_agent(tx, (contact_id, agent_id))
        away = routing.SetAgentState(agent_id, AgentState.NOT_READY, attended=False)
        routing.set_agent_state(tx, away)


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of one look, and of the note at the end of a round."""

    first: list[float]
    second: list[float]
    note: list[float]

    def round_ms(self) -> float:
        return sum(percentile(ms, 50) for ms in (self.first, self.second, self.note))


async def _sweep(store: Store) -> Cost:
    cursors, cost = Cursors(), Cost([], [], [])
    for number in range(_ROUNDS + 2):
        at = time.perf_counter()
        ask = Ask(cursors, frozenset(), frozenset())
        look, cursors = await store.read_at_once(first_look, ask)
        seen = time.perf_counter()
        breaches = await store.read_at_once(second_look, look)
        again = time.perf_counter()
        if breaches:
            raise RuntimeError(f"a sound queue breaks {breaches[0]}")
        done = Round(breaches, cursors, look.contacts, look.agents)
        await store.write_bulk(note_round, done)
        if number > 1:  # the first compile their statements
            cost.first.append(1000 * (seen - at))
            cost.second.append(1000 * (again - seen))
            cost.note.append(1000 * (time.perf_counter() - again))
    return cost


async def measure(url: str, size: Size, step: Callable[[str], None]) -> list[Figure]:
    """Fill a center, time rounds, fill it more, time rounds again."""
    async with Store(url, Bus()) as store:
        step(f"{size.few:,} wait")
        await store.write(open_center, None)
        await store.write(_wait, range(size.agents, size.agents + 1))  # the one that is copied
        await store.write(_busy, await store.write(_wait, range(size.agents)))
        await _fill(store, 1, size.few)
        step("rounds")
        few = await _sweep(store)
        step(f"{size.many:,} wait")
        await _fill(store, size.few, size.many)
        step("rounds")
        many = await _sweep(store)
    parts = [percentile(ms, 50) for ms in (many.first, many.second, many.note)]
    note = "first look {:.1f}, second {:.1f}, note {:.1f}".format(*parts)
    return [
        Figure(f"a round of the sweep, {size.many:,} waiting, {size.agents:,} agents",
               many.round_ms(), "ms", at_most=_MOST_MS, note=note),
        Figure(f"… beside one with {size.few:,} waiting", many.round_ms() / few.round_ms(), "×",
               at_most=_GROWTH, note=f"{few.round_ms():.1f} ms"),
        Figure("… slowest look", max(*many.first, *many.second), "ms"),
    ]  # fmt: skip


def run(kind: str, size: Size) -> list[Figure]:
    """Measure on one database and return the rows."""
    with progress(4) as step:
        return on_a_new_database(kind, lambda url, _: measure(url, size, step))


@click.command()
@click.option("--database", type=click.Choice(["sqlite", "postgresql", "both"]), default="both")
@click.option("--few", default=1_000)
@click.option("--many", default=100_000)
@click.option("--agents", "staff", default=2_000)
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(database: str, few: int, many: int, staff: int, *, quick: bool) -> None:
    """Print what a round costs beside its limit."""
    size = Size(5, 20, 5) if quick else Size(few, many, staff)
    for kind in ["sqlite", "postgresql"] if database == "both" else [database]:
        show(f"Laws of the queue, {kind}", run(kind, size))


if __name__ == "__main__":
    main()
