"""A customer reaches us while a callback is pending: what that ends, and what it must not end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
from sqlalchemy import update

from hub.callbacks.entries import NOBODY
from hub.callbacks.service import Cancel, cancel_callback
from hub.callbacks.tables import callbacks
from hub.contacts.inbound import CallbackRefusal
from hub.contacts.tables import conversations
from hub.routing.queue_states import QueueState, SetQueueState, set_queue_state
from hub.routing.settings import load_settings, save_settings
from hub.storage import Tx
from hub.testing.center import add_agent, give_to_agent
from hub.testing.standing import standing

from .build import CHEN, RULES, Centre
from .test_by_choice import TOMORROW
from .test_callbacks import merge, schedule


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour - 8, minute, tzinfo=UTC)


async def test_a_message_is_still_to_be_heard_after_its_customer_called_for_a_moment(
    centre: Centre,
) -> None:
    message = await centre.message()
    centre.clock.advance(60)
    call = await centre.call()
    assert call != message
    centre.clock.advance(5)
    await centre.hangs_up(call)
    assert (await centre.contact(call)).state == "abandoned"
    waits = await centre.contact(message)
    assert (waits.state, waits.promise, waits.unread) == ("queued", "voicemail", 1)
    assert "callback" not in waits.meta  # nobody has to be called back for it any more
    [dropped] = await centre.rows(callbacks)
    assert (dropped.state, dropped.contact_id) == ("dropped", None)
    agent_id = await centre.store.write(add_agent, "Ann")
    await centre.store.write(give_to_agent, (message, agent_id))
    assert (await centre.contact(message)).state == "active"


async def test_a_second_message_joins_the_first_and_both_are_called_back_for(
    centre: Centre,
) -> None:
    message = await centre.message()
    assert await centre.message() == message
    waits = await centre.contact(message)
    assert (waits.state, waits.unread) == ("queued", 2)
    [callback] = await centre.rows(callbacks)
    assert (callback.state, callback.contact_id) == ("queued", message)


async def test_a_mail_drops_the_callback_of_a_message_but_not_the_message(centre: Centre) -> None:
    message = await centre.message()
    await centre.mail("chen@example.test")
    await centre.store.write(merge, (CHEN, "chen@example.test"))
    await centre.mail("chen@example.test")
    assert (await centre.callback()).state == "dropped"
    waits = await centre.contact(message)
    assert (waits.state, "callback" in waits.meta) == ("queued", False)


async def test_who_cancels_the_callback_of_a_message_leaves_the_message(centre: Centre) -> None:
    message = await centre.message()
    callback = await centre.callback()
    await centre.store.write(cancel_callback, Cancel(callback.id, NOBODY))
    assert (await centre.callback()).state == "cancelled"
    assert (await centre.contact(message)).state == "queued"


async def test_who_calls_while_it_is_closed_is_still_called_back(centre: Centre) -> None:
    centre.clock.set(shanghai(10, 21))
    await centre.wish(await centre.call())
    centre.clock.advance(600)
    again = await centre.call()
    told = await centre.store.read(standing, again)
    assert not told.took_callback
    assert (await centre.wish(again)).refusal is CallbackRefusal.PENDING
    await centre.hangs_up(again)
    [callback] = await centre.rows(callbacks)
    assert (callback.state, callback.due_at) == ("waiting", shanghai(11, 9))
    centre.clock.set(shanghai(11, 9))
    await centre.fire()
    assert (await centre.callback()).state == "queued"


async def test_who_calls_a_queue_that_somebody_closed_is_still_called_back(centre: Centre) -> None:
    await centre.wish(await centre.call())
    kept = (await centre.callback()).contact_id
    closing = SetQueueState("support", QueueState.CLOSED, "boss", "fire alarm")
    await centre.store.write(set_queue_state, closing)
    again = await centre.call()
    assert again != kept
    await centre.hangs_up(again)
    assert (await centre.callback()).state == "queued"
    assert (await centre.contact(kept)).state == "queued"
    await centre.store.write(set_queue_state, SetQueueState("support", QueueState.OPEN, "boss"))
    await centre.call()
    assert (await centre.callback()).state == "dropped"


async def test_a_call_while_an_agent_hears_the_message_waits_for_an_agent_of_its_own(
    centre: Centre,
) -> None:
    agent_id = await centre.store.write(add_agent, "Ann")
    message = await centre.message()
    await centre.store.write(give_to_agent, (message, agent_id))
    call = await centre.contact(await centre.call())
    assert (call.state, call.direction) == ("queued", "in")
    assert (await centre.contact(message)).state == "active"
    assert len(await centre.rows(conversations)) == 2


async def test_who_calls_after_a_message_is_for_the_agent_they_last_talked_to(
    centre: Centre,
) -> None:
    agent_id = await centre.store.write(add_agent, "Ann")
    await centre.message()

    def talked_yesterday(tx: Tx, _: None) -> None:
        settings = load_settings(tx)
        phone = replace(settings.channels["phone"], sticky_window_s=86_400)
        channels = {**settings.channels, "phone": phone}
        save_settings(tx, msgspec.structs.replace(settings, channels=channels))
        tx.execute(update(conversations).values(last_agent_id=agent_id, last_agent_at=tx.now))

    await centre.store.write(talked_yesterday, None)
    call = await centre.contact(await centre.call())
    assert (call.state, call.preferred_agent_id) == ("queued", agent_id)


async def test_a_callback_agreed_on_does_not_wait_for_a_message_to_be_heard(
    centre: Centre,
) -> None:
    """The message may lie for long: what is agreed on has a conversation of its own."""
    await centre.open_again(msgspec.structs.replace(RULES, voicemail=False))
    message = await centre.contact(await centre.message())
    await schedule(centre, TOMORROW)
    assert (await centre.callback()).conversation_id != message.conversation_id
