"""A center under a seeded schedule: two processes route, agents and customers come and go.

Real transactions on SQLite in memory, real routers and timekeepers; between asking and committing,
and between a commit and its answer, anything else may happen. After each commit the rows are
looked at.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.pool import StaticPool

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.core.bus import Bus, Hint
from hub.core.errors import HubError, Unavailable
from hub.desk import handling
from hub.desk.dispositions import Disposition
from hub.intake import receive
from hub.intake.calls import Leave, leave
from hub.routing import service as routing
from hub.routing.model import AgentState
from hub.routing.router import Router
from hub.schema import upgrade
from hub.storage import Tx
from hub.storage.timekeeper import Timekeeper
from hub.storage.tx import Batch
from hub.testing.center import add_agent, open_center
from hub.testing.compiled import SharedCompiling
from hub.testing.shuffled_loop import LoopClock, ShuffledLoop

START = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
_TIMERS = (
    routing.fire_due_offers,
    routing.fire_due_presence,
    routing.fire_due_returns,
    routing.fire_due_wrap_up,
)


class Killed(BaseException):
    """The process is gone: nothing of it goes on, not even its cleaning up."""


@cache
def _template() -> bytes:
    """An empty database with the small center in force."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hub.sqlite3"
        upgrade(f"sqlite+pysqlite:///{path}")
        connection = sqlite3.connect(path)
        with _engine(connection).begin() as opened:
            open_center(Tx(opened, START, []), None)
        connection.execute("PRAGMA journal_mode=DELETE")
        empty = connection.serialize()
        connection.close()
    return empty


_create_engine = SharedCompiling(create_engine)  # a thousand worlds compile each statement once


def _engine(connection: sqlite3.Connection) -> Any:
    connection.isolation_level = None
    engine = _create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def _begin(_opened: Any) -> None:
        connection.execute("BEGIN").close()  # past SQLAlchemy, as in hub/storage/engine.py

    return engine


class World:
    """The database and the bus that all processes share, and what the rows must always say."""

    def __init__(self, loop: ShuffledLoop) -> None:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(_template())
        self._rows = connection
        self._engine = _engine(connection)
        self.loop = loop
        self.chance = loop.chance
        self.clock = LoopClock(loop, START)
        self.bus = Bus()
        self.faults = 0.0  # the share of calls the database refuses, and of hints that get lost
        self.accepted: dict[str, str] = {}  # assignment -> agent, as they were told
        self.commits = 0

    def run(self, function: Any, argument: Any) -> Any:
        """One transaction, hints after its commit; a refusal undoes it."""
        hints: list[Hint] = []
        with self._engine.begin() as connection:
            tx = Tx(connection, self.clock.now(), hints)
            if isinstance(function, Batch):
                [result] = function(tx, [argument])
                if isinstance(result, HubError):
                    raise result
            else:
                result = function(tx, argument)
            tx.end()
        self.commits += 1
        for hint in hints:
            if self.chance.random() >= self.faults:
                self.bus.publish(hint)
        self.check()
        return result

    def look(self, function: Callable[[Tx, Any], Any], argument: Any = None) -> Any:
        with self._engine.begin() as connection:
            return function(Tx(connection, self.clock.now(), None), argument)

    def rows(self, sql: str, *values: str) -> list[tuple[Any, ...]]:
        """Return what is committed, past SQLAlchemy: it is asked after each commit."""
        return self._rows.execute(sql, values).fetchall()

    def check(self) -> None:
        """At most one offer or assignment a contact, and each counted once in its agent's load."""
        assert not self.rows(_HELD_TWICE), "a contact is with two"
        assert not self.rows(_STATE_DIFFERS), "a contact's state is not that of its offer"
        assert not self.rows(_LOAD_DIFFERS), "an agent's load is not what they hold"


_HOLDS = """
WITH h AS (
  SELECT contact_id, agent_id, channel, cost, 'offered' AS kind FROM offers WHERE state = 'pending'
  UNION ALL
  SELECT contact_id, agent_id, channel, cost, 'held' FROM assignments WHERE ended_at IS NULL
)
"""
_HELD_TWICE = _HOLDS + "SELECT contact_id FROM h GROUP BY contact_id HAVING count(*) > 1"  # noqa: S608 - no input
_STATE_DIFFERS = (
    _HOLDS
    + """
SELECT c.id, c.state, h.kind FROM contacts c LEFT JOIN h ON h.contact_id = c.id
WHERE (c.state = 'offered') != (coalesce(h.kind, '') = 'offered')
   OR (c.state IN ('connecting', 'active', 'hold', 'wrap_up')) != (coalesce(h.kind, '') = 'held')
   OR (h.kind IS NOT NULL AND h.agent_id != coalesce(c.agent_id, ''))
"""
)
_LOAD_DIFFERS = (
    _HOLDS
    + """
SELECT a.id FROM agents a LEFT JOIN h ON h.agent_id = a.id
GROUP BY a.id, a.live_load, a.deferred_load, a.capacity
HAVING a.live_load != coalesce(sum(CASE WHEN h.channel IN ('phone', 'webchat') THEN h.cost END), 0)
    OR a.deferred_load != coalesce(sum(CASE WHEN h.channel IN ('email', 'fax') THEN h.cost END), 0)
    OR a.live_load > a.capacity
"""
)


class Process:
    """What one process sees of the world: a store. It may stand still for a while, or be killed."""

    dialect = "sqlite"

    def __init__(self, world: World) -> None:
        self.world = world
        self.bus = world.bus
        self.is_killed = False
        self._goes = asyncio.Event()
        self._goes.set()

    async def write(self, function: Any, argument: Any) -> Any:
        await self._travel()
        if self.world.chance.random() < self.world.faults:
            raise Unavailable("Try again shortly.", retry_after_s=0.2)
        result = self.world.run(function, argument)
        await self._travel()
        return result

    async def read(self, function: Any, argument: Any) -> Any:
        await self._travel()
        result = self.world.look(function, argument)
        await self._travel()
        return result

    async def _travel(self) -> None:
        """A call is on its way: a moment, or as long as the process stands still."""
        if self.is_killed:
            raise Killed
        await self._goes.wait()
        await asyncio.sleep(self.world.chance.choice((0, 0, 0.001, 0.02, 0.3)))
        if self.is_killed:
            raise Killed
        await self._goes.wait()

    async def stand_still(self, seconds: float) -> None:
        self._goes.clear()
        await asyncio.sleep(seconds)
        self._goes.set()

    def start(self) -> list[asyncio.Task[None]]:
        """Begin to route and to keep time."""
        store: Any = self
        router = Router(store, self.bus, self.world.clock)
        timers = Timekeeper(store, _TIMERS, tick_s=2.0)
        return [asyncio.create_task(router.run()), asyncio.create_task(timers.run())]


class Agent:
    """A person at a console: accepts, declines, lets pass, clicks twice, vanishes, comes back."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.id: str = world.run(add_agent, name)
        self.is_calm = False  # accepts everything at once and ends it soon
        self.is_there = True

    async def be_present(self) -> None:
        while True:
            if self.is_there:
                await self._ask(routing.renew_presence, self.id)
            await asyncio.sleep(5)

    async def work(self) -> None:
        while True:
            await asyncio.sleep(self.world.chance.uniform(0.2, 3))
            if not self.is_there:
                continue
            if self.is_calm:
                await self._ask(_be_ready, self.id)
            for (offer_id,) in self.world.rows(_OFFERS_OF, self.id):
                await self._answer(offer_id)
            for (contact_id,) in self.world.rows(_HELD_BY, self.id):
                if self.is_calm or self.world.chance.random() < 0.3:
                    await self._end(contact_id)

    async def _answer(self, offer_id: str) -> None:
        roll = 0.0 if self.is_calm else self.world.chance.random()
        if roll < 0.6:
            clicks = [self._accept(offer_id) for _ in range(1 if roll < 0.4 else 2)]
            told = {one for one in await asyncio.gather(*clicks) if one is not None}
            assert len(told) <= 1, "one offer made two assignments"
        elif roll < 0.8:
            await self._ask(routing.decline_offer, routing.DeclineOffer(offer_id, self.id, "no"))

    async def _accept(self, offer_id: str) -> str | None:
        done = await self._ask(routing.accept_offers, routing.AcceptOffer(offer_id, self.id))
        if done is None:
            return None
        assignment_id: str = done.assignment_id
        assert self.world.accepted.setdefault(assignment_id, self.id) == self.id
        if done.connects:
            await self._ask(lambda tx, key: routing.connected(tx, key), done.contact_id)
        return assignment_id

    async def _end(self, contact_id: str) -> None:
        handle = handling.Handle(contact_id, self.id, self.id, "Agent")
        disposition = Disposition("repair", "solved")
        await self._ask(handling.close, handling.Close(handle, disposition))

    async def _ask(self, function: Any, argument: Any) -> Any:
        """Write as the console's server does; None where it is refused."""
        process = Process(self.world)
        try:
            return await process.write(function, argument)
        except HubError:
            return None


def _be_ready(tx: Tx, agent_id: str) -> None:
    routing.renew_presence(tx, [agent_id])
    routing.set_agent_state(tx, routing.SetAgentState(agent_id, AgentState.READY))


_OFFERS_OF = "SELECT id FROM offers WHERE agent_id = ? AND state = 'pending' ORDER BY id"
_HELD_BY = """
SELECT c.id FROM contacts c JOIN assignments a ON a.contact_id = c.id
WHERE a.agent_id = ? AND a.ended_at IS NULL AND c.state IN ('active', 'hold', 'wrap_up')
ORDER BY c.id
"""


class Customers:
    """Write in over three channels; some leave again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.came: list[str] = []

    async def come(self, count: int) -> None:
        process = Process(self.world)
        for number in range(count):
            await asyncio.sleep(self.world.chance.expovariate(0.5))
            kind, point, sender = self.world.chance.choice(_WAYS)
            message = Inbound(
                entry_point_id=point,
                channel=kind,
                dedupe_key=f"k{number}",
                senders=(SenderIdentity(sender, f"customer-{number}@example.test"),),
                received_at=self.world.clock.now(),
                text="Hello",
                acknowledge=False,
            )
            try:
                receipt = await process.write(receive, message)
            except Unavailable:
                continue  # it was told so, and comes again another day
            self.came.append(receipt.contact_id)
            if self.world.chance.random() < 0.2:
                await self._leave(process, receipt.contact_id)

    async def _leave(self, process: Process, contact_id: str) -> None:
        await asyncio.sleep(self.world.chance.uniform(0, 10))
        try:
            await process.write(leave, Leave(contact_id, "gone"))
        except HubError:
            return


_WAYS = (
    (Channel.WEBCHAT, "shop-chat", IdentityKind.VISITOR),
    (Channel.WEBCHAT, "shop-chat", IdentityKind.VISITOR),
    (Channel.EMAIL, "mail", IdentityKind.EMAIL),
)
