"""A full house: a hub as a process of its own, four agents, their supervisor, and who calls.

Whoever waits here waits for a state: phones ring until they are picked up, and a dead hub stays
dead until it is started again.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Row, create_engine, select, update

from hub.accounts.accounts import Accounts
from hub.accounts.model import SYSTEM
from hub.accounts.passwords import Passwords
from hub.accounts.tables import users
from hub.agent_console.client import HeadlessAgent
from hub.channels.phone.tables import steps
from hub.contacts.tables import contacts, entry_points
from hub.core.bus import Bus
from hub.customers.addresses import NewAddress
from hub.customers.model import IdentityKind
from hub.customers.service import CreateCustomer, SetTier, create_customer, set_tier
from hub.customers.tables import identities
from hub.demo.child import HubProcess
from hub.routing.settings import CallbackRules, load_settings, save_settings
from hub.routing.tables import agents
from hub.settings import Security
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.center import a_queue, add_agent, open_center
from hub.testing.twilio_simulator import Phone, SimulatedCaller, TwilioSimulator

from .stage import HOTLINE
from .test_phone_storm import a_hub, rows

PATIENCE_S = 90.0  # for what takes a second on a quiet machine
PHONES = {
    "Li": "+8613700137001",
    "Wu": "+8613700137002",
    "He": "+8613700137003",
    "Ma": "+8613700137004",
    "Boss": "+8613700137005",
}
RINGS = Phone(after_s=60.0, pace=1.0)  # until it is picked up, a minute at most
_LONG_TEXT = "洗衣机的保养方法如下。" * 80  # minutes: who listens to it is in the menu
_MENU = {
    "choices": [
        {"press": "1", "label": {"zh-CN": "维修"}, "queue": "support"},
        {"press": "2", "label": {"zh-CN": "保养"}, "does": "text", "text": {"zh-CN": _LONG_TEXT}},
    ]
}
_CALLS_BACK = CallbackRules(offer_over_s=0, attempts=2, gap_s=1.0, window="00:00-24:00")
AGO_US = 600 * 1_000_000
_WAITS = contacts.c.state == "queued"

Staff = Mapping[str, HeadlessAgent]


@dataclass
class House:
    """`ids`, `keys`: of the staff, by name."""

    hub: HubProcess
    base_url: str
    provider: TwilioSimulator
    database_url: str
    ids: Mapping[str, str]
    keys: Mapping[str, str]
    tasks: asyncio.TaskGroup
    running: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start the hub, also again."""
        self.running = self.tasks.create_task(self.hub.run())
        async with asyncio.timeout(PATIENCE_S):
            await self.hub.ready.wait()

    async def dies_as_it_calls(self, number: str) -> None:
        """SIGKILL as the provider takes the order to ring a number: nobody hears its answer. The
        hub is not started again.
        """
        exchange, ordered = self.provider.exchange, asyncio.Event()
        real = exchange.call_out

        def call_out(from_: str, to: str, *more: Any) -> Any:
            leg = real(from_, to, *more)
            if to == number and self.running is not None:
                exchange.call_out = real  # type: ignore[method-assign]  # - once
                self.hub.kill()
                self.running.cancel()
                ordered.set()
            return leg

        exchange.call_out = call_out  # type: ignore[method-assign,assignment]  # - killed in it
        async with asyncio.timeout(PATIENCE_S):
            await ordered.wait()
        await self.close()

    async def close(self) -> None:
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)

    @asynccontextmanager
    async def staff(self) -> AsyncIterator[Staff]:
        """Everybody at their console."""
        async with AsyncExitStack() as held:
            consoles = {name: HeadlessAgent(self.base_url, key) for name, key in self.keys.items()}
            for console in consoles.values():
                await held.enter_async_context(console.signed_in())
            yield consoles

    # ---- who calls -----------------------------------------------------------------------------

    async def listens(self, number: str) -> SimulatedCaller:
        """Somebody calls and listens to what the menu tells, and goes on listening."""
        caller = await self.provider.call(number, HOTLINE)
        await caller.hears("维修", PATIENCE_S)
        await caller.press("2", PATIENCE_S)
        await caller.hears("保养方法", PATIENCE_S)
        return caller

    async def waits(self, number: str) -> SimulatedCaller:
        """Somebody calls, chooses in the menu, and hears the waiting room."""
        caller = await self.provider.call(number, HOTLINE)
        await caller.hears("维修", PATIENCE_S)
        await caller.press("1", PATIENCE_S)
        await caller.until("queue", PATIENCE_S)
        return caller

    async def wishes(self, number: str) -> None:
        """Somebody calls, waits, and asks to be called back."""
        caller = await self.waits(number)
        await caller.hears("回电.*请按1", PATIENCE_S)
        await caller.press("1", PATIENCE_S)
        await caller.hears("我们将回拨", PATIENCE_S)
        await caller.press("1#", PATIENCE_S)
        await caller.until("ended", PATIENCE_S)

    async def talks(self, agent: HeadlessAgent, number: str) -> SimulatedCaller:
        """Somebody calls and talks to this agent, who alone is free."""
        caller = await self.waits(number)
        await agent.set_state("ready")
        await accepts(agent)
        await caller.until("room", PATIENCE_S)
        await begins_to_talk(agent)
        return caller

    # ---- what is stored ------------------------------------------------------------------------

    def rows(self, query: Any) -> list[Row[Any]]:
        return list(rows(self.database_url, query))

    def contacts(self, *where: Any) -> list[Row[Any]]:
        """Return contacts in the order they came, each with the `number` of its customer."""
        number = identities.c.value_norm.label("number")
        query = select(contacts, number).join(identities, identities.c.id == contacts.c.identity_id)
        return self.rows(query.where(*where).order_by(contacts.c.id))

    def minutes_pass(self) -> None:
        """While the hub is dead: all promises are ten minutes older, and nothing is in hand."""
        earlier = contacts.c.virtual_start_us - AGO_US
        engine = create_engine(self.database_url)
        try:
            with engine.begin() as connection:
                connection.execute(update(contacts).where(_WAITS).values(virtual_start_us=earlier))
                for table in (outbox, steps):
                    held = update(table).where(table.c.lease_until.is_not(None))
                    connection.execute(held.values(lease_until=datetime.now(UTC)))
        finally:
            engine.dispose()


async def accepts(agent: HeadlessAgent) -> str:
    """Take what is offered, and return the contact's id."""
    await agent.until(lambda: bool(agent.offers), PATIENCE_S)
    return await agent.accept(next(iter(agent.offers)))


async def begins_to_talk(agent: HeadlessAgent) -> None:
    """Wait until this agent talks."""
    await agent.until(lambda: talk_of(agent) != "", PATIENCE_S)


async def wraps_up(agent: HeadlessAgent) -> None:
    """Say how it was once the talk is over."""
    await agent.until(lambda: _in_state(agent, "wrap_up") != "", PATIENCE_S)
    await agent.close(_in_state(agent, "wrap_up"), "repair", "solved")
    await agent.until(lambda: not agent.contacts, PATIENCE_S)


async def rests(agent: HeadlessAgent) -> None:
    """Take nothing more; what is in hand goes on."""
    await agent.set_state("not_ready", "break")


def talk_of(agent: HeadlessAgent) -> str:
    return _in_state(agent, "active")


def _in_state(agent: HeadlessAgent, state: str) -> str:
    return next((row.id for row in agent.contacts.values() if row.state == state), "")


@asynccontextmanager
async def a_full_house(
    folder: Path, database_url: str, tiers: Mapping[str, str]
) -> AsyncIterator[House]:
    """Open the house; nobody calls yet. `tiers`: of those who will, by number."""
    ids, keys = await _seed(database_url, tiers)
    async with TwilioSimulator(pace=20.0) as provider, asyncio.TaskGroup() as tasks:
        hub, base_url = a_hub(folder, database_url, provider)
        house = House(hub, base_url, provider, database_url, ids, keys, tasks)
        await house.open()
        try:
            yield house
        finally:
            await house.close()


async def _seed(
    database_url: str, tiers: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    passwords = Passwords()
    try:
        async with Store(database_url, Bus()) as store:
            await store.write(open_center, None)
            await store.write(_open_phone, None)
            await store.write(_add_customers, tuple(tiers.items()))
            accounts = Accounts(store, passwords, Security())
            ids = {name: await store.write(_hire, name) for name in PHONES}
            made = {
                name: await accounts.add_api_key(SYSTEM, user_id, "house")
                for name, user_id in ids.items()
            }
            return ids, {name: key.key for name, key in made.items()}
    finally:
        passwords.close()


def _open_phone(tx: Tx, _: None) -> None:
    """A menu in one language, and limits that a machine which stands still does not reach."""
    settings = {
        "calls_per_second": 100.0,
        "languages": ["zh-CN"],
        "menu": _MENU,
        "ring_s": 60,
        "dial_s": 60,
    }
    tx.execute(update(entry_points).where(entry_points.c.id == "hotline").values(settings=settings))
    rules = load_settings(tx)
    patient = dataclasses.replace(
        rules.channels["phone"], offer_s=PATIENCE_S, connect_s=PATIENCE_S, wrap_up_s=600.0
    )
    queue = a_queue(disposition_required=True, callback=_CALLS_BACK)
    save_settings(
        tx,
        msgspec.structs.replace(
            rules,
            channels={**rules.channels, "phone": patient},
            queues={**rules.queues, "support": queue},
            callback_offer_s=PATIENCE_S,
            lost_s=PATIENCE_S,
        ),
    )


def _add_customers(tx: Tx, tiers: tuple[tuple[str, str], ...]) -> None:
    for number, tier in tiers:
        address = NewAddress(IdentityKind.PHONE, number)
        new = CreateCustomer(SYSTEM, "CN", name=number, addresses=(address,))
        set_tier(tx, SetTier(SYSTEM, create_customer(tx, new), tier, "for this test"))


def _hire(tx: Tx, name: str) -> str:
    """Add one of the staff, who is not there yet."""
    user_id = add_agent(tx, name)
    role = "supervisor" if name == "Boss" else "agent"
    changes = {"role": role, "phone_address": PHONES[name]}
    tx.execute(update(users).where(users.c.id == user_id).values(**changes))
    tx.execute(update(agents).where(agents.c.id == user_id).values(state="offline"))
    return user_id
