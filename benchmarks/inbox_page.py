"""What a page of the inbox costs at a million contacts, over HTTP, first page and deep pages.

The contacts are copies of one real contact, made inside SQLite; a share of them waits. Each list is
walked page after page by its cursor: the cost must not grow with depth or with the number of rows.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import click
import uvloop
from sqlalchemy import Table, text

from hub.accounts.model import SYSTEM
from hub.agent_console.client import HeadlessAgent
from hub.app import Hub
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import contacts, conversations
from hub.intake import receive
from hub.storage import Tx
from hub.testing.center import add_agent
from hub.testing.hub import hub_settings, running_hub

from .figures import Figure, percentile, progress, show
from .house import a_folder

_GOAL_MS = 10.0
_PAGES = 40
_QUEUED_SHARE = 200  # one in so many waits
_COPIED = {
    conversations: {"id": "'c' || n"},
    contacts: {
        "id": "'k' || n",
        "reference": "'r' || n",
        "conversation_id": "'c' || n",
        "state": f"CASE WHEN n % {_QUEUED_SHARE} = 0 THEN 'queued' ELSE 'closed' END",
        "last_message_at": "last_message_at - n * 1000",
        "virtual_start_us": "virtual_start_us - n * 100",
    },
}


def fill(tx: Tx, count: int) -> None:
    """Copy the only contact `count` times, conversation and all."""
    for table, changed in _COPIED.items():
        tx.execute(text(copying(table, changed)), {"first": 1, "last": count})


def copying(table: Table, changed: dict[str, str]) -> str:
    """Return SQL that copies a table's first row for each n from :first to :last (SQLite).

    `changed`: column → expression of n.
    """
    names = [column.name for column in table.columns]
    values = ", ".join(changed.get(name, name) for name in names)
    return (
        f"INSERT INTO {table.name} ({', '.join(names)})"  # noqa: S608 - names of our own columns
        " WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM"
        f" numbers WHERE n < :last) SELECT {values}"
        f" FROM numbers, (SELECT * FROM {table.name} LIMIT 1)"
    )


async def measure(folder: Path, count: int, step: Callable[[str], None]) -> list[Figure]:
    """Fill a hub and time the pages of its lists as a supervisor's console asks for them."""
    async with running_hub(hub_settings(folder)) as hub:
        agent = await hub.store.write(add_agent, "Li")
        await hub.store.write(receive, first_mail())
        step(f"{count:,} contacts")
        await hub.store.write(fill, count)
        await hub.store.write(lambda tx, _: tx.execute(text("ANALYZE")), None)
        step("pages")
        key = await hub.accounts.add_api_key(SYSTEM, agent, "benchmark")
        return await _figures(hub, key.key, count)


async def _figures(hub: Hub, key: str, count: int) -> list[Figure]:
    rows = []
    async with HeadlessAgent(hub.base_url, key).signed_in() as agent:
        for state, words in (("queued", "by urgency"), ("closed", "newest first")):
            took = await _walk(agent, state)
            quarter = max(1, len(took) // 4)
            first, last = took[:quarter], took[-quarter:]
            flat = percentile(last, 50) / percentile(first, 50)
            rows.append(
                Figure(f"page of {state} contacts, {words}, p95", percentile(took, 95), "ms",
                       at_most=_GOAL_MS,
                       note=f"{len(took)} pages of 50; p50 {percentile(took, 50):.1f} ms"),
            )  # fmt: skip
            rows.append(Figure(f"the last of them ÷ the first ({state})", flat, "×", at_most=1.5))
    return rows


async def _walk(agent: HeadlessAgent, state: str) -> list[float]:
    """Milliseconds of each page, in order."""
    took: list[float] = []
    after: str | None = None
    await agent.call("GET", f"/contacts?{urlencode({'state': state, 'limit': 50})}")  # warm
    while len(took) < _PAGES:
        query = {"state": state, "limit": 50, **({"after": after} if after else {})}
        began = time.perf_counter()
        page = await agent.call("GET", f"/contacts?{urlencode(query)}")
        took.append(1000 * (time.perf_counter() - began))
        after = page.get("after")
        if after is None:
            break
    return took


def first_mail() -> Inbound:
    """Return the mail that makes the contact of which all others are copies."""
    return Inbound(
        entry_point_id="mail",
        channel=Channel.EMAIL,
        dedupe_key="first",
        senders=(SenderIdentity(IdentityKind.EMAIL, "chen@example.test", "Chen"),),
        received_at=datetime.now(UTC),
        subject="Leak",
        text="It leaks.",
    )


@click.command()
@click.option("--contacts", "count", default=1_000_000, help="How many contacts there are.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(count: int, *, quick: bool) -> None:
    """A page of the inbox, beside its limit."""
    with (
        a_folder() as folder,
        progress(2) as step,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        rows = runner.run(measure(folder, 400 if quick else count, step))
    show("Inbox, SQLite", rows)


if __name__ == "__main__":
    main()
