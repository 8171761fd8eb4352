"""Who sent it, read in what was sent: never against what a person has decided meanwhile."""

from __future__ import annotations

import pytest

from hub.accounts.model import SYSTEM
from hub.care import merge_customers
from hub.customers.addresses import AddIdentity, NewAddress, add_identity
from hub.customers.merging.service import MergeCustomers
from hub.customers.model import Identified, IdentityKind
from hub.customers.reads import get_customer_row, identity_ids_of
from hub.customers.recognise import recognise
from hub.customers.service import CreateCustomer, create_customer
from hub.storage import Store, Tx

from .builders import asks, identify, mail, phone, usual_tier

BOB = asks(mail("bob@example.test", "Bob"))


async def read_bob(store: Store, identity_id: str) -> Identified | None:
    """What this sender sent names Bob's address."""

    def run(tx: Tx, _: None) -> Identified | None:
        return recognise(tx, identity_id, BOB, usual_tier)

    return await store.write(run, None)


async def test_a_nameless_sender_becomes_who_their_words_name(store: Store) -> None:
    [hidden] = await identify(store, asks(phone("anonymous")))
    who = await read_bob(store, hidden.identity_id)
    assert who is not None
    assert who.customer_id != hidden.customer_id
    assert hidden.identity_id in await store.read(identity_ids_of, who.customer_id)
    row = await store.read(get_customer_row, hidden.customer_id)
    assert row.merged_into_id == who.customer_id


@pytest.mark.parametrize("stays", ["ann", "hidden"])
async def test_who_was_merged_by_hand_is_not_made_somebody_else(store: Store, stays: str) -> None:
    [hidden] = await identify(store, asks(phone("anonymous")))
    [ann] = await identify(store, asks(mail("ann@example.test", "Ann")))
    from_id, into_id = hidden.customer_id, ann.customer_id
    if stays == "hidden":
        from_id, into_id = into_id, from_id
    await store.write(merge_customers, MergeCustomers(SYSTEM, from_id, into_id, "she said so"))
    assert await read_bob(store, hidden.identity_id) is None
    assert (await store.read(get_customer_row, into_id)).merged_into_id is None
    held = await store.read(identity_ids_of, into_id)
    assert set(held) == {ann.identity_id, hidden.identity_id}


async def test_a_record_without_addresses_that_was_merged_into_it_counts_too(store: Store) -> None:
    [hidden] = await identify(store, asks(phone("anonymous")))
    bare = await store.write(create_customer, CreateCustomer(SYSTEM, "CN", name="Ann"))
    merge = MergeCustomers(SYSTEM, bare, hidden.customer_id, "she said so")
    await store.write(merge_customers, merge)
    assert await read_bob(store, hidden.identity_id) is None


async def test_who_was_given_an_address_by_hand_is_not_made_somebody_else(store: Store) -> None:
    [hidden] = await identify(store, asks(phone("anonymous")))
    typed = NewAddress(IdentityKind.PHONE, "13800138000")
    command = AddIdentity(SYSTEM, hidden.customer_id, typed, "CN")
    added = await store.write(add_identity, command)
    assert await read_bob(store, hidden.identity_id) is None
    row = await store.read(get_customer_row, hidden.customer_id)
    assert row.merged_into_id is None
    assert added in await store.read(identity_ids_of, hidden.customer_id)
