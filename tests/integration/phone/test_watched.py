"""A watched call of ours: who picked up, when, and what they hear when nobody is there for them."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from hub.contacts.effects import Done
from hub.contacts.inbound import CallMoment
from hub.contacts.recordings.model import RecordingAsk
from hub.testing.twilio_simulator import Faults, Phone
from tests.integration.phone.conftest import CHEN, SOFTPHONE, Office, a_dial


async def dial(office: Office) -> None:
    office.door.states.setdefault("outgoing", "connecting")
    order = msgspec.structs.replace(a_dial(), watched=True, detects=True)
    assert isinstance(await office.channel.perform("hotline", order), Done)


@pytest.mark.parametrize(
    ("phone", "who"),
    [
        (Phone(), "human"),
        (Phone("voicemail"), "machine"),
        (Phone(heard_as="machine_end_beep"), "machine"),
        (Phone(heard_as="fax"), "fax"),
        (Phone(heard_as="unknown"), "unknown"),
    ],
)
async def test_who_picked_up_is_told(office: Office, phone: Phone, who: str) -> None:
    office.provider.set_phone(CHEN, phone)
    await dial(office)
    told = await office.door.hears_of(CallMoment.ANSWERED_BY)
    assert told.detail == who
    await office.door.hears_of(CallMoment.PICKED_UP)
    await office.door.hears_of(CallMoment.AGENT_JOINED)


async def test_doubled_news_of_who_picked_up_is_told_once(office: Office) -> None:
    office.provider.set_faults(Faults(duplicate=1.0))
    await dial(office)
    await office.door.hears_of(CallMoment.ANSWERED_BY)
    await office.provider.messenger.settle()
    sent = [one for one in office.provider.messenger.ledger if "answered-by" in one.url]
    assert len(sent) == 2
    told = [one for one in office.door.reports if one.moment is CallMoment.ANSWERED_BY]
    assert len(told) == 1


async def test_the_provider_is_asked_to_listen_while_the_call_goes_on(office: Office) -> None:
    await dial(office)
    await office.door.hears_of(CallMoment.DIALLING)
    await office.provider.agent_leg(CHEN)
    [asked] = [one.form for one in office.provider.api.requests if one.form.get("To") == CHEN]
    assert (asked["MachineDetection"], asked["AsyncAmd"]) == ("Enable", "true")


async def test_who_picks_up_and_has_nobody_is_told_so(office: Office) -> None:
    office.door.standing_now = replace(
        office.door.standing_now, recording=RecordingAsk(consent=True)
    )
    await dial(office)
    agent = await office.provider.agent_leg(SOFTPHONE)
    customer = await office.provider.agent_leg(CHEN)
    await customer.hears("agree to this call being recorded")
    await agent.hang_up()
    await customer.hears("sorry for this call")
    await customer.until("ended")


async def test_a_call_by_hand_is_watched_for_nothing(office: Office) -> None:
    await office.dial()
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    assert CallMoment.PICKED_UP not in [one.moment for one in office.door.reports]
    [asked] = [one.form for one in office.provider.api.requests if one.form.get("To") == CHEN]
    assert "MachineDetection" not in asked
