"""A customer reaches us while a callback is pending: what that ends, and what it must not end."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.callbacks.entries import NOBODY
from hub.callbacks.offering import standing
from hub.callbacks.service import Cancel, cancel_callback
from hub.callbacks.tables import callbacks
from hub.contacts.inbound import CallbackRefusal
from hub.contacts.tables import conversations
from hub.routing.queue_states import QueueState, SetQueueState, set_queue_state
from hub.testing.center import add_agent, give_to_agent

from .build import CHEN, Centre
from .test_callbacks import merge


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
