"""Deadlines follow their contacts through every part of the hub."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hub.contacts import service as contact_service
from hub.contacts.inbound import CallEvent, CallMoment, IdentityKind, SenderIdentity
from hub.contacts.model import Channel, ContactState, InteractionKind
from hub.contacts.service import Move
from hub.desk import handling, parked
from hub.desk.quarantine import Release, release_quarantined
from hub.intake.calls import Leave, apply_call_event, leave
from hub.routing.direct import take_up
from hub.storage import Store, Tx
from hub.testing.clock import NOON, ManualClock

from .house import (
    FIRST,
    HOUR,
    NEXT,
    RESOLUTION,
    House,
    a_policy,
    minutes,
)


async def test_the_first_answer_ends_the_first_deadline_and_the_next_message_begins_another(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy())
    contact_id = await house.message()
    assert minutes(await house.deadline(contact_id, FIRST), NOON) == 60
    assert minutes(await house.deadline(contact_id, RESOLUTION), NOON) == 480
    await house.taken(contact_id)
    clock.advance(600)
    await house.reply(contact_id)
    first = await house.deadline(contact_id, FIRST)
    assert (first.met_at, first.breached_at, first.used_us) == (clock.now(), None, 600_000_000)
    assert (first.due_at, first.look_at) == (None, None)
    assert [row.kind for row in await house.deadlines(contact_id)] == [FIRST, RESOLUTION]
    clock.advance(600)
    await house.message()
    clock.advance(60)
    await house.message()
    assert minutes(await house.deadline(contact_id, NEXT), NOON) == 20 + 120
    await house.reply(contact_id)
    assert (await house.deadline(contact_id, NEXT)).met_at == clock.now()


async def test_nothing_runs_while_the_contact_waits_for_its_customer(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy())
    contact_id = await house.message()
    await house.taken(contact_id)
    clock.advance(600)
    await house.reply(contact_id)
    await house.park(contact_id)
    stands = await house.deadline(contact_id, RESOLUTION)
    assert (stands.start_us, stands.used_us, stands.due_at) == (None, 600_000_000, None)
    clock.advance(24 * HOUR)
    assert await house.fire() == 0
    await house.resume(contact_id)
    assert minutes(await house.deadline(contact_id, RESOLUTION), clock.now()) == 470
    await house.park(contact_id)
    clock.advance(HOUR)
    assert await house.message() == contact_id
    assert minutes(await house.deadline(contact_id, RESOLUTION), clock.now()) == 470
    assert minutes(await house.deadline(contact_id, NEXT), clock.now()) == 120


async def test_a_message_wakes_the_deadline_of_one_that_was_parked_without_an_answer(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy())
    contact_id = await house.message()
    await house.taken(contact_id)
    clock.advance(600)
    await house.park(contact_id)
    clock.advance(HOUR)
    await house.message()
    assert minutes(await house.deadline(contact_id, FIRST), clock.now()) == 50


async def test_a_policy_may_go_on_while_its_contact_is_parked(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy(pause_parked=False))
    contact_id = await house.message()
    await house.taken(contact_id)
    await house.park(contact_id)
    assert minutes(await house.deadline(contact_id, FIRST), NOON) == 60


async def test_who_comes_back_goes_on_with_the_resolution_and_begins_the_first_reply_anew(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy())
    before = await house.message()
    await house.taken(before)
    clock.advance(HOUR)
    await house.reply(before)
    await house.close(before)
    met = await house.deadline(before, RESOLUTION)
    assert (met.met_at, met.used_us) == (clock.now(), HOUR * 1_000_000)
    clock.advance(10 * HOUR)
    after = await house.message()
    assert after != before
    again = await house.deadline(after, RESOLUTION)
    assert (again.id, again.met_at, again.decided_at) == (met.id, None, None)
    assert minutes(again, clock.now()) == 420
    assert minutes(await house.deadline(after, FIRST), clock.now()) == 60
    await house.taken(after)
    await house.reply(after)
    await house.close(after)
    clock.advance(25 * HOUR)
    anew = await house.message()
    assert minutes(await house.deadline(anew, RESOLUTION), clock.now()) == 480


async def test_a_customer_who_leaves_and_an_end_without_an_answer_count_for_nothing(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy())
    left = await house.message()
    await store.write(leave, Leave(left, "hung_up"))
    for row in await house.deadlines(left):
        assert (row.ended_at, row.met_at, row.decided_at) == (clock.now(), None, None)
    clock.advance(48 * HOUR)
    closed = await house.message()
    await house.taken(closed)
    await house.close(closed)
    assert (await house.deadline(closed, FIRST)).decided_at is None
    assert (await house.deadline(closed, RESOLUTION)).met_at == clock.now()
    clock.advance(48 * HOUR)
    settled = await house.message()
    await house.taken(settled)
    await house.reply(settled)
    await house.message()
    await house.close(settled)
    assert (await house.deadline(settled, NEXT)).decided_at is None


async def test_what_we_began_has_no_deadline_until_the_customer_writes(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy())
    contact_id = await house.begun()
    assert await house.deadlines(contact_id) == []
    await house.reply(contact_id)
    await house.message()
    assert [row.kind for row in await house.deadlines(contact_id)] == [NEXT]
    await house.close(contact_id)
    unspoken = await house.begun()
    assert await house.message(conversation_id=(await house.contact(unspoken)).conversation_id)
    assert [row.kind for row in await house.deadlines(unspoken)] == [NEXT]


async def test_an_answer_after_the_target_is_late_though_nobody_looked(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy())
    contact_id = await house.message()
    await house.taken(contact_id)
    clock.advance(2 * HOUR)
    await house.reply(contact_id)
    first = await house.deadline(contact_id, FIRST)
    assert first.breached_at == first.decided_at == NOON + timedelta(hours=1)
    assert first.met_at == clock.now()


async def test_deadlines_go_by_the_hours_of_the_queue(store: Store, clock: ManualClock) -> None:
    house = await House.opened(store, clock, a_policy())
    clock.set(datetime(2026, 3, 13, 9, 30, tzinfo=UTC))  # Friday 17:30 in Shanghai, open to 18:00
    contact_id = await house.message("finance-mail")
    due = (await house.deadline(contact_id, FIRST)).due_at
    assert due == datetime(2026, 3, 16, 1, 30, tzinfo=UTC)  # Monday 09:30


async def test_on_the_phone_the_agents_audio_is_the_first_answer(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy(60))
    caller = SenderIdentity(IdentityKind.PHONE, "+8613812345678")
    call_id = await house.message(
        "hotline", channel=Channel.PHONE, kind=InteractionKind.CALL, senders=(caller,)
    )
    states = (ContactState.OFFERED, ContactState.CONNECTING)

    def connecting(tx: Tx, _: None) -> None:
        for state in states:
            contact_service.move(tx, Move(call_id, state, changes={"agent_id": house.agent_id}))
        take_up(tx, contact_service.get_contact(tx, call_id), house.agent_id)

    await store.write(connecting, None)
    assert (await house.deadline(call_id, FIRST)).met_at is None
    clock.advance(20)

    def happens(tx: Tx, moment: CallMoment) -> None:
        news = CallEvent(f"e-{moment}", "hotline", call_id, moment, clock.now())
        apply_call_event(tx, contact_service.get_contact(tx, call_id), news)

    await store.write(happens, CallMoment.AGENT_JOINED)
    assert (await house.deadline(call_id, FIRST)).met_at == clock.now()
    clock.advance(300)
    await store.write(happens, CallMoment.CUSTOMER_LEFT)
    assert (await house.contact(call_id)).state == ContactState.WRAP_UP
    assert (await house.deadline(call_id, RESOLUTION)).met_at == clock.now()


async def test_the_resolution_is_met_when_wrap_up_begins(store: Store, clock: ManualClock) -> None:
    house = await House.opened(store, clock, a_policy(calendar_id="always"))
    contact_id = await house.message("finance-mail")
    await house.taken(contact_id)
    clock.advance(60)
    assert await store.write(handling.end, house.handle(contact_id)) == ContactState.WRAP_UP
    assert (await house.deadline(contact_id, RESOLUTION)).met_at == clock.now()


async def test_a_contact_that_comes_back_by_its_time_goes_on(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy())
    contact_id = await house.message()
    await house.taken(contact_id)
    await house.reply(contact_id)
    until = clock.now() + timedelta(hours=3)
    await store.write(handling.park, handling.Park(house.handle(contact_id), until))
    clock.advance(3 * HOUR)
    await store.write(lambda tx, _: parked.fire_due_parked(tx, tx.now, 10), None)
    assert minutes(await house.deadline(contact_id, RESOLUTION), clock.now()) == 480


async def test_what_is_in_quarantine_has_no_deadline_until_it_is_released(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy())
    contact_id = await house.message(quarantine_reason="cannot be read")
    assert await house.deadlines(contact_id) == []
    clock.advance(5 * HOUR)
    await store.write(release_quarantined, Release(contact_id))
    assert minutes(await house.deadline(contact_id, FIRST), clock.now()) == 60


async def test_a_customer_who_leaves_while_waited_for_has_been_helped(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy())
    contact_id = await house.message()
    await house.taken(contact_id)
    await house.reply(contact_id)
    await house.park(contact_id)
    clock.advance(HOUR)
    await store.write(leave, Leave(contact_id, "ended_chat"))
    assert (await house.deadline(contact_id, RESOLUTION)).met_at == clock.now()
