"""Lines and the account change while the hub runs: who is on the line stays, what is new holds."""

from __future__ import annotations

import asyncio

from sqlalchemy import select

from hub.channels.base import EntryPoint
from hub.channels.cti import PbxChannel
from hub.channels.phone.tables import steps
from hub.contacts.effects import Done, Hangup
from hub.contacts.inbound import CallMoment
from hub.contacts.model import Channel, InteractionKind
from hub.settings import Secret, Twilio
from hub.storage import Tx
from hub.testing.twilio_simulator.rest import Trouble
from hub.vendors.outbound import OutboundHttp
from hub.wiring.phones import Phones
from tests.integration.phone.conftest import CHEN, OURS, SOFTPHONE, Office

OTHER = "+8613900139000"


def account(office: Office, token: str) -> Twilio:
    provider = office.provider
    return Twilio(
        account_sid=provider.account_sid, auth_token=Secret(token), base_url=provider.base_url
    )


async def test_a_line_that_is_retired_takes_no_new_call_and_keeps_the_one_it_has(
    office: Office,
) -> None:
    caller = await office.call()
    office.channel.take_up([])
    assert isinstance(await office.connect(), Done)
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    agent = await office.provider.agent_leg(SOFTPHONE)
    await caller.say("still there?")
    await agent.hears("still there?")
    assert office.provider.alerts == []
    late = await office.provider.call(OTHER, OURS)
    await late.until("ended")
    assert len(office.door.received) == 1
    assert office.provider.alerts != [], "the provider is told that nobody takes it"


async def test_another_account_holds_for_the_next_webhook(office: Office) -> None:
    office.channel.take_up_account(account(office, "another token"))
    forged = await office.provider.call(OTHER, OURS)
    await forged.until("ended")
    assert office.door.received == []
    office.channel.take_up_account(Twilio())
    assert "no account set up" in str(await office.dial())
    office.channel.take_up_account(account(office, office.provider.auth_token))
    await office.call()
    assert len(office.door.received) == 1


async def test_a_message_waits_while_no_account_is_connected(office: Office) -> None:
    caller = await office.call()
    await caller.press("2")
    await caller.until("message")
    await office.door.hears_of(CallMoment.VOICEMAIL)
    office.provider.set_trouble(Trouble(path="/Recordings/", status=503, times=1000))
    await caller.say("a message of some length, so that it is worth keeping")
    await caller.hang_up()
    await office.provider.until(
        lambda: any("/Recordings/" in one.path for one in office.provider.api.requests)
    )
    office.channel.take_up_account(Twilio())
    async with asyncio.timeout(30):
        while not await office.door.store.read(is_without_account, None):  # noqa: ASYNC110 - steps that were put off have no event
            await asyncio.sleep(0.02)
    office.provider.api.troubles.clear()
    office.channel.take_up_account(account(office, office.provider.auth_token))
    await office.door.until(lambda: len(office.door.received) == 2)
    assert office.door.received[1].kind is InteractionKind.VOICEMAIL


def is_without_account(tx: Tx, _: None) -> bool:
    """Whether a step has been tried with nobody there to do it, and waits."""
    left = select(steps.c.id).where(steps.c.done_at.is_(None), steps.c.error.contains("no account"))
    return tx.execute(left).first() is not None


async def test_a_call_is_hung_up_by_the_provider_though_its_line_is_a_pbx_s_now(
    office: Office,
) -> None:
    caller = await office.call()
    pbx = {"profile": "generic", "signing_keys": ["the key of the firm's PBX"]}
    line = EntryPoint("hotline", Channel.PHONE, OURS, "service", "en", {"pbx": pbx}, "Hotline")
    http = OutboundHttp()
    phones = Phones(office.channel, PbxChannel(office.door, http, http), [line])
    hung_up = Hangup(contact_id=office.door.contact_of(CHEN))
    assert isinstance(await phones.perform("hotline", hung_up), Done)
    await caller.until("ended")
