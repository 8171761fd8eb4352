"""Routing.md section 3, item 10: callbacks, under their number.

Agent first and customer first are in `scenarios/test_callbacks*`, the window in `test_hours`, who
is called next in `test_turns`, cancelling by the customer in `test_in_writing`.
"""

from __future__ import annotations

from datetime import timedelta

from hub.callbacks.service import Cancel, cancel_callback
from hub.callbacks.tables import callbacks
from hub.contacts.model import CallOutcome
from hub.testing.center import add_agent

from .build import CHEN, LI, Centre
from .test_callbacks import ANN, merge, routing_waited_s, schedule, shanghai

VOICE = "+8613700137000"
GAVE_UP = "+8613600136000"


async def test_10_callbacks_are_of_four_kinds_each_with_its_own_clock(centre: Centre) -> None:
    kept = await centre.call(LI)
    centre.clock.advance(200)
    await centre.wish(kept, LI)
    place = await centre.callback()
    assert place.kind == "kept_place"
    assert routing_waited_s(await centre.contact(place.contact_id), centre) == 200

    message = await centre.message(VOICE)
    voice = await centre.callback()
    assert (voice.kind, voice.contact_id) == ("voicemail", message)
    assert (await centre.contact(message)).promise == "voicemail"

    gave_up = await centre.call(GAVE_UP)
    centre.clock.advance(31)
    await centre.hangs_up(gave_up)
    missed = await centre.callback()
    assert missed.kind == "abandoned"
    row = await centre.contact(missed.contact_id)
    assert (row.promise, row.calendar_id, row.target_s) == ("callback", "office", 3600)

    await schedule(centre, shanghai(11, 15))
    agreed = await centre.callback()
    assert (agreed.kind, agreed.contact_id) == ("scheduled", None)
    centre.clock.set(shanghai(11, 15))
    await centre.fire()
    begun = (await centre.callback()).contact_id
    assert routing_waited_s(await centre.contact(begun), centre) == 0


async def test_10_callbacks_end_the_live_call_as_callback_and_may_be_cancelled(
    centre: Centre,
) -> None:
    contact_id = await centre.call()
    await centre.wish(contact_id)
    live = await centre.contact(contact_id)
    assert (live.state, live.ended_as) == ("closed", "callback")
    callback = await centre.callback()
    await centre.store.write(cancel_callback, Cancel(callback.id, ANN))
    assert (await centre.callback()).state == "cancelled"
    assert (await centre.contact(callback.contact_id)).state == "closed"


async def test_10_callbacks_of_ours_are_one_per_customer_and_dropped_once_they_reach_us(
    centre: Centre,
) -> None:
    for _ in range(2):
        contact_id = await centre.call()
        centre.clock.advance(60)
        await centre.hangs_up(contact_id)
    rows = await centre.rows(callbacks)
    assert [(row.kind, row.state) for row in rows] == [
        ("abandoned", "dropped"),  # they called again themselves
        ("abandoned", "queued"),
    ]
    await centre.mail("chen@example.test")
    await centre.store.write(merge, (CHEN, "chen@example.test"))
    await centre.mail("chen@example.test")
    assert (await centre.callback()).state == "dropped"


async def test_10_callbacks_that_fail_start_again_at_their_next_attempt_and_have_an_end(
    centre: Centre,
) -> None:
    await centre.wish(await centre.call())

    async def fail(agent: str) -> None:
        agent_id = await centre.store.write(add_agent, agent)
        begun = await centre.agent_calls(agent_id, CHEN)
        await centre.not_reached(begun.contact_id, CallOutcome.NO_ANSWER)

    for failed, agent in enumerate(("Ann", "Ben"), 1):
        await fail(agent)
        again = await centre.callback()
        assert (again.state, again.failed) == ("waiting", failed)
        assert again.due_at == centre.clock.now() + timedelta(seconds=900)
        centre.clock.set(again.due_at)
        await centre.fire()
        waits = await centre.contact((await centre.callback()).contact_id)
        assert waits.state == "queued"
        assert routing_waited_s(waits, centre) == 0
    await fail("Cai")
    assert (await centre.callback()).state == "given_up"
