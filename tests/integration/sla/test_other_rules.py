"""Another queue, another tier, another policy, other hours: what was used is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from hub.accounts.model import SYSTEM
from hub.care import change_tier
from hub.customers.reads import customers_of_identities
from hub.customers.service import SetTier
from hub.desk import handling
from hub.desk.handling import Transfer
from hub.desk.steering import By, MoveWaiting, move_waiting
from hub.routing.settings import CalendarSpec, load_settings, save_settings
from hub.routing.sla.service import fire_due_stale, keep_used_time
from hub.storage import Store, Tx
from hub.testing.center import a_queue
from hub.testing.clock import NOON, ManualClock

from .house import (
    FIRST,
    HOUR,
    NEXT,
    RESOLUTION,
    House,
    a_policy,
    a_sender,
    minutes,
)


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


async def test_a_tighter_policy_after_the_warning_still_fires_its_breach(
    store: Store, clock: ManualClock
) -> None:
    """The warning came later than the whole target is now."""
    house = await House.opened(store, clock, a_policy(4 * HOUR, None, None))
    contact_id = await house.message()
    clock.advance(3 * HOUR)
    await house.fire()
    assert await house.codes(contact_id) == ["sla_warning_first_reply"]
    await house.change(sla_policies=(a_policy(2 * HOUR, None, None),))
    await house.fire()
    assert (await house.deadline(contact_id, FIRST)).breached_at == NOON + timedelta(hours=2)
    assert await house.codes(contact_id) == ["sla_warning_first_reply", "sla_breach_first_reply"]


async def test_what_ended_before_the_new_rules_reached_it_stays_under_the_old(
    store: Store, clock: ManualClock
) -> None:
    house = await House.opened(store, clock, a_policy())
    contact_id = await house.message()
    await house.taken(contact_id)

    def change(tx: Tx, _: None) -> None:
        before = load_settings(tx)
        after = msgspec.structs.replace(before, sla_policies=(a_policy(key="other"),))
        save_settings(tx, after)
        keep_used_time(tx, before, after)

    await store.write(change, None)
    await house.close(contact_id)
    closed = await house.contact(contact_id)
    assert closed.sla_stale_at is not None
    assert await store.write(lambda tx, _: fire_due_stale(tx, tx.now, 10), None) == 1
    now = await house.contact(contact_id)
    assert (now.sla_policy_id, now.version, now.sla_stale_at) == ("usual", closed.version, None)


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
