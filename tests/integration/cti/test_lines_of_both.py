"""A phone line that becomes one of a PBX, and back: each channel serves what is its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from hub.channels.base import EntryPoint
from hub.channels.phone import PhoneChannel
from hub.channels.registry import Registry
from hub.contacts.effects import Hold, Permanent
from hub.contacts.model import Channel
from hub.settings import Secret, Twilio
from hub.web.metrics import WebMetrics
from hub.web.middleware import request_middleware
from hub.wiring.phones import Phones
from tests.integration.cti.conftest import KEY, OURS, House

NOBODY_S = "http://127.0.0.1:9"
PBX: dict[str, object] = {"profile": "generic", "signing_keys": [KEY]}
ACCOUNT = Twilio(account_sid="AC" + "0" * 32, auth_token=Secret("a token"), base_url=NOBODY_S)


def a_line(pbx: dict[str, object] | None) -> EntryPoint:
    settings: dict[str, object] = {"ring_s": 15} if pbx is None else {"ring_s": 15, "pbx": pbx}
    return EntryPoint("house", Channel.PHONE, OURS, "service", "en", settings, "House")


@dataclass
class Lines:
    phones: Phones
    session: aiohttp.ClientSession
    url: str

    async def whose(self) -> str:
        """Return whose the line is, as what the hub asks of it is answered."""
        held = await self.phones.perform("house", Hold(contact_id="nobody's"))
        assert isinstance(held, Permanent)
        return "the PBX's" if "PBX" in held.reason else held.reason

    async def rings(self) -> int:
        """Have somebody who is not the provider say that a call comes."""
        async with self.session.post(f"{self.url}/channels/house/voice") as answer:
            return answer.status


@pytest.fixture
async def lines(house: House) -> AsyncIterator[Lines]:
    phones = Phones(
        PhoneChannel(house.channel._door, (), None, NOBODY_S), house.channel, [a_line(PBX)]
    )
    app = web.Application(middlewares=[request_middleware(WebMetrics(CollectorRegistry()))])
    app.add_routes(phones.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Lines(phones, house.session, f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()


async def test_a_line_is_the_pbx_s_or_the_provider_s_as_it_is_set_now(lines: Lines) -> None:
    assert await lines.whose() == "the PBX's"
    lines.phones.take_up([a_line(None)])
    assert "no account" in await lines.whose()
    lines.phones.take_up_account(ACCOUNT)
    assert "no account" not in await lines.whose()
    assert await lines.rings() == 403  # there is a line; who says so is not the provider
    lines.phones.take_up([a_line(PBX)])
    assert await lines.whose() == "the PBX's"
    assert await lines.rings() == 404
    lines.phones.take_up([])
    assert await lines.rings() == 404


async def test_the_account_is_taken_up_and_left_behind_the_pbx_s_lines(lines: Lines) -> None:
    registry = Registry([lines.phones])
    registry.take_up([a_line(None)])
    registry.take_up_account(ACCOUNT)
    assert await lines.rings() == 403
    registry.take_up_account(Twilio())
    assert await lines.rings() == 404
    assert "no account" in await lines.whose()
    assert registry.called_by_account() == {"phone"}
