"""Lines and the account change while the hub runs: who is on the line stays, what is new holds."""

from __future__ import annotations

from hub.contacts.effects import Done
from hub.contacts.inbound import CallMoment
from hub.settings import Secret, Twilio
from tests.integration.phone.conftest import OURS, SOFTPHONE, Office

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
