"""What later parts build on: who is to be looked at again, sources, keys of the hub, clocks."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from hub.accounts.model import SYSTEM
from hub.accounts.tables import teams
from hub.core.errors import Invalid
from hub.customers.changes import add_source, mark_dirty
from hub.customers.secrets import ADDRESS_HASH, OPT_OUT_LINK, find_secret, keep_secret
from hub.customers.service import CreateCustomer, SetTier, create_customer, set_tier
from hub.customers.tables import customer_sources, customers, dirty_customers
from hub.customers.zone import zones_of
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock


@pytest.fixture
async def customer(store: Store) -> str:
    """Somebody who was looked at since they were made."""

    def make(tx: Tx, _: None) -> str:
        customer_id = create_customer(tx, CreateCustomer(SYSTEM, "CN", name="Chen"))
        tx.execute(dirty_customers.delete())
        return customer_id

    return await store.write(make, None)


def _rows(tx: Tx, table: Any) -> list[Any]:
    return list(tx.execute(select(table)).all())


async def test_who_is_marked_again_keeps_the_first_time_and_reason(
    store: Store, clock: ManualClock, customer: str
) -> None:
    def mark(tx: Tx, why: str) -> None:
        mark_dirty(tx, [customer, "other", customer], why)
        mark_dirty(tx, [], why)

    first = clock.now()
    await store.write(mark, "order")
    clock.advance(60)
    await store.write(mark, "merge")
    rows = await store.read(_rows, dirty_customers)
    assert sorted((row.customer_id, row.why, row.since) for row in rows) == sorted(
        [(customer, "order", first), ("other", "order", first)]
    )


async def test_a_new_tier_has_the_customer_looked_at_again(store: Store, customer: str) -> None:
    await store.write(set_tier, SetTier(SYSTEM, customer, "gold", "asked for"))
    assert [(r.customer_id, r.why) for r in await store.read(_rows, dirty_customers)] == [
        (customer, "tier")
    ]


async def test_later_sources_are_kept_beside_the_first(store: Store, customer: str) -> None:
    def add(tx: Tx, source: str) -> None:
        add_source(tx, customer, source, " spring mailing ")

    await store.write(add, "campaign")
    await store.write(add, "referral")
    rows = await store.read(_rows, customer_sources)
    assert [(row.source, row.detail) for row in rows] == [
        ("campaign", "spring mailing"),
        ("referral", "spring mailing"),
    ]
    with pytest.raises(Invalid):
        await store.write(add, " ")
    assert [row.source for row in await store.read(_rows, customers)] == ["manual"]


async def test_a_key_is_made_once_and_no_two_are_the_same(store: Store) -> None:
    assert await store.read(find_secret, ADDRESS_HASH) is None
    made = await store.write(keep_secret, ADDRESS_HASH)
    assert len(made) == 32
    assert await store.write(keep_secret, ADDRESS_HASH) == made
    assert await store.read(find_secret, ADDRESS_HASH) == made
    assert await store.write(keep_secret, OPT_OUT_LINK) != made


async def test_a_customers_clock_is_their_own_then_their_branchs(
    store: Store, customer: str
) -> None:
    await store.write(open_center, None)

    def put(tx: Tx, zones: tuple[str | None, str | None]) -> None:
        own, branch = zones
        tx.execute(update(customers).values(branch_id="team", zone=own))
        tx.execute(update(teams).values(zone=branch))

    def read(tx: Tx, _: None) -> str:
        return zones_of(tx, [customer], "UTC")[customer]

    for zones, expected in (
        ((None, None), "UTC"),
        ((None, "Asia/Shanghai"), "Asia/Shanghai"),
        (("Europe/Paris", "Asia/Shanghai"), "Europe/Paris"),
    ):
        await store.write(put, zones)
        assert await store.read(read, None) == expected
