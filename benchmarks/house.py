"""A whole hub for a benchmark: everything switched on, limits raised so that load is not
refused.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import uvloop
from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.app import Hub
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts
from hub.core.ids import new_id
from hub.core.memory import settle
from hub.routing import service as routing
from hub.routing.model import AgentState
from hub.schema import upgrade
from hub.settings import Limits, Settings
from hub.storage import Tx
from hub.testing.center import add_agent, give_to_agent
from hub.testing.databases import PrivatePostgreSQL
from hub.testing.hub import hub_settings, running_hub

T = TypeVar("T")

CHATS_PER_AGENT = 3
ENTRY_POINT = "shop-chat"
_FREELY = 60_000  # messages a minute that one customer may write under load


@contextmanager
def a_folder() -> Iterator[Path]:
    """A temporary folder on the disk (TMPDIR decides which)."""
    with tempfile.TemporaryDirectory(prefix="hub-benchmark-") as name:
        yield Path(name)


@contextmanager
def a_database(kind: str) -> Iterator[str]:
    """Yield the URL of a new database: "" for SQLite in the hub's folder, or PostgreSQL's."""
    if kind == "sqlite":
        yield ""
        return
    with PrivatePostgreSQL(durable=True) as server:
        yield server.create(f"hub_{new_id().replace('-', '')}")


def on_a_new_database(kind: str, measure: Callable[[str, Path], Coroutine[Any, Any, T]]) -> T:
    """Run `measure` over the URL of a new database and the folder it may use; no hub runs."""
    with a_folder() as folder, a_database(kind) as given:
        url = given or f"sqlite+pysqlite:///{folder / 'hub.sqlite3'}"
        upgrade(url)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(measure(url, folder))


def load_settings(folder: Path, database_url: str, sockets: int) -> Settings:
    """Return settings that refuse none of `sockets` customers of one address."""
    limits = Limits(chat_messages_per_minute=_FREELY, chat_sockets_per_address=2 * sockets + 100)
    return msgspec.structs.replace(hub_settings(folder, database_url), limits=limits)


@asynccontextmanager
async def a_hub(folder: Path, database_url: str = "", sockets: int = 500) -> AsyncIterator[Hub]:
    """Run a hub of the small test center with every service."""
    async with running_hub(load_settings(folder, database_url, sockets)) as hub:
        settle()  # as hub.app.serve does
        yield hub


def chat_url(hub: Hub) -> str:
    """Return the address of the customers' socket."""
    return f"ws://127.0.0.1:{hub.settings.server.chat_port}/channels/{ENTRY_POINT}/chat"


async def hire(hub: Hub, count: int) -> list[tuple[str, str]]:
    """Add agents who are at their desk but take nothing yet: (user id, API key) of each."""
    hired = []
    for number in range(count):
        user_id = await hub.store.write(_add_resting_agent, f"agent{number}")
        key = await hub.accounts.add_api_key(SYSTEM, user_id, "benchmark")
        hired.append((user_id, key.key))
    return hired


def _add_resting_agent(tx: Tx, name: str) -> str:
    user_id = add_agent(tx, name)
    routing.set_agent_state(
        tx, routing.SetAgentState(user_id, AgentState.NOT_READY, reason="break")
    )
    return user_id


async def hand_out(hub: Hub, agent_ids: Sequence[str]) -> list[list[str]]:
    """Give every waiting contact to an agent, three to each; return the conversations of each."""

    def waiting(tx: Tx, _: None) -> list[tuple[str, str]]:
        found = select(contacts.c.id, contacts.c.conversation_id).where(
            contacts.c.state == ContactState.QUEUED
        )
        return [(row.id, row.conversation_id) for row in tx.execute(found)]

    given: list[list[str]] = [[] for _ in agent_ids]
    for number, (contact_id, conversation_id) in enumerate(await hub.store.read(waiting, None)):
        place = number % len(agent_ids)
        await hub.store.write(give_to_agent, (contact_id, agent_ids[place]))
        given[place].append(conversation_id)
    return given


async def checkpointed(hub: Hub) -> None:
    """Let the hub come to rest between two measurements."""
    await hub.store.read(lambda tx, _: None, None)
    await asyncio.sleep(0.3)
