"""One phone line: the channel on a real port, the simulated provider on another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from hub.channels.base import EntryPoint
from hub.channels.phone import PhoneChannel
from hub.contacts.effects import Connect, Dial, Outcome
from hub.contacts.inbound import CallMoment
from hub.contacts.model import Channel
from hub.contacts.recordings.model import RecordingAsk
from hub.core.bus import Bus
from hub.storage import DirectoryBlobs, Store
from hub.testing.twilio_simulator import SimulatedCaller, TwilioSimulator
from hub.vendors.twilio import Account
from tests.integration.phone.front_door import FrontDoor
from tests.integration.phone.published import unpublished

OURS = "+862158880000"
CHEN = "+8613800138000"
AGENT = "018f0000-0000-7000-8000-00000000a9e7"
SOFTPHONE = "client:" + AGENT.replace("-", "_")


@dataclass
class Office:
    """A phone line in service."""

    door: FrontDoor
    channel: PhoneChannel
    provider: TwilioSimulator
    base_url: str

    async def call(self, number: str = CHEN) -> SimulatedCaller:
        """Call in and wait until the caller is in the waiting room."""
        caller = await self.provider.call(number, OURS)
        await self.in_queue(caller)
        return caller

    async def in_queue(self, caller: SimulatedCaller) -> None:
        """Wait until a caller is in the waiting room and the hub knows of them."""
        await caller.until("queue")
        key = ("hotline", f"call:{caller.sid}")
        await self.door.until(
            lambda: (
                key in self.door.receipts and self.door.receipts[key].contact_id in self.door.stood
            )
        )

    async def connect(self, number: str = CHEN, agent_id: str = AGENT) -> Outcome:
        """Do what the hub asks after an agent has accepted."""
        contact_id = self.door.contact_of(number)
        self.door.states[contact_id] = "connecting"  # an agent has accepted it
        effect = Connect(
            contact_id=contact_id,
            agent_id=agent_id,
            agent_address=f"client:{agent_id}",
            contact_key="",
        )
        return await self.channel.perform("hotline", effect)

    async def dial(self, number: str = CHEN, contact_id: str = "outgoing") -> Outcome:
        """Do what the hub asks after an agent has begun a call."""
        self.door.states.setdefault(contact_id, "connecting")
        return await self.channel.perform("hotline", a_dial(number, contact_id))

    def dialled(self, number: str = CHEN) -> int:
        """Count how often the provider was asked to call this number."""
        return sum(
            request.method == "POST"
            and request.path.endswith("/Calls.json")
            and request.form.get("To") == number
            for request in self.provider.api.requests
        )


def a_dial(number: str = CHEN, contact_id: str = "outgoing") -> Dial:
    return Dial(
        contact_id=contact_id,
        conversation_id="conversation",
        agent_id=AGENT,
        agent_address=f"client:{AGENT}",
        from_address=OURS,
        to_address=number,
        language="en",
        until=datetime.now(UTC) + timedelta(minutes=2),
    )


@asynccontextmanager
async def in_service(
    store: Store,
    blobs: DirectoryBlobs,
    provider: TwilioSimulator,
    door: FrontDoor | None = None,
    port: int | None = None,
    api_url: str = "",
    **settings: object,
) -> AsyncIterator[Office]:
    """Serve one line: webhooks, worker and sweeps, until the block ends.

    `api_url`: where requests to the provider go instead.
    """
    port = port or unused_port()
    base_url = f"http://127.0.0.1:{port}"
    door = door or FrontDoor(store, blobs)
    api_url = api_url or provider.base_url
    # A machine that stands still loses no answer: tests of lost ones let them be lost.
    account = Account(provider.account_sid, provider.auth_token, base_url=api_url, timeout_s=30.0)
    point = EntryPoint(
        id="hotline",
        channel=Channel.PHONE,
        address=OURS,
        queue_id="service",
        language="en",
        settings={"calls_per_second": 100.0, **settings},
        display_name="Hotline",
    )
    channel = PhoneChannel(door, [point], account, base_url)
    app = web.Application()
    app.router.add_routes(channel.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    running = asyncio.create_task(channel.run())
    provider.add_number(OURS, f"{base_url}/channels/hotline")
    try:
        yield Office(door, channel, provider, base_url)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await runner.cleanup()


@pytest.fixture
async def provider() -> AsyncIterator[TwilioSimulator]:
    """Whatever it sends in a test carries what the provider publishes, and nothing else."""
    async with TwilioSimulator(auth_token="a token of the test", pace=100.0) as running:
        yield running
        assert unpublished(running.messenger.ledger) == []


@pytest.fixture
async def live_store(database_url: str, bus: Bus) -> AsyncIterator[Store]:
    """A store with the real clock, on both databases: retries and leases pass by themselves."""
    async with Store(database_url, bus) as opened:
        yield opened


@pytest.fixture
async def office(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> AsyncIterator[Office]:
    async with in_service(live_store, blobs, provider) as opened:
        yield opened


@pytest.fixture
async def recorded(office: Office) -> AsyncIterator[Office]:
    """A line whose queue records after it was said."""
    asks(office, RecordingAsk())
    yield office
    await office.provider.settle()
    assert office.provider.alerts == []


def asks(office: Office, ask: RecordingAsk) -> None:
    office.door.standing_now = replace(office.door.standing_now, recording=ask)


async def talk(office: Office) -> tuple[SimulatedCaller, SimulatedCaller]:
    """A caller and an agent who hear each other."""
    caller = await office.call()
    await office.connect()
    agent = await office.provider.agent_leg(SOFTPHONE)
    await caller.until("room")
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    return caller, agent


async def is_taped(office: Office, state: str = "recording") -> None:
    await office.door.until(lambda: state in office.door.tape_states)
