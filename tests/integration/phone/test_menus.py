"""Callers are asked what they want before anybody is offered them, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from hub.contacts.inbound import Caller, CallMoment, Matter, Standing
from hub.contacts.model import InteractionKind
from hub.customers.settings import CustomerSettings, TemplateWords, save_customer_settings
from hub.storage import DirectoryBlobs, Store
from hub.testing.twilio_simulator import Phone, TwilioSimulator
from tests.integration.phone.conftest import OURS, Office, in_service
from tests.integration.phone.test_webhooks import post, voice

OUTSIDE = "+862155509999"
BOTH = {"zh-CN": "维修", "en": "repairs"}
MENU: dict[str, Any] = {
    "prompt": {"zh-CN": "请选择。", "en": "What can we do for you?"},
    "choices": [
        {
            "press": "1",
            "label": {"zh-CN": "维修", "en": "repairs"},
            "does": "menu",
            "menu": {
                "choices": [
                    {
                        "press": "1",
                        "label": {"zh-CN": "上门", "en": "a visit"},
                        "queue": "repair",
                        "skills": {"boilers": 3},
                        "reason": "repair/visit",
                    },
                    {
                        "press": "2",
                        "label": {"zh-CN": "零件", "en": "spare parts"},
                        "does": "voicemail",
                        "queue": "parts",
                    },
                ]
            },
        },
        {
            "press": "2",
            "label": {"zh-CN": "营业时间", "en": "our hours"},
            "does": "text",
            "text": {"zh-CN": "我们九点开门。", "en": "We open at nine."},
        },
        {
            "press": "3",
            "label": {"zh-CN": "总机", "en": "the head office"},
            "does": "number",
            "number": OUTSIDE,
        },
        {
            "press": "4",
            "label": {"zh-CN": "账单", "en": "billing"},
            "does": "hours",
            "hours": "office",
            "open": {"queue": "billing"},
            "closed": {"queue": "late"},
        },
    ],
    "otherwise": {"queue": "lost"},
    "asks_language": False,
}


@pytest.fixture
async def office(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> AsyncIterator[Office]:
    async with in_service(live_store, blobs, provider, menu=MENU) as opened:
        yield opened


async def test_what_is_said_around_a_menu_is_in_the_words_of_the_set_up(office: Office) -> None:
    words = {
        "phone_menu_choice": {"en": TemplateWords(body="Key {key} is {label}.")},
        "phone_menu_choice@other": {"en": TemplateWords(body="Never said here.")},
        "phone_menu_person@hotline": {"en": TemplateWords(body="Zero gets you a human & a smile.")},
        "phone_menu_nonsense": {"en": TemplateWords(body="Come again?")},
    }
    await office.door.store.write(
        lambda tx, _: save_customer_settings(tx, CustomerSettings(templates=words)), None
    )
    caller = await office.provider.call("+8613800138000", OURS)
    assert await caller.hears("Key 1 is repairs.")
    assert await caller.hears("Zero gets you a human & a smile.")
    await caller.press("7")
    assert await caller.hears("Come again?")
    await caller.press("1")
    assert await caller.hears("To go back, press star.")  # as usual


async def test_the_keys_lead_to_a_queue_and_only_then_the_hub_hears_of_the_call(
    office: Office,
) -> None:
    caller = await office.provider.call("+8613800138000", OURS)
    assert await caller.hears("thank you for calling")
    assert await caller.hears("For repairs, press 1")
    assert await caller.hears("person, press 0")
    assert office.door.received == []
    await caller.press("1")
    assert await caller.hears("For a visit, press 1")
    assert await caller.hears("go back, press star")
    await caller.press("1")
    await office.in_queue(caller)
    assert await caller.hears("finding somebody")
    (inbound,) = office.door.received
    assert inbound.queues
    assert inbound.chosen is not None
    assert inbound.chosen.queue_id == "repair"
    assert inbound.chosen.skills == (("boilers", 3),)
    assert inbound.chosen.reason_id == "repair/visit"
    assert inbound.meta["menu_keys"] == "11"
    assert inbound.meta["menu_label"] == "repairs › a visit"
    greetings = [one for one in caller.heard if "thank you for calling" in one.text]
    assert len(greetings) == 1
    assert office.provider.alerts == []


async def test_who_has_chosen_is_not_asked_again_where_the_answer_was_lost(office: Office) -> None:
    """The provider asks once more without the key, before they stand in the waiting room."""
    await post(office, "voice", voice(office))
    _, chosen = await post(office, "menu?which=menu", voice(office, Digits="0"))
    assert "<Enqueue" in chosen
    _, again = await post(office, "menu?which=menu&retry=1", voice(office))
    assert "<Enqueue" in again
    await post(office, "wait", voice(office))
    (inbound,) = office.door.received
    assert inbound.meta["menu_keys"] == "0"


async def test_0_is_a_person_from_everywhere_and_star_the_way_back(office: Office) -> None:
    caller = await office.provider.call("+8613800138000", OURS)
    await caller.press("1")
    await caller.hears("spare parts")
    await caller.press("*")
    await caller.hears("our hours")
    await caller.press("0")
    await office.in_queue(caller)
    assert office.door.received[0].chosen is not None
    assert office.door.received[0].chosen.queue_id is None  # the entry point's


async def test_nonsense_and_silence_are_asked_again_twice_then_lead_on(office: Office) -> None:
    caller = await office.provider.call("+8613800138000", OURS)
    await caller.hears("press 0")
    await caller.press("9")
    assert await caller.hears("not one of the choices")
    assert await caller.hears("did not hear a choice")  # no key at all
    await office.in_queue(caller)
    assert office.door.received[0].chosen is not None
    assert office.door.received[0].chosen.queue_id == "lost"


async def test_a_text_is_heard_and_the_menu_again_and_who_hangs_up_there_waited_for_nobody(
    office: Office,
) -> None:
    caller = await office.provider.call("+8613800138000", OURS)
    await caller.hears("press 0")
    await caller.press("2")
    assert await caller.hears("We open at nine")
    await caller.hang_up()
    await office.door.until(lambda: bool(office.door.received))
    (inbound,) = office.door.received
    assert not inbound.queues
    assert inbound.kind is InteractionKind.CALL
    assert inbound.meta["menu"] == "left"
    assert office.door.reports == []


async def test_a_message_is_filed_for_the_queue_that_was_chosen(office: Office) -> None:
    caller = await office.provider.call("+8613800138000", OURS)
    await caller.press("1")
    await caller.hears("spare parts")
    await caller.press("2")
    await caller.until("message")
    await caller.say("I need a new pump for my boiler please")
    await caller.press("#")
    await office.door.until(lambda: len(office.door.received) == 2)
    call, message = office.door.received
    assert not call.queues
    assert message.kind is InteractionKind.VOICEMAIL
    assert message.chosen is not None
    assert message.chosen.queue_id == "parts"
    assert CallMoment.VOICEMAIL not in office.door.moments  # nobody was waited for


async def test_a_number_outside_rings_and_where_it_does_not_answer_the_menu_goes_on(
    office: Office,
) -> None:
    office.provider.set_phone(OUTSIDE, Phone("busy"))
    caller = await office.provider.call("+8613800138000", OURS)
    await caller.press("3")
    assert await caller.hears("putting you through")
    assert await caller.hears("cannot be reached")
    office.provider.set_phone(OUTSIDE, Phone())
    await caller.press("3")
    await office.door.until(lambda: bool(office.door.received))
    (inbound,) = office.door.received
    assert not inbound.queues
    assert inbound.meta["menu_number"] == OUTSIDE
    await caller.until("ended")
    assert office.provider.alerts == []


@pytest.mark.parametrize(("open_", "queue"), [(frozenset({"office"}), "billing"), ((), "late")])
async def test_a_branch_goes_by_hours(office: Office, open_: frozenset[str], queue: str) -> None:
    office.door.hours = frozenset(open_)
    caller = await office.provider.call("+8613800138000", OURS)
    await caller.press("4")
    await office.in_queue(caller)
    assert office.door.received[0].chosen is not None
    assert office.door.received[0].chosen.queue_id == queue


async def test_a_known_caller_is_asked_about_their_visit_and_comes_to_who_has_it(
    office: Office,
) -> None:
    at = office.door.clock.now()
    office.door.caller = Caller(language="en", matter=Matter("visit", "v1", "repair", "wang", at))
    caller = await office.provider.call("+8613800138000", OURS)
    assert await caller.hears("visit from us today.*press 1")
    await caller.press("1")
    await office.in_queue(caller)
    (inbound,) = office.door.received
    assert inbound.chosen is not None
    assert (inbound.chosen.queue_id, inbound.chosen.agent_id) == ("repair", "wang")
    assert inbound.meta["menu_matter"] == "visit:v1"


async def test_something_else_leads_to_the_menu_and_apart_from_what_is_open(office: Office) -> None:
    office.door.caller = Caller(language="en", matter=Matter("contact", "c1", "repair", "wang"))
    caller = await office.provider.call("+8613800138000", OURS)
    await caller.hears("working on a request of yours")
    await caller.press("2")
    await caller.hears("For repairs, press 1")
    await caller.press("0")
    await office.in_queue(caller)
    assert office.door.received[0].chosen is not None
    assert office.door.received[0].chosen.apart


async def test_a_blocked_caller_is_asked_nothing(office: Office) -> None:
    office.door.caller = Caller(is_blocked=True)
    office.door.standing_now = Standing("closed", None, None, None, True, ended_as="spam")
    caller = await office.provider.call("+8613800138000", OURS)
    await caller.until("ended")
    assert caller.heard == []
    assert len(office.door.received) == 1


async def test_who_is_not_known_chooses_the_language_first(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> None:
    menu = {**MENU, "asks_language": True}
    async with in_service(live_store, blobs, provider, menu=menu) as office:
        caller = await provider.call("+8613800138000", OURS)
        assert await caller.hears("For English, press 1")
        assert await caller.hears("中文服务请按2")
        await caller.press("2")
        assert await caller.hears("欢迎致电")
        assert await caller.hears("维修，请按1")
        await caller.press("0")
        await office.in_queue(caller)
        assert office.door.received[0].language == "zh-CN"
        office.door.caller = Caller(language="zh")  # now they are known
        again = await provider.call("+8613800138001", OURS)
        assert await again.hears("维修，请按1")
        assert not any("For English" in one.text for one in again.heard)
        assert provider.alerts == []


async def test_what_is_said_counts_where_the_menu_listens(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator
) -> None:
    spoken = {**MENU["choices"][3], "words": {"en": ["bill", "invoice"]}}
    menu = {**MENU, "choices": [*MENU["choices"][:3], spoken], "listens": True}
    async with in_service(live_store, blobs, provider, menu=menu) as office:
        office.door.hours = frozenset({"office"})
        caller = await provider.call("+8613800138000", OURS)
        await caller.hears("press 0")
        await caller.say("it is about my invoice")
        await office.in_queue(caller)
        assert office.door.received[0].chosen is not None
        assert office.door.received[0].chosen.queue_id == "billing"
        assert provider.alerts == []


@pytest.mark.parametrize(
    ("closed", "heard"),
    [
        (
            {"does": "text", "text": {"en": "Back on Monday.", "zh-CN": "周一见。"}},
            "Back on Monday",
        ),
        ({"does": "voicemail"}, "leave your message"),
    ],
)
async def test_while_it_is_closed_nobody_is_asked_and_none_waits(
    live_store: Store,
    blobs: DirectoryBlobs,
    provider: TwilioSimulator,
    closed: dict[str, Any],
    heard: str,
) -> None:
    menu = {**MENU, "hours": "office", "closed": closed}
    async with in_service(live_store, blobs, provider, menu=menu) as office:
        caller = await provider.call("+8613800138000", OURS)
        assert await caller.hears("thank you for calling")
        assert await caller.hears(heard)
        await office.door.until(lambda: bool(office.door.received))
        assert not office.door.received[0].queues
        assert not any("For repairs" in one.text for one in caller.heard)
        assert provider.alerts == []


@pytest.mark.parametrize("way", ["otherwise", "closed"])
async def test_hours_outside_the_choices_decide_as_well(
    live_store: Store, blobs: DirectoryBlobs, provider: TwilioSimulator, way: str
) -> None:
    by_hours = {"does": "hours", "hours": "night", "open": {"queue": "night"}, "closed": {}}
    label = {"zh-CN": "急修", "en": "emergencies"}
    below = {"choices": [{"press": "9", "label": label, **by_hours}]}
    changed: dict[str, Any] = {"otherwise": by_hours}
    if way == "closed":
        changed = {"hours": "office", "closed": {"does": "menu", "menu": below}}
    async with in_service(live_store, blobs, provider, menu={**MENU, **changed}) as office:
        office.door.hours = frozenset({"night"})
        caller = await provider.call("+8613800138000", OURS)
        await caller.hears("press 0")
        if way == "closed":
            await caller.press("9")
        await office.in_queue(caller)
        assert office.door.received[0].chosen is not None
        assert office.door.received[0].chosen.queue_id == "night"
