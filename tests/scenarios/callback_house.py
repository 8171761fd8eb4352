"""A hub that calls back, with one agent and the simulated provider; what is asked of its store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Row, select, update

from hub.app import Hub
from hub.callbacks.tables import callbacks
from hub.contacts.tables import contacts, entry_points, interactions
from hub.desk.accepting import accept
from hub.routing.model import AgentState
from hub.routing.service import AcceptOffer, SetAgentState, set_agent_state
from hub.routing.settings import CallbackRules, load_settings, save_settings
from hub.routing.tables import agents, assignments, offers
from hub.settings import Secret, Settings, Twilio
from hub.storage import Tx
from hub.testing.center import a_queue, add_agent, open_center
from hub.testing.hub import hub_settings, running_hub
from hub.testing.twilio_simulator import SimulatedCaller, TwilioSimulator

HOTLINE = "+862155501000"
CHEN = "+8613800138000"
RULES = CallbackRules(offer_over_s=0, attempts=2, gap_s=1.0, window="00:00-24:00")


@dataclass
class House:
    """A hub that calls back, an agent who is busy elsewhere at first, and the provider."""

    hub: Hub
    provider: TwilioSimulator
    agent_id: str

    async def call(self, number: str = CHEN) -> SimulatedCaller:
        caller = await self.provider.call(number, HOTLINE)
        await caller.until("queue")
        return caller

    async def wish(self, number: str = CHEN) -> SimulatedCaller:
        """Call, ask for a callback at the same number, and be told goodbye."""
        caller = await self.call(number)
        await caller.hears("请按1")
        await caller.press("1")
        await caller.hears("我们将回拨")
        await caller.press("1#")
        await caller.hears("轮到您时我们会给您回电")
        await caller.until("ended")
        return caller

    async def ready(self) -> None:
        order = SetAgentState(self.agent_id, AgentState.READY)
        await self.hub.store.write(set_agent_state, order)

    async def not_ready(self) -> None:
        order = SetAgentState(self.agent_id, AgentState.NOT_READY, "break")
        await self.hub.store.write(set_agent_state, order)

    async def take_offer(self) -> Any:
        """Accept what the queue offers to the agent; return the offer."""
        offer = await self.until(open_offer, lambda row: row is not None)
        await self.hub.store.write(accept, AcceptOffer(offer.id, self.agent_id))
        return offer

    async def callback(self, state: str) -> Any:
        """Wait until the newest callback is in `state`."""
        return await self.until(newest_callback, lambda row: row is not None and row.state == state)

    async def until(
        self, read: Callable[[Tx, None], Any], is_there: Callable[[Any], bool], limit_s: float = 30
    ) -> Any:
        topics = ["contact.changed", "callback.changed", "offer.changed"]
        with self.hub.bus.subscribe(topics) as hints:
            try:
                async with asyncio.timeout(limit_s):
                    while not is_there(found := await self.hub.store.read(read, None)):
                        await hints.next(0.3)
            except TimeoutError:
                raise TimeoutError(f"last seen: {found}") from None
        return found

    async def rows(self, table: Any) -> list[Row[Any]]:
        def read(tx: Tx, _: None) -> list[Row[Any]]:
            return list(tx.execute(select(table).order_by(table.c.id)))

        return await self.hub.store.read(read, None)

    async def codes(self) -> list[str]:
        rows = await self.rows(interactions)
        return [row.meta["code"] for row in rows if row.kind == "system"]

    def dialled(self, number: str = CHEN) -> int:
        return sum(
            request.method == "POST"
            and request.path.endswith("/Calls.json")
            and request.form.get("To") == number
            for request in self.provider.api.requests
        )


def a_center(tx: Tx, _: None) -> None:
    open_center(tx)
    call_back(tx, RULES)
    tx.execute(
        update(entry_points)
        .where(entry_points.c.id == "hotline")
        .values(settings={"calls_per_second": 100, "dial_s": 60})
    )


def call_back(tx: Tx, how: CallbackRules) -> None:
    rules = load_settings(tx)
    queues = {**rules.queues, "support": a_queue(callback=how)}
    save_settings(tx, msgspec.structs.replace(rules, queues=queues))


@asynccontextmanager
async def a_house(folder: Path, database_url: str) -> AsyncIterator[House]:
    """Run the hub; its agent is not ready at first."""
    async with TwilioSimulator(auth_token="a token", pace=50.0) as provider:
        settings = settings_of(provider, folder, database_url)
        async with running_hub(settings, a_center) as hub:
            provider.add_number(HOTLINE, f"{hub.base_url}/channels/hotline")
            agent_id = await hub.store.write(add_agent, "Ann")
            opened = House(hub, provider, agent_id)
            await opened.not_ready()
            yield opened
            assert provider.alerts == []


def settings_of(provider: TwilioSimulator, folder: Path, database_url: str) -> Settings:
    return msgspec.structs.replace(
        hub_settings(folder, database_url),
        twilio=Twilio(
            account_sid=provider.account_sid,
            auth_token=Secret(provider.auth_token),
            base_url=provider.base_url,
        ),
    )


def newest_callback(tx: Tx, _: None) -> Row[Any] | None:
    return tx.execute(select(callbacks).order_by(callbacks.c.id.desc()).limit(1)).first()


def talks_of(tx: Tx, _: None) -> list[Row[Any]]:
    return list(tx.execute(select(contacts).where(contacts.c.answered_at.is_not(None))))


def open_offer(tx: Tx, _: None) -> Row[Any] | None:
    return tx.execute(select(offers).where(offers.c.state == "pending")).first()


def rings(tx: Tx, _: None) -> bool:
    """Say whether the customer's phone is known to ring."""
    rows = tx.execute(select(contacts.c.meta).where(contacts.c.state == "connecting")).scalars()
    return any(meta["call"]["stage"] == "ringing" for meta in rows)


def open_calls(tx: Tx, _: None) -> int:
    return len(tx.execute(select(contacts.c.id).where(contacts.c.state == "connecting")).all())


def load_of(tx: Tx, agent_id: str) -> int:
    return int(tx.execute(select(agents.c.live_load).where(agents.c.id == agent_id)).scalar_one())


def time_is_over(tx: Tx, _: None) -> None:
    tx.execute(update(assignments).values(connect_by=tx.now))
