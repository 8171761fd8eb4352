"""When people of a list enter the queue, and behind whom they wait."""

from __future__ import annotations

import pytest

from hub.contacts.outages.service import Outage, note_away, note_back
from hub.customers.consent.model import STOP_SELLING
from hub.routing.queue_states import QueueState, SetQueueState, set_queue_state
from hub.routing.turns import Transfer, transfer

from .build import Room, talked


async def test_nobody_is_released_while_the_provider_is_away(room: Room) -> None:
    await room.hires(1)
    since = room.clock.now()
    await room.store.write(note_away, Outage("phone", since, "HTTP 503", None))
    await room.runs()
    await room.turn(3)
    assert await room.waiting() == []
    await room.store.write(note_back, "phone")
    await room.turn(2)
    assert len(await room.waiting()) == 1


async def test_those_who_may_not_be_called_keep_no_agent_waiting(room: Room) -> None:
    await room.hires(12)
    await room.drafts()
    rows = sorted((id_, number) for number, id_ in room.people.items())
    for _, number in rows[:11]:
        await room.house.stops(STOP_SELLING, value=number)
    await room.starts()
    await room.turn(2)
    [contact_id] = await room.waiting()
    assert (await room.contact(contact_id)).meta["phone_list"]["number"] == rows[11][1]


async def test_many_lists_have_their_turn_at_once(room: Room) -> None:
    await room.agent("Bob")
    await room.hires(2)
    first, second = room.people.values()
    await room.drafts("one", customer_ids=(first,))
    await room.drafts("two", customer_ids=(second,))
    await room.starts("one")
    await room.starts("two")
    await room.turn(1)
    await room.turn(1)
    assert len(await room.waiting()) == 2


async def test_who_waits_on_the_line_goes_before_the_list(room: Room) -> None:
    await room.hires(1)
    await room.runs()
    [listed] = await room.waiting()
    came = await room.house.centre.call("+8613800138999")
    ours, theirs = await room.contact(listed), await room.contact(came)
    assert (ours.promise, ours.target_s > 10 * theirs.target_s) == ("callback", True)


async def test_who_was_called_and_is_passed_on_waits_as_a_caller(room: Room) -> None:
    contact_id = await talked(room)
    called = await room.contact(contact_id)
    assert called.promise is None
    await room.store.write(transfer, Transfer(contact_id, "support", by_agent_id=room.ann))
    came = await room.house.centre.call("+8613800138999")
    waits, caller = await room.contact(contact_id), await room.contact(came)
    assert (waits.state, waits.target_s) == ("queued", caller.target_s)


@pytest.mark.parametrize("state", [QueueState.PAUSED, QueueState.CLOSED])
async def test_a_queue_that_is_stopped_gets_nobody(room: Room, state: QueueState) -> None:
    await room.store.write(set_queue_state, SetQueueState("support", state, "boss"))
    await room.hires(1)
    await room.runs()
    await room.turn(2)
    assert await room.waiting() == []
    await room.store.write(set_queue_state, SetQueueState("support", QueueState.OPEN, "boss"))
    await room.turn(2)
    assert len(await room.waiting()) == 1


async def test_no_more_wait_than_agents_are_free(room: Room) -> None:
    await room.agent("Bob")
    await room.hires(5)
    await room.runs()
    await room.turn(3)
    assert len(await room.waiting()) == 2


async def test_nobody_is_released_while_nobody_is_free(room: Room) -> None:
    await room.hires(4)
    await room.runs()
    [contact_id] = await room.waiting()
    await room.takes(contact_id)
    await room.turn(3)
    assert await room.waiting() == []
