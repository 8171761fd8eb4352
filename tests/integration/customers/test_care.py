"""What changes about a customer and reaches what waits for them."""

from __future__ import annotations

from datetime import timedelta

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
from hub.storage import Store
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
