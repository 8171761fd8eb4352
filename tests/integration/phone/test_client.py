"""Our transport under Twilio's client: one timeout, no repetition, failures as values."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp.test_utils import unused_port
from twilio.rest import Client

from hub.testing.twilio_simulator import Trouble, TwilioSimulator
from hub.vendors.twilio import (
    Account,
    Fault,
    FaultKind,
    TwilioTransport,
    attempt,
    open_client,
)

OURS = "+862155501000"
MISSING = "CA" + "0" * 32


@asynccontextmanager
async def client_of(account: Account) -> AsyncIterator[Client]:
    transport = TwilioTransport(account.base_url, account.timeout_s)
    try:
        yield open_client(account, transport)
    finally:
        await transport.close()


@pytest.fixture
async def client(provider: TwilioSimulator) -> AsyncIterator[Client]:
    provider.add_number(OURS, "http://127.0.0.1:9/nowhere")
    account = Account(provider.account_sid, provider.auth_token, base_url=provider.base_url)
    async with client_of(account) as opened:
        yield opened


async def kind_of(client: Client) -> FaultKind | None:
    """Ask for a call that does not exist; return how that failed."""
    answer = await attempt(client.calls(MISSING).fetch_async())
    return answer.kind if isinstance(answer, Fault) else None


async def test_what_is_not_there_is_gone(client: Client) -> None:
    assert await kind_of(client) is FaultKind.GONE


async def test_too_many_requests_say_when_to_come_again(
    provider: TwilioSimulator, client: Client
) -> None:
    provider.set_trouble(Trouble(429, retry_after_s=7))
    answer = await attempt(client.calls(MISSING).fetch_async())
    assert answer == Fault(FaultKind.TRANSIENT, "Twilio asks to slow down (20429).", 7.0)


async def test_a_server_fault_may_have_happened(provider: TwilioSimulator, client: Client) -> None:
    provider.set_trouble(Trouble(503))
    assert await kind_of(client) is FaultKind.LOST


async def test_a_lost_answer_is_never_asked_for_again(
    provider: TwilioSimulator, client: Client
) -> None:
    provider.set_trouble(Trouble(lose_answer=True, path="/Calls.json"))
    made = await attempt(
        client.calls.create_async(to="client:a", from_=OURS, url="http://127.0.0.1:9/x")
    )
    assert isinstance(made, Fault)
    assert made.kind is FaultKind.LOST
    assert len([one for one in provider.api.requests if one.method == "POST"]) == 1


async def test_a_provider_that_cannot_be_reached_did_nothing() -> None:
    account = Account("AC1", "token", base_url=f"http://127.0.0.1:{unused_port()}")
    async with client_of(account) as client:
        assert await kind_of(client) is FaultKind.TRANSIENT


async def test_a_provider_that_does_not_answer_is_given_up_in_time() -> None:
    gone = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    account = Account("AC1", "token", base_url=f"http://127.0.0.1:{port}", timeout_s=0.2)
    async with server:
        began = time.monotonic()
        async with client_of(account) as client:
            assert await kind_of(client) is FaultKind.LOST
        assert time.monotonic() - began < 2
        await gone.wait()


async def test_a_wrong_password_is_no_passing_fault(provider: TwilioSimulator) -> None:
    account = Account(provider.account_sid, "wrong", base_url=provider.base_url)
    async with client_of(account) as client:
        assert await kind_of(client) is FaultKind.PERMANENT
