"""A call from the first ring to its end, over real HTTP, on both databases."""

from __future__ import annotations

from hub.channels.phone.model import Role
from hub.contacts.effects import Done, Hangup, Hold, Move, Permanent, Unhold
from hub.contacts.inbound import CallMoment, IdentityKind, Standing
from hub.contacts.model import InteractionKind
from hub.customers.settings import CustomerSettings, TemplateWords, save_customer_settings
from hub.storage import DirectoryBlobs, Store
from hub.testing.twilio_simulator import RINGS, Phone, TwilioSimulator
from tests.integration.phone.conftest import CHEN, SOFTPHONE, Office, in_service


async def test_a_caller_is_greeted_filed_and_waits_with_position_and_estimate(
    office: Office,
) -> None:
    office.door.standing_now = Standing("queued", 3, 130, 250, True)
    caller = await office.call()
    assert await caller.hears("thank you for calling")
    assert await caller.hears("2 callers before you")
    assert await caller.hears("about 2 to 5 minutes")
    assert await caller.hears("中文服务请按9")
    inbound = office.door.received[0]
    assert inbound.kind is InteractionKind.CALL
    assert inbound.senders[0].kind is IdentityKind.PHONE
    assert inbound.senders[0].value == CHEN
    assert inbound.external_id == caller.sid
    assert office.provider.alerts == []


async def test_a_line_speaks_in_the_words_of_the_set_up_from_the_next_round_on(
    office: Office,
) -> None:
    office.door.standing_now = Standing("queued", 3, 130, 250, True)
    caller = await office.call()
    assert await caller.hears("2 callers before you")
    words = {
        "phone_position@hotline": {"en": TemplateWords(body="{ahead} <others> & then you.")},
        "phone_range": {"en": TemplateWords(body="Some {low} or {high} minutes to go.")},
        "phone_range@other": {"en": TemplateWords(body="Never said here.")},
        "phone_this_language": {"zh-CN": TemplateWords(body="要说中文请按9。")},
    }
    await office.door.store.write(
        lambda tx, _: save_customer_settings(tx, CustomerSettings(templates=words)), None
    )
    assert await caller.hears("2 <others> & then you.")
    assert await caller.hears("Some 2 or 5 minutes to go.")
    assert await caller.hears("要说中文请按9。")
    assert office.provider.alerts == []


async def test_an_agent_is_joined_and_both_hear_each_other(office: Office) -> None:
    caller = await office.call()
    assert isinstance(await office.connect(), Done)
    joined = await office.door.hears_of(CallMoment.AGENT_JOINED)
    assert joined.contact_id == office.door.contact_of(CHEN)
    agent = await office.provider.agent_leg(SOFTPHONE)
    await caller.say("my parcel is lost")
    await agent.hears("my parcel is lost")
    await agent.say("let me look")
    heard = await caller.hears("let me look")
    assert (heard.source, heard.speaker) == (Role.AGENT, SOFTPHONE)
    await caller.hang_up()
    left = await office.door.hears_of(CallMoment.CUSTOMER_LEFT)
    assert left.detail is not None
    assert "hung up" in left.detail
    await agent.until("ended")
    assert office.door.moments == [CallMoment.AGENT_JOINED, CallMoment.CUSTOMER_LEFT]
    assert office.provider.alerts == []


async def test_a_caller_who_hangs_up_while_waiting_is_told_as_gone(office: Office) -> None:
    caller = await office.call()
    await caller.hang_up()
    await office.door.hears_of(CallMoment.CUSTOMER_LEFT)
    assert office.door.moments == [CallMoment.CUSTOMER_LEFT]
    assert isinstance(await office.connect(), Permanent)


async def test_an_agent_who_does_not_answer_leaves_the_caller_waiting(office: Office) -> None:
    office.provider.set_phone(SOFTPHONE, Phone("no_answer"))
    caller = await office.call()
    await office.connect()
    failed = await office.door.hears_of(CallMoment.AGENT_FAILED)
    assert failed.detail == "The agent's phone was not answered."
    assert caller.where == "queue"
    office.provider.set_phone(SOFTPHONE, Phone())
    await office.connect()
    await office.door.hears_of(CallMoment.AGENT_JOINED)


async def test_a_caller_is_held_with_music_and_taken_back(office: Office) -> None:
    caller = await office.call()
    await office.connect()
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    agent = await office.provider.agent_leg(SOFTPHONE)
    contact_id = office.door.contact_of(CHEN)
    assert await office.channel.perform("hotline", Hold(contact_id=contact_id)) == Done()
    await office.door.hears_of(CallMoment.HELD)
    assert caller.on_hold
    await agent.say("nobody hears this")
    assert "nobody hears this" not in [caption.text for caption in caller.heard]
    assert await office.channel.perform("hotline", Unhold(contact_id=contact_id)) == Done()
    await office.door.hears_of(CallMoment.RESUMED)
    await agent.say("I am back")
    await caller.hears("I am back")


async def test_a_transfer_puts_the_caller_back_and_brings_the_next_agent(office: Office) -> None:
    caller = await office.call()
    await office.connect()
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    first = await office.provider.agent_leg(SOFTPHONE)
    contact_id = office.door.contact_of(CHEN)
    office.door.states[contact_id] = "queued"  # the agent has transferred it
    assert await office.channel.perform("hotline", Move(contact_id=contact_id)) == Done()
    await caller.until("queue")
    await first.until("ended")
    await office.connect(agent_id="other")
    await office.door.until(lambda: office.door.moments.count(CallMoment.AGENT_JOINED) == 2)
    second = await office.provider.agent_leg("client:other")
    await caller.say("hello again")
    await second.hears("hello again")
    # The first agent's leg ended on purpose: no news of it.
    assert set(office.door.moments) == {CallMoment.AGENT_JOINED}


async def test_the_agent_ends_the_call(office: Office) -> None:
    caller = await office.call()
    await office.connect()
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    contact_id = office.door.contact_of(CHEN)
    assert await office.channel.perform("hotline", Hangup(contact_id=contact_id)) == Done()
    await caller.until("ended")
    left = await office.door.hears_of(CallMoment.CUSTOMER_LEFT)
    assert left.detail is not None
    assert left.detail.startswith("We ended the call")
    assert await office.channel.perform("hotline", Hangup(contact_id=contact_id)) == Done()


async def test_an_agent_whose_line_is_cut_does_not_leave_the_caller_in_silence(
    office: Office,
) -> None:
    caller = await office.call()
    await office.connect()
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    agent = await office.provider.agent_leg(SOFTPHONE)
    await agent.hang_up()
    await office.door.hears_of(CallMoment.AGENT_LEFT)
    await office.in_queue(caller)
    assert not caller.ended


async def test_a_caller_without_a_number_is_served_too(office: Office) -> None:
    caller = await office.provider.call("anonymous", "+862158880000")
    await office.in_queue(caller)
    assert office.door.received[0].senders[0].kind is IdentityKind.EXTERNAL
    assert not office.door.received[0].continues_latest


async def test_two_callers_behind_one_number_get_two_contacts(office: Office) -> None:
    await office.call()
    await office.call()
    first, second = office.door.received
    assert first.continues_latest
    assert not second.continues_latest


async def test_the_language_can_be_changed_while_waiting(office: Office) -> None:
    caller = await office.call()
    await caller.hears("press 9|按9")
    await caller.press("9")
    await caller.hears("您是下一位")
    await caller.hears("For English, press 9")


async def test_what_callers_say_is_shown_as_captions_where_switched_on(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> None:
    async with in_service(live_store, blobs, provider, captions=True) as office:
        caller = await office.call()
        await office.connect()
        await office.door.hears_of(CallMoment.AGENT_JOINED)
        await caller.say("my parcel is lost")
        await office.door.until(lambda: office.door.captions == ["my parcel is lost"])
        assert provider.alerts == []


async def test_a_caller_whose_contact_was_closed_is_not_left_waiting(office: Office) -> None:
    caller = await office.call()
    office.door.states[office.door.contact_of(CHEN)] = "closed"
    await caller.hears("closed on our side")
    await caller.until("ended")


async def test_a_ring_asked_for_twice_rings_once(office: Office) -> None:
    office.provider.set_phone(SOFTPHONE, RINGS)
    await office.call()
    first = await office.connect()
    second = await office.connect()
    assert isinstance(first, Done)
    assert second == first
    calls = [one for one in office.provider.api.requests if one.path.endswith("/Calls.json")]
    assert len(calls) == 1
