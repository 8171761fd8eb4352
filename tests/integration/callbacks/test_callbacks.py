"""Callbacks in the store: places kept, timers fired once, dropped when the customer comes first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.callbacks.entries import By
from hub.callbacks.model import IllegalMove
from hub.callbacks.service import Cancel, Reschedule, cancel_callback, reschedule_callback
from hub.callbacks.tables import callbacks
from hub.contacts.inbound import CallbackRefusal, CallMoment, Standing
from hub.contacts.model import CallOutcome
from hub.contacts.tables import contacts, conversations, entry_points
from hub.core.errors import Conflict, Invalid
from hub.customers.merging.service import MergeCustomers, merge_customers
from hub.customers.tables import identities
from hub.desk import handling
from hub.desk.callbacks import ScheduleCallback, schedule_callback
from hub.desk.handling import Handle
from hub.routing import service as routing
from hub.routing.intervals import Intervals, day_so_far
from hub.routing.tables import offers
from hub.storage import Tx
from hub.testing.center import add_agent, give_to_agent
from hub.testing.standing import standing
from tests.integration.routing.test_offers import Floor

from .build import CHEN, LI, Centre

ANN = By("01890000-0000-7000-8000-000000000001", "Ann")


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour - 8, minute, tzinfo=UTC)


async def test_the_place_is_kept_with_all_that_it_was(centre: Centre) -> None:
    contact_id = await centre.call()
    await centre.store.write(routing.set_priority, routing.SetPriority(contact_id, 2))
    before = await centre.contact(contact_id)
    centre.clock.advance(200)
    answer = await centre.wish(contact_id)
    assert (answer.refusal, answer.at) == (None, None)
    live = await centre.contact(contact_id)
    assert (live.state, live.ended_as) == ("closed", "callback")
    callback = await centre.callback()
    waits = await centre.contact(callback.contact_id)
    for same in ("queue_id", "tier", "priority", "target_s", "virtual_start_us", "calendar_id"):
        assert getattr(waits, same) == getattr(before, same), same
    assert (waits.state, waits.direction) == ("queued", "out")


async def test_the_same_wish_again_gives_the_same_answer_and_one_callback(centre: Centre) -> None:
    contact_id = await centre.call()
    first = await centre.wish(contact_id)
    assert await centre.wish(contact_id) == first
    assert len(await centre.rows(callbacks)) == 1


@pytest.mark.parametrize("number", ["110", "12345", "+862155501000", "call me"])
async def test_a_number_that_cannot_be_called_is_refused_and_changes_nothing(
    centre: Centre, number: str
) -> None:
    contact_id = await centre.call()
    assert (await centre.wish(contact_id, number)).refusal is CallbackRefusal.NUMBER
    assert (await centre.contact(contact_id)).state == "queued"
    assert await centre.rows(callbacks) == []


async def test_a_second_caller_of_the_same_customer_is_told_that_one_is_pending(
    centre: Centre,
) -> None:
    other = await centre.call(LI)
    await centre.wish(await centre.call())
    await centre.store.write(merge, (CHEN, LI))
    assert (await centre.wish(other, LI)).refusal is CallbackRefusal.PENDING
    assert (await centre.contact(other)).state == "queued"


async def test_outside_the_hours_it_waits_for_the_next_opening(centre: Centre) -> None:
    centre.clock.set(shanghai(13, 21))  # Friday evening
    contact_id = await centre.call()
    told = await centre.store.read(standing, contact_id)
    assert told.callback is not None
    assert told.callback.at == shanghai(16, 9)
    answer = await centre.wish(contact_id)
    assert answer.at == shanghai(16, 9)
    assert (await centre.callback()).contact_id is None
    centre.clock.set(shanghai(16, 9) - timedelta(seconds=1))
    assert await centre.fire() == 0
    centre.clock.set(shanghai(16, 9))
    assert await centre.fire() == 1
    assert await centre.fire() == 0
    callback = await centre.callback()
    assert callback.state == "queued"
    assert callback.due_at == shanghai(16, 18)
    assert len([row for row in await centre.rows(contacts) if row.state == "queued"]) == 1


async def test_who_is_not_called_by_closing_time_is_offered_to_nobody_and_keeps_the_place(
    centre: Centre,
) -> None:
    centre.clock.set(shanghai(10, 17, 50))
    await centre.wish(await centre.call())
    callback = await centre.callback()
    centre.clock.set(shanghai(10, 18) - timedelta(seconds=10))
    agent_id = await centre.store.write(add_agent, "Ann")
    floor = Floor(centre.store, centre.clock)
    await floor.made(callback.contact_id, agent_id, "phone")
    centre.clock.set(shanghai(10, 18))
    assert await centre.fire() == 1
    [offer] = await centre.rows(offers)
    assert offer.state == "withdrawn"
    put_off = await centre.callback()
    assert (put_off.state, put_off.due_at, put_off.contact_id) == (
        "waiting", shanghai(11, 9), None,
    )  # fmt: skip
    assert put_off.waited_us == 600_000_000
    centre.clock.set(shanghai(11, 9))
    await centre.fire()
    again = await centre.contact((await centre.callback()).contact_id)
    assert routing_waited_s(again, centre) == 600
    assert "callback_put_off" in await centre.codes()


def routing_waited_s(row: Any, centre: Centre) -> float:
    """What a contact on the wall's clock has waited by now, in seconds."""
    return float(centre.clock.now().timestamp() - row.virtual_start_us / 1_000_000)


async def test_many_timers_are_fired_in_small_lots_each_once(centre: Centre) -> None:
    centre.clock.set(shanghai(10, 22))
    numbers = [f"+86138001380{place:02}" for place in range(7)]
    for number in numbers:
        await centre.wish(await centre.call(number), number)
    centre.clock.set(shanghai(11, 9))
    assert [await centre.fire(3) for _ in range(4)] == [3, 3, 1, 0]
    assert len([row for row in await centre.rows(contacts) if row.state == "queued"]) == 7


async def test_a_long_wait_that_was_given_up_is_called_back_by_the_targets_of_callbacks(
    centre: Centre,
) -> None:
    contact_id = await centre.call()
    centre.clock.advance(31)
    await centre.hangs_up(contact_id)
    assert (await centre.contact(contact_id)).state == "abandoned"
    callback = await centre.callback()
    assert (callback.kind, callback.state) == ("abandoned", "queued")
    waits = await centre.contact(callback.contact_id)
    assert (waits.promise, waits.target_s, waits.calendar_id) == ("callback", 3600, "office")
    assert waits.state == "queued"


@pytest.mark.parametrize(("waited_s", "tier"), [(29, "standard"), (300, "low")])
async def test_a_short_wait_or_another_tier_is_not_called_back(
    centre: Centre, waited_s: int, tier: str
) -> None:
    first = await centre.call()
    await centre.hangs_up(first)
    await centre.tier(CHEN, tier)
    contact_id = await centre.call()
    centre.clock.advance(waited_s)
    await centre.hangs_up(contact_id)
    assert await centre.rows(callbacks) == []


async def test_who_gave_up_twice_is_called_back_once(centre: Centre) -> None:
    for _ in range(2):
        contact_id = await centre.call()
        centre.clock.advance(60)
        await centre.hangs_up(contact_id)
    states = [row.state for row in await centre.rows(callbacks)]
    assert states == ["dropped", "queued"]


async def test_a_message_is_a_callback_whose_contact_is_the_message(centre: Centre) -> None:
    contact_id = await centre.message()
    callback = await centre.callback()
    assert (callback.kind, callback.contact_id) == ("voicemail", contact_id)
    row = await centre.contact(contact_id)
    assert (row.direction, row.promise) == ("in", "voicemail")
    assert row.meta["callback"]["id"] == callback.id
    centre.clock.set(shanghai(10, 19))  # closed: it can still be heard, nothing moves
    assert await centre.fire() == 0


async def test_a_mail_drops_what_was_our_idea_but_not_what_they_asked_for(centre: Centre) -> None:
    contact_id = await centre.call()
    centre.clock.advance(60)
    await centre.hangs_up(contact_id)
    await centre.mail("chen@example.test")
    assert (await centre.callback()).state == "queued"  # somebody else, as far as we know
    await centre.store.write(merge, (CHEN, "chen@example.test"))
    await centre.mail("chen@example.test")
    dropped = await centre.callback()
    assert (dropped.state, dropped.contact_id) == ("dropped", None)
    assert "callback_dropped" in await centre.codes()
    await centre.wish(await centre.call())
    await centre.mail("chen@example.test")
    assert (await centre.callback()).state == "queued"


async def test_a_time_is_agreed_within_hours_and_window_only(centre: Centre) -> None:
    with pytest.raises(Invalid) as refused:
        await schedule(centre, shanghai(10, 21))
    assert refused.value.reason == "callback.closed"
    await schedule(centre, shanghai(11, 15))
    waits = await centre.callback()
    assert (waits.kind, waits.state, waits.due_at) == ("scheduled", "waiting", shanghai(11, 15))
    centre.clock.set(shanghai(11, 15))
    await centre.fire()
    row = await centre.contact((await centre.callback()).contact_id)
    assert routing_waited_s(row, centre) == 0


async def test_another_time_takes_it_out_of_the_queue_and_now_puts_it_in(centre: Centre) -> None:
    await centre.wish(await centre.call())
    callback = await centre.callback()
    centre.clock.advance(120)
    later = Reschedule(callback.id, shanghai(11, 10), ANN)
    moved = await centre.store.write(reschedule_callback, later)
    assert (moved.state, moved.contact_id, moved.waited_us) == ("waiting", None, 120_000_000)
    assert (await centre.contact(callback.contact_id)).state == "closed"
    centre.clock.advance(60)
    now = await centre.store.write(
        reschedule_callback, Reschedule(callback.id, centre.clock.now(), ANN)
    )
    assert now.state == "queued"
    assert routing_waited_s(await centre.contact(now.contact_id), centre) == 120


async def test_what_is_cancelled_is_over(centre: Centre) -> None:
    await centre.wish(await centre.call())
    callback = await centre.callback()
    await centre.store.write(cancel_callback, Cancel(callback.id, ANN, "not needed any more"))
    over = await centre.callback()
    assert (over.state, over.finished_by, over.note) == (
        "cancelled", ANN.id, "not needed any more",
    )  # fmt: skip
    assert (await centre.contact(callback.contact_id)).state == "closed"
    with pytest.raises(IllegalMove):
        await centre.store.write(cancel_callback, Cancel(callback.id, ANN))
    with pytest.raises(IllegalMove):
        await centre.store.write(
            reschedule_callback, Reschedule(callback.id, shanghai(11, 10), ANN)
        )


async def test_it_is_offered_only_to_who_waits_long_and_in_time(centre: Centre) -> None:
    contact_id = await centre.call()
    assert (await told(centre, contact_id)).callback is None
    centre.clock.advance(91)
    offered = (await told(centre, contact_id)).callback
    assert offered is not None
    assert (offered.at, offered.zone) == (None, "Asia/Shanghai")
    await centre.wish(contact_id)
    after = await told(centre, contact_id)
    assert (after.callback, after.ended_as) == (None, "callback")


async def test_a_queue_without_rules_offers_nothing(centre: Centre) -> None:
    contact_id = await centre.call()
    await centre.store.write(_to_finance, contact_id)
    centre.clock.advance(1000)
    assert (await told(centre, contact_id)).callback is None
    assert (await centre.wish(contact_id)).refusal is CallbackRefusal.GONE


async def test_a_callback_is_in_no_service_level(centre: Centre) -> None:
    await centre.wish(await centre.call())
    lines = await centre.store.read(
        lambda tx, _: day_so_far(tx, Intervals(), frozenset({"support"})), None
    )
    assert sum(count.offered for _, line in lines for count in line.values()) == 1


async def test_a_queue_that_is_gone_calls_nobody_and_stops_no_other(centre: Centre) -> None:
    centre.clock.set(shanghai(10, 22))
    await centre.wish(await centre.call())
    await centre.wish(await centre.call(LI), LI)

    def retire(tx: Tx, _: None) -> None:
        first = tx.execute(select(callbacks.c.id).order_by(callbacks.c.id)).scalars().first()
        tx.execute(callbacks.update().where(callbacks.c.id == first).values(queue_id="gone"))

    await centre.store.write(retire, None)
    centre.clock.set(shanghai(11, 9))
    assert await centre.fire() == 2
    assert [row.state for row in await centre.rows(callbacks)] == ["cancelled", "queued"]


async def test_who_was_offered_a_message_while_closed_may_still_wish(centre: Centre) -> None:
    centre.clock.set(shanghai(10, 21))
    contact_id = await centre.call()
    await centre.left_for_a_message(contact_id)
    assert (await centre.contact(contact_id)).ended_as == "voicemail"
    answer = await centre.wish(contact_id)
    assert answer.at == shanghai(11, 9)
    assert (await centre.contact(contact_id)).ended_as == "callback"
    await centre.left_for_a_message(contact_id)  # told once more: too late
    assert (await centre.callback()).state == "waiting"


async def test_an_agents_own_call_is_the_attempt(centre: Centre) -> None:
    agent_id = await centre.store.write(add_agent, "Ann")
    await centre.wish(await centre.call())
    waits = (await centre.callback()).contact_id
    begun = await centre.agent_calls(agent_id, CHEN)
    assert (await centre.contact(waits)).ended_as == "callback"
    dialling = await centre.callback()
    assert (dialling.state, dialling.contact_id) == ("dialling", begun.contact_id)
    with pytest.raises(Conflict) as refused:
        await centre.agent_calls(await centre.store.write(add_agent, "Ben"), CHEN)
    assert refused.value.reason == "callback.dialling"
    await centre.not_reached(begun.contact_id, CallOutcome.NO_ANSWER)
    again = await centre.callback()
    assert (again.state, again.failed, again.last_outcome) == ("waiting", 1, "no_answer")
    assert again.due_at - centre.clock.now() == timedelta(seconds=900)
    # What the agent began themselves they also wrap up.
    assert (await centre.contact(begun.contact_id)).state in ("wrap_up", "closed")


async def test_who_is_reached_has_their_answer(centre: Centre) -> None:
    agent_id = await centre.store.write(add_agent, "Ann")
    missed = await centre.call()
    centre.clock.advance(19)
    await centre.store.write(routing.renew_presence, agent_id)
    centre.clock.advance(19)
    await centre.hangs_up(missed)
    assert (await centre.contact(missed)).unanswered_since is not None
    await centre.store.write(routing.renew_presence, agent_id)
    begun = await centre.agent_calls(agent_id, CHEN)
    await centre.told(begun.contact_id, CallMoment.AGENT_JOINED)
    assert (await centre.callback()).state == "done"
    assert (await centre.contact(missed)).unanswered_since is None


async def test_who_hears_a_message_calls_from_it_or_settles_it(centre: Centre) -> None:
    agent_id = await centre.store.write(add_agent, "Ann")
    first = await centre.message()
    await centre.store.write(give_to_agent, (first, agent_id))
    handle = Handle(first, agent_id, agent_id, "Ann", call=True)
    await centre.store.write(handling.end, handle)
    assert (await centre.callback()).state == "done"


def _to_finance(tx: Tx, contact_id: str) -> None:
    tx.execute(contacts.update().where(contacts.c.id == contact_id).values(queue_id="finance"))


async def told(centre: Centre, contact_id: str) -> Standing:
    return await centre.store.read(standing, contact_id)


async def test_a_time_agreed_during_a_call_goes_on_with_its_conversation(centre: Centre) -> None:
    contact_id = await centre.call()
    agent_id = await centre.store.write(add_agent, "Ann")
    await centre.store.write(give_to_agent, (contact_id, agent_id))
    await schedule(centre, shanghai(10, 15))
    callback = await centre.callback()
    assert callback.conversation_id == (await centre.contact(contact_id)).conversation_id
    assert len(await centre.rows(conversations)) == 1
    centre.clock.set(shanghai(10, 15))
    await centre.fire()  # they still talk
    later = await centre.callback()
    assert (later.state, later.due_at) == ("waiting", shanghai(10, 15, 1))
    await centre.hangs_up(contact_id)
    centre.clock.set(shanghai(10, 15, 1))
    await centre.fire()
    entered = await centre.contact((await centre.callback()).contact_id)
    assert (entered.state, entered.conversation_id) == ("queued", callback.conversation_id)


async def schedule(centre: Centre, at: datetime) -> None:
    def agree(tx: Tx, _: None) -> None:
        point = tx.execute(select(entry_points).where(entry_points.c.id == "hotline")).one()
        schedule_callback(tx, ScheduleCallback(ANN, point, "138 0013 8000", at))

    await centre.store.write(agree, None)


def merge(tx: Tx, addresses: tuple[str, str]) -> None:
    """The customer of the first address turns out to be that of the second."""
    rows = tx.execute(select(identities.c.value_norm, identities.c.customer_id)).all()
    owners = {row.value_norm: row.customer_id for row in rows}
    first, second = addresses
    merge_customers(tx, MergeCustomers(SYSTEM, owners[first], owners[second], "one person"))
