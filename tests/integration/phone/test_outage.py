"""The provider's interface answers nothing for a while: kept, survived, over by itself."""

from __future__ import annotations

import asyncio

from hub.contacts.effects import Done, Hold, Permanent
from hub.contacts.inbound import CallMoment
from hub.contacts.outages.service import Outage, find_outage
from hub.testing.twilio_simulator import Trouble

from .conftest import AGENT, CHEN, Office, talk


async def outage_of(office: Office, *, away: bool) -> Outage | None:
    """Wait until the provider is known as away, or as back."""
    async with asyncio.timeout(30):
        while True:
            found = await office.door.store.read(find_outage, "phone")
            if (found is not None) is away:
                return found
            await asyncio.sleep(0.05)


async def test_an_outage_is_known_by_few_requests_and_ends_by_itself(office: Office) -> None:
    caller = await office.call()
    trouble = Trouble(503, times=10_000)
    office.provider.set_trouble(trouble)
    before = len(office.provider.api.requests)
    outcome = await office.connect()
    assert not isinstance(outcome, Done)
    outage = await outage_of(office, away=True)
    assert outage is not None
    assert outage.reason == "HTTP 503"
    # A caller hears the music all the time: that the webhooks come is known, too.
    async with asyncio.timeout(30):
        while outage is None or outage.heard_at is None:
            await asyncio.sleep(0.1)
            outage = await office.door.store.read(find_outage, "phone")
    assert not caller.ended
    assert len(office.provider.api.requests) - before < 40

    # Now it is known: whoever is to be rung is told so at once, and the caller keeps the place.
    asked = len(rung(office))
    connected = await office.connect(agent_id=AGENT.replace("a9e7", "a9e8"))
    dialled = await office.dial("+8613800138002", "another")
    assert isinstance(connected, Permanent)
    assert isinstance(dialled, Permanent)
    assert "does not answer" in connected.reason + dialled.reason
    await office.door.hears_of(CallMoment.AGENT_FAILED)
    await office.door.hears_of(CallMoment.NOT_REACHED)
    assert len(rung(office)) == asked
    assert not caller.ended

    trouble.times = 0
    await outage_of(office, away=False)
    assert isinstance(await office.dial("+8613800138001"), Done)


def rung(office: Office) -> list[str]:
    """Return whom the provider was asked to ring."""
    return [
        one.form["To"]
        for one in office.provider.api.requests
        if one.path.endswith("/Calls.json") and one.method == "POST"
    ]


async def test_one_failure_among_answers_is_no_outage(office: Office) -> None:
    await office.call()
    office.provider.set_trouble(Trouble(500, times=1, path="Calls"))
    await office.connect()
    await office.provider.until(
        lambda: any(one.path.count("/") == 3 for one in office.provider.api.requests)
    )
    assert await office.door.store.read(find_outage, "phone") is None


async def test_a_hold_that_comes_to_nothing_is_taken_back(office: Office) -> None:
    caller, _ = await talk(office)
    office.provider.set_trouble(Trouble(503, times=100, path="/Participants/"))
    outcome = await office.channel.perform("hotline", Hold(contact_id=office.door.contact_of(CHEN)))
    assert isinstance(outcome, Permanent)
    await office.door.hears_of(CallMoment.RESUMED)
    assert not caller.on_hold
