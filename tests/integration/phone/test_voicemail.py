"""Voicemail: by choice or because nobody works now; the message becomes a contact of its own."""

from __future__ import annotations

import io
import wave

from hub.contacts.effects import Done, Hangup
from hub.contacts.inbound import CallMoment, Standing
from hub.contacts.model import InteractionKind
from tests.integration.phone.conftest import CHEN, Office


async def test_a_message_is_copied_filed_and_deleted_at_the_provider(office: Office) -> None:
    caller = await office.call()
    await caller.hears("press 2")
    await caller.press("2")
    await caller.until("message")
    await office.door.hears_of(CallMoment.VOICEMAIL)
    await caller.say("please call me back about my order, I am at home all day")
    await caller.press("#")
    await caller.hears("We have your message")
    await caller.until("ended")
    await office.door.until(lambda: len(office.door.received) == 2)
    message = office.door.received[1]
    assert message.kind is InteractionKind.VOICEMAIL
    assert message.conversation_id is not None
    assert message.senders[0].value == CHEN
    data = await office.door.blobs.get(message.files[0].blob_id)
    with wave.open(io.BytesIO(data)) as sound:
        assert sound.getnframes() / sound.getframerate() >= 2
    assert office.door.moments == [CallMoment.VOICEMAIL]
    await office.provider.settle()
    assert office.provider.alerts == []


async def test_the_provider_keeps_no_copy(office: Office) -> None:
    caller = await office.call()
    await caller.press("2")
    await caller.until("message")
    await caller.say("a message of some length, so that it is worth keeping")
    await caller.hang_up()
    await office.door.until(lambda: len(office.door.received) == 2)
    await office.provider.until(lambda: office.provider.recordings == [])


async def test_closed_hours_lead_straight_to_voicemail(office: Office) -> None:
    office.door.standing_now = Standing("queued", 1, None, None, False)
    caller = await office.provider.call(CHEN, "+862158880000")
    await caller.hears("We are closed")
    await caller.until("message")
    await caller.say("I would like to know your opening hours, please")
    await caller.press("#")
    await office.door.until(lambda: len(office.door.received) == 2)
    assert office.door.moments == [CallMoment.VOICEMAIL]


async def test_a_caller_who_says_nothing_leaves_a_trace_but_no_work(office: Office) -> None:
    caller = await office.call()
    await caller.press("2")
    await caller.until("message")
    await caller.hears("did not hear a message")
    await caller.until("ended")
    await office.door.until(lambda: len(office.door.received) == 2)
    trace = office.door.received[1]
    assert not trace.queues
    assert trace.text == "The caller left no message."


async def test_taking_a_voicemail_rings_nobody(office: Office) -> None:
    caller = await office.call()
    await caller.press("2")
    await caller.until("message")
    await caller.say("this is a message that somebody shall listen to")
    await caller.press("#")
    await office.door.until(lambda: len(office.door.received) == 2)
    await office.provider.until(lambda: office.provider.recordings == [])
    assert isinstance(await office.connect(), Done)
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    calls = [one for one in office.provider.api.requests if one.path.endswith("/Calls.json")]
    assert calls == []


async def test_closing_the_waiting_contact_does_not_cut_the_message(office: Office) -> None:
    caller = await office.call()
    contact_id = office.door.contact_of(CHEN)
    await caller.press("2")
    await caller.until("message")
    assert isinstance(await office.channel.perform("hotline", Hangup(contact_id=contact_id)), Done)
    await caller.say("still speaking after the contact was closed")
    assert not caller.ended
