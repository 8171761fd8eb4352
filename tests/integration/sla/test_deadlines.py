"""Deadlines follow their contacts through every part of the hub."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hub.accounts.model import SYSTEM
from hub.care import change_tier
from hub.contacts import service as contact_service
from hub.contacts.inbound import CallEvent, CallMoment, IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, ContactState, InteractionKind
from hub.contacts.service import Move
from hub.customers.reads import customers_of_identities
from hub.customers.service import SetTier
from hub.desk import handling
from hub.desk.handling import Transfer
from hub.desk.quarantine import Release, release_quarantined
from hub.desk.steering import By, MoveWaiting, move_waiting
from hub.intake import receive
from hub.intake.calls import Leave, apply_call_event, leave
from hub.routing.direct import take_up
from hub.routing.settings import CalendarSpec, load_settings
from hub.routing.sla.rows import find_followed, find_resolutions
from hub.routing.sla.service import fire_due_stale, reach_steps
from hub.storage import Store, Tx
from hub.testing.center import a_queue
from hub.testing.clock import NOON, ManualClock

from .house import (
    FIRST,
    HOUR,
    NEXT,
    RESOLUTION,
    Counting,
    House,
    Planning,
    a_policy,
    a_sender,
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


async def test_another_queue_has_another_policy_and_what_was_used_is_kept(
    store: Store, clock: ManualClock
) -> None:
    usual = a_policy(queues=("support",))
    slow = a_policy(
        3 * HOUR, None, 16 * HOUR, key="slow", queues=("finance",), calendar_id="always"
    )
    house = await House.opened(store, clock, usual, slow)
    contact_id = await house.message()
    clock.advance(600)
    cmd = MoveWaiting((contact_id,), By("boss", "Wang"), queue_id="finance")
    await store.write(move_waiting, cmd)
    first = await house.deadline(contact_id, FIRST)
    assert (first.policy_id, minutes(first, NOON)) == ("slow", 180)
    await house.taken(contact_id)
    await house.reply(contact_id)
    await house.message()
    assert [row.kind for row in await house.deadlines(contact_id)] == [FIRST, RESOLUTION]
    move = Transfer(house.handle(contact_id), queue_id="support")
    await store.write(handling.transfer, move)
    assert minutes(await house.deadline(contact_id, NEXT), NOON) == 10 + 120
    assert minutes(await house.deadline(contact_id, RESOLUTION), NOON) == 480


async def test_a_new_policy_keeps_used_time_and_breaks_nothing_at_once(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock)
    ids = [await house.message(references=(), senders=(a_sender(n),)) for n in range(5)]
    assert await house.deadlines(ids[0]) == []
    clock.advance(5 * HOUR)
    await house.change(sla_policies=(a_policy(),))
    for contact_id in ids:
        assert minutes(await house.deadline(contact_id, FIRST), clock.now()) == 60
    clock.advance(1800)
    await house.change(sla_policies=(a_policy(2 * HOUR),))
    assert minutes(await house.deadline(ids[1], FIRST), clock.now()) == 90
    await house.change(sla_policies=(a_policy(None),))
    first = await house.deadline(ids[1], FIRST)
    assert (first.ended_at, first.decided_at) == (clock.now(), None)
    await house.change(sla_policies=())
    assert (await house.deadline(ids[1], RESOLUTION)).ended_at == clock.now()
    assert (await house.contact(ids[1])).sla_policy_id is None


async def test_other_hours_keep_used_time(store: Store, clock: ManualClock) -> None:
    house = await House.opened(store, clock, a_policy())
    clock.set(datetime(2026, 3, 13, 9, 30, tzinfo=UTC))  # Friday 17:30 in Shanghai
    contact_id = await house.message("finance-mail")
    clock.advance(1200)  # twenty of sixty minutes
    settings = await store.read(lambda tx, _: load_settings(tx), None)
    longer = CalendarSpec(hours="Mon-Sun 08:00-20:00", zone="Asia/Shanghai")
    await house.change(calendars={**settings.calendars, "office": longer})
    first = await house.deadline(contact_id, FIRST)
    assert (minutes(first, clock.now()), first.breached_at) == (40, None)
    clock.advance(600)
    await house.change(queues={**settings.queues, "finance": a_queue("always")})
    first = await house.deadline(contact_id, FIRST)
    assert (first.calendar_id, minutes(first, clock.now())) == ("always", 30)


async def test_another_tier_brings_its_policy(store: Store, clock: ManualClock) -> None:
    gold = a_policy(600, key="gold", tiers=("gold",))
    house = await House.opened(store, clock, gold, a_policy())
    contact_id = await house.message()
    assert (await house.contact(contact_id)).sla_policy_id == "usual"
    identity_id = (await house.contact(contact_id)).identity_id

    def give_gold(tx: Tx, _: None) -> None:
        customer = customers_of_identities(tx, [identity_id])[identity_id]
        change_tier(tx, SetTier(SYSTEM, customer.customer_id, "gold", "a good customer"))
        fire_due_stale(tx, tx.now, 10)

    clock.advance(300)
    await store.write(give_gold, None)
    first = await house.deadline(contact_id, FIRST)
    assert (first.policy_id, minutes(first, NOON)) == ("gold", 10)


async def test_contacts_without_a_policy_have_no_deadlines_and_cost_no_statement(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock)
    without = await _statements(house, "mail", 4)
    await house.change(sla_policies=(a_policy(channels=("fax",)),))
    assert await _statements(house, "mail", 16) == without
    contact_id = await house.message()
    assert (await house.contact(contact_id)).sla_policy_id is None
    await house.taken(contact_id)
    await house.reply(contact_id)
    await house.close(contact_id)
    assert await house.deadlines(contact_id) == []


async def test_many_messages_at_once_cost_a_fixed_number_of_statements(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy(channels=("email",)))
    counts = [await _statements(house, "mail", many) for many in (4, 16)]
    assert counts[0] == counts[1]


async def _statements(house: House, entry_point: str, many: int) -> int:
    """Return how many statements it takes to store so many first messages at once."""
    items = [
        Inbound(
            entry_point_id=entry_point,
            channel=Channel.EMAIL,
            dedupe_key=f"{many}-{number}",
            senders=(a_sender(100 * many + number),),
            received_at=NOON,
            text="Hello",
            acknowledge=False,
        )
        for number in range(many)
    ]

    def counted(tx: Tx, _: None) -> int:
        counting = Counting(tx)
        receive(counting, items)  # type: ignore[arg-type]  # stands in for the transaction
        return counting.count

    return await house.store.write(counted, None)


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
    await store.write(lambda tx, _: handling.fire_due_parked(tx, tx.now, 10), None)
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


async def test_what_is_asked_every_tick_and_for_every_message_is_found_by_an_index(
    sqlite_store: Store, clock: ManualClock
) -> None:
    house = await House.opened(sqlite_store, clock, a_policy())
    contact_id = await house.message()
    plans: list[str] = []

    def planned(tx: Tx, _: None) -> None:
        planning = Planning(tx, plans)
        fire_due_stale(planning, tx.now, 10)  # type: ignore[arg-type]  # stands in for it
        reach_steps(planning, tx.now, 10)  # type: ignore[arg-type]  # as above
        find_resolutions(planning, [contact_id])  # type: ignore[arg-type]  # as above
        find_followed(planning, [contact_id])  # type: ignore[arg-type]  # as above

    await sqlite_store.write(planned, None)
    assert len(plans) == 4
    for plan, index in zip(
        plans,
        (
            "ix_contacts_sla_stale",
            "ix_sla_deadlines_look",
            "ix_sla_deadlines_conversation",
            "uq_sla_deadlines_open",
        ),
        strict=True,
    ):
        assert index in plan
        assert "SCAN" not in plan
