"""The chat that falls silent (routing.md 3.6): reminded, at no cost, and ended."""

from __future__ import annotations

import asyncio

import pytest

from hub.core.bus import Bus
from hub.desk import handling
from hub.desk.handling import Close, Handle, Park, Transfer
from hub.intake.silence import fire_due_silences
from hub.storage import Store
from hub.storage.outbox import outbox
from hub.testing.clock import ManualClock

from .chats import HERS, Chat, a_chat, reads


@pytest.fixture
async def chat(store: Store, clock: ManualClock) -> Chat:
    return await a_chat(store, clock)


# ---- the reminder ---------------------------------------------------------------


async def test_a_silent_customer_is_reminded_once_and_costs_nothing(
    chat: Chat, clock: ManualClock
) -> None:
    await chat.answers()
    assert await chat.load() == (33, 1)
    clock.advance(179)
    assert await chat.fire() == 0
    clock.advance(1)
    before = (await chat.contact()).version
    assert await chat.fire() == 1
    assert await chat.fire() == 0
    row = await chat.contact()
    assert (row.state, row.agent_id, row.version > before) == ("active", chat.agent_id, True)
    assert row.reminded_at == clock.now()
    assert await chat.load() == (0, 0)
    assert await chat.told() == ["chat_reminded"]


async def test_each_step_fires_once_for_two_that_look_at_the_same_time(
    chat: Chat, clock: ManualClock, database_url: str
) -> None:
    await chat.answers()
    async with Store(database_url, Bus(), clock) as one, Store(database_url, Bus(), clock) as other:

        async def fire(store: Store) -> int:
            return await store.write(lambda tx, _: fire_due_silences(tx, tx.now, 100), None)

        for after_s, codes in (
            (180, ["chat_reminded"]),
            (420, ["chat_reminded", "chat_left_silent"]),
        ):
            clock.advance(after_s)
            await asyncio.gather(*(fire(store) for store in (one, other, one, other)))
            assert await chat.told() == codes


async def test_who_waits_for_us_is_not_silent(chat: Chat, clock: ManualClock) -> None:
    await chat.answers()
    clock.advance(100)
    await chat.writes("Since Monday.")
    clock.advance(10_000)
    assert await chat.fire() == 0
    assert (await chat.contact()).state == "active"


async def test_the_time_counts_from_our_last_word(chat: Chat, clock: ManualClock) -> None:
    await chat.answers()
    clock.advance(170)
    await chat.answers("Are there any drops?")
    clock.advance(179)
    assert await chat.fire() == 0
    clock.advance(1)
    assert await chat.fire() == 1


async def test_their_next_word_brings_it_back_to_the_same_agent_beyond_the_most(
    chat: Chat, clock: ManualClock
) -> None:
    first = chat.contact_id, chat.conversation_id
    await chat.answers()
    clock.advance(180)
    await chat.fire()
    for number in range(3):  # three others meanwhile: the most that this agent takes
        await chat.writes("Hello?", f"other-{number}")
        await chat.taken()
    assert await chat.load() == (99, 3)
    await chat.writes("I am back.")
    assert (chat.contact_id, chat.conversation_id) == first
    row = await chat.contact()
    assert (row.state, row.agent_id, row.reminded_at) == ("active", chat.agent_id, None)
    assert row.unanswered_since == clock.now()
    assert await chat.load() == (100, 4)  # what room was left, of the 33 it costs
    handle = Handle(chat.contact_id, chat.agent_id, "li", "Li")
    await chat.store.write(handling.close, Close(handle))
    assert await chat.load() == (99, 3)


async def test_what_is_parked_or_passed_on_takes_no_step(chat: Chat, clock: ManualClock) -> None:
    await chat.answers()
    handle = Handle(chat.contact_id, chat.agent_id, chat.agent_id, "Li")
    await chat.store.write(handling.park, Park(handle))
    clock.advance(700)
    assert await chat.fire() == 0
    await chat.store.write(handling.resume, handle)
    assert (await chat.contact()).quiet_until is None
    await chat.answers()
    clock.advance(180)
    await chat.fire()
    await chat.store.write(handling.transfer, Transfer(handle, "finance"))
    clock.advance(700)
    assert await chat.fire() == 0
    assert await chat.load() == (0, 0)
    await chat.taken()
    assert (await chat.contact()).reminded_at is None
    assert await chat.load() == (33, 1)


async def test_nobody_is_reminded_where_the_entry_point_says_never(
    store: Store, clock: ManualClock
) -> None:
    chat = await a_chat(store, clock, remind_after_s=0, end_after_s=0)
    await chat.answers()
    assert (await chat.contact()).quiet_until is None


# ---- the end ---------------------------------------------------------------


async def test_a_chat_that_stays_silent_ends_without_a_survey_and_goes_on_by_mail(
    chat: Chat, clock: ManualClock
) -> None:
    await chat.knows_address()
    await chat.answers("Since when?")
    await reads(chat)  # read in the chat: nothing of it is owed by mail
    clock.advance(180)
    await chat.fire()
    clock.advance(420)
    assert await chat.fire() == 1
    row = await chat.contact()
    assert row.state == "wrap_up"
    [mail] = await chat.sent()
    assert mail.to == (HERS,)
    assert mail.automatic
    assert "It leaks." in mail.text
    assert "Since when?" in mail.text
    assert [row for row in await chat.rows(outbox) if '"ask_survey"' in row.effect] == []
    assert await chat.told() == ["chat_reminded", "chat_silent"]
    assert await chat.load() == (0, 0)


async def test_without_an_address_it_waits_for_their_return(chat: Chat, clock: ManualClock) -> None:
    await chat.answers()
    clock.advance(600)
    await chat.fire()
    clock.advance(420)
    await chat.fire()
    assert (await chat.contact()).state == "wrap_up"
    assert await chat.sent() == []
    old = chat.conversation_id
    await chat.writes("I am back.")
    assert chat.conversation_id == old
    assert (await chat.contact()).state == "queued"
