"""A number that texts: the channel on a real port, the simulated provider on another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from hub.channels.base import EntryPoint
from hub.channels.sms import SmsChannel
from hub.contacts.effects import Outcome, Send
from hub.contacts.model import Channel
from hub.core.bus import Bus
from hub.core.clock import SystemClock
from hub.core.ids import new_id
from hub.settings import Secret, Twilio
from hub.storage import DirectoryBlobs, Store
from hub.testing.fake_door import FakeDoor
from hub.testing.twilio_simulator import TwilioSimulator
from tests.integration.phone.published import unpublished

OURS = "+862155501009"
CHEN = "+8613800138000"
TOKEN = "a token of the test"


def a_number(key: str = "texts", address: str = OURS) -> EntryPoint:
    return EntryPoint(
        id=key,
        channel=Channel.SMS,
        address=address,
        queue_id="service",
        language="en",
        settings={"parts_per_second": 100.0},
        display_name="Texts",
    )


@dataclass
class Desk:
    """The channel, which has no account yet, and who texts it."""

    door: FakeDoor
    channel: SmsChannel
    provider: TwilioSimulator

    def account(self, token: str = TOKEN) -> Twilio:
        provider = self.provider
        return Twilio(
            account_sid=provider.account_sid, auth_token=Secret(token), base_url=provider.base_url
        )

    async def text(self, words: str) -> int:
        """Chen texts; return what the webhook was answered."""
        answer = await self.provider.texts.receive(CHEN, OURS, words)
        assert answer is not None
        return answer.status

    async def send(self, words: str, interaction_id: str = "") -> Outcome:
        effect = Send(
            interaction_id=interaction_id or new_id(),
            conversation_id="conversation",
            contact_id=None,
            to=(CHEN,),
            text=words,
        )
        return await self.channel.perform("texts", effect)

    async def has(self, *words: str) -> None:
        """Wait until exactly these came in."""
        async with asyncio.timeout(30):
            while (found := [one.text for one in self.door.inbounds]) != list(words):
                assert len(found) <= len(words), found
                await asyncio.sleep(0.01)


@pytest.fixture
async def desk(database_url: str, bus: Bus, blobs: DirectoryBlobs) -> AsyncIterator[Desk]:
    port = unused_port()
    base_url = f"http://127.0.0.1:{port}"
    async with (
        Store(database_url, bus) as store,
        TwilioSimulator(auth_token=TOKEN, pace=100.0) as provider,
    ):
        door = FakeDoor(store, blobs, SystemClock())
        channel = SmsChannel(door, [a_number()], None, base_url)
        app = web.Application()
        app.router.add_routes(channel.routes())
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        running = asyncio.create_task(channel.run())
        provider.add_text_number(OURS, f"{base_url}/channels/texts")
        try:
            yield Desk(door, channel, provider)
            assert unpublished(provider.messenger.ledger) == []
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await runner.cleanup()
