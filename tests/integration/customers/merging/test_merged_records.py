"""What is done to a record that became another one is never lost on it."""

from __future__ import annotations

import pytest

from hub.accounts.model import SYSTEM
from hub.core.errors import Conflict, NotFound
from hub.customers.addresses import AddIdentity, NewAddress, add_identity, record_identity
from hub.customers.merging import service as merging
from hub.customers.model import IdentityKind
from hub.customers.reads import identity_ids_of
from hub.storage import Store
from tests.integration.customers.builders import asks, identify, phone

from .builders import some_records

NUMBER = NewAddress(IdentityKind.PHONE, "13800138000")


async def test_an_address_is_added_to_what_the_record_became(store: Store) -> None:
    records = await some_records(store, "a b")
    await records.merge("a", "b")
    with pytest.raises(Conflict):
        await store.write(add_identity, AddIdentity(SYSTEM, records.ids["a"], NUMBER, "CN"))
    await store.write(add_identity, AddIdentity(SYSTEM, records.ids["b"], NUMBER, "CN"))
    [who] = await identify(store, asks(phone("13800138000")))
    assert who.customer_id == records.ids["b"]


async def test_what_is_logged_by_hand_is_todays_customers(store: Store) -> None:
    records = await some_records(store, "a b")
    await records.merge("a", "b")
    logged = await store.write(record_identity, records.ids["a"])
    assert logged in await store.read(identity_ids_of, records.ids["b"])
    assert await store.write(record_identity, records.ids["b"]) == logged


async def test_what_was_logged_before_a_merge_comes_back_with_its_undoing(store: Store) -> None:
    records = await some_records(store, "a b")
    before = await store.write(record_identity, records.ids["a"])
    await records.merge("a", "b")
    since = await store.write(record_identity, records.ids["a"])
    assert since != before
    assert {before, since} <= set(await store.read(identity_ids_of, records.ids["b"]))
    await store.write(merging.unmerge_customer, merging.UnmergeCustomer(SYSTEM, records.ids["a"]))
    assert before in await store.read(identity_ids_of, records.ids["a"])
    assert since in await store.read(identity_ids_of, records.ids["b"])
    assert await store.write(record_identity, records.ids["a"]) == before


async def test_nothing_is_logged_for_nobody(store: Store) -> None:
    with pytest.raises(NotFound):
        await store.write(record_identity, "none")
