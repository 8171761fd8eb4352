"""What changes about a customer and reaches what waits for them."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from hub import care
from hub.accounts.model import SYSTEM
from hub.contacts.commitments import service as commitments
from hub.contacts.commitments.model import CommitmentKind
from hub.contacts.commitments.reads import ListCommitments, list_commitments
from hub.core.errors import Invalid
from hub.customers.model import TierSource
from hub.customers.reads import get_customer_row
from hub.customers.service import ChangeCustomer, SetTier, change_customer, set_tier
from hub.routing.settings import load_settings, save_settings
from hub.storage import Store, Tx
from hub.testing.clock import NOON, ManualClock

from .house import open_house


async def test_a_tier_given_for_a_time_ends_by_itself(store: Store, clock: ManualClock) -> None:
    house = await open_house(store)
    contact_id = await house.receive("hello")
    customer_id = await house.customer_of(contact_id)
    until = NOON + timedelta(hours=1)
    command = SetTier(house.supervisor, customer_id, "gold", "trade fair", expires_at=until)
    await store.write(care.change_tier, command)
    fire = lambda tx, _: care.fire_due_tiers(tx, tx.now, 10)  # noqa: E731 - one line is plainer
    assert await store.write(fire, None) == 0
    clock.advance(3600)
    assert await store.write(fire, None) == 1
    assert await store.write(fire, None) == 0
    assert (await house.contact(contact_id)).target_s == 14_400


async def test_a_tier_by_hand_falls_back_to_what_was_imported(
    store: Store, clock: ManualClock
) -> None:
    house = await open_house(store)
    customer_id = await house.customer_of(await house.receive("hello"))
    imported = SetTier(SYSTEM, customer_id, "potential_gold", "crm", TierSource.IMPORTED)
    await store.write(set_tier, imported)
    until = NOON + timedelta(hours=1)
    by_hand = SetTier(house.supervisor, customer_id, "gold", "trade fair", expires_at=until)
    await store.write(care.change_tier, by_hand)
    clock.advance(3600)
    await store.write(lambda tx, _: care.fire_due_tiers(tx, tx.now, 10), None)
    row = await store.read(get_customer_row, customer_id)
    assert (row.tier, row.tier_source) == ("potential_gold", "imported")


def _usual_is(tx: Tx, tier: str) -> None:
    save_settings(tx, msgspec.structs.replace(load_settings(tx), default_tier=tier))


async def test_who_is_new_has_the_default_tier_of_the_set_up(
    store: Store, clock: ManualClock
) -> None:
    house = await open_house(store)
    await store.write(_usual_is, "potential_gold")
    contact_id = await house.receive("hello", "new@example.test")
    customer_id = await house.customer_of(contact_id)
    row = await store.read(get_customer_row, customer_id)
    assert (row.tier, row.tier_source) == ("potential_gold", "default")
    assert (await house.contact(contact_id)).tier == "potential_gold"
    until = NOON + timedelta(hours=1)
    by_hand = SetTier(house.supervisor, customer_id, "gold", "trade fair", expires_at=until)
    await store.write(care.change_tier, by_hand)
    await store.write(_usual_is, "low")
    clock.advance(3600)
    await store.write(lambda tx, _: care.fire_due_tiers(tx, tx.now, 10), None)
    row = await store.read(get_customer_row, customer_id)
    assert (row.tier, row.tier_source) == ("low", "default")


async def test_several_tiers_that_end_at_once_fall_back_each_to_its_own(
    store: Store, clock: ManualClock
) -> None:
    house = await open_house(store)
    until = NOON + timedelta(hours=1)
    wanted = {}
    for number, imported in enumerate(["low", None, "potential_gold"]):
        customer_id = await house.customer_of(await house.receive("x", f"{number}@example.test"))
        wanted[customer_id] = imported or "standard"
        for tier in ("potential_gold", imported) if imported else ():
            given = SetTier(SYSTEM, customer_id, tier, "crm", TierSource.IMPORTED)
            await store.write(set_tier, given)
            clock.advance(1)
        by_hand = SetTier(house.supervisor, customer_id, "gold", "trade fair", expires_at=until)
        await store.write(care.change_tier, by_hand)
    clock.advance(3600)
    assert await store.write(lambda tx, _: care.fire_due_tiers(tx, tx.now, 10), None) == 3
    found = {id_: (await store.read(get_customer_row, id_)).tier for id_ in wanted}
    assert found == wanted


async def test_a_customer_is_looked_after_by_a_user_who_exists(store: Store) -> None:
    house = await open_house(store)
    customer_id = await house.customer_of(await house.receive("hello"))
    with pytest.raises(Invalid):
        await store.write(change_customer, ChangeCustomer(SYSTEM, customer_id, owner_id="ghost"))


async def test_a_hand_over_takes_customers_and_open_promises(store: Store) -> None:
    house = await open_house(store)
    customer_id = await house.customer_of(await house.receive("hello"))
    assert house.agent.id
    assert house.supervisor.id
    await store.write(change_customer, ChangeCustomer(SYSTEM, customer_id, owner_id=house.agent.id))
    promise = commitments.MakeCommitment(
        actor=house.agent,
        kind=CommitmentKind.CALLBACK,
        text="call back",
        due_at=NOON + timedelta(hours=1),
        customer_id=customer_id,
    )
    await store.write(commitments.make_commitment, promise)
    moved = await store.write(
        care.hand_over, care.HandOver(house.supervisor, house.agent.id, house.supervisor.id)
    )
    assert moved == 2
    mine = await store.read(list_commitments, ListCommitments(10, owner_id=house.supervisor.id))
    assert [row.text for row in mine] == ["call back"]
