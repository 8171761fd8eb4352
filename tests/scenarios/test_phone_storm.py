"""20 callers of three tiers and 4 agents, while webhooks come twice, late or never, the provider
is away and the hub is killed: everybody who waits is talked to, once, and nothing is left behind.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, create_engine, not_, select, update

from hub.accounts.accounts import Accounts
from hub.accounts.model import SYSTEM
from hub.accounts.passwords import Passwords
from hub.agent_console.client import HeadlessAgent, Refused
from hub.channels.phone.tables import calls
from hub.contacts.tables import contacts, entry_points
from hub.core.bus import Bus
from hub.customers.addresses import NewAddress
from hub.customers.model import IdentityKind
from hub.customers.service import CreateCustomer, SetTier, create_customer, set_tier
from hub.demo.child import HubProcess
from hub.routing.tables import agents
from hub.settings import Security
from hub.storage import Store, Tx
from hub.testing.center import add_agent, open_center
from hub.testing.databases import SqliteTemplate
from hub.testing.twilio_simulator import Faults, SimulatedCaller, Trouble, TwilioSimulator

from .outage import AWAY
from .stage import HOTLINE
from .test_kill import free_port

TIERS = ("gold", "standard", "low")
NUMBERS = [f"+86138001380{number:02}" for number in range(20)]
_PATIENCE_S = 150.0


@pytest.mark.timeout(300)
async def test_callers_in_a_storm_are_each_talked_to_once(
    tmp_path: Path, sqlite_template: SqliteTemplate
) -> None:
    database_url = sqlite_template.create(tmp_path)
    keys = await _seed(database_url)
    async with TwilioSimulator(pace=20.0) as provider, asyncio.TaskGroup() as tasks:
        hub, base_url = a_hub(tmp_path, database_url, provider)
        running = [tasks.create_task(hub.run())]
        async with asyncio.timeout(_PATIENCE_S):
            await hub.ready.wait()
        provider.set_faults(Faults(0.3, lose=0.2, delay_s=0.3, path="status"))
        running += [tasks.create_task(_works(base_url, key)) for key in keys]
        running.append(tasks.create_task(_minutes_pass(database_url)))
        talks = [tasks.create_task(_calls(provider, number)) for number in NUMBERS]
        await until(lambda: _talked(talks) >= 4)
        hub.kill()
        await until(lambda: hub.starts == 2 and hub.ready.is_set())
        away = Trouble(503, times=10_000)
        provider.set_trouble(away)  # the provider's API, not its webhooks
        await asyncio.sleep(1.5)
        away.times = 0
        callers = await asyncio.wait_for(asyncio.gather(*talks), _PATIENCE_S)
        provider.set_faults(Faults())
        await until(lambda: _left(database_url) == [])
        for task in running:
            task.cancel()
    assert all(caller.ended for caller in callers)
    assert [call.sid for call in provider.exchange.calls.values() if not call.ended] == []
    stored = rows(database_url, select(contacts.c.state, contacts.c.answered_at))
    assert len(stored) == len(NUMBERS)
    # Who met the agent while the hub was dead was gone before it could hear of that.
    assert sum(row.answered_at is None for row in stored) <= len(keys)
    assert len(rows(database_url, select(calls.c.id))) == len(NUMBERS)


async def _calls(provider: TwilioSimulator, number: str) -> SimulatedCaller:
    """Wait for an agent as long as it takes, talk a little, hang up."""
    caller = await provider.call(number, HOTLINE)
    await caller.until("room", _PATIENCE_S)
    await asyncio.sleep(0.3)
    if not caller.ended:  # an agent may end it, too
        await caller.hang_up()
    return caller


def _talked(talks: Sequence[asyncio.Task[SimulatedCaller]]) -> int:
    return sum(talk.done() for talk in talks)


async def _works(base_url: str, key: str) -> None:
    """An agent who takes every call and closes what has ended, over every outage."""
    for _ in itertools.count():
        agent = HeadlessAgent(base_url, key)
        try:
            async with agent.signed_in(), asyncio.TaskGroup() as tasks:
                tasks.create_task(agent.lost())
                while True:
                    await _round(agent)
                    await agent.changed(0.3)
        except* AWAY:
            await asyncio.sleep(0.1)


async def _round(agent: HeadlessAgent) -> None:
    try:
        if agent.me is not None and agent.me.state != "ready":
            await agent.set_state("ready")  # after an offer that was missed
        for offer_id in list(agent.offers):
            await agent.accept(offer_id)
        for row in list(agent.contacts.values()):
            if row.state == "wrap_up":
                await agent.close(row.id, "repair", "solved")
    except Refused as refusal:  # the caller left or the hub is going down: look again
        if refusal.status >= 500:
            raise ConnectionError(str(refusal)) from refusal


def _left(database_url: str) -> list[Any]:
    """Return what is not over: contacts, calls, and what agents are held by."""
    over = contacts.c.state.in_(("closed", "abandoned"))
    return [
        *rows(database_url, select(contacts.c.state).where(not_(over))),
        *rows(database_url, select(calls.c.id).where(calls.c.leg_state != "ended")),
        *rows(database_url, select(agents.c.id).where(agents.c.live_load > 0)),
    ]


async def _minutes_pass(database_url: str) -> None:
    """What is silent is asked about after a minute: let it be over every three seconds."""
    engine = create_engine(database_url)
    try:
        while True:
            await asyncio.sleep(3)
            with engine.begin() as connection:
                long_ago = datetime.now(UTC) - timedelta(minutes=5)
                connection.execute(update(calls).values(checked_at=long_ago))
    finally:
        engine.dispose()


def rows(database_url: str, query: Any) -> Sequence[Row[Any]]:
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            return connection.execute(query).all()
    finally:
        engine.dispose()


async def until(condition: Any) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - of another process: there is nothing to wait on
            await asyncio.sleep(0.1)


async def _seed(database_url: str) -> list[str]:
    passwords = Passwords()
    try:
        async with Store(database_url, Bus()) as store:
            await store.write(open_center, None)
            await store.write(_open_phone, None)
            accounts = Accounts(store, passwords, Security())
            ids = [await store.write(add_agent, name) for name in ("Li", "Wu", "He", "Ma")]
            return [(await accounts.add_api_key(SYSTEM, one, "storm")).key for one in ids]
    finally:
        passwords.close()


def _open_phone(tx: Tx, _: None) -> None:
    settings = {"calls_per_second": 100.0, "ring_s": 5}
    tx.execute(update(entry_points).where(entry_points.c.id == "hotline").values(settings=settings))
    for number, tier in zip(NUMBERS, itertools.cycle(TIERS), strict=False):
        address = NewAddress(IdentityKind.PHONE, number)
        new = CreateCustomer(SYSTEM, "CN", name=number, addresses=(address,))
        set_tier(tx, SetTier(SYSTEM, create_customer(tx, new), tier, "for this test"))


def a_hub(folder: Path, database_url: str, provider: TwilioSimulator) -> tuple[HubProcess, str]:
    text = json.dumps  # a JSON string is a TOML string
    ports = [free_port() for _ in range(3)]
    settings = folder / "hub.toml"
    settings.write_text(f"""data_dir = {text(str(folder / "data"))}
database_url = {text(re.sub("[+][a-z0-9]+:", ":", database_url))}
[server]
port = {ports[0]}
chat_port = {ports[1]}
mail_port = {ports[2]}
[backup]
keep = 0
[twilio]
account_sid = {text(provider.account_sid)}
auth_token = {text(provider.auth_token)}
base_url = {text(provider.base_url)}
""")
    base_url = f"http://127.0.0.1:{ports[0]}"
    provider.add_number(HOTLINE, f"{base_url}/channels/hotline")
    patient = HubProcess(settings, base_url, folder / "hub.log", "tests.scenarios.patient_hub")
    return patient, base_url
