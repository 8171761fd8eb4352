"""A house whose hub is a process that is killed while it dials a list by itself: its agents, the
people who are rung, and the list.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select, update

from hub.accounts.accounts import Accounts
from hub.accounts.model import SYSTEM
from hub.accounts.passwords import Passwords
from hub.agent_console.client import HeadlessAgent, Refused
from hub.contacts.inbound import IdentityKind
from hub.contacts.tables import entry_points
from hub.core.bus import Bus
from hub.core.ids import new_id
from hub.customers.settings import CustomerSettings, Outreach, save_customer_settings
from hub.customers.tables import identities
from hub.phone_lists.flight import add
from hub.phone_lists.reads import get_list
from hub.phone_lists.service import PutList, StartList, put_list, start_list
from hub.phone_lists.tables import phone_list_attempts
from hub.settings import Security
from hub.storage import Store, Tx
from hub.testing.center import add_agent, open_center
from hub.testing.twilio_simulator import SimulatedCaller
from tests.integration.outreach.build import add_customer
from tests.integration.phone_lists.build import ALL, EVERYTHING

from .outage import AWAY

NUMBERS = [f"+86139001390{place:02}" for place in range(20)]
ANSWERED = 400  # calls before, by key: there is room for as many as agents are free
_TALK_S = 0.4
_FOREVER_S = 300.0


@dataclass
class Customers:
    """Those who are rung. `met`: by number, how many seconds after they picked up an agent was
    with them.
    """

    answered: set[str] = field(default_factory=set)
    met: dict[str, float] = field(default_factory=dict)

    async def pick_up(self, caller: SimulatedCaller) -> None:
        """Stay on the line until somebody hangs up: an agent, or the hub after its goodbye."""
        if caller.number not in NUMBERS:
            return  # the phone of an agent
        began = time.monotonic()
        self.answered.add(caller.number)
        with contextlib.suppress(TimeoutError):  # it ended, and nobody came
            await caller.until("room", _FOREVER_S)
            self.met[caller.number] = time.monotonic() - began


async def works(base_url: str, key: str) -> None:
    """An agent who talks a little with everybody they are put through to, says so, and goes on;
    over every outage.
    """
    while True:
        agent = HeadlessAgent(base_url, key)
        try:
            async with agent.signed_in(), asyncio.TaskGroup() as tasks:
                tasks.create_task(agent.lost())
                while True:
                    await _round(agent)
                    await agent.changed(0.2)
        except* AWAY:
            await asyncio.sleep(0.1)


async def _round(agent: HeadlessAgent) -> None:
    """A refusal (the customer hung up first, the hub ends the call) is part of the work."""
    try:
        if agent.me is not None and agent.me.state != "ready":
            await agent.set_state("ready")
        for row in list(agent.contacts.values()):
            if row.state == "active":
                await asyncio.sleep(_TALK_S)
                await agent.call("POST", f"/contacts/{row.id}/end")
            elif row.state == "wrap_up":
                said = {"result": "reached"}
                await agent.call("PUT", f"/contacts/{row.id}/list-call/result", said)
                await agent.close(row.id, "repair", "solved")
    except Refused as refusal:
        if refusal.status >= 500:
            raise ConnectionError(str(refusal)) from refusal


async def seed(database_url: str) -> list[str]:
    """Open the small center, three agents and a list called by itself; return their keys."""
    passwords = Passwords()
    try:
        async with Store(database_url, Bus()) as store:
            await store.write(open_center, None)
            await store.write(_open_phone, None)
            people = [
                await store.write(add_customer, (f"C{number}", [(IdentityKind.PHONE, number)]))
                for number in NUMBERS
            ]
            await store.write(_start, tuple(people))
            accounts = Accounts(store, passwords, Security())
            ids = [await store.write(add_agent, name) for name in ("Li", "Wu", "He")]
            return [(await accounts.add_api_key(SYSTEM, one, "list")).key for one in ids]
    finally:
        passwords.close()


def _open_phone(tx: Tx, _: None) -> None:
    settings = {"calls_per_second": 100.0, "ring_s": 5}
    tx.execute(update(entry_points).where(entry_points.c.id == "hotline").values(settings=settings))
    rules = Outreach(quiet_from="00:00", quiet_until="00:00", per_week=0, per_month=0)
    save_customer_settings(tx, CustomerSettings(outreach=rules, zone="Asia/Shanghai"))


def _start(tx: Tx, people: tuple[str, ...]) -> None:
    columns: dict[str, Any] = {
        "zh": "春季", "en": "Spring", "purpose": "marketing", "mode": "progressive",
        "material": None, "entry_point_id": "hotline", "queue_id": "support",
        "window_from": "00:00", "window_until": "23:59", "attempts": 3, "preview_s": 120,
        "abandon_permille": 30, "detects_machines": True, "script_zh": "问好。",
        "script_en": "Say hello.",
    }  # fmt: skip
    list_id = put_list(
        tx,
        PutList(
            SYSTEM, EVERYTHING, "spring", None, people, None, tx.now + timedelta(days=3), {},
            (1, 2, 3, 4, 5, 6, 7), ALL, columns,
        ),
    )  # fmt: skip
    before = [
        {
            "contact_id": new_id(), "list_id": list_id, "customer_id": "", "arm": "all",
            "identity_id": "", "by_itself": False, "dialled_at": tx.now, "answered_at": tx.now,
            "answered_by": "human", "joined_at": tx.now, "abandoned": False, "result": "reached",
        }
        for _ in range(ANSWERED)
    ]  # fmt: skip
    add(tx, before)
    row = get_list(tx, "spring", for_change=True)
    start_list(tx, StartList(SYSTEM, row, row.version))


def attempts() -> Select[Any]:
    """Ask for the attempts that were made by the hub, each with its `number`."""
    identity = identities.c
    return (
        select(phone_list_attempts, identity.value_norm.label("number"))
        .join(identities, identity.id == phone_list_attempts.c.identity_id)
        .where(phone_list_attempts.c.by_itself)
    )
