"""The time that an acknowledgement told the customer is a deadline of the first reply."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.desk.joining import MergeContacts, merge_contacts
from hub.desk.steering import By, MoveWaiting, move_waiting
from hub.desk.unjoining import UnmergeContacts, unmerge_contacts
from hub.routing.settings import CalendarSpec, load_settings
from hub.routing.sla.promised import PROMISE
from hub.storage import Store
from hub.testing.center import a_queue
from hub.testing.clock import NOON, ManualClock

from .house import FIRST, HOUR, NEXT, House, a_policy, a_sender, minutes

PROMISED_MIN = 4 * 60  # the center's public promise for mail


async def test_without_a_policy_the_promise_is_due_warned_of_and_broken(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock)
    contact_id = await house.message(acknowledge=True)
    [first] = await house.deadlines(contact_id)
    assert (first.kind, first.policy_id) == (FIRST, PROMISE.key)
    assert minutes(first, NOON) == PROMISED_MIN
    told = (await house.contact(contact_id)).promised_at
    assert first.due_at == told
    clock.advance(3 * HOUR)
    assert await house.fire() == 1
    clock.advance(HOUR)
    assert await house.fire() == 1
    first = await house.deadline(contact_id, FIRST)
    assert first.breached_at == told
    assert await house.codes(contact_id) == ["sla_warning_first_reply", "sla_breach_first_reply"]
    await house.taken(contact_id)
    await house.reply(contact_id)
    assert (await house.deadline(contact_id, FIRST)).met_at == clock.now()
    await house.message()
    assert [row.kind for row in await house.deadlines(contact_id)] == [FIRST]


async def test_a_reply_in_time_keeps_the_promise(store: Store, clock: ManualClock) -> None:
    house = await House.opened(store, clock)
    contact_id = await house.message(acknowledge=True)
    await house.taken(contact_id)
    clock.advance(HOUR)
    await house.reply(contact_id)
    first = await house.deadline(contact_id, FIRST)
    assert (first.met_at, first.breached_at, first.look_at) == (clock.now(), None, None)
    clock.advance(24 * HOUR)
    assert await house.fire() == 0


async def test_the_sooner_of_policy_and_promise_counts(store: Store, clock: ManualClock) -> None:
    house = await House.opened(store, clock, a_policy(HOUR))
    soon = await house.message(acknowledge=True)
    assert minutes(await house.deadline(soon, FIRST), NOON) == 60
    await house.change(sla_policies=(a_policy(8 * HOUR),))
    late = await house.message(acknowledge=True, references=(), senders=(a_sender(2),))
    first = await house.deadline(late, FIRST)
    assert (first.policy_id, minutes(first, NOON)) == ("usual", PROMISED_MIN)
    assert minutes(await house.deadline(soon, FIRST), NOON) == PROMISED_MIN
    await house.change(sla_policies=())
    first = await house.deadline(late, FIRST)
    assert (first.policy_id, minutes(first, NOON)) == (PROMISE.key, PROMISED_MIN)


async def test_a_promise_stands_for_nobody_to_wait_for(store: Store, clock: ManualClock) -> None:
    house = await House.opened(store, clock, a_policy(HOUR))
    contact_id = await house.message(acknowledge=True)
    await house.taken(contact_id)
    await house.park(contact_id)
    first = await house.deadline(contact_id, FIRST)
    assert minutes(first, NOON) == PROMISED_MIN
    await house.resume(contact_id)
    assert minutes(await house.deadline(contact_id, FIRST), NOON) == 60


async def test_what_was_parked_goes_on_by_its_policy_where_it_stood(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy(HOUR))
    contact_id = await house.message(acknowledge=True)
    await house.taken(contact_id)
    for _ in range(2):
        clock.advance(HOUR / 6)
        await house.park(contact_id)
        clock.advance(HOUR)
        assert minutes(await house.deadline(contact_id, FIRST), NOON) == PROMISED_MIN
        await house.resume(contact_id)
    assert await house.fire() == 0
    first = await house.deadline(contact_id, FIRST)
    assert (minutes(first, clock.now()), first.breached_at) == (40, None)
    clock.advance(HOUR / 6)
    await house.park(contact_id)
    clock.advance(2 * HOUR)
    await house.fire()
    first = await house.deadline(contact_id, FIRST)
    assert first.breached_at == (await house.contact(contact_id)).promised_at


async def test_it_is_a_time_of_the_clock_whatever_happens_to_hours_and_queue(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock)
    settings = await store.read(lambda tx, _: load_settings(tx), None)
    await house.change(queues={**settings.queues, "support": a_queue("office")})
    contact_id = await house.message(acknowledge=True)
    first = await house.deadline(contact_id, FIRST)
    due = datetime(2026, 3, 11, 5, 0, tzinfo=UTC)  # Wednesday 13:00, four hours after opening
    assert (first.due_at, first.target_us) == (due, 4 * HOUR * 1_000_000)
    early = CalendarSpec(hours="Mon-Fri 07:00-18:00", zone="Asia/Shanghai")
    await house.change(calendars={**settings.calendars, "office": early})
    first = await house.deadline(contact_id, FIRST)
    assert (first.due_at, first.target_us) == (due, 6 * HOUR * 1_000_000)
    cmd = MoveWaiting((contact_id,), By("boss", "Wang"), queue_id="finance")
    await store.write(move_waiting, cmd)
    assert (await house.deadline(contact_id, FIRST)).due_at == due


async def test_who_is_told_no_time_has_no_deadline(store: Store, clock: ManualClock) -> None:
    house = await House.opened(store, clock)
    contact_id = await house.message()
    assert await house.deadlines(contact_id) == []
    assert (await house.contact(contact_id)).promised_at is None


async def test_the_next_answer_was_promised_by_nobody(store: Store, clock: ManualClock) -> None:
    house = await House.opened(store, clock, a_policy(8 * HOUR, 2 * HOUR, None))
    contact_id = await house.message(acknowledge=True)
    await house.taken(contact_id)
    await house.reply(contact_id)
    await house.message()
    assert minutes(await house.deadline(contact_id, NEXT), NOON) == 120


async def test_of_two_promises_the_earlier_is_kept_over_a_merge_and_both_after_it(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock)
    early = await house.message(acknowledge=True)
    clock.advance(HOUR)
    late = await house.message(acknowledge=True, references=(), senders=(a_sender(2),))
    told = [(await house.contact(one)).promised_at for one in (early, late)]
    assert told[0] < told[1]
    by = By(house.agent_id, "Ann")
    merged = await store.write(merge_contacts, MergeContacts(late, early, by))
    assert (await house.contact(late)).promised_at == told[0]
    assert (await house.deadline(late, FIRST)).due_at == told[0]
    await store.write(unmerge_contacts, UnmergeContacts(merged.merge_id, by))
    for one, due_at in zip((early, late), told, strict=True):
        assert (await house.contact(one)).promised_at == due_at
        assert [row.due_at for row in await house.deadlines(one) if not row.ended_at] == [due_at]


async def test_a_promise_goes_along_to_a_contact_that_had_none_and_back(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock)
    promised = await house.message(acknowledge=True)
    told = (await house.contact(promised)).promised_at
    plain = await house.message(references=(), senders=(a_sender(2),))
    by = By(house.agent_id, "Ann")
    merged = await store.write(merge_contacts, MergeContacts(plain, promised, by))
    assert (await house.deadline(plain, FIRST)).due_at == told
    await store.write(unmerge_contacts, UnmergeContacts(merged.merge_id, by))
    assert (await house.contact(plain)).promised_at is None
    assert [row for row in await house.deadlines(plain) if row.ended_at is None] == []


async def test_what_was_answered_promises_nothing_to_another_contact(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock)
    answered = await house.message(acknowledge=True)
    await house.taken(answered)
    await house.reply(answered)
    plain = await house.message(references=(), senders=(a_sender(2),))
    by = By(house.agent_id, "Ann")
    await store.write(merge_contacts, MergeContacts(plain, answered, by))
    assert (await house.contact(plain)).promised_at is None
