"""A fax from somebody's phone number is theirs, a call from their fax number, too: as far as one
customer alone has it, and proving nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Row, select

from hub.accounts.model import SYSTEM
from hub.core.bus import Bus
from hub.customers.addresses import (
    AddIdentity,
    NewAddress,
    RemoveIdentity,
    add_identity,
    remove_identity,
)
from hub.customers.merging.service import (
    MergeCustomers,
    UnmergeCustomer,
    merge_customers,
    unmerge_customer,
)
from hub.customers.merging.split import SplitCustomer, split_customer
from hub.customers.model import Identified, IdentityKind, SenderIdentity
from hub.customers.reads import identity_ids_of
from hub.customers.recognise import recognise
from hub.customers.service import CreateCustomer, create_customer
from hub.customers.tables import customers, identities
from hub.storage import Store, Tx
from hub.testing.databases import PrivatePostgreSQL

from .builders import asks, count, fax, identify, mail, phone, usual_tier

NUMBER = "010-88886666"
AS_A_MACHINE_SAYS = "+86 10 8888 6666"
LINE = NewAddress(IdentityKind.PHONE, NUMBER)


async def from_a(store: Store, medium: str, sender: SenderIdentity) -> Identified:
    """Who it is, of what came by this medium."""
    [who] = await identify(store, replace(asks(sender), source=medium))
    return who


async def known(store: Store, *addresses: NewAddress, name: str = "陈女士") -> str:
    new = CreateCustomer(SYSTEM, "CN", name=name, tier="gold", addresses=addresses)
    return await store.write(create_customer, new)


async def row_of(store: Store, identity_id: str) -> Row[Any]:
    def read(tx: Tx, _: None) -> Row[Any]:
        return tx.execute(select(identities).where(identities.c.id == identity_id)).one()

    return await store.read(read, None)


async def test_a_fax_from_a_known_phone_number_is_that_customers(store: Store) -> None:
    ann = await known(store, LINE)
    who = await from_a(store, "fax", fax(AS_A_MACHINE_SAYS, "ACME"))
    assert (who.customer_id, who.tier, who.name, who.is_new) == (ann, "gold", "陈女士", False)
    again = await from_a(store, "fax", fax(NUMBER))
    assert (again.identity_id, again.customer_id) == (who.identity_id, ann)
    assert await count(store, customers) == 1


async def test_its_number_is_kept_beside_the_others_and_proves_nothing(store: Store) -> None:
    caller = await from_a(store, "phone", phone(NUMBER))
    faxer = await from_a(store, "fax", fax(AS_A_MACHINE_SAYS))
    row = await row_of(store, faxer.identity_id)
    assert (row.customer_id, row.kind, row.value_norm) == (
        caller.customer_id,
        "fax",
        "+861088886666",
    )
    assert (row.status, row.source, row.verified_by, row.home_id) == ("active", "fax", None, None)


async def test_a_call_and_a_fax_of_somebody_new_in_one_batch_are_one_customer(store: Store) -> None:
    called, faxed = await identify(
        store,
        replace(asks(phone(NUMBER)), source="phone"),
        replace(asks(fax(AS_A_MACHINE_SAYS)), source="fax"),
    )
    assert called.customer_id == faxed.customer_id
    assert await count(store, customers) == 1


async def shared_number(store: Store) -> tuple[str, str]:
    """Two who share a number, said by hand."""
    one = await known(store, LINE)
    other = await known(store, name="王先生")
    await store.write(add_identity, AddIdentity(SYSTEM, other, LINE, "CN", shared=True))
    return one, other


async def number_of(store: Store, customer_id: str) -> str:
    """The only address of a customer."""
    [identity_id] = await store.read(identity_ids_of, customer_id)
    return identity_id


async def test_a_shared_number_names_nobody(store: Store) -> None:
    one, other = await shared_number(store)
    who = await from_a(store, "fax", fax(NUMBER))
    assert who.customer_id not in (one, other)
    assert (await from_a(store, "fax", fax(NUMBER))).customer_id == who.customer_id


async def test_a_number_said_to_be_shared_names_nobody_though_one_is_left(store: Store) -> None:
    one, other = await shared_number(store)
    left = RemoveIdentity(SYSTEM, other, await number_of(store, other))
    await store.write(remove_identity, left)
    assert (await from_a(store, "fax", fax(NUMBER))).customer_id != one


async def test_a_number_that_is_also_others_names_nobody(store: Store) -> None:
    first = await known(store, LINE)
    gone = RemoveIdentity(SYSTEM, first, await number_of(store, first))
    await store.write(remove_identity, gone)
    await shared_number(store)
    back = AddIdentity(SYSTEM, first, LINE, "CN")  # as theirs, beside the two who share it
    await store.write(add_identity, back)
    assert (await from_a(store, "phone", phone(NUMBER))).customer_id == first
    assert (await from_a(store, "fax", fax(NUMBER))).customer_id != first


@pytest.mark.parametrize("number", ["8001", "10086", "anonymous", "", "+266696687", "12 by fax"])
async def test_short_internal_and_withheld_numbers_name_nobody(store: Store, number: str) -> None:
    caller = await from_a(store, "phone", phone(number))
    assert (await from_a(store, "fax", fax(number))).customer_id != caller.customer_id


async def test_an_extension_is_not_the_whole_firm(store: Store) -> None:
    caller = await from_a(store, "phone", phone(f"{NUMBER}转123"))
    assert (await from_a(store, "fax", fax(NUMBER))).customer_id != caller.customer_id


async def test_what_was_taken_away_does_not_come_back_by_itself(store: Store) -> None:
    ann = await known(store, LINE)
    who = await from_a(store, "fax", fax(NUMBER))
    await store.write(remove_identity, RemoveIdentity(SYSTEM, ann, who.identity_id))
    assert (await from_a(store, "fax", fax(NUMBER))).customer_id != ann


async def test_what_was_given_to_another_stays_there(store: Store) -> None:
    ann = await known(store, LINE)
    who = await from_a(store, "fax", fax(NUMBER))
    split = SplitCustomer(SYSTEM, ann, (who.identity_id,), "their neighbour's machine")
    await store.write(split_customer, split)
    again = await from_a(store, "fax", fax(NUMBER))
    assert again.identity_id == who.identity_id
    assert again.customer_id != ann


async def test_a_merged_record_is_who_it_became_and_its_undoing_takes_both_back(
    store: Store,
) -> None:
    ann = await known(store, LINE)
    bob = await known(store, NewAddress(IdentityKind.EMAIL, "bob@example.test"), name="Bob")
    await store.write(merge_customers, MergeCustomers(SYSTEM, ann, bob, "the same"))
    who = await from_a(store, "fax", fax(NUMBER))
    assert who.customer_id == bob
    await store.write(unmerge_customer, UnmergeCustomer(SYSTEM, ann))
    row = await row_of(store, who.identity_id)
    assert (row.customer_id, row.home_id) == (ann, None)  # the number is one person's
    assert (await from_a(store, "fax", fax(NUMBER))).customer_id == ann


async def test_a_number_read_on_a_page_is_looked_for_among_phone_numbers_too(store: Store) -> None:
    ann = await known(store, LINE)
    hidden = await from_a(store, "fax", fax(""))

    def read_it(tx: Tx, _: None) -> Identified | None:
        ask = replace(asks(fax(AS_A_MACHINE_SAYS)), source="fax")
        return recognise(tx, hidden.identity_id, ask, usual_tier)

    who = await store.write(read_it, None)
    assert who is not None
    assert who.customer_id == ann
    await store.write(unmerge_customer, UnmergeCustomer(SYSTEM, hidden.customer_id))
    assert (await row_of(store, hidden.identity_id)).customer_id == hidden.customer_id
    assert (await row_of(store, who.identity_id)).customer_id == ann


async def test_a_call_from_a_fax_number_that_somebody_gave_is_that_customers(store: Store) -> None:
    ann = await known(store, NewAddress(IdentityKind.FAX, NUMBER))
    who = await from_a(store, "phone", phone(AS_A_MACHINE_SAYS))
    assert who.customer_id == ann
    assert (await row_of(store, who.identity_id)).verified_by is None


async def test_what_only_a_fax_says_of_itself_names_no_caller(store: Store) -> None:
    faxer = await from_a(store, "fax", fax(NUMBER, "Bank of Somewhere"))
    assert (await from_a(store, "phone", phone(NUMBER))).customer_id != faxer.customer_id
    other = "021-61234567"
    faxed, called = await identify(
        store,
        replace(asks(fax(other)), source="fax"),
        replace(asks(phone(other)), source="phone"),
    )
    assert faxed.customer_id != called.customer_id


async def test_a_number_said_beside_the_senders_address_is_no_match(store: Store) -> None:
    """Only where an answer goes says who it is; a number beside it, even a signed one, does not."""
    ann = await known(store, NewAddress(IdentityKind.FAX, NUMBER))
    [who] = await identify(store, asks(mail("eve@example.test"), phone(NUMBER, verified=True)))
    assert who.customer_id != ann


async def test_a_call_and_a_fax_in_two_processes_at_once_make_one_customer(
    postgresql: PrivatePostgreSQL,
) -> None:
    url = postgresql.create("call_and_fax", "hub_template")
    async with Store(url, Bus()) as one, Store(url, Bus()) as other:
        for n in range(20):
            number = f"+8610888866{n:02d}"
            [[here], [there]] = await asyncio.gather(
                identify(one, asks(phone(number))), identify(other, asks(fax(number)))
            )
            assert here.customer_id == there.customer_id
    postgresql.drop("call_and_fax")
